/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STARTUP_H
#define TM_STARTUP_H

#include <stdint.h>

/* ---- from the linker script ---- */

/* What start-up copies from the code bank into RAM. */
typedef struct tm_copy {
    uint8_t* to;
    const uint8_t* from;
    uint32_t bytes;
} tm_copy;

extern const tm_copy tm_copy_begin[];
extern const tm_copy tm_copy_end[];
extern uint8_t tm_bss_begin[];
extern uint8_t tm_bss_end[];
extern uint8_t tm_stack_limit[]; /* lowest byte of the reserve */
extern uint8_t tm_stack_top[];   /* one past its highest byte */

/* ---- tm_startup.c ---- */

/* Makes .data, .bss and the stack's paint. Called by the reset code, on the stack. */
void tm_prepare_memory(void);

/* Bytes of the stack reserve touched since start-up. */
uint32_t tm_stack_used(void);

/* Prints `e-[fault KIND pc=HEX addr=HEX]` and stops for ever. */
void tm_report_fault(const char* kind, uint32_t pc, uint32_t address);

int main(void);

#endif
