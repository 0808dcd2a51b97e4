/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up and faults of Cortex-M: Armv7-M (Arm DDI 0403) and Armv8-M (Arm DDI 0553). */
#include "tm_startup.h"

#include <stddef.h>

#define REGISTER(address) (*(volatile uint32_t*)(address))
#define SCB_VTOR REGISTER(0xe000ed08)
#define SCB_CFSR REGISTER(0xe000ed28)
#define SCB_MMFAR REGISTER(0xe000ed34)
#define SCB_BFAR REGISTER(0xe000ed38)

/* CFSR */
#define CFSR_MEMORY UINT32_C(0x0000007f)
#define CFSR_BUS UINT32_C(0x00007f00)
#define CFSR_USAGE UINT32_C(0xffff0000)
#define CFSR_MMFAR_VALID UINT32_C(0x00000080)
#define CFSR_BFAR_VALID UINT32_C(0x00008000)
#define CFSR_STACKING UINT32_C(0x00001010) /* no frame was written */
#define CFSR_STACK_LIMIT UINT32_C(0x00100000)

/* CP10 and CP11, the floating-point and vector units, before anything can use them; where the core
 * has a stack limit, it guards the reserve. Interrupts stay masked for good. */
__attribute__((naked, noreturn)) void tm_reset(void)
{
    __asm__ volatile("cpsid i\n\t"
                     "ldr r0, =0xe000ed88\n\t" /* CPACR */
                     "ldr r1, [r0]\n\t"
                     "orr r1, r1, #0x00f00000\n\t"
                     "str r1, [r0]\n\t"
                     "dsb\n\t"
                     "isb\n\t"
#if defined(__ARM_ARCH_8M_MAIN__) || defined(__ARM_ARCH_8_1M_MAIN__)
                     "ldr r0, =tm_stack_limit\n\t"
                     "msr msplim, r0\n\t"
#endif
                     "ldr r0, =tm_stack_top\n\t"
                     "mov sp, r0\n\t"
                     "b tm_begin\n\t"
                     ".ltorg");
}

/* The frame a fault left is read from where the stack stood; the report gets the whole stack. */
__attribute__((naked, noreturn)) void tm_fault_entry(void)
{
    __asm__ volatile("mrs r0, msp\n\t"
                     "ldr r1, =tm_stack_top\n\t"
                     "mov sp, r1\n\t"
                     "b tm_fault\n\t"
                     ".ltorg");
}

/* Vectors up to SysTick; no other is ever taken. */
__attribute__((section(".tm_vectors"), used, aligned(128))) void (*const tm_vectors[16])(void) = {
    (void (*)(void))(uintptr_t)tm_stack_top,
    tm_reset,
    tm_fault_entry,
    tm_fault_entry,
    tm_fault_entry,
    tm_fault_entry,
    tm_fault_entry,
    tm_fault_entry,
    tm_fault_entry,
    tm_fault_entry,
    tm_fault_entry,
    tm_fault_entry,
    tm_fault_entry,
    tm_fault_entry,
    tm_fault_entry,
    tm_fault_entry,
};

__attribute__((used, noreturn)) void tm_begin(void)
{
    SCB_VTOR = (uint32_t)(uintptr_t)tm_vectors;
    tm_prepare_memory();
    (void)main();
    tm_report_fault("return", 0, 0); /* main() never does */
    for (;;) {
    }
}

/* Interrupts are masked, so every fault arrives as a HardFault: CFSR tells what it was at first. */
static const char* kind_of(uint32_t exception, uint32_t cfsr)
{
    if ((cfsr & CFSR_MEMORY) != 0) {
        return "memory";
    }
    if ((cfsr & CFSR_BUS) != 0) {
        return "bus";
    }
    if ((cfsr & CFSR_USAGE) != 0) {
        return "usage";
    }
    switch (exception) {
    case 2:
        return "nmi";
    case 3:
        return "hard";
    default:
        return "interrupt";
    }
}

__attribute__((used, noreturn)) void tm_fault(const uint32_t* frame)
{
    const uint32_t cfsr = SCB_CFSR;
    const uint8_t* const low = (const uint8_t*)frame;
    const int overflow = (cfsr & CFSR_STACK_LIMIT) != 0 || low < tm_stack_limit;
    uint32_t exception, address = 0, pc = 0;
    __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
    if ((cfsr & CFSR_MMFAR_VALID) != 0) {
        address = SCB_MMFAR;
    } else if ((cfsr & CFSR_BFAR_VALID) != 0) {
        address = SCB_BFAR;
    }
    if ((cfsr & CFSR_STACKING) == 0 && !overflow && low + 32 <= tm_stack_top) {
        pc = frame[6];
    }
    tm_report_fault(overflow ? "stack" : kind_of(exception & 0x1ff, cfsr), pc, address);
    for (;;) {
    }
}
