/* SPDX-License-Identifier: Apache-2.0 */
#include "tm_server.h"

#include "tm_memory.h"

tm_server_state tm_server;

/* ---- printing ---- */

void tm_print(const char* t)
{
    tm_put_text(tm_server.board->put, t);
}
void tm_print_number(uint64_t value)
{
    tm_put_unsigned(tm_server.board->put, value);
}
void tm_print_hex(uint64_t value, int digits)
{
    tm_put_hex(tm_server.board->put, value, digits);
}
void tm_end_line(void)
{
    tm_print("\r\n");
}
void tm_line(const char* t)
{
    tm_print(t);
    tm_end_line();
}
void tm_line_number(const char* t, uint64_t value)
{
    tm_print(t);
    tm_print_number(value);
    tm_end_line();
}
/* What the host sent, made harmless. */
static void echo(const char* t)
{
    for (; *t != '\0'; ++t) {
        const char c = *t;
        tm_server.board->put(c < ' ' || c > '~' || c == '[' || c == ']' ? '.' : c);
    }
}
void tm_error_about(const char* what, const char* word)
{
    tm_print("e-[");
    tm_print(what);
    echo(word);
    tm_line("]");
}
void tm_error(const char* what)
{
    tm_error_about(what, "");
}

/* ---- words and numbers ---- */

int tm_same(const char* a, const char* b)
{
    while (*a != '\0' && *a == *b) {
        ++a;
        ++b;
    }
    return *a == *b;
}

int tm_parse_number(const char* word, uint32_t* value)
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
int tm_parse_byte(const char* word, uint8_t* value)
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

int tm_keeps_input(void)
{
    return tm_server.memory->input_copy != NULL;
}
int tm_feeds(void)
{
    return tm_server.model->push != NULL && !tm_keeps_input();
}
int tm_input_ready(void)
{
    if (tm_server.loading || tm_server.loaded != tm_server.model->input_bytes) {
        tm_error("No input: db load first");
        return 0;
    }
    return 1;
}
int tm_has_result(void)
{
    if (!tm_server.has_result) {
        tm_error("No results: infer first");
    }
    return tm_server.has_result;
}
void tm_restore_input(void)
{
    if (tm_keeps_input() && tm_server.model->restore != NULL) {
        tm_server.model->restore(tm_server.memory->input_copy);
    } else if (tm_keeps_input() && tm_server.model->push == NULL) {
        memcpy(tm_server.model->input, tm_server.memory->input_copy, tm_server.model->input_bytes);
    }
}
/* Without a copy the run has used the input up. */
void tm_after_run(void)
{
    tm_server.has_result = 1;
    if (!tm_keeps_input()) {
        tm_server.loaded = 0;
    }
}

void tm_run_model(tm_stage_hook hook)
{
    const tm_server_model* model = tm_server.model;
    if (model->push != NULL) {
        const uint8_t* row = tm_server.memory->input_copy;
        model->begin(hook);
        while (model->push(row) > 0) {
            row += model->row_bytes;
        }
    } else if (hook != NULL) {
        model->run_hooked(hook);
    } else {
        model->run();
    }
}

void tm_begin_feeding(void)
{
    tm_server.fed_time = 0;
    tm_server.model->begin(tm_begin_stages());
}

void tm_feed(uint8_t byte)
{
    const tm_server_model* model = tm_server.model;
    const uint32_t at = tm_server.loaded++ % model->row_bytes;
    uint8_t* const row = model->row();
    row[at] = byte;
    if (at + 1 == model->row_bytes) {
        const uint64_t begin = tm_server.board->time();
        (void)model->push(row);
        tm_server.fed_time += tm_server.board->time() - begin;
    }
}
