// SPDX-License-Identifier: Apache-2.0
#include "core/bundle/driver_text.h"

#include "core/bundle/c_text.h"

#include <algorithm>
#include <cstdint>

namespace tidemark {

namespace {

/// Of the code that reads a table; of the address of a stage.
constexpr Bytes kReaderCode{210};
constexpr Bytes kStageAddress{4};
constexpr std::size_t kMost16 = 0xffff;

std::string number(std::int64_t value)
{
    return std::to_string(value);
}

/// Whether every track's steps are 0, 1, 2, ... so that counting tells them.
bool isCounted(const std::vector<Step>& steps, std::size_t tracks)
{
    std::vector<std::int64_t> next(tracks);
    return std::all_of(steps.begin(), steps.end(),
                       [&](const Step& step) { return step.row == next[step.track]++; });
}

/// The loops with Step's numbers for tracks.
TurnLoops renumbered(TurnLoops loops, std::size_t stages)
{
    for (TurnLoops::Loop& loop : loops.loops) {
        for (std::uint16_t& track : loop.body) {
            const TurnLoops::Track& known = loops.tracks[track];
            track = static_cast<std::uint16_t>(known.arrives ? stages : known.stage.index());
        }
    }
    return loops;
}

bool fits(const TurnLoops& loops)
{
    return loops.loops.size() <= kMost16 &&
           std::all_of(loops.loops.begin(), loops.loops.end(),
                       [](const TurnLoops::Loop& loop) { return loop.body.size() <= kMost16; });
}

/// Numbers as the lines of an initialiser.
std::string lines(const std::vector<std::string>& items, std::size_t perLine)
{
    std::string text;
    for (std::size_t i = 0; i < items.size(); ++i) {
        text += i % perLine == 0 ? "    " : " ";
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
static const struct {
    uint16_t times, turns;
} loops[LOOPS] = {
@loops@};
static const @turnType@ turns[@turnCount@] = {
@turns@};
static void (*const stages[TM_STAGES])(int32_t first, int32_t rows) = {
@stages@};

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
    ++run->next[turns[run->body + run->turn]];
    if (++run->turn < loops[run->loop].turns) {
        return;
    }
    run->turn = 0;
    if (++run->time == loops[run->loop].times) {
        run->time = 0;
        run->body += loops[run->loop].turns;
        ++run->loop;
    }
}

static void go_on(run_state* run)
{
    while (run->loop < LOOPS) {
        const uint32_t stage = turns[run->body + run->turn];
@pause@        announce(run, stage);
        stages[stage]((int32_t)run->next[stage], 1);
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
    static const run_state none = {0};
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
    const std::vector<Step> steps = stepsOf(network, schedule);
    Driver driver;
    driver.m_stages = network.stages.size();
    driver.m_rows.resize(driver.m_stages + 1);
    for (const Step& step : steps) {
        ++driver.m_rows[step.track];
    }
    driver.m_streams = std::any_of(steps.begin(), steps.end(),
                                   [&](const Step& step) { return step.track == driver.m_stages; });
    TurnLoops loops = renumbered(turnLoops(schedule), driver.m_stages);
    if (isCounted(steps, driver.m_stages + 1) && fits(loops)) {
        driver.m_countsFar = *std::max_element(driver.m_rows.begin(), driver.m_rows.end()) >
                             static_cast<std::int64_t>(kMost16);
        driver.m_tableBytes = loops.bytes() + kReaderCode +
                              kStageAddress * static_cast<std::int64_t>(driver.m_stages);
        driver.m_table = std::move(loops);
    } else if (driver.m_streams) {
        return Diagnostic{ErrorKind::DoesNotFit, "rows of a streamed plan do not come in order",
                          printable(network.modelName), "plan the model again"};
    }
    if (!driver.m_streams) {
        driver.m_loops = scheduleText(steps, driver.m_stages, "    ");
    }
    return driver;
}

std::string Driver::reason() const
{
    const std::string table = number(m_tableBytes.count());
    const std::string loops = number(m_loops.code.count());
    if (m_streams) {
        return "The schedule as a table, because a run waits for rows of the input in the middle.";
    }
    if (usesTable()) {
        return "The schedule as a table: about " + table + " bytes of flash, as loops about " +
               loops + ".";
    }
    return "The schedule as loops: about " + loops + " bytes of flash" +
           (m_table ? ", as a table about " + table + "." : ".");
}

std::string Driver::text(const std::string& rowSlot) const
{
    return usesTable() ? tableText(rowSlot)
                       : filled(kRunLoops, {{"reason", reason()}, {"schedule", m_loops.text}});
}

std::string Driver::tableText(const std::string& rowSlot) const
{
    std::vector<std::string> loops, turns, stages;
    for (const TurnLoops::Loop& loop : m_table->loops) {
        loops.push_back("{" + number(loop.times) + ", " + std::to_string(loop.body.size()) + "}");
        for (const std::uint16_t track : loop.body) {
            turns.push_back(number(track));
        }
    }
    for (std::size_t s = 0; s < m_stages; ++s) {
        stages.push_back("tm_stage_" + std::to_string(s));
    }
    const std::string run = filled(
        kTable, {{"reason", reason()},
                 {"arrival", m_streams ? ", or TM_STAGES where a row of the input comes in" : ""},
                 {"loopCount", std::to_string(loops.size())},
                 {"loops", lines(loops, 8)},
                 {"turnType", m_table->tracks.size() > 256 ? "uint16_t" : "uint8_t"},
                 {"turnCount", std::to_string(turns.size())},
                 {"turns", lines(turns, 24)},
                 {"stages", lines(stages, 4)},
                 {"rowType", m_countsFar ? "uint32_t" : "uint16_t"},
                 {"tracks", m_streams ? "TM_STAGES + 1" : "TM_STAGES"},
                 {"waits", m_streams ? "    uint8_t waits; /* for a row of the input */\n" : ""},
                 {"pause", m_streams ? std::string(kPause) : ""}});
    return run + (m_streams ? filled(kStream, {{"slot", rowSlot}}) : std::string(kRunTable));
}

} // namespace tidemark
