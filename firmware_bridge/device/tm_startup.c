/* SPDX-License-Identifier: Apache-2.0 */
#include "tm_startup.h"

#include "tm_format.h"
#include "tm_memory.h"
#include "tm_uart.h"

#define STACK_PAINT 0xc5

/* Below this frame's address the stack is unused; the frames of memset and its kin get some room.
 */
static uint8_t* below_this_frame(void)
{
    const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    return (uint8_t*)(here - 128);
}

void tm_prepare_memory(void)
{
    const tm_copy* copy;
    uint8_t* unused = below_this_frame();
    for (copy = tm_copy_begin; copy < tm_copy_end; ++copy) {
        memcpy(copy->to, copy->from, copy->bytes);
    }
    memset(tm_bss_begin, 0, (size_t)(tm_bss_end - tm_bss_begin));
    if (unused > tm_stack_limit) {
        memset(tm_stack_limit, STACK_PAINT, (size_t)(unused - tm_stack_limit));
    }
}

uint32_t tm_stack_used(void)
{
    const uint8_t* p = tm_stack_limit;
    while (p < tm_stack_top && *p == STACK_PAINT) {
        ++p;
    }
    return (uint32_t)(tm_stack_top - p);
}

void tm_report_fault(const char* kind, uint32_t pc, uint32_t address)
{
    tm_uart_open();
    tm_put_text(tm_uart_put, "\r\ne-[fault ");
    tm_put_text(tm_uart_put, kind);
    tm_put_text(tm_uart_put, " pc=");
    tm_put_hex(tm_uart_put, pc, 8);
    tm_put_text(tm_uart_put, " addr=");
    tm_put_hex(tm_uart_put, address, 8);
    tm_put_text(tm_uart_put, "]\r\n");
    for (;;) {
        __asm__ volatile("wfi");
    }
}
