/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TIMER_H
#define TM_TIMER_H

/* The board's timers, widened to 64 bits by looking at them: at least one look in each period of
 * the counter (32 bits; 24 where there is nothing but SysTick). */

#include <stdint.h>

void tm_timer_init(void);

/* The finest one, for stages. */
uint64_t tm_timer_ticks(void);
uint32_t tm_timer_ticks_hz(void);
const char* tm_timer_ticks_name(void);

/* The steadiest one, for laps. */
uint64_t tm_timer_time(void);
uint32_t tm_timer_time_hz(void);

/* Sleeps until the port may have received something, a millisecond at most. */
void tm_timer_nap(void);

#endif
