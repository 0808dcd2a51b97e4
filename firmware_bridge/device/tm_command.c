/* SPDX-License-Identifier: Apache-2.0 */
#include "tm_command.h"

#include "tm_server.h"

#define MOST_WORDS 4

static char s_line[TM_COMMAND_LONGEST + 1];
static uint8_t s_length;
static uint8_t s_too_long;

/* ---- MLPerf Tiny ---- */

static uint8_t* input_store(void)
{
    return tm_keeps_input() ? tm_server.memory->input_copy : tm_server.model->input;
}
static uint64_t microseconds(uint64_t time)
{
    const uint32_t hz = tm_server.board->time_hz();
    return time / hz * 1000000 + time % hz * 1000000 / hz;
}
static void print_lap(uint64_t time)
{
    tm_line_number("m-lap-us-", microseconds(time));
}

static void print_results(void)
{
    uint32_t i;
    tm_print("m-results-[");
    for (i = 0; i < tm_server.model->results; ++i) {
        if (i > 0) {
            tm_print(",");
        }
        tm_put_float(tm_server.board->put, tm_server.model->result(i));
    }
    tm_line("]");
}

static void do_name(void)
{
    tm_line("m-name-dut-[tidemark]");
}

static void do_profile(void)
{
    tm_line("m-profile-[ULPMark for tinyML Firmware V0.0.1]");
    tm_print("m-model-[");
    tm_print(tm_server.model->name);
    tm_line("]");
}

static void do_timestamp(void)
{
    print_lap(tm_server.board->time());
}

static void db_load(const char* count)
{
    uint32_t bytes;
    if (!tm_parse_number(count, &bytes)) {
        tm_error_about("Not a number: ", count);
        return;
    }
    if (bytes != tm_server.model->input_bytes) {
        tm_print("e-[The input has ");
        tm_print_number(tm_server.model->input_bytes);
        tm_line(" bytes]");
        return;
    }
    tm_server.loaded = 0;
    tm_server.loading = 1;
    tm_server.has_result = 0; /* where there is no copy, the input may lie on the output */
    if (tm_feeds()) {
        tm_begin_feeding();
    }
    tm_print("m-[Expecting ");
    tm_print_number(bytes);
    tm_line(" bytes]");
}

static void db_bytes(const char* digits)
{
    const char* d = digits;
    uint32_t count = 0;
    uint8_t byte;
    if (!tm_server.loading) {
        tm_error("db load first");
        return;
    }
    /* Nothing is stored unless all of it is good. */
    for (; *d != '\0'; d += 2, ++count) {
        if (!tm_parse_byte(d, &byte)) {
            tm_error_about("Not an even number of hex digits: ", digits);
            return;
        }
    }
    if (count > tm_server.model->input_bytes - tm_server.loaded) {
        tm_error("More bytes than the input has");
        return;
    }
    for (d = digits; *d != '\0'; d += 2) {
        (void)tm_parse_byte(d, &byte);
        if (tm_feeds()) {
            tm_feed(byte);
        } else {
            input_store()[tm_server.loaded++] = byte;
        }
    }
    if (tm_server.loaded == tm_server.model->input_bytes) {
        tm_server.loading = 0;
        tm_line("m-load-done");
    }
}

static void db_print(void)
{
    uint32_t i;
    if (!tm_input_ready()) {
        return;
    }
    if (tm_feeds()) {
        tm_error("The rows of the input were used as they came");
        return;
    }
    for (i = 0; i < tm_server.loaded; ++i) {
        tm_print(i % 8 == 0 ? "m-buffer-" : "-");
        tm_print_hex(input_store()[i], 2);
        if (i % 8 == 7 || i + 1 == tm_server.loaded) {
            tm_end_line();
        }
    }
}

static void do_db(char** words, int count)
{
    if (count == 3 && tm_same(words[1], "load")) {
        db_load(words[2]);
    } else if (count == 2 && tm_same(words[1], "print")) {
        db_print();
    } else if (count == 2) {
        db_bytes(words[1]);
    } else {
        tm_error("Usage: db load N, db HH.., db print");
    }
}

/* `runs` runs; gives the time spent in the model alone, without restoring the input. */
static uint64_t timed_runs(uint32_t runs)
{
    uint64_t spent = 0;
    if (tm_feeds()) {
        return runs > 0 ? tm_server.fed_time : 0;
    }
    for (; runs > 0; --runs) {
        uint64_t begin;
        tm_restore_input();
        begin = tm_server.board->time();
        tm_run_model(NULL);
        spent += tm_server.board->time() - begin;
    }
    return spent;
}

static void do_infer(char** words, int count)
{
    uint32_t runs = 0;
    uint32_t warmups = 10;
    uint64_t begin;
    if (count < 2 || count > 3 || !tm_parse_number(words[1], &runs) || runs == 0 ||
        (count == 3 && !tm_parse_number(words[2], &warmups))) {
        tm_error("Usage: infer N W, N at least 1, W optional");
        return;
    }
    if (!tm_keeps_input() && (runs != 1 || warmups != 0)) {
        tm_error("No room for an input copy: infer 1 0 only");
        return;
    }
    if (!tm_input_ready()) {
        return;
    }
    tm_line_number("m-warmup-start-", warmups);
    (void)timed_runs(warmups);
    tm_line("m-warmup-done");
    tm_line_number("m-infer-start-", runs);
    begin = tm_server.board->time();
    print_lap(begin);
    print_lap(begin + timed_runs(runs));
    tm_line("m-infer-done");
    tm_after_run();
    print_results();
}

static void do_results(void)
{
    if (tm_has_result()) {
        print_results();
    }
}

static void do_help(void)
{
    tm_line("name%  profile%  timestamp%  help%  results%");
    tm_line("db load N%  then  db HH..%  until m-load-done; db print% shows the input");
    tm_line("infer N W%  W warm-up runs (10 if left out), then N timed runs");
    tm_line("x-nonce N%  x-hash%  x-info%  x-output%  x-stack%  x-crc%");
    tm_line("x-layers%   one run, timed stage by stage");
    tm_line("x-paint HH%  one run on painted memory: which bytes it changes");
    tm_line("x-fill HH%   paints the memory, before an input that is used as it comes");
    tm_line("x-selftest%  runs tm_selftest(): a made-up input against its expected output");
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
    {"x-nonce", NULL, tm_do_nonce},
    {"x-hash", tm_do_hash, NULL},
    {"x-info", tm_do_info, NULL},
    {"x-output", tm_do_output, NULL},
    {"x-layers", tm_do_layers, NULL},
    {"x-fill", NULL, tm_do_fill},
    {"x-paint", NULL, tm_do_paint},
    {"x-stack", tm_do_stack, NULL},
    {"x-crc", tm_do_crc, NULL},
    {"x-selftest", tm_do_selftest, NULL},
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
        if (count == 0 || !tm_same(words[0], c->name)) {
            continue;
        }
        if (c->with_words != NULL) {
            c->with_words(words, count);
        } else if (count == 1) {
            c->plain();
        } else {
            tm_error_about("Takes no arguments: ", words[0]);
        }
        return;
    }
    tm_error_about("Unknown command: ", words[0]);
}

void tm_command_feed(uint8_t byte)
{
    if (byte == '%') {
        s_line[s_length] = '\0';
        if (s_too_long) {
            tm_error("Command too long");
        } else {
            execute();
        }
        tm_line("m-ready");
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
    tm_server.model = model;
    tm_server.board = board;
    tm_server.memory = memory;
    s_length = 0;
    s_too_long = 0;
    tm_server.loading = 0;
    tm_server.loaded = 0;
    tm_server.has_result = 0;
    tm_line("m-timestamp-mode-performance");
    print_lap(board->time());
    tm_line("m-init-done");
    tm_line("m-ready");
}
