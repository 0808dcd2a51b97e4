/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_MEMORY_H
#define TM_MEMORY_H

/* The four functions compilers call on their own, declared here because freestanding compilers
 * come without <string.h>. The firmware's own are in tm_memory.c; on a host the C library has them.
 */

#include <stddef.h>

void* memcpy(void* dst, const void* src, size_t n);
void* memmove(void* dst, const void* src, size_t n);
void* memset(void* dst, int value, size_t n);
int memcmp(const void* a, const void* b, size_t n);

#endif
