/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_UART_H
#define TM_UART_H

/* A polled serial port. No interrupt handler ever runs: whoever waits also receives, so nothing
 * disturbs a run that is timed or counted. */

#include <stdint.h>

/* ---- the driver of the board's port: tm_uart_cmsdk.c, tm_uart_sifive.c ---- */

void tm_uart_open(void);
int tm_uart_try_send(uint8_t byte); /* 0 while the port is busy */
int tm_uart_try_receive(void);      /* a byte, or -1 */

/* ---- on top of it: tm_uart.c ---- */

/* Sends; receives into a ring meanwhile, so that a command may come while a reply goes. */
void tm_uart_put(char c);
/* The oldest byte received, or -1. */
int tm_uart_get(void);

#endif
