// SPDX-License-Identifier: Apache-2.0
#include "core/bundle/driver_text.h"

#include "core/bundle/c_text.h"
#include "core/bundle/schedule_text.h"

#include <cstdint>
#include <vector>

namespace tidemark {

namespace {

std::string number(std::int64_t value)
{
    return std::to_string(value);
}

/// Numbers as the lines of an initialiser.
std::string lines(const std::vector<std::string>& items, std::size_t perLine,
                  const std::string& indent)
{
    std::string text;
    for (std::size_t i = 0; i < items.size(); ++i) {
        text += i % perLine == 0 ? indent : " ";
        text += items[i] + ",";
        text += i % perLine == perLine - 1 || i + 1 == items.size() ? "\n" : "";
    }
    return text;
}

constexpr std::string_view kRunLoops = R"(
/* @reason@ */
/* Folded into both of its callers. */
TM_INLINE void run_schedule(void (*hook)(uint32_t stage))
{
#define TM_ANNOUNCE(stage) \
    if (hook != NULL) { \
        hook(stage); \
    }
@schedule@    tm_run_end();
    TM_ANNOUNCE(TM_STAGES);
#undef TM_ANNOUNCE
}

void tm_model_run(void)
{
    run_schedule(NULL);
}

void tm_model_run_hooked(void (*hook)(uint32_t stage))
{
    run_schedule(hook);
}
)";

constexpr std::string_view kTable = R"(
/* @reason@
 * Each loop runs its turns some times over; a turn is a stage, whose next row it is@arrival@. */
#define LOOPS @loopCount@
#define SCHEDULE @table@

/* How far a run has come. */
typedef struct run_state {
    void (*hook)(uint32_t stage);
    uint32_t body; /* of this loop, in `turns` */
    uint16_t loop, time, turn;
    @rowType@ next[@tracks@]; /* row of each track */
@waits@} run_state;

static void announce(const run_state* run, uint32_t stage)
{
    if (run->hook != NULL) {
        run->hook(stage);
    }
}

static void end_turn(run_state* run)
{
    ++run->next[SCHEDULE.turns[run->body + run->turn]];
    if (++run->turn < SCHEDULE.loops[run->loop].turns) {
        return;
    }
    run->turn = 0;
    if (++run->time == SCHEDULE.loops[run->loop].times) {
        run->time = 0;
        run->body += SCHEDULE.loops[run->loop].turns;
        ++run->loop;
    }
}

static void go_on(run_state* run)
{
    while (run->loop < LOOPS) {
        const uint32_t stage = SCHEDULE.turns[run->body + run->turn];
@pause@        announce(run, stage);
        SCHEDULE.stages[stage]((int32_t)run->next[stage], 1);
        end_turn(run);
    }
    tm_run_end();
    announce(run, TM_STAGES);
}
)";

constexpr std::string_view kRunTable = R"(
static void run_schedule(void (*hook)(uint32_t stage))
{
    run_state run = {0};
    run.hook = hook;
    go_on(&run);
}

void tm_model_run(void)
{
    run_schedule(NULL);
}

void tm_model_run_hooked(void (*hook)(uint32_t stage))
{
    run_schedule(hook);
}
)";

constexpr std::string_view kPause = R"(        if (stage == TM_STAGES) {
            run->waits = 1;
            tm_run_pause();
            announce(run, TM_STAGES);
            return;
        }
)";

constexpr std::string_view kStream = R"(
static run_state the_run;

/* Where the next row of the input goes. */
static unsigned char* row_slot(void)
{
    const uint32_t row = the_run.next[TM_STAGES];
    return @slot@;
}

void tm_model_begin_hooked(void (*hook)(uint32_t stage))
{
    const run_state none = {0};
    the_run = none;
    the_run.hook = hook;
    go_on(&the_run);
}

void tm_model_begin(void)
{
    tm_model_begin_hooked(NULL);
}

int32_t tm_model_push_row(const void* row)
{
    unsigned char* const slot = row_slot();
    if (!the_run.waits) {
        return -1;
    }
    the_run.waits = 0;
    if (row != slot) {
        const unsigned char* const bytes = (const unsigned char*)row;
        for (int32_t i = 0; i < TM_INPUT_ROW_BYTES; ++i) {
            slot[i] = bytes[i];
        }
    }
    end_turn(&the_run);
    go_on(&the_run);
    return TM_INPUT_ROWS - (int32_t)the_run.next[TM_STAGES];
}
)";

/// Whether every copy is made just before its stage begins: there the code makes it.
bool copiesComeFirst(const Schedule& schedule)
{
    for (std::size_t e = 0; e < schedule.events.size(); ++e) {
        const Event& event = schedule.events[e];
        const bool isCopy = event.kind == EventKind::Copy;
        if (isCopy &&
            (e + 1 == schedule.events.size() || schedule.events[e + 1].stage != event.stage ||
             schedule[event.stage].first < EventId(e))) {
            return false;
        }
    }
    return true;
}

} // namespace

Result<Driver> Driver::of(const Network& network, const Schedule& schedule)
{
    if (!copiesComeFirst(schedule)) {
        return Diagnostic{ErrorKind::DoesNotFit, "a constant is not copied where its stage begins",
                          printable(network.modelName), "plan the model again"};
    }
    auto form = DriverForm::of(network, schedule);
    if (!form) {
        return form.error();
    }
    Driver driver;
    driver.m_form = std::move(*form);
    const std::size_t stages = network.stages.size();
    driver.m_calls = driver.usesTable() ? driver.m_form.rows : driver.m_form.calls.calls(stages);
    driver.m_calls.resize(stages);
    return driver;
}

std::string Driver::reason() const
{
    if (m_form.streams) {
        return "The schedule as a table, because a run waits for rows of the input in the middle.";
    }
    const std::string table = m_form.table ? number(m_form.tableFlash().count()) : "";
    const std::string loops = number(m_form.calls.code().count());
    if (usesTable()) {
        return "The schedule as a table: about " + table + " bytes of flash, as loops about " +
               loops + ".";
    }
    return "The schedule as loops: about " + loops + " bytes of flash" +
           (m_form.table ? ", as a table about " + table + "." : ".");
}

std::string Driver::text(const std::string& rowSlot, const std::string& table) const
{
    return usesTable() ? tableText(rowSlot, table)
                       : filled(kRunLoops, {{"reason", reason()},
                                            {"schedule", scheduleText(m_form.calls, "    ")}});
}

std::string Driver::tableText(const std::string& rowSlot, const std::string& table) const
{
    const std::string run = filled(
        kTable, {{"reason", reason()},
                 {"arrival", streams() ? ", or TM_STAGES where a row of the input comes in" : ""},
                 {"loopCount", std::to_string(m_form.table->loops.size())},
                 {"table", table},
                 {"rowType", m_form.countsFar ? "uint32_t" : "uint16_t"},
                 {"tracks", streams() ? "TM_STAGES + 1" : "TM_STAGES"},
                 {"waits", streams() ? "    uint8_t waits; /* for a row of the input */\n" : ""},
                 {"pause", streams() ? std::string(kPause) : ""}});
    return run + (streams() ? filled(kStream, {{"slot", rowSlot}}) : std::string(kRunTable));
}

std::string Driver::tableType(const std::string& indent) const
{
    std::size_t turns = 0;
    for (const TurnLoops::Loop& loop : m_form.table->loops) {
        turns += loop.body.size();
    }
    return filled(R"(struct {
@inner@void (*stages[@stages@])(int32_t first, int32_t rows);
@inner@struct {
@inner@    uint16_t times, turns;
@inner@} loops[@loops@];
@inner@@turnType@ turns[@turns@];
@indent@})",
                  {{"indent", indent},
                   {"inner", indent + "    "},
                   {"stages", std::to_string(stages())},
                   {"loops", std::to_string(m_form.table->loops.size())},
                   {"turnType", m_form.turnBytes() > Bytes(1) ? "uint16_t" : "uint8_t"},
                   {"turns", std::to_string(turns)}});
}

std::string Driver::tableValues(const std::string& indent) const
{
    std::vector<std::string> loops, turns, functions;
    for (const TurnLoops::Loop& loop : m_form.table->loops) {
        loops.push_back("{" + number(loop.times) + ", " + std::to_string(loop.body.size()) + "}");
        for (const std::uint16_t track : loop.body) {
            turns.push_back(number(track));
        }
    }
    for (std::size_t s = 0; s < stages(); ++s) {
        functions.push_back("tm_stage_" + std::to_string(s));
    }
    const std::string inner = indent + "    ";
    return filled("@indent@.stages = {\n@stages@@indent@},\n"
                  "@indent@.loops = {\n@loops@@indent@},\n"
                  "@indent@.turns = {\n@turns@@indent@},\n",
                  {{"indent", indent},
                   {"stages", lines(functions, 4, inner)},
                   {"loops", lines(loops, 8, inner)},
                   {"turns", lines(turns, 20, inner)}});
}

} // namespace tidemark
