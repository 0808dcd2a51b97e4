/* SPDX-License-Identifier: Apache-2.0 */
#include "tm_format.h"

#include "tm_memory.h"

void tm_put_text(tm_put put, const char* text)
{
    while (*text != '\0') {
        put(*text++);
    }
}

void tm_put_unsigned(tm_put put, uint64_t value)
{
    char digits[20];
    int n = 0;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (n > 0) {
        put(digits[--n]);
    }
}

void tm_put_hex(tm_put put, uint64_t value, int digits)
{
    while (digits < 16 && value >> (4 * digits) != 0) {
        ++digits;
    }
    while (digits > 0) {
        put("0123456789abcdef"[value >> (4 * --digits) & 15]);
    }
}

/* A positive number mantissa * 2^exponent whose mantissa has its top bit set. */
typedef struct wide {
    uint64_t mantissa;
    int exponent;
} wide;

static wide normalised(uint64_t mantissa, int exponent)
{
    wide w = {mantissa, exponent};
    while (w.mantissa >> 63 == 0) {
        w.mantissa <<= 1;
        --w.exponent;
    }
    return w;
}

static uint32_t rounded(wide w)
{
    return (uint32_t)(w.mantissa >> -w.exponent) + (uint32_t)(w.mantissa >> (-w.exponent - 1) & 1);
}

/*
 * Finds d and k with value = d * 10^k, 10^8 <= d < 10^9. Each of the at most 54 steps loses less
 * than 2^-59 of the number, so d is the nearest integer, ties upwards.
 */
static uint32_t nine_digits(wide w, int* power)
{
    uint32_t d;
    *power = 0;
    while (w.exponent > -34) { /* w >= 2^30 */
        w = normalised(w.mantissa / 10, w.exponent);
        ++*power;
    }
    while (w.exponent < -37) { /* w < 2^27 */
        w = normalised((w.mantissa >> 4) * 10, w.exponent + 4);
        --*power;
    }
    d = rounded(w);
    if (d >= 1000000000U) {
        d = rounded(normalised(w.mantissa / 10, w.exponent));
        ++*power;
    } else if (d < 100000000U) {
        d = rounded(normalised((w.mantissa >> 4) * 10, w.exponent + 4));
        --*power;
    }
    return d;
}

/* `digits` with the decimal point after the first `whole` of them; whole <= 0 puts zeros before. */
static void put_digits(tm_put put, const char* digits, int whole)
{
    int i;
    if (whole <= 0) {
        tm_put_text(put, "0.");
        for (i = whole; i < 0; ++i) {
            put('0');
        }
    }
    for (i = 0; i < 9; ++i) {
        if (i == whole && whole > 0) {
            put('.');
        }
        put(digits[i]);
    }
}

void tm_put_float(tm_put put, float value)
{
    uint32_t bits, fraction, d;
    int biased, power, exponent, i;
    char digits[9];
    memcpy(&bits, &value, sizeof bits);
    fraction = bits & 0x7fffffU;
    biased = (int)(bits >> 23 & 0xff);
    if (bits >> 31 != 0 && !(biased == 0xff && fraction != 0)) {
        put('-');
    }
    if (biased == 0xff) {
        tm_put_text(put, fraction != 0 ? "nan" : "inf");
        return;
    }
    if (biased == 0 && fraction == 0) {
        tm_put_text(put, "0.0");
        return;
    }
    d = biased == 0 ? nine_digits(normalised(fraction, -149), &power)
                    : nine_digits(normalised(fraction | 0x800000U, biased - 150), &power);
    for (i = 8; i >= 0; --i, d /= 10) {
        digits[i] = (char)('0' + d % 10);
    }
    exponent = power + 8; /* value = D.DDDDDDDD * 10^exponent */
    if (exponent >= -5 && exponent < 8) {
        put_digits(put, digits, exponent + 1);
        return;
    }
    put_digits(put, digits, 1);
    put('e');
    put(exponent < 0 ? '-' : '+');
    tm_put_unsigned(put, (uint64_t)(exponent < 0 ? -exponent : exponent));
}
