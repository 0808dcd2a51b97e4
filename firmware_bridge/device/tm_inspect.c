/* SPDX-License-Identifier: Apache-2.0 */
/* The own verbs: what a host needs to know about memory and time. */
#include "tm_memory.h"
#include "tm_server.h"

/* Of the run that is being timed by stages. */
static uint64_t s_last_ticks;
static uint64_t s_hook_ticks; /* what an empty measurement reads */
static uint32_t s_stage;

void tm_do_nonce(char** words, int count)
{
    uint32_t nonce;
    if (count != 2 || !tm_parse_number(words[1], &nonce)) {
        tm_error("Usage: x-nonce N");
        return;
    }
    tm_line_number("m-x-nonce-", nonce);
}

void tm_do_hash(void)
{
    tm_print("m-x-hash-[");
    tm_print(tm_server.model->hash);
    tm_line("]");
}

void tm_do_info(void)
{
    tm_line_number("m-x-stages-", tm_server.model->stages);
    tm_line_number("m-x-input-", tm_server.model->input_bytes);
    tm_line_number("m-x-output-", tm_server.model->output_bytes);
    tm_line_number("m-x-keeps-input-", tm_keeps_input() ? 1 : 0);
    if (tm_feeds()) {
        tm_line_number("m-x-feeds-", 1);
    }
}

void tm_do_output(void)
{
    uint32_t i;
    if (!tm_has_result()) {
        return;
    }
    for (i = 0; i < tm_server.model->output_bytes; ++i) {
        if (i % 32 == 0) {
            tm_print("m-x-data-");
            tm_print_number(i);
            tm_print("-");
        }
        tm_print_hex(tm_server.model->output_at != NULL ? tm_server.model->output_at(i)
                                                        : tm_server.model->output[i],
                     2);
        if (i % 32 == 31 || i + 1 == tm_server.model->output_bytes) {
            tm_end_line();
        }
    }
}

/* Books the time since the last call on the stage that ran meanwhile. */
static void stage_hook(uint32_t stage)
{
    const uint64_t now = tm_server.board->ticks();
    const uint64_t spent = now - s_last_ticks;
    if (s_stage < tm_server.model->stages && spent > s_hook_ticks) {
        tm_server.memory->stage_ticks[s_stage] += spent - s_hook_ticks;
    }
    s_stage = stage;
    s_last_ticks = now;
}

static void begin_stages(void)
{
    uint32_t i;
    for (i = 0; i < tm_server.model->stages; ++i) {
        tm_server.memory->stage_ticks[i] = 0;
    }
    s_stage = tm_server.model->stages;
    s_last_ticks = tm_server.board->ticks();
}

/* The least that a stage without instructions reads, over a few tries. */
static uint64_t empty_measurement(void)
{
    uint64_t least = UINT64_MAX;
    int tries;
    s_hook_ticks = 0;
    for (tries = 0; tries < 32; ++tries) {
        begin_stages();
        stage_hook(0);
        stage_hook(tm_server.model->stages);
        if (tm_server.memory->stage_ticks[0] < least) {
            least = tm_server.memory->stage_ticks[0];
        }
    }
    return least;
}

tm_stage_hook tm_begin_stages(void)
{
    s_hook_ticks = empty_measurement();
    begin_stages();
    return stage_hook;
}

void tm_do_layers(void)
{
    uint32_t i;
    if (!tm_input_ready()) {
        return;
    }
    if (!tm_feeds()) {
        tm_restore_input();
        tm_run_model(tm_begin_stages());
    }
    tm_after_run();
    tm_print("m-x-timer-[");
    tm_print(tm_server.board->ticks_name());
    tm_print("]-");
    tm_print_number(tm_server.board->ticks_hz());
    tm_end_line();
    for (i = 0; i < tm_server.model->stages; ++i) {
        tm_print("m-x-layer-");
        tm_print_number(i);
        tm_print("-");
        tm_print_number(tm_server.memory->stage_ticks[i]);
        tm_end_line();
    }
}

/* Everything but an input that exists only there. */
static void paint(const tm_region* region, uint8_t pattern)
{
    uint8_t* const input = tm_server.model->input;
    uint8_t* split = region->end;
    uint8_t* resume = region->end;
    if (!tm_keeps_input() && !tm_feeds() && input >= region->begin &&
        input + tm_server.model->input_bytes <= region->end) {
        split = input;
        resume = input + tm_server.model->input_bytes;
    }
    memset(region->begin, pattern, (size_t)(split - region->begin));
    memset(resume, pattern, (size_t)(region->end - resume));
}

static void region_header(const char* kind, const tm_region* region)
{
    tm_print(kind);
    tm_print(region->bank);
    tm_print("]-");
    tm_print_hex((uintptr_t)region->begin, 8);
    tm_print("-");
    tm_print_number((uint64_t)(region->end - region->begin));
}

static void print_changed_ranges(const tm_region* region, uint8_t pattern)
{
    const uint8_t* p = region->begin;
    region_header("m-x-arena-[", region);
    tm_end_line();
    while (p < region->end) {
        const uint8_t* begin;
        while (p < region->end && *p == pattern) {
            ++p;
        }
        begin = p;
        while (p < region->end && *p != pattern) {
            ++p;
        }
        if (p > begin) {
            tm_print("m-x-range-[");
            tm_print(region->bank);
            tm_print("]-");
            tm_print_number((uint64_t)(begin - region->begin));
            tm_print("-");
            tm_print_number((uint64_t)(p - begin));
            tm_end_line();
        }
    }
}

static void print_changed_count(const tm_region* region, uint8_t pattern)
{
    const uint8_t* p;
    uint32_t changed = 0;
    for (p = region->begin; p < region->end; ++p) {
        changed += *p != pattern;
    }
    region_header("m-x-outside-[", region);
    tm_print("-");
    tm_print_number(changed);
    tm_end_line();
}

static void paint_all(uint8_t pattern)
{
    uint32_t i;
    for (i = 0; i < tm_server.model->arena_count; ++i) {
        paint(&tm_server.model->arenas[i], pattern);
    }
    for (i = 0; i < tm_server.model->unused_count; ++i) {
        paint(&tm_server.model->unused[i], pattern);
    }
}

static int parse_pattern(char** words, int count, uint8_t* pattern, const char* usage)
{
    const int good = count == 2 && tm_parse_byte(words[1], pattern) && words[1][2] == '\0';
    if (!good) {
        tm_error(usage);
    }
    return good;
}

void tm_do_fill(char** words, int count)
{
    uint8_t pattern;
    if (parse_pattern(words, count, &pattern, "Usage: x-fill HH")) {
        tm_server.has_result = 0;
        paint_all(pattern);
    }
}

void tm_do_paint(char** words, int count)
{
    uint32_t i;
    uint8_t pattern;
    if (!parse_pattern(words, count, &pattern, "Usage: x-paint HH") || !tm_input_ready()) {
        return;
    }
    if (!tm_feeds()) {
        paint_all(pattern);
        tm_restore_input();
        tm_run_model(NULL);
    }
    tm_after_run();
    for (i = 0; i < tm_server.model->arena_count; ++i) {
        print_changed_ranges(&tm_server.model->arenas[i], pattern);
    }
    for (i = 0; i < tm_server.model->unused_count; ++i) {
        print_changed_count(&tm_server.model->unused[i], pattern);
    }
}

void tm_do_stack(void)
{
    tm_print("m-x-stack-");
    tm_print_number(tm_server.board->stack_reserved);
    tm_print("-");
    tm_print_number(tm_server.board->stack_used());
    tm_end_line();
}

/* CRC-32 as of IEEE 802.3, four bits a step. */
static uint32_t crc32(const uint8_t* begin, const uint8_t* end)
{
    static const uint32_t table[16] = {
        0x00000000U, 0x1db71064U, 0x3b6e20c8U, 0x26d930acU, 0x76dc4190U, 0x6b6b51f4U,
        0x4db26158U, 0x5005713cU, 0xedb88320U, 0xf00f9344U, 0xd6d6a3e8U, 0xcb61b38cU,
        0x9b64c2b0U, 0x86d3d2d4U, 0xa00ae278U, 0xbdbdf21cU,
    };
    uint32_t crc = UINT32_MAX;
    for (; begin < end; ++begin) {
        crc = table[(crc ^ *begin) & 15] ^ crc >> 4;
        crc = table[(crc ^ (uint32_t)(*begin >> 4)) & 15] ^ crc >> 4;
    }
    return ~crc;
}

void tm_do_crc(void)
{
    uint32_t i;
    for (i = 0; i < tm_server.model->constant_count; ++i) {
        const tm_section* section = &tm_server.model->constants[i];
        tm_print("m-x-crc-[");
        tm_print(section->name);
        tm_print("]-");
        tm_print_number((uint64_t)(section->end - section->begin));
        tm_print("-");
        tm_print_hex(crc32(section->begin, section->end), 8);
        tm_end_line();
    }
}

void tm_do_selftest(void)
{
    const int failed = tm_server.model->selftest();
    tm_server.has_result = 0;
    if (!tm_keeps_input()) {
        tm_server.loading = 0;
        tm_server.loaded = 0;
    }
    if (failed) {
        tm_error("Self-test failed: the outputs are not the expected ones");
    } else {
        tm_line("m-x-selftest-passed");
    }
}
