/* SPDX-License-Identifier: Apache-2.0 */
/* UART of SiFive's FE310: FE310-G000 manual, chapters 17 (GPIO) and 18 (UART). */
#include "tm_board.h"
#include "tm_uart.h"

typedef struct sifive_uart {
    volatile uint32_t transmit;
    volatile uint32_t receive;
    volatile uint32_t transmit_control;
    volatile uint32_t receive_control;
    volatile uint32_t interrupt_enable;
    volatile uint32_t interrupt_pending;
    volatile uint32_t divider;
} sifive_uart;

#define UART ((sifive_uart*)TM_UART_BASE)
#define UART_NOT_NOW UINT32_C(0x80000000) /* transmit: full; receive: empty */

#if TM_UART_BASE == 0x10013000 /* UART 0: pins 16 and 17 belong to it once they are told so */
static void connect_pins(void)
{
    volatile uint32_t* const iof_enable = (volatile uint32_t*)0x10012038;
    volatile uint32_t* const iof_select = (volatile uint32_t*)0x1001203c;
    *iof_select &= ~UINT32_C(0x30000);
    *iof_enable |= UINT32_C(0x30000);
}
#else
static void connect_pins(void)
{
}
#endif

void tm_uart_open(void)
{
    connect_pins();
#if TM_UART_CLOCK_HZ > 0 /* else the board has no clock to divide: a virtual one */
    UART->divider = TM_UART_CLOCK_HZ / TM_BAUD - 1;
#endif
    UART->transmit_control = 1;
    UART->receive_control = 1;
}

int tm_uart_try_send(uint8_t byte)
{
    if ((UART->transmit & UART_NOT_NOW) != 0) {
        return 0;
    }
    UART->transmit = byte;
    return 1;
}

int tm_uart_try_receive(void)
{
    const uint32_t data = UART->receive;
    return (data & UART_NOT_NOW) != 0 ? -1 : (int)(data & 0xff);
}
