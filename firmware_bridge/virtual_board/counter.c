/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts, exactly, what a firmware executes in each stage of a run: instructions, and loads and
 * stores per memory bank. A QEMU TCG plugin, for machines with one processor.
 *
 * Arguments, after the file name:
 *   out=PATH        where the counts go, appended
 *   stage=ADDRESS   entry of tm_stage_0, then of tm_stage_1, ... (one argument each)
 *   end=ADDRESS     entry of tm_run_end
 *   pause=ADDRESS   entry of tm_run_pause, if there is one
 *   bank=BASE:SIZE  a memory bank; one argument each, reported in this order
 * Numbers are as strtoull reads them with base 0.
 *
 * A run begins at the first entry of any stage and ends at the entry of tm_run_end. What is
 * executed in between belongs to the stage that was entered last, glue and interrupts included
 * (the firmware stops its tick while it runs). At tm_run_pause a run waits for its caller: until
 * the next stage nothing belongs to it. Output, one line each: tidemark-counter 1 STAGES BANKS RUN
 * {INSTRUCTIONS {LOADS LOAD_BYTES STORES STORE_BYTES}*(BANKS+1)}*STAGES . The bank after the last
 * stands for every other address. A line is one write() before the firmware leaves tm_run_end, so
 * it is complete when the firmware's reply to the run arrives.
 */
#include "qemu_plugin_api.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_STAGES = 4096, MAX_BANKS = 32, NUMBER_CHARS = 21 };

struct bank {
    uint64_t base, size;
};

struct traffic {
    uint64_t loads, load_bytes, stores, store_bytes;
};

struct stage {
    uint64_t entry;
    uint64_t instructions;
    struct traffic traffic[MAX_BANKS + 1];
};

static struct stage s_stages[MAX_STAGES];
static size_t s_stage_count;
static struct bank s_banks[MAX_BANKS];
static size_t s_bank_count;
static uint64_t s_end;
static uint64_t s_pause;
static bool s_pauses;
static int s_out = -1;

static uint64_t s_executed;     /* every instruction since the start */
static uint64_t s_entered_at;   /* s_executed when s_current was entered */
static struct stage* s_current; /* NULL outside a run and while it waits */
static bool s_running;
static uint64_t s_runs;

TM_QEMU_EXPORT extern int qemu_plugin_version;
int qemu_plugin_version = TM_QEMU_PLUGIN_VERSION;

static void leave_stage(void)
{
    if (s_current) {
        s_current->instructions += s_executed - s_entered_at;
    }
    s_entered_at = s_executed;
}

/* Executed before the entry's first instruction, which is counted here and not inline: nothing
 * then depends on the order in which QEMU runs a callback and an inline addition. */
static void on_stage_entry(unsigned int vcpu, void* stage)
{
    (void)vcpu;
    leave_stage();
    s_current = stage;
    s_running = true;
    ++s_executed;
}

static bool write_all(const char* text, size_t length)
{
    while (length > 0) {
        const ssize_t n = write(s_out, text, length);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        if (n > 0) {
            text += n;
            length -= (size_t)n;
        }
    }
    return true;
}

static size_t append(char* line, size_t at, uint64_t value)
{
    return at + (size_t)sprintf(line + at, "%" PRIu64 " ", value);
}

static void write_run(void)
{
    const size_t numbers = 1 + s_stage_count * (1 + 4 * (s_bank_count + 1));
    char* line = malloc(numbers * NUMBER_CHARS + 3);
    if (!line) {
        return;
    }
    size_t at = append(line, 0, s_runs);
    for (size_t i = 0; i < s_stage_count; ++i) {
        at = append(line, at, s_stages[i].instructions);
        for (size_t b = 0; b <= s_bank_count; ++b) {
            const struct traffic* t = &s_stages[i].traffic[b];
            at = append(line, at, t->loads);
            at = append(line, at, t->load_bytes);
            at = append(line, at, t->stores);
            at = append(line, at, t->store_bytes);
        }
    }
    line[at++] = '.';
    line[at++] = '\n';
    write_all(line, at);
    free(line);
}

static void clear_counts(void)
{
    for (size_t i = 0; i < s_stage_count; ++i) {
        s_stages[i].instructions = 0;
        memset(s_stages[i].traffic, 0, sizeof s_stages[i].traffic);
    }
}

static void on_run_end(unsigned int vcpu, void* unused)
{
    (void)vcpu;
    (void)unused;
    leave_stage();
    ++s_executed; /* this instruction belongs to no stage */
    if (!s_running) {
        return;
    }
    s_current = NULL;
    s_running = false;
    ++s_runs;
    write_run();
    clear_counts();
}

static void on_run_pause(unsigned int vcpu, void* unused)
{
    (void)vcpu;
    (void)unused;
    leave_stage();
    s_current = NULL;
    ++s_executed;
}

static size_t bank_of(uint64_t address)
{
    size_t b = 0;
    while (b < s_bank_count && address - s_banks[b].base >= s_banks[b].size) {
        ++b;
    }
    return b;
}

static void on_memory(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t address, void* unused)
{
    (void)vcpu;
    (void)unused;
    if (!s_current) {
        return;
    }
    struct traffic* t = &s_current->traffic[bank_of(address)];
    const uint64_t bytes = (uint64_t)1 << qemu_plugin_mem_size_shift(info);
    if (qemu_plugin_mem_is_store(info)) {
        ++t->stores;
        t->store_bytes += bytes;
    } else {
        ++t->loads;
        t->load_bytes += bytes;
    }
}

static struct stage* stage_at(uint64_t address)
{
    for (size_t i = 0; i < s_stage_count; ++i) {
        if (s_stages[i].entry == address) {
            return &s_stages[i];
        }
    }
    return NULL;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb* tb)
{
    (void)id;
    const size_t count = qemu_plugin_tb_n_insns(tb);
    for (size_t i = 0; i < count; ++i) {
        struct qemu_plugin_insn* insn = qemu_plugin_tb_get_insn(tb, i);
        const uint64_t address = qemu_plugin_insn_vaddr(insn);
        struct stage* stage = stage_at(address);
        if (stage) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_stage_entry, QEMU_PLUGIN_CB_NO_REGS,
                                                   stage);
        } else if (address == s_end) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_run_end, QEMU_PLUGIN_CB_NO_REGS, NULL);
        } else if (s_pauses && address == s_pause) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_run_pause, QEMU_PLUGIN_CB_NO_REGS,
                                                   NULL);
        } else {
            qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
                                                       &s_executed, 1);
        }
        qemu_plugin_register_vcpu_mem_cb(insn, on_memory, QEMU_PLUGIN_CB_NO_REGS,
                                         QEMU_PLUGIN_MEM_RW, NULL);
    }
}

static bool read_number(const char** text, uint64_t* value)
{
    char* end = NULL;
    errno = 0;
    *value = strtoull(*text, &end, 0);
    const bool ok = errno == 0 && end != *text;
    *text = end;
    return ok;
}

static bool read_bank(const char* text)
{
    if (s_bank_count == MAX_BANKS) {
        return false;
    }
    struct bank* bank = &s_banks[s_bank_count++];
    return read_number(&text, &bank->base) && *text++ == ':' && read_number(&text, &bank->size) &&
           *text == '\0';
}

static bool read_stage(const char* text)
{
    return s_stage_count < MAX_STAGES && read_number(&text, &s_stages[s_stage_count++].entry) &&
           *text == '\0';
}

static bool read_argument(const char* argument)
{
    const char* value = strchr(argument, '=');
    if (!value) {
        return false;
    }
    const size_t key = (size_t)(value++ - argument);
    if (key == 3 && strncmp(argument, "out", key) == 0) {
        s_out = open(value, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        return s_out >= 0;
    }
    if (key == 3 && strncmp(argument, "end", key) == 0) {
        return read_number(&value, &s_end) && *value == '\0';
    }
    if (key == 5 && strncmp(argument, "pause", key) == 0) {
        s_pauses = true;
        return read_number(&value, &s_pause) && *value == '\0';
    }
    if (key == 4 && strncmp(argument, "bank", key) == 0) {
        return read_bank(value);
    }
    return key == 5 && strncmp(argument, "stage", key) == 0 && read_stage(value);
}

static bool write_header(void)
{
    char line[64];
    const int n =
        snprintf(line, sizeof line, "tidemark-counter 1 %zu %zu\n", s_stage_count, s_bank_count);
    return write_all(line, (size_t)n);
}

TM_QEMU_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int argc,
                                       char** argv);

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int argc, char** argv)
{
    (void)info;
    for (int i = 0; i < argc; ++i) {
        if (!read_argument(argv[i])) {
            fprintf(stderr, "tidemark_counter: cannot use the argument %s\n", argv[i]);
            return -1;
        }
    }
    if (s_out < 0 || s_stage_count == 0 || s_end == 0 || !write_header()) {
        fprintf(stderr, "tidemark_counter: needs out=, end= and at least one stage=\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return 0;
}
