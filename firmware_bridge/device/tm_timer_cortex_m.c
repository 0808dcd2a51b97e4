/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FPGAIO's up counter where the board has one (Arm's MPS2 and MPS3: 32 bits, its clock the
 * system's), else the core's cycle counter (DWT), else SysTick (24 bits). QEMU's DWT stands still,
 * which is how one tells.
 */
#include "tm_board.h"
#include "tm_timer.h"

#define REGISTER(address) (*(volatile uint32_t*)(address))

#define SYSTICK_CONTROL REGISTER(0xe000e010)
#define SYSTICK_RELOAD REGISTER(0xe000e014)
#define SYSTICK_VALUE REGISTER(0xe000e018)
#define ICSR REGISTER(0xe000ed04)
#define ICSR_CLEAR_SYSTICK UINT32_C(0x02000000)
#define NVIC_ENABLE(i) REGISTER(0xe000e100 + 4 * (i))
#define NVIC_CLEAR_PENDING(i) REGISTER(0xe000e280 + 4 * (i))
#define NVIC_WORDS 16 /* registers of absent lines ignore writes */

enum { systick_run = 5, systick_run_and_pend = 7 };

static uint64_t s_ticks;
static uint32_t s_last;

#ifdef TM_FPGAIO_BASE

#define FPGAIO_COUNTER REGISTER(TM_FPGAIO_BASE + 0x18)
#define FPGAIO_PRESCALE REGISTER(TM_FPGAIO_BASE + 0x1c)

static void start(void)
{
    FPGAIO_PRESCALE = 0;
}
static uint32_t counted(void)
{
    return FPGAIO_COUNTER;
}
static uint32_t period_mask(void)
{
    return UINT32_MAX;
}
static int systick_is_free(void)
{
    return 1;
}
uint32_t tm_timer_ticks_hz(void)
{
    return TM_FPGAIO_HZ;
}
const char* tm_timer_ticks_name(void)
{
    return "fpgaio";
}

#else

#define DEMCR REGISTER(0xe000edfc)
#define DEMCR_TRACE UINT32_C(0x01000000)
#define DWT_CONTROL REGISTER(0xe0001000)
#define DWT_CYCLES REGISTER(0xe0001004)

static uint8_t s_dwt_runs;

static void start(void)
{
    uint32_t before;
    int i;
    DEMCR |= DEMCR_TRACE;
    DWT_CONTROL |= 1;
    before = DWT_CYCLES;
    for (i = 0; i < 8 && !s_dwt_runs; ++i) {
        s_dwt_runs = DWT_CYCLES != before;
    }
    if (!s_dwt_runs) {
        SYSTICK_RELOAD = UINT32_C(0xffffff);
        SYSTICK_VALUE = 0;
        SYSTICK_CONTROL = systick_run;
    }
}
static uint32_t counted(void)
{
    return s_dwt_runs ? DWT_CYCLES : UINT32_C(0xffffff) - SYSTICK_VALUE;
}
static uint32_t period_mask(void)
{
    return s_dwt_runs ? UINT32_MAX : UINT32_C(0xffffff);
}
static int systick_is_free(void)
{
    return s_dwt_runs;
}
uint32_t tm_timer_ticks_hz(void)
{
    return TM_CORE_HZ;
}
const char* tm_timer_ticks_name(void)
{
    return s_dwt_runs ? "dwt" : "systick";
}

#endif

void tm_timer_init(void)
{
    int i;
    start();
    s_last = counted();
    /* Interrupts are masked for good (start-up); enabled lines only end a nap. */
    for (i = 0; i < NVIC_WORDS; ++i) {
        NVIC_ENABLE(i) = UINT32_MAX;
    }
}

uint64_t tm_timer_ticks(void)
{
    const uint32_t now = counted();
    s_ticks += (now - s_last) & period_mask();
    s_last = now;
    return s_ticks;
}

uint64_t tm_timer_time(void)
{
    return tm_timer_ticks();
}

uint32_t tm_timer_time_hz(void)
{
    return tm_timer_ticks_hz();
}

void tm_timer_nap(void)
{
    int i;
    (void)tm_timer_ticks();
    if (!systick_is_free()) {
        return;
    }
    SYSTICK_RELOAD = TM_CORE_HZ / 1000 - 1;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = systick_run_and_pend;
    __asm__ volatile("dsb\n\twfi\n\tisb" ::: "memory");
    SYSTICK_CONTROL = 0;
    ICSR = ICSR_CLEAR_SYSTICK;
    for (i = 0; i < NVIC_WORDS; ++i) {
        NVIC_CLEAR_PENDING(i) = UINT32_MAX;
    }
}
