/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TINY_H
#define TINY_H

#include <stddef.h>
#include <stdint.h>

enum {
    INPUT_BYTES = 4096,
    ACTIVATION_OFFSET = 4096,
    OUTPUT_BYTES = 16,
    ARENA_BYTES = 4352,
    STAGES = 2,
    TIMER_HZ = 25000000
};

extern uint8_t tm_arena[ARENA_BYTES];
extern const float tm_weights[16];

/** Sums 16 inputs an activation, then weighs 16 activations an output. Overwrites its input. */
void tm_model_run(void);
void tm_stage_0(void);
void tm_stage_1(void);
void tm_run_end(void);

void server_take(char c);
void server_boot(void);

void uart_put(char c);
/** Counts up at TIMER_HZ. */
uint32_t timer_ticks(void);

#endif
