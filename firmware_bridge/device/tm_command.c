/* SPDX-License-Identifier: Apache-2.0 */
#include "tm_command.h"

#include "tm_memory.h"

#define MOST_WORDS 4

static const tm_server_model* s_model;
static const tm_server_board* s_board;
static const tm_server_memory* s_memory;

static char s_line[TM_COMMAND_LONGEST + 1];
static uint8_t s_length;
static uint8_t s_too_long;
static uint8_t s_loading;    /* `db load` came, bytes are awaited */
static uint8_t s_has_result; /* the output holds the result of a run on the host's input */
static uint32_t s_loaded;    /* bytes of the input that are there */

/* Of the run that is being timed by stages. */
static uint64_t s_last_ticks;
static uint64_t s_hook_ticks; /* what an empty measurement reads */
static uint32_t s_stage;

/* ---- printing ---- */

static void text(const char* t)
{
    tm_put_text(s_board->put, t);
}
static void number(uint64_t value)
{
    tm_put_unsigned(s_board->put, value);
}
static void hex(uint64_t value, int digits)
{
    tm_put_hex(s_board->put, value, digits);
}
static void end_line(void)
{
    text("\r\n");
}
static void line(const char* t)
{
    text(t);
    end_line();
}
static void line_number(const char* t, uint64_t value)
{
    text(t);
    number(value);
    end_line();
}
/* What the host sent, made harmless. */
static void echo(const char* t)
{
    for (; *t != '\0'; ++t) {
        const char c = *t;
        s_board->put(c < ' ' || c > '~' || c == '[' || c == ']' ? '.' : c);
    }
}
static void error_about(const char* what, const char* word)
{
    text("e-[");
    text(what);
    echo(word);
    line("]");
}
static void error(const char* what)
{
    error_about(what, "");
}

/* ---- words and numbers ---- */

static int same(const char* a, const char* b)
{
    while (*a != '\0' && *a == *b) {
        ++a;
        ++b;
    }
    return *a == *b;
}

static int parse_number(const char* word, uint32_t* value)
{
    uint64_t sum = 0;
    if (*word == '\0') {
        return 0;
    }
    for (; *word != '\0'; ++word) {
        if (*word < '0' || *word > '9') {
            return 0;
        }
        sum = sum * 10 + (uint64_t)(*word - '0');
        if (sum > UINT32_MAX) {
            return 0;
        }
    }
    *value = (uint32_t)sum;
    return 1;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}
static int parse_byte(const char* word, uint8_t* value)
{
    const int high = hex_digit(word[0]);
    const int low = high < 0 ? -1 : hex_digit(word[1]);
    if (low < 0) {
        return 0;
    }
    *value = (uint8_t)(high << 4 | low);
    return 1;
}

/* ---- input and runs ---- */

static int keeps_input(void)
{
    return s_memory->input_copy != NULL;
}
static uint8_t* input_store(void)
{
    return keeps_input() ? s_memory->input_copy : s_model->input;
}
static int input_ready(void)
{
    if (s_loading || s_loaded != s_model->input_bytes) {
        error("No input: db load first");
        return 0;
    }
    return 1;
}
static int has_result(void)
{
    if (!s_has_result) {
        error("No results: infer first");
    }
    return s_has_result;
}
static void restore_input(void)
{
    if (keeps_input()) {
        memcpy(s_model->input, s_memory->input_copy, s_model->input_bytes);
    }
}
static void forget_result(void)
{
    s_has_result = 0;
}
/* Without a copy the run has used the input up. */
static void after_run(void)
{
    s_has_result = 1;
    if (!keeps_input()) {
        s_loaded = 0;
    }
}

static uint64_t microseconds(uint64_t time)
{
    const uint32_t hz = s_board->time_hz();
    return time / hz * 1000000 + time % hz * 1000000 / hz;
}
static void print_lap(uint64_t time)
{
    line_number("m-lap-us-", microseconds(time));
}

static void print_results(void)
{
    uint32_t i;
    text("m-results-[");
    for (i = 0; i < s_model->results; ++i) {
        if (i > 0) {
            text(",");
        }
        tm_put_float(s_board->put, s_model->result(i));
    }
    line("]");
}

/* ---- MLPerf Tiny ---- */

static void do_name(void)
{
    line("m-name-dut-[tidemark]");
}

static void do_profile(void)
{
    line("m-profile-[ULPMark for tinyML Firmware V0.0.1]");
    text("m-model-[");
    text(s_model->name);
    line("]");
}

static void do_timestamp(void)
{
    print_lap(s_board->time());
}

static void db_load(const char* count)
{
    uint32_t bytes;
    if (!parse_number(count, &bytes)) {
        error_about("Not a number: ", count);
        return;
    }
    if (bytes != s_model->input_bytes) {
        text("e-[The input has ");
        number(s_model->input_bytes);
        line(" bytes]");
        return;
    }
    s_loaded = 0;
    s_loading = 1;
    forget_result(); /* where there is no copy, the input may lie on the output */
    text("m-[Expecting ");
    number(bytes);
    line(" bytes]");
}

static void db_bytes(const char* digits)
{
    const char* d = digits;
    uint32_t count = 0;
    uint8_t byte;
    if (!s_loading) {
        error("db load first");
        return;
    }
    /* Nothing is stored unless all of it is good. */
    for (; *d != '\0'; d += 2, ++count) {
        if (!parse_byte(d, &byte)) {
            error_about("Not an even number of hex digits: ", digits);
            return;
        }
    }
    if (count > s_model->input_bytes - s_loaded) {
        error("More bytes than the input has");
        return;
    }
    for (d = digits; *d != '\0'; d += 2) {
        (void)parse_byte(d, &input_store()[s_loaded++]);
    }
    if (s_loaded == s_model->input_bytes) {
        s_loading = 0;
        line("m-load-done");
    }
}

static void db_print(void)
{
    uint32_t i;
    if (!input_ready()) {
        return;
    }
    for (i = 0; i < s_loaded; ++i) {
        text(i % 8 == 0 ? "m-buffer-" : "-");
        hex(input_store()[i], 2);
        if (i % 8 == 7 || i + 1 == s_loaded) {
            end_line();
        }
    }
}

static void do_db(char** words, int count)
{
    if (count == 3 && same(words[1], "load")) {
        db_load(words[2]);
    } else if (count == 2 && same(words[1], "print")) {
        db_print();
    } else if (count == 2) {
        db_bytes(words[1]);
    } else {
        error("Usage: db load N, db HH.., db print");
    }
}

/* `runs` runs; gives the time spent in the model alone, without restoring the input. */
static uint64_t timed_runs(uint32_t runs)
{
    uint64_t spent = 0;
    for (; runs > 0; --runs) {
        uint64_t begin;
        restore_input();
        begin = s_board->time();
        s_model->run();
        spent += s_board->time() - begin;
    }
    return spent;
}

static void do_infer(char** words, int count)
{
    uint32_t runs = 0;
    uint32_t warmups = 10;
    uint64_t begin;
    if (count < 2 || count > 3 || !parse_number(words[1], &runs) || runs == 0 ||
        (count == 3 && !parse_number(words[2], &warmups))) {
        error("Usage: infer N W, N at least 1, W optional");
        return;
    }
    if (!keeps_input() && (runs != 1 || warmups != 0)) {
        error("No room for an input copy: infer 1 0 only");
        return;
    }
    if (!input_ready()) {
        return;
    }
    line_number("m-warmup-start-", warmups);
    (void)timed_runs(warmups);
    line("m-warmup-done");
    line_number("m-infer-start-", runs);
    begin = s_board->time();
    print_lap(begin);
    print_lap(begin + timed_runs(runs));
    line("m-infer-done");
    after_run();
    print_results();
}

static void do_results(void)
{
    if (has_result()) {
        print_results();
    }
}

/* ---- our own ---- */

static void do_nonce(char** words, int count)
{
    uint32_t nonce;
    if (count != 2 || !parse_number(words[1], &nonce)) {
        error("Usage: x-nonce N");
        return;
    }
    line_number("m-x-nonce-", nonce);
}

static void do_hash(void)
{
    text("m-x-hash-[");
    text(s_model->hash);
    line("]");
}

static void do_info(void)
{
    line_number("m-x-stages-", s_model->stages);
    line_number("m-x-input-", s_model->input_bytes);
    line_number("m-x-output-", s_model->output_bytes);
    line_number("m-x-keeps-input-", keeps_input() ? 1 : 0);
}

static void do_output(void)
{
    uint32_t i;
    if (!has_result()) {
        return;
    }
    for (i = 0; i < s_model->output_bytes; ++i) {
        if (i % 32 == 0) {
            text("m-x-data-");
            number(i);
            text("-");
        }
        hex(s_model->output[i], 2);
        if (i % 32 == 31 || i + 1 == s_model->output_bytes) {
            end_line();
        }
    }
}

/* Books the time since the last call on the stage that ran meanwhile. */
static void stage_hook(uint32_t stage)
{
    const uint64_t now = s_board->ticks();
    const uint64_t spent = now - s_last_ticks;
    if (s_stage < s_model->stages && spent > s_hook_ticks) {
        s_memory->stage_ticks[s_stage] += spent - s_hook_ticks;
    }
    s_stage = stage;
    s_last_ticks = now;
}

static void begin_stages(void)
{
    uint32_t i;
    for (i = 0; i < s_model->stages; ++i) {
        s_memory->stage_ticks[i] = 0;
    }
    s_stage = s_model->stages;
    s_last_ticks = s_board->ticks();
}

/* The least that a stage without instructions reads, over a few tries. */
static uint64_t empty_measurement(void)
{
    uint64_t least = UINT64_MAX;
    int tries;
    s_hook_ticks = 0;
    for (tries = 0; tries < 8; ++tries) {
        begin_stages();
        stage_hook(0);
        stage_hook(s_model->stages);
        if (s_memory->stage_ticks[0] < least) {
            least = s_memory->stage_ticks[0];
        }
    }
    return least;
}

static void do_layers(void)
{
    uint32_t i;
    if (!input_ready()) {
        return;
    }
    s_hook_ticks = empty_measurement();
    restore_input();
    begin_stages();
    s_model->run_hooked(stage_hook);
    after_run();
    text("m-x-timer-[");
    text(s_board->ticks_name());
    text("]-");
    number(s_board->ticks_hz());
    end_line();
    for (i = 0; i < s_model->stages; ++i) {
        text("m-x-layer-");
        number(i);
        text("-");
        number(s_memory->stage_ticks[i]);
        end_line();
    }
}

/* Everything but an input that exists only there. */
static void paint(const tm_region* region, uint8_t pattern)
{
    uint8_t* const input_end = s_model->input + s_model->input_bytes;
    uint8_t* split = region->end;
    uint8_t* resume = region->end;
    if (!keeps_input() && s_model->input >= region->begin && input_end <= region->end) {
        split = s_model->input;
        resume = input_end;
    }
    memset(region->begin, pattern, (size_t)(split - region->begin));
    memset(resume, pattern, (size_t)(region->end - resume));
}

static void region_header(const char* kind, const tm_region* region)
{
    text(kind);
    text(region->bank);
    text("]-");
    hex((uintptr_t)region->begin, 8);
    text("-");
    number((uint64_t)(region->end - region->begin));
}

static void print_changed_ranges(const tm_region* region, uint8_t pattern)
{
    const uint8_t* p = region->begin;
    region_header("m-x-arena-[", region);
    end_line();
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
            text("m-x-range-[");
            text(region->bank);
            text("]-");
            number((uint64_t)(begin - region->begin));
            text("-");
            number((uint64_t)(p - begin));
            end_line();
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
    text("-");
    number(changed);
    end_line();
}

static void do_paint(char** words, int count)
{
    uint32_t i;
    uint8_t pattern;
    if (count != 2 || !parse_byte(words[1], &pattern) || words[1][2] != '\0') {
        error("Usage: x-paint HH");
        return;
    }
    if (!input_ready()) {
        return;
    }
    for (i = 0; i < s_model->arena_count; ++i) {
        paint(&s_model->arenas[i], pattern);
    }
    for (i = 0; i < s_model->unused_count; ++i) {
        paint(&s_model->unused[i], pattern);
    }
    restore_input();
    s_model->run();
    after_run();
    for (i = 0; i < s_model->arena_count; ++i) {
        print_changed_ranges(&s_model->arenas[i], pattern);
    }
    for (i = 0; i < s_model->unused_count; ++i) {
        print_changed_count(&s_model->unused[i], pattern);
    }
}

static void do_stack(void)
{
    text("m-x-stack-");
    number(s_board->stack_reserved);
    text("-");
    number(s_board->stack_used());
    end_line();
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

static void do_crc(void)
{
    uint32_t i;
    for (i = 0; i < s_model->constant_count; ++i) {
        const tm_section* section = &s_model->constants[i];
        text("m-x-crc-[");
        text(section->name);
        text("]-");
        number((uint64_t)(section->end - section->begin));
        text("-");
        hex(crc32(section->begin, section->end), 8);
        end_line();
    }
}

static void do_selftest(void)
{
    const int failed = s_model->selftest();
    forget_result();
    if (!keeps_input()) {
        s_loading = 0;
        s_loaded = 0;
    }
    if (failed) {
        error("Self-test failed: the outputs are not the expected ones");
    } else {
        line("m-x-selftest-passed");
    }
}

static void do_help(void)
{
    line("name%  profile%  timestamp%  help%  results%");
    line("db load N%  then  db HH..%  until m-load-done; db print% shows the input");
    line("infer N W%  W warm-up runs (10 if left out), then N timed runs");
    line("x-nonce N%  x-hash%  x-info%  x-output%  x-stack%  x-crc%");
    line("x-layers%   one run, timed stage by stage");
    line("x-paint HH%  one run on painted memory: which bytes it changes");
    line("x-selftest%  runs tm_selftest(): a made-up input against its expected output");
}

/* ---- dispatch ---- */

typedef struct command {
    const char* name;
    void (*plain)(void);                     /* takes no more words, or */
    void (*with_words)(char** words, int n); /* looks at them itself */
} command;

static const command commands[] = {
    {"name", do_name, NULL},
    {"profile", do_profile, NULL},
    {"timestamp", do_timestamp, NULL},
    {"help", do_help, NULL},
    {"db", NULL, do_db},
    {"infer", NULL, do_infer},
    {"results", do_results, NULL},
    {"x-nonce", NULL, do_nonce},
    {"x-hash", do_hash, NULL},
    {"x-info", do_info, NULL},
    {"x-output", do_output, NULL},
    {"x-layers", do_layers, NULL},
    {"x-paint", NULL, do_paint},
    {"x-stack", do_stack, NULL},
    {"x-crc", do_crc, NULL},
    {"x-selftest", do_selftest, NULL},
};

/* Cuts `t` at its spaces; words beyond the last that any command takes stay together. */
static int split(char* t, char** words)
{
    int count = 0;
    while (*t != '\0') {
        while (*t == ' ') {
            *t++ = '\0';
        }
        if (*t == '\0') {
            break;
        }
        words[count++] = t;
        if (count == MOST_WORDS) {
            break;
        }
        while (*t != '\0' && *t != ' ') {
            ++t;
        }
    }
    return count;
}

static void execute(void)
{
    char* words[MOST_WORDS] = {s_line, NULL, NULL, NULL};
    const int count = split(s_line, words);
    size_t i;
    for (i = 0; i < sizeof commands / sizeof commands[0]; ++i) {
        const command* c = &commands[i];
        if (count == 0 || !same(words[0], c->name)) {
            continue;
        }
        if (c->with_words != NULL) {
            c->with_words(words, count);
        } else if (count == 1) {
            c->plain();
        } else {
            error_about("Takes no arguments: ", words[0]);
        }
        return;
    }
    error_about("Unknown command: ", words[0]);
}

void tm_command_feed(uint8_t byte)
{
    if (byte == '%') {
        s_line[s_length] = '\0';
        if (s_too_long) {
            error("Command too long");
        } else {
            execute();
        }
        line("m-ready");
        s_length = 0;
        s_too_long = 0;
    } else if ((byte == '\r' || byte == '\n') && s_length == 0) {
        return;
    } else if (s_length == TM_COMMAND_LONGEST) {
        s_too_long = 1;
    } else {
        s_line[s_length++] = byte == '\0' ? '?' : (char)byte; /* keeps lines one string */
    }
}

void tm_command_init(const tm_server_model* model, const tm_server_board* board,
                     const tm_server_memory* memory)
{
    s_model = model;
    s_board = board;
    s_memory = memory;
    s_length = 0;
    s_too_long = 0;
    s_loading = 0;
    s_loaded = 0;
    s_has_result = 0;
    line("m-timestamp-mode-performance");
    print_lap(board->time());
    line("m-init-done");
    line("m-ready");
}
