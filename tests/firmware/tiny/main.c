/* SPDX-License-Identifier: Apache-2.0 */
/* mps2-an386: start-up, CMSDK UART, CMSDK timer. Interrupts stay masked: they only end a wfi. */
#include "tiny.h"

#define REG(address) (*(volatile uint32_t*)(address))
#define UART_DATA REG(0x40004000)
#define UART_STATE REG(0x40004004)
#define UART_CTRL REG(0x40004008)
#define UART_BAUDDIV REG(0x40004010)
#define UART_INTCLEAR REG(0x4000400c)
#define TIMER_CTRL REG(0x40000000)
#define TIMER_VALUE REG(0x40000004)
#define TIMER_RELOAD REG(0x40000008)
#define SYSTICK_CTRL REG(0xe000e010)
#define SYSTICK_RELOAD REG(0xe000e014)
#define NVIC_ENABLE REG(0xe000e100)
#define NVIC_UNPEND REG(0xe000e280)
#define ICSR REG(0xe000ed04)
#define CPACR REG(0xe000ed88)

extern uint32_t stack_top[], bss_start[], bss_end[];

void uart_put(char c)
{
    while (UART_STATE & 1U) {
    }
    UART_DATA = (uint8_t)c;
}

uint32_t timer_ticks(void)
{
    return 0xffffffffU - TIMER_VALUE;
}

static void run(void)
{
    CPACR |= 0xfU << 20;
    __asm volatile("dsb\nisb\ncpsid i\n");
    for (uint32_t* p = bss_start; p < bss_end; ++p) {
        *p = 0;
    }
    UART_BAUDDIV = 217;
    UART_CTRL = 3 | 1U << 3; /* send, receive, interrupt at reception */
    NVIC_ENABLE = 1;
    SYSTICK_RELOAD = TIMER_HZ / 1000; /* a byte whose interrupt was missed waits 1 ms at most */
    SYSTICK_CTRL = 7;
    (void)UART_DATA; /* QEMU looks for input again only after a read */
    TIMER_RELOAD = 0xffffffffU;
    TIMER_VALUE = 0xffffffffU;
    TIMER_CTRL = 1;
    server_boot();
    for (;;) {
        UART_INTCLEAR = 2;
        NVIC_UNPEND = 1;
        ICSR = 1U << 25;
        while (UART_STATE & 2U) {
            server_take((char)UART_DATA);
        }
        __asm volatile("wfi");
    }
}

void reset_handler(void)
{
    run();
}

static void fault(void)
{
    for (const char* p = "e-[fault hard pc=00000000 addr=00000000]\r\n"; *p; ++p) {
        uart_put(*p);
    }
    for (;;) {
    }
}

__attribute__((section(".vectors"), used)) static const void* const kVectors[16] = {
    stack_top,          (const void*)reset_handler, (const void*)fault, (const void*)fault,
    (const void*)fault, (const void*)fault,         (const void*)fault};
