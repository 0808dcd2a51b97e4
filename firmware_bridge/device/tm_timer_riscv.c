/* SPDX-License-Identifier: Apache-2.0 */
/* mcycle for stages; the CLINT's mtime, whose clock does not depend on the core's, for laps. */
#include "tm_board.h"
#include "tm_timer.h"

#define CLINT_BASE UINT32_C(0x02000000)
#define MTIMECMP_LOW (*(volatile uint32_t*)(CLINT_BASE + 0x4000))
#define MTIMECMP_HIGH (*(volatile uint32_t*)(CLINT_BASE + 0x4004))
#define MTIME_LOW (*(volatile uint32_t*)(CLINT_BASE + 0xbff8))
#define MTIME_HIGH (*(volatile uint32_t*)(CLINT_BASE + 0xbffc))
#define MIE_TIMER 0x80

#define READ_CSR(name, value) __asm__ volatile("csrr %0, " #name : "=r"(value))

void tm_timer_init(void)
{
    /* Interrupts are masked for good (mstatus.MIE is 0); an enabled one only ends a nap. */
    __asm__ volatile("csrw mie, %0" ::"r"(MIE_TIMER));
}

uint64_t tm_timer_ticks(void)
{
    uint32_t high, low, again;
    do {
        READ_CSR(mcycleh, high);
        READ_CSR(mcycle, low);
        READ_CSR(mcycleh, again);
    } while (high != again);
    return (uint64_t)high << 32 | low;
}

uint32_t tm_timer_ticks_hz(void)
{
    return TM_CORE_HZ;
}

const char* tm_timer_ticks_name(void)
{
    return "mcycle";
}

uint64_t tm_timer_time(void)
{
    uint32_t high, low;
    do {
        high = MTIME_HIGH;
        low = MTIME_LOW;
    } while (high != MTIME_HIGH);
    return (uint64_t)high << 32 | low;
}

uint32_t tm_timer_time_hz(void)
{
    return TM_MTIME_HZ;
}

void tm_timer_nap(void)
{
    /* A quarter of a millisecond: the port holds eight bytes, 0.7 ms at 115200 baud. */
    const uint64_t until = tm_timer_time() + TM_MTIME_HZ / 4096 + 1;
    MTIMECMP_HIGH = UINT32_MAX; /* no early match between the two halves */
    MTIMECMP_LOW = (uint32_t)until;
    MTIMECMP_HIGH = (uint32_t)(until >> 32);
    __asm__ volatile("wfi" ::: "memory");
}
