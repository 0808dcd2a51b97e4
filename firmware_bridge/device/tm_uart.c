/* SPDX-License-Identifier: Apache-2.0 */
#include "tm_uart.h"

/* Three of the longest commands. A power of two: the indices wrap by themselves. */
static uint8_t s_ring[256];
static uint8_t s_write;
static uint8_t s_read;

static void receive(void)
{
    /* A full ring leaves bytes where they are; the host then has to wait. */
    while ((uint8_t)(s_write + 1) != s_read) {
        const int byte = tm_uart_try_receive();
        if (byte < 0) {
            return;
        }
        s_ring[s_write++] = (uint8_t)byte;
    }
}

void tm_uart_put(char c)
{
    while (!tm_uart_try_send((uint8_t)c)) {
        receive();
    }
}

int tm_uart_get(void)
{
    receive();
    return s_read == s_write ? -1 : s_ring[s_read++];
}
