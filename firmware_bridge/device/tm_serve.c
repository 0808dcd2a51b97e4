/* SPDX-License-Identifier: Apache-2.0 */
#include "tm_serve.h"

#include "tm_startup.h"
#include "tm_timer.h"
#include "tm_uart.h"

/* Looks at a silent port before the core naps: commands come in bursts. */
#define LOOKS_BEFORE_NAP 2000

void tm_serve(const tm_server_model* model, const tm_server_memory* memory)
{
    const tm_server_board board = {
        tm_uart_put,
        tm_timer_ticks,
        tm_timer_ticks_hz,
        tm_timer_ticks_name,
        tm_timer_time,
        tm_timer_time_hz,
        (uint32_t)(tm_stack_top - tm_stack_limit),
        tm_stack_used,
    };
    uint32_t looks = 0;
    tm_uart_open();
    tm_timer_init();
    tm_command_init(model, &board, memory);
    for (;;) {
        const int byte = tm_uart_get();
        if (byte >= 0) {
            tm_command_feed((uint8_t)byte);
            looks = 0;
        } else if (++looks > LOOKS_BEFORE_NAP) {
            tm_timer_nap();
        }
    }
}
