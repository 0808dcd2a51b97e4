// SPDX-License-Identifier: Apache-2.0
#include "core/explain/figure.h"

#include "core/explain/cost_figures.h"
#include "core/explain/live_rows.h"
#include "core/model/format.h"

#include <algorithm>
#include <array>

namespace tidemark {

namespace {

/// "6·14·14·4" for a value of 14 rows x 14 x 6 in fp32: channels, height, width, bytes per element.
std::string sizeExpression(const Value& value)
{
    std::string text;
    if (value.rows > 1 || value.width > 1) {
        text = formatCount(value.channels) + "·" + formatCount(value.rows) + "·" +
               formatCount(value.width);
    } else {
        text = formatCount(value.channels);
    }
    return text + "·" + std::to_string(elementBytes(value.type).count());
}

std::string sizeExpression(const Constant& constant)
{
    std::string text;
    for (const std::int64_t extent : constant.shape) {
        text += formatCount(extent) + "·";
    }
    return text + std::to_string(elementBytes(constant.type).count());
}

std::string sizeExpression(const Plan& plan, const Buffer& buffer)
{
    if (buffer.hasRowsApart()) { // from the lowest row to the highest
        return formatCount((buffer.bytes - buffer.rowBytes).count()) + " + " +
               formatCount(buffer.rowBytes.count());
    }
    const bool ring = buffer.value && buffer.storedRows > 0 &&
                      buffer.storedRows < (*plan.network)[*buffer.value].rows;
    if (ring) {
        const Value& value = (*plan.network)[*buffer.value];
        return formatCount(buffer.storedRows) + " rows·" + formatCount(value.width) + "·" +
               formatCount(value.channels) + "·" + std::to_string(elementBytes(value.type).count());
    }
    return buffer.value      ? sizeExpression((*plan.network)[*buffer.value])
           : buffer.constant ? sizeExpression((*plan.network)[*buffer.constant])
                             : formatCount(buffer.bytes.count());
}

Term bufferTerm(const Plan& plan, BufferId id)
{
    const Buffer& buffer = plan[id];
    return {buffer.name, sizeExpression(plan, buffer), static_cast<double>(buffer.bytes.count()),
            id, std::nullopt};
}

/// Adds a term of bytes that belong to no one buffer, unless there are none.
void addBytes(Figure& figure, std::string label, std::string expression, Bytes bytes)
{
    if (bytes > Bytes(0)) {
        figure.terms.push_back({std::move(label), std::move(expression),
                                static_cast<double>(bytes.count()), std::nullopt, std::nullopt});
    }
}

/// The stage where most arena bytes are live, first of equals.
std::optional<StageId> peakStage(const Plan& plan)
{
    std::optional<StageId> peak;
    for (const StageId id : plan.schedule.order) {
        if (!peak || plan.stages[id.index()].liveBytes > plan.stages[peak->index()].liveBytes) {
            peak = id;
        }
    }
    return peak;
}

std::vector<BufferId> arenaBuffersDuring(const Plan& plan, StageId stage)
{
    std::vector<BufferId> ids;
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        if (plan.buffers[i].isArena() &&
            plan.buffers[i].residency.intersects(plan.schedule[stage])) {
            ids.emplace_back(i);
        }
    }
    return ids;
}

std::string activationFormula(Technique technique)
{
    switch (technique) {
    case Technique::Unshared:
        return "sum of every tensor's bytes (bias and activation are done in place)";
    case Technique::Fused:
        return "sum of every tensor's bytes, pools done inside their convolution";
    case Technique::PingPong:
        return "sum of the slots; k slots, k = most tensors live at once, a slot as large as its "
               "largest tensor";
    case Technique::Liveness:
        return "highest end of any buffer = most bytes live at one moment when packed perfectly";
    case Technique::Overlap:
        return "highest end of any buffer; one stage at a time, its output rows may lie where rows "
               "of its input were, once they are read for the last time";
    case Technique::Rows:
        return "highest end of any buffer; stages take turns row by row, a ring holds "
               "(newest row made - oldest row needed + 1) rows x width x channels x bytes";
    case Technique::Stream:
        return "highest end of any buffer; input rows arrive one by one into a ring of their own";
    }
    return "";
}

std::string activationSource(Technique technique)
{
    switch (technique) {
    case Technique::Unshared:
        return "one buffer per layer, the plain C translation of a network";
    case Technique::Fused:
        return "fused in-place max-pooling, stride >= kernel: each convolution output goes "
               "straight "
               "into the running maximum";
    case Technique::PingPong:
        return "two alternating buffers of the paper, max1 + max2, generalised to k colours of an "
               "interval graph";
    case Technique::Liveness:
        return "offline memory planning: a tensor's bytes are free after its last reader";
    case Technique::Overlap:
        return "signed distances between buffers, from which rows a kernel reads";
    case Technique::Rows:
        return "depth-first execution with line buffers, nothing computed twice";
    case Technique::Stream:
        return "depth-first execution from a sensor that delivers rows";
    }
    return "";
}

Figure activationFigure(const Plan& plan)
{
    Figure figure{"activation_bytes",
                  "Activations",
                  activationFormula(plan.techniqueApplied),
                  {},
                  static_cast<double>(plan.activationBytes.count()),
                  "B",
                  activationSource(plan.techniqueApplied) +
                      ". Includes input and output; no stack, no command server.",
                  {}};
    const bool sums = plan.techniqueApplied <= Technique::Fused;
    const bool byRows = plan.techniqueApplied >= Technique::Overlap;
    const auto peak = peakStage(plan);
    if (const auto event = byRows ? busiestEvent(plan) : std::nullopt) {
        figure.terms = liveTerms(plan, *event);
    }
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        const bool counts =
            !byRows && plan.buffers[i].isArena() &&
            (sums || (peak && plan.buffers[i].residency.intersects(plan.schedule[*peak])));
        if (counts) {
            figure.terms.push_back(bufferTerm(plan, BufferId(i)));
        }
    }
    const double sum = sumOf(figure.terms);
    if (!plan.orderArgument.empty()) {
        figure.notes.push_back("Order: " + plan.orderArgument + ".");
    }
    if (!sums && peak) {
        figure.notes.push_back("The buffers live at " + (*plan.network)[*peak].name +
                               " are what the figure cannot go below.");
    }
    if (figure.value > sum) {
        figure.terms.push_back({"between the buffers", "alignment and gaps", figure.value - sum,
                                std::nullopt, std::nullopt});
    }
    return figure;
}

Figure peakFigure(const Plan& plan)
{
    Figure figure{"peak_ram_bytes",
                  "Peak RAM",
                  "sum over writable banks of the planned extent + stack reserve",
                  {},
                  static_cast<double>(plan.peakRam.count()),
                  "B",
                  "Includes activations, input, output, scratch, weights kept in RAM and the stack "
                  "reserve. Not the command server (" +
                      formatBytes(plan.serverBytes) +
                      "), which only measuring firmware has, but room for it is kept.",
                  {}};
    for (std::size_t b = 0; b < plan.banks.size(); ++b) {
        const Bank& bank = plan.board->banks[b];
        const BankUse& use = plan.banks[b];
        if (bank.readOnlyAtRunTime) {
            continue;
        }
        addBytes(figure, bank.id + " buffers", "highest end of any buffer", use.planned);
        addBytes(figure, bank.id + " stack", "reserve", use.stack);
    }
    return figure;
}

/// The rows alive at the busiest event, where they are what the figure says.
void takeRowTerms(Figure& figure, const Plan& plan, std::optional<StageId> stage)
{
    if (const auto event = busiestEvent(plan, stage)) {
        std::vector<Term> terms = liveTerms(plan, *event);
        if (sumOf(terms) == figure.value) {
            figure.terms = std::move(terms);
        }
    }
}

Figure boundFigure(const Plan& plan, bool ofSchedule)
{
    const Bound& bound = ofSchedule ? plan.lowerBound : plan.scheduleLowerBound;
    Figure figure{ofSchedule ? "lower_bound_bytes" : "schedule_lower_bound_bytes",
                  ofSchedule ? "Lower bound" : "Lower bound, any row schedule",
                  ofSchedule ? "max over events of the sum of live bytes"
                             : "max over rows of what must exist to compute one row",
                  {},
                  static_cast<double>(bound.bytes.count()),
                  "B",
                  "No plan " +
                      std::string(ofSchedule ? "of this schedule" : "of any row schedule") +
                      " can use fewer bytes: " + bound.argument +
                      ". Proof: " + std::string(toString(bound.status)) + ".",
                  {}};
    if (ofSchedule && !plan.schedule.events.empty()) {
        // The bound speaks of natural lifetimes; with unshared tensors the residencies are longer.
        const auto peak = peakStage(plan);
        if (plan.techniqueApplied >= Technique::Overlap) {
            takeRowTerms(figure, plan, std::nullopt);
        } else if (plan.techniqueApplied > Technique::Fused && peak) {
            for (const BufferId id : arenaBuffersDuring(plan, *peak)) {
                figure.terms.push_back(bufferTerm(plan, id));
            }
        }
    }
    return figure;
}

/// What rows at addresses of their own cost in flash, and what they save.
Figure rowTableFigure(const Plan& plan)
{
    Figure figure{"row_table_bytes",
                  "Row tables",
                  "sum over tensors whose rows lie apart of rows · bytes of an address",
                  {},
                  static_cast<double>(plan.rowTableBytes().count()),
                  "B",
                  "Flash that finds rows at addresses of their own (--rings rows).",
                  {}};
    if (plan.windowBytes) {
        figure.source += " They save " + formatBytes(*plan.windowBytes - plan.activationBytes) +
                         " of RAM: with windows the activations need " +
                         formatBytes(*plan.windowBytes) + ".";
    }
    Bytes padding = plan.rowTableBytes();
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        const Buffer& buffer = plan.buffers[i];
        padding -= buffer.rowTableBytes();
        if (buffer.hasRowsApart()) {
            figure.terms.push_back(
                {buffer.name,
                 formatCount(static_cast<std::int64_t>(buffer.rowOffsets.size())) + "·" +
                     (buffer.needsFarRowTable() ? "4" : "2"),
                 static_cast<double>(buffer.rowTableBytes().count()), BufferId(i), std::nullopt});
        }
    }
    addBytes(figure, "padding", "to whole words", padding);
    return figure;
}

/// A term for each buffer that `counts` says yes to.
template <class Counts> void addBuffers(Figure& figure, const Plan& plan, Counts counts)
{
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        if (counts(BufferId(i))) {
            figure.terms.push_back(bufferTerm(plan, BufferId(i)));
        }
    }
}

Figure weightFigure(const Plan& plan)
{
    Figure figure{"weight_bytes",
                  "Parameters",
                  "sum of every weight's and bias's bytes",
                  {},
                  static_cast<double>(plan.weightBytes.count()),
                  "B",
                  "Resident for the whole run, each read in one stage. " +
                      formatCount(plan.network->parameters()) + " parameters.",
                  {}};
    addBuffers(figure, plan,
               [&](BufferId id) { return plan[id].isConstant() && !plan[id].isDriverTable(); });
    return figure;
}

Figure startupCopyFigure(const Plan& plan)
{
    Figure figure{"startup_copy_bytes",
                  "Copied at start-up",
                  "sum of constants that stay in RAM",
                  {},
                  static_cast<double>(startupCopyBytes(plan).count()),
                  "B",
                  "Once, before the first inference: no figure of an inference has it.",
                  {}};
    addBuffers(figure, plan, [&](BufferId id) {
        return plan[id].isConstant() && !(*plan.board)[plan.placement(id).bank].readOnlyAtRunTime;
    });
    return figure;
}

Figure stagedCopyFigure(const Plan& plan)
{
    Figure figure{"staged_copy_bytes",
                  "Copied in every inference",
                  "sum of constants copied around their stages",
                  {},
                  static_cast<double>(stagedCopyBytes(plan).count()),
                  "B",
                  "Instructions, bytes, latency and energy of an inference have it.",
                  {}};
    addBuffers(figure, plan, [&](BufferId id) { return plan[id].kind == BufferKind::StagedCopy; });
    return figure;
}

Figure macFigure(const Plan& plan)
{
    Figure figure{"macs",
                  "Multiply-accumulates",
                  "sum over stages of output elements x weights per output element",
                  {},
                  static_cast<double>(plan.network->macs()),
                  "MAC",
                  "Bias additions, pooling and activations count nothing. A fused pool does not "
                  "change its convolution's count.",
                  {}};
    for (const StageId id : plan.schedule.order) {
        const Stage& stage = (*plan.network)[id];
        if (stage.macs > 0) {
            figure.terms.push_back({stage.name, printable(stage.kindText()),
                                    static_cast<double>(stage.macs), std::nullopt, id});
        }
    }
    return figure;
}

Figure bankFigure(const Plan& plan, BankId id)
{
    const Bank& bank = (*plan.board)[id];
    const BankUse& use = plan.banks[id.index()];
    Figure figure{"bank:" + bank.id,
                  bank.id,
                  "highest end of any buffer + stack reserve + start-up images",
                  {},
                  static_cast<double>(use.used().count()),
                  "B",
                  "of " + formatBytes(use.capacity) +
                      (bank.readOnlyAtRunTime ? ", written only when flashed." : "."),
                  {}};
    addBytes(figure, "buffers", "highest end of any buffer", use.planned);
    addBytes(figure, "stack", "reserve", use.stack);
    addBytes(figure, "images", "constants copied to RAM at start-up", use.images);
    if (use.server > Bytes(0)) {
        figure.notes.push_back("The command server takes " + formatBytes(use.server) +
                               " beside this while measuring" +
                               (plan.serverKeepsInput ? ", with its copy of the input."
                                                      : ", without a copy of the input."));
    }
    return figure;
}

Figure stageFigure(const Plan& plan, StageId id)
{
    const Stage& stage = (*plan.network)[id];
    Figure figure{"stage:" + stage.name,
                  "Live at " + stage.name,
                  "sum of the bytes that exist while the stage runs",
                  {},
                  static_cast<double>(plan.stages[id.index()].liveBytes.count()),
                  "B",
                  "Arena buffers whose residency meets the stage's events.",
                  {}};
    if (plan.techniqueApplied >= Technique::Overlap) {
        figure.source = "Rows of arena buffers from their writing to their last reading.";
        takeRowTerms(figure, plan, id);
        return figure;
    }
    for (const BufferId buffer : arenaBuffersDuring(plan, id)) {
        figure.terms.push_back(bufferTerm(plan, buffer));
    }
    return figure;
}

Figure bufferFigure(const Plan& plan, BufferId id)
{
    const Buffer& buffer = plan[id];
    const Placement& placement = plan.placement(id);
    Figure figure{
        "buffer:" + buffer.name,
        buffer.name,
        buffer.kind == BufferKind::Ring ? "rows held x width x channels x bytes per element"
        : buffer.value && (*plan.network)[*buffer.value].rows > 1
            ? "channels x height x width x bytes per element"
            : "elements x bytes per element",
        {bufferTerm(plan, id)},
        static_cast<double>(buffer.bytes.count()),
        "B",
        std::string(toString(buffer.kind)) + " in " + (*plan.board)[placement.bank].id +
            " at offset " + formatCount(placement.offset.count()) +
            (placement.pinned ? ", pinned" : "") + ". Resident during events " +
            formatCount(static_cast<std::int64_t>(buffer.residency.first.index())) + " to " +
            formatCount(static_cast<std::int64_t>(buffer.residency.last.index())) + ".",
        {}};
    for (const Access& access : buffer.accesses) {
        const std::string& stage = (*plan.network)[access.stage].name;
        figure.notes.push_back(access.written > Bytes(0)
                                   ? stage + " writes " + formatBytes(access.written)
                                   : stage + " reads " + formatBytes(access.read));
    }
    return figure;
}

} // namespace

std::vector<Figure> explain(const Plan& plan)
{
    std::vector<Figure> figures{peakFigure(plan),        activationFigure(plan),
                                boundFigure(plan, true), boundFigure(plan, false),
                                weightFigure(plan),      macFigure(plan)};
    for (Figure& figure : std::array{startupCopyFigure(plan), stagedCopyFigure(plan)}) {
        if (figure.value > 0) {
            figures.push_back(std::move(figure));
        }
    }
    if (plan.rowTableBytes() > Bytes(0)) {
        figures.push_back(rowTableFigure(plan));
    }
    for (Figure& figure : costFigures(plan)) {
        figures.push_back(std::move(figure));
    }
    for (std::size_t b = 0; b < plan.banks.size(); ++b) {
        if (plan.banks[b].used() > Bytes(0)) {
            figures.push_back(bankFigure(plan, BankId(b)));
        }
    }
    for (const StageId id : plan.schedule.order) {
        figures.push_back(stageFigure(plan, id));
    }
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        figures.push_back(bufferFigure(plan, BufferId(i)));
    }
    return figures;
}

std::vector<Rung> ladder(const PlanningSession& session, const std::shared_ptr<const Board>& board,
                         const Constraints& constraints, const std::stop_token& stop)
{
    std::vector<Rung> rungs;
    session.planRungs(
        board, constraints,
        [&](Technique technique, const PlanPtr& plan) {
            rungs.push_back({technique, plan->activationBytes, plan->fits});
        },
        stop);
    return rungs;
}

} // namespace tidemark
