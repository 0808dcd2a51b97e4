/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_SERVER_H
#define TM_SERVER_H

/* What the parts of the command server share: its state, its printing, its checks. Not for users.
 */

#include "tm_command.h"

typedef struct tm_server_state {
    const tm_server_model* model;
    const tm_server_board* board;
    const tm_server_memory* memory;
    uint32_t loaded;    /* bytes of the input that are there */
    uint8_t loading;    /* `db load` came, bytes are awaited */
    uint8_t has_result; /* the output holds the result of a run on the host's input */
    uint64_t fed_time;  /* of a run that was fed while the input was loaded */
} tm_server_state;

extern tm_server_state tm_server;

void tm_print(const char* text);
void tm_print_number(uint64_t value);
void tm_print_hex(uint64_t value, int digits);
void tm_end_line(void);
void tm_line(const char* text);
void tm_line_number(const char* text, uint64_t value);
/* `e-[WHAT]`, `e-[WHATWORD]`: the word came from the host and is made harmless. */
void tm_error(const char* what);
void tm_error_about(const char* what, const char* word);

int tm_same(const char* a, const char* b);
/* All of `word` as a decimal number; 0 where it is none or above 32 bits. */
int tm_parse_number(const char* word, uint32_t* value);
/* The first two characters of `word` as hex digits; 0 where they are none. */
int tm_parse_byte(const char* word, uint8_t* value);

int tm_keeps_input(void);
/* Whether loading the input is running the model. */
int tm_feeds(void);
/* These two print the error if the answer is no. */
int tm_input_ready(void);
int tm_has_result(void);
/* Before a run, and after it. */
void tm_restore_input(void);
void tm_after_run(void);
/* One run on the restored input; `hook` may be NULL. */
void tm_run_model(tm_stage_hook hook);
/* Starts a run on rows that come, and takes one byte of them. */
void tm_begin_feeding(void);
void tm_feed(uint8_t byte);

/* Starts timing by stages: the hook of the run. */
tm_stage_hook tm_begin_stages(void);

/* The own verbs: tm_inspect.c. */
void tm_do_nonce(char** words, int count);
void tm_do_hash(void);
void tm_do_info(void);
void tm_do_output(void);
void tm_do_layers(void);
void tm_do_fill(char** words, int count);
void tm_do_paint(char** words, int count);
void tm_do_stack(void);
void tm_do_crc(void);
void tm_do_selftest(void);

#endif
