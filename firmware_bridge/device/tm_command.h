/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_COMMAND_H
#define TM_COMMAND_H

/*
 * The command server: MLPerf Tiny's text commands and our own `x-` verbs, one byte at a time.
 * It knows the model and the board only through the tables below, so it runs on a host as well.
 * Nothing here allocates or recurses.
 */

#include "tm_format.h"

#include <stddef.h>
#include <stdint.h>

#define TM_COMMAND_LONGEST 80 /* characters before the '%' */

/* Bytes from `begin` up to `end` of a bank. */
typedef struct tm_region {
    const char* bank;
    uint8_t* begin;
    uint8_t* end;
} tm_region;

/* A section of constants. */
typedef struct tm_section {
    const char* name;
    const uint8_t* begin;
    const uint8_t* end;
} tm_section;

/* Called before each stage call with the stage's index, and after the last with their number. */
typedef void (*tm_stage_hook)(uint32_t stage);

typedef struct tm_server_model {
    const char* name;
    const char* hash; /* of the bundle: 64 hex digits */
    uint8_t* input;   /* in an arena: undefined after a run */
    uint32_t input_bytes;
    const uint8_t* output; /* in an arena: what the last run left */
    uint32_t output_bytes;
    uint32_t results;                /* numbers in the output */
    float (*result)(uint32_t index); /* one of them, as a real number */
    uint32_t stages;
    void (*run)(void);
    void (*run_hooked)(tm_stage_hook hook); /* the same, each stage announced */
    int (*selftest)(void);                  /* 0 = passed; overwrites input and output */
    const tm_region* arenas;
    uint32_t arena_count;
    const tm_region* unused; /* RAM that nobody owns */
    uint32_t unused_count;
    const tm_section* constants;
    uint32_t constant_count;
    /* Several inputs: puts them into the arena from where they lie one after the other. There must
     * be a copy of them then. NULL: `input` is all there is. */
    void (*restore)(const uint8_t* copy);
    /* Several outputs: one byte of them all. NULL: `output` is all there is. */
    uint8_t (*output_at)(uint32_t index);
    /* A streamed input: `begin` starts a run, `row` is where its next row goes, `push` takes that
     * row, or one from elsewhere, and gives how many it still wants. The server feeds it from its
     * copy of the input or, without one, as the input is loaded. `input`, `run` and `run_hooked`
     * are not used then. NULL: the input is there as a whole. */
    void (*begin)(tm_stage_hook hook);
    uint8_t* (*row)(void);
    int32_t (*push)(const void* row);
    uint32_t row_bytes;
} tm_server_model;

typedef struct tm_server_board {
    tm_put put;              /* one character to the host */
    uint64_t (*ticks)(void); /* the finest timer, for stages */
    uint32_t (*ticks_hz)(void);
    const char* (*ticks_name)(void);
    uint64_t (*time)(void); /* the steadiest timer, for laps */
    uint32_t (*time_hz)(void);
    uint32_t stack_reserved;
    uint32_t (*stack_used)(void); /* bytes of the reserve touched since boot */
} tm_server_board;

typedef struct tm_server_memory {
    uint8_t* input_copy;   /* input_bytes, or NULL: no room for a copy */
    uint64_t* stage_ticks; /* one for each stage */
} tm_server_memory;

/* Prints the boot message. The three tables stay in use. */
void tm_command_init(const tm_server_model* model, const tm_server_board* board,
                     const tm_server_memory* memory);

/* Takes one byte from the host; on '%' runs the command and prints its whole reply. */
void tm_command_feed(uint8_t byte);

#endif
