/* SPDX-License-Identifier: Apache-2.0 */
/* The command set of docs/serial-protocol.md, as short as it goes. */
#include "hash.h"
#include "tiny.h"

static char s_line[81];
static unsigned s_length;
static uint8_t s_input[INPUT_BYTES];
static unsigned s_loaded;
static uint8_t s_output[OUTPUT_BYTES];

extern uint8_t bss_end[], stack_bottom[], stack_top[];

static void put(const char* text)
{
    while (*text) {
        uart_put(*text++);
    }
}

static void put_number(uint32_t value, uint32_t base, unsigned digits)
{
    char reversed[12];
    unsigned n = 0;
    do {
        reversed[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value || n < digits);
    while (n) {
        uart_put(reversed[--n]);
    }
}

static void put_field(const char* before, uint32_t value, uint32_t base)
{
    put(before);
    put_number(value, base, base == 16 ? 8 : 1);
}

static void end_line(void)
{
    put("\r\n");
}

static void line(const char* text)
{
    put(text);
    end_line();
}

static int starts(const char* prefix, const char** rest)
{
    const char* p = s_line;
    while (*prefix) {
        if (*p++ != *prefix++) {
            return 0;
        }
    }
    *rest = p;
    return 1;
}

static uint32_t number(const char** p)
{
    uint32_t value = 0;
    while (**p >= '0' && **p <= '9') {
        value = value * 10 + (uint32_t)(*(*p)++ - '0');
    }
    return value;
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void restore(void)
{
    for (unsigned i = 0; i < INPUT_BYTES; ++i) {
        tm_arena[i] = s_input[i];
    }
}

static void run_once(void)
{
    restore();
    tm_model_run();
    for (unsigned i = 0; i < OUTPUT_BYTES; ++i) {
        s_output[i] = tm_arena[i];
    }
}

static void lap(void)
{
    put_field("m-lap-us-", timer_ticks() / (TIMER_HZ / 1000000), 10);
    end_line();
}

static void results(void)
{
    line("m-results-[0.0,0.0,0.0,0.0]"); /* the host reads x-output */
}

static void infer(const char* rest)
{
    const uint32_t runs = number(&rest);
    uint32_t warmups = 10;
    if (*rest == ' ') {
        ++rest;
        warmups = number(&rest);
    }
    put_field("m-warmup-start-", warmups, 10);
    end_line();
    for (uint32_t i = 0; i < warmups; ++i) {
        run_once();
    }
    line("m-warmup-done");
    put_field("m-infer-start-", runs, 10);
    end_line();
    lap();
    for (uint32_t i = 0; i < runs; ++i) {
        run_once();
    }
    lap();
    line("m-infer-done");
    results();
}

static void load(const char* rest)
{
    for (; *rest; rest += 2) {
        const int high = nibble(rest[0]);
        const int low = high < 0 ? -1 : nibble(rest[1]);
        if (low < 0 || s_loaded == INPUT_BYTES) {
            line("e-[Bad hex]");
            return;
        }
        s_input[s_loaded++] = (uint8_t)(high * 16 + low);
    }
    if (s_loaded == INPUT_BYTES) {
        line("m-load-done");
    }
}

static void expect(const char* rest)
{
    if (number(&rest) != INPUT_BYTES) {
        line("e-[The input has 4096 bytes]");
        return;
    }
    s_loaded = 0;
    line("m-[Expecting 4096 bytes]");
}

static void print_output(void)
{
    put("m-x-data-0-");
    for (unsigned i = 0; i < OUTPUT_BYTES; ++i) {
        put_number(s_output[i], 16, 2);
    }
    end_line();
}

static void layers(void)
{
    line("m-x-timer-[cmsdk]-25000000");
    restore();
    const uint32_t t0 = timer_ticks();
    const uint32_t t1 = timer_ticks();
    tm_stage_0();
    const uint32_t t2 = timer_ticks();
    tm_stage_1();
    const uint32_t t3 = timer_ticks();
    tm_run_end();
    put_field("m-x-layer-0-", t2 - t1 - (t1 - t0), 10);
    end_line();
    put_field("m-x-layer-1-", t3 - t2 - (t1 - t0), 10);
    end_line();
}

static void print_ranges(uint8_t pattern)
{
    for (unsigned i = 0; i < ARENA_BYTES;) {
        const unsigned first = i;
        while (i < ARENA_BYTES && tm_arena[i] != pattern) {
            ++i;
        }
        if (i > first) {
            put_field("m-x-range-[TCM]-", first, 10);
            put_field("-", i - first, 10);
            end_line();
        } else {
            ++i;
        }
    }
}

static void paint(const char* rest)
{
    const int high = nibble(rest[0]);
    const int low = high < 0 ? -1 : nibble(rest[1]);
    if (low < 0) {
        line("e-[x-paint needs two hex digits]");
        return;
    }
    const uint8_t pattern = (uint8_t)(high * 16 + low);
    uint8_t* const outside = bss_end;
    const unsigned outside_bytes = (unsigned)(stack_bottom - bss_end);
    for (unsigned i = 0; i < ARENA_BYTES; ++i) {
        tm_arena[i] = pattern;
    }
    for (unsigned i = 0; i < outside_bytes; ++i) {
        outside[i] = pattern;
    }
    restore();
    tm_model_run();
    put_field("m-x-arena-[TCM]-", (uint32_t)(uintptr_t)tm_arena, 16);
    put_field("-", ARENA_BYTES, 10);
    end_line();
    print_ranges(pattern);
    unsigned changed = 0;
    for (unsigned i = 0; i < outside_bytes; ++i) {
        changed += outside[i] != pattern;
    }
    put_field("m-x-outside-[TCM]-", (uint32_t)(uintptr_t)outside, 16);
    put_field("-", outside_bytes, 10);
    put_field("-", changed, 10);
    end_line();
}

static void stack(void)
{
    const uint8_t* p = stack_bottom;
    while (p < stack_top && *p == 0xa5) {
        ++p;
    }
    put_field("m-x-stack-", (uint32_t)(stack_top - stack_bottom), 10);
    put_field("-", (uint32_t)(stack_top - p), 10);
    end_line();
}

static void info(void)
{
    put_field("m-x-stages-", STAGES, 10);
    end_line();
    put_field("m-x-input-", INPUT_BYTES, 10);
    end_line();
    put_field("m-x-output-", OUTPUT_BYTES, 10);
    end_line();
    line("m-x-keeps-input-1");
}

static void obey(void)
{
    const char* rest;
    if (starts("x-nonce ", &rest)) {
        put("m-x-nonce-");
        line(rest);
    } else if (starts("name", &rest)) {
        line("m-name-dut-[tidemark]");
    } else if (starts("x-hash", &rest)) {
        line("m-x-hash-[" TINY_HASH "]");
    } else if (starts("x-info", &rest)) {
        info();
    } else if (starts("db load ", &rest)) {
        expect(rest);
    } else if (starts("db ", &rest)) {
        load(rest);
    } else if (starts("infer ", &rest)) {
        infer(rest);
    } else if (starts("x-output", &rest)) {
        print_output();
    } else if (starts("x-layers", &rest)) {
        layers();
    } else if (starts("x-paint ", &rest)) {
        paint(rest);
    } else if (starts("x-stack", &rest)) {
        stack();
    } else {
        put("e-[Unknown command: ");
        put(s_line);
        line("]");
    }
}

void server_take(char c)
{
    if (c == '%') {
        s_line[s_length] = 0;
        if (s_length > 0) {
            obey();
            line("m-ready");
        }
        s_length = 0;
    } else if (c != '\r' && c != '\n' && s_length < sizeof s_line - 1) {
        s_line[s_length++] = c;
    }
}

void server_boot(void)
{
    uint8_t* const here = __builtin_frame_address(0);
    for (uint8_t* p = stack_bottom; p < here - 64; ++p) {
        *p = 0xa5;
    }
    line("m-timestamp-mode-performance");
    lap();
    line("m-init-done");
    line("m-ready");
}
