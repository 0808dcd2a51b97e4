/* SPDX-License-Identifier: Apache-2.0 */
#include "tm_memory.h"

#include <stdint.h>

/* Else GCC would see what the loops do and make them call themselves. */
#if defined(__GNUC__) && !defined(__clang__)
#define TM_AS_WRITTEN __attribute__((optimize("no-tree-loop-distribute-patterns")))
#else
#define TM_AS_WRITTEN
#endif

/* Words may alias anything here. */
#if defined(__GNUC__)
typedef uint32_t __attribute__((may_alias)) word;
#else
typedef uint32_t word;
#endif

static int both_aligned(const void* a, const void* b)
{
    return (((uintptr_t)a | (uintptr_t)b) & (sizeof(word) - 1)) == 0;
}

TM_AS_WRITTEN void* memcpy(void* dst, const void* src, size_t n)
{
    uint8_t* to = dst;
    const uint8_t* from = src;
    if (both_aligned(dst, src)) {
        for (; n >= sizeof(word); n -= sizeof(word)) {
            *(word*)to = *(const word*)from;
            to += sizeof(word);
            from += sizeof(word);
        }
    }
    while (n-- > 0) {
        *to++ = *from++;
    }
    return dst;
}

TM_AS_WRITTEN void* memmove(void* dst, const void* src, size_t n)
{
    uint8_t* to = dst;
    const uint8_t* from = src;
    if ((uintptr_t)to < (uintptr_t)from) {
        while (n-- > 0) {
            *to++ = *from++;
        }
    } else {
        while (n-- > 0) {
            to[n] = from[n];
        }
    }
    return dst;
}

TM_AS_WRITTEN void* memset(void* dst, int value, size_t n)
{
    uint8_t* to = dst;
    if (both_aligned(dst, dst)) {
        const word pattern = (uint8_t)value * UINT32_C(0x01010101);
        for (; n >= sizeof(word); n -= sizeof(word)) {
            *(word*)to = pattern;
            to += sizeof(word);
        }
    }
    while (n-- > 0) {
        *to++ = (uint8_t)value;
    }
    return dst;
}

TM_AS_WRITTEN int memcmp(const void* a, const void* b, size_t n)
{
    const uint8_t* x = a;
    const uint8_t* y = b;
    for (; n > 0; --n, ++x, ++y) {
        if (*x != *y) {
            return *x < *y ? -1 : 1;
        }
    }
    return 0;
}
