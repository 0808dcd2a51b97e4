/* SPDX-License-Identifier: Apache-2.0 */
/* Stages in assembly, so that the tests know every count by heart: see test_virtual_board.cpp. */
#include "tiny.h"

__attribute__((section(".tm_arena.TCM"), aligned(8))) uint8_t tm_arena[ARENA_BYTES];
__attribute__((section(".tm_weights.ROM")))
const float tm_weights[16] = {1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 7, -7, 8, -8};

/* 3 + 64 * (2 + 15 * 4 + 3) + 1 = 4164 instructions; loads: 1024 words and one literal. */
__attribute__((naked, noinline)) void tm_stage_0(void)
{
    __asm volatile("ldr r0, =tm_arena\n"
                   "add r1, r0, #4096\n"
                   "movs r2, #64\n"
                   "1: vldmia r0!, {s0}\n"
                   "movs r3, #15\n"
                   "2: vldmia r0!, {s1}\n"
                   "vadd.f32 s0, s0, s1\n"
                   "subs r3, #1\n"
                   "bne 2b\n"
                   "vstmia r1!, {s0}\n"
                   "subs r2, #1\n"
                   "bne 1b\n"
                   "bx lr\n"
                   ".ltorg\n");
}

/* 3 + 4 * (5 + 15 * 6 + 3) + 1 = 396 instructions; loads: 64 words, 64 weights, 5 literals. */
__attribute__((naked, noinline)) void tm_stage_1(void)
{
    __asm volatile("ldr r0, =tm_arena\n"
                   "add r1, r0, #4096\n"
                   "movs r2, #4\n"
                   "1: ldr r3, =tm_weights\n"
                   "vldmia r1!, {s0}\n"
                   "vldmia r3!, {s1}\n"
                   "vmul.f32 s0, s0, s1\n"
                   "mov r12, #15\n"
                   "2: vldmia r1!, {s1}\n"
                   "vldmia r3!, {s2}\n"
                   "vmul.f32 s1, s1, s2\n"
                   "vadd.f32 s0, s0, s1\n"
                   "subs r12, r12, #1\n"
                   "bne 2b\n"
                   "vstmia r0!, {s0}\n"
                   "subs r2, #1\n"
                   "bne 1b\n"
                   "bx lr\n"
                   ".ltorg\n");
}

__attribute__((naked, noinline)) void tm_run_end(void)
{
    __asm volatile("bx lr\n");
}

/* One instruction of glue (a bl) follows each stage and belongs to it. */
__attribute__((naked, noinline)) void tm_model_run(void)
{
    __asm volatile("push {r4, lr}\n"
                   "bl tm_stage_0\n"
                   "bl tm_stage_1\n"
                   "bl tm_run_end\n"
                   "pop {r4, pc}\n");
}
