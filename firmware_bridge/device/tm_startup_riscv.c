/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up and traps of a machine-mode RV32 core: The RISC-V Instruction Set Manual, volume II. */
#include "tm_startup.h"

/* Linked first: SiFive's boot code jumps to the first word of the flash. */
__attribute__((section(".tm_vectors"), used, naked, noreturn)) void tm_reset(void)
{
    __asm__ volatile("csrci mstatus, 8\n\t" /* interrupts stay masked for good */
                     "la t0, tm_trap_entry\n\t"
                     "csrw mtvec, t0\n\t"
                     ".option push\n\t"
                     ".option norelax\n\t"
                     "la gp, __global_pointer$\n\t"
                     ".option pop\n\t"
                     "la sp, tm_stack_top\n\t"
                     "j tm_begin");
}

__attribute__((used, naked, noreturn, aligned(4))) void tm_trap_entry(void)
{
    __asm__ volatile("csrr a0, mcause\n\t"
                     "csrr a1, mepc\n\t"
                     "csrr a2, mtval\n\t"
                     "mv a3, sp\n\t"
                     "la sp, tm_stack_top\n\t"
                     "j tm_trap");
}

__attribute__((used, noreturn)) void tm_begin(void)
{
    tm_prepare_memory();
    (void)main();
    tm_report_fault("return", 0, 0); /* main() never does */
    for (;;) {
    }
}

__attribute__((used, noreturn)) void tm_trap(uint32_t cause, uint32_t pc, uint32_t address,
                                             const uint8_t* sp)
{
    static const char* const kinds[8] = {
        "fetch-misaligned", "fetch", "illegal",          "breakpoint",
        "load-misaligned",  "load",  "store-misaligned", "store"};
    const char* const kind = cause < 8 ? kinds[cause] : "trap";
    tm_report_fault(sp < tm_stack_limit ? "stack" : kind, pc, address);
    for (;;) {
    }
}
