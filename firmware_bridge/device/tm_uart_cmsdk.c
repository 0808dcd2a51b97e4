/* SPDX-License-Identifier: Apache-2.0 */
/* APB UART of Arm's Cortex-M System Design Kit: Arm DDI 0479, section 4.3. */
#include "tm_board.h"
#include "tm_uart.h"

typedef struct cmsdk_uart {
    volatile uint32_t data;
    volatile uint32_t state;
    volatile uint32_t control;
    volatile uint32_t interrupt;
    volatile uint32_t divider;
} cmsdk_uart;

#define UART ((cmsdk_uart*)TM_UART_BASE)

enum {
    state_tx_full = 1,
    state_rx_full = 2,
    control_tx = 1,
    control_rx = 2,
    control_rx_interrupt = 8 /* ends a sleep; never taken */
};

void tm_uart_open(void)
{
    const uint32_t divider = TM_UART_CLOCK_HZ / TM_BAUD;
    UART->divider = divider < 16 ? 16 : divider; /* the least it takes */
    UART->control = control_tx | control_rx | control_rx_interrupt;
}

int tm_uart_try_send(uint8_t byte)
{
    if ((UART->state & state_tx_full) != 0) {
        return 0;
    }
    UART->data = byte;
    return 1;
}

int tm_uart_try_receive(void)
{
    int byte;
    if ((UART->state & state_rx_full) == 0) {
        return -1;
    }
    byte = (int)(UART->data & 0xff);
    UART->interrupt = 2; /* received: write 1 to clear */
    return byte;
}
