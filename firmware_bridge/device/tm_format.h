/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_FORMAT_H
#define TM_FORMAT_H

/* Numbers as text, one character at a time, without a C library. */

#include <stdint.h>

typedef void (*tm_put)(char c);

void tm_put_text(tm_put put, const char* text);
void tm_put_unsigned(tm_put put, uint64_t value);
/* Lower-case, at least `digits` digits. */
void tm_put_hex(tm_put put, uint64_t value, int digits);
/*
 * Nine significant digits, which read back as the very same float: "0.123456791",
 * "-1.50000000e-20", "inf", "-inf", "nan".
 */
void tm_put_float(tm_put put, float value);

#endif
