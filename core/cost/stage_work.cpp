// SPDX-License-Identifier: Apache-2.0
#include "core/cost/stage_work.h"

#include "core/lower/fixed_point.h"
#include "core/lower/kernel_tables.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace tidemark {

namespace {

/// Window positions along one axis of a value: how many there are, how many taps lie inside the
/// input (not on padding) in all of them together, in how many positions any does, and whether
/// padding takes taps before or after the input.
struct AxisWork {
    double positions = 0, taps = 0, seen = 0;
    bool cutBefore = false, cutAfter = false;
};

struct Axis {
    std::int64_t kernel, stride, dilation, padBefore, inputs;

    void add(AxisWork& work, std::int64_t position) const
    {
        const std::int64_t first = position * stride - padBefore;
        std::int64_t inside = 0;
        for (std::int64_t k = 0; k < kernel; ++k) {
            const std::int64_t at = first + k * dilation;
            inside += at >= 0 && at < inputs ? 1 : 0;
            work.cutBefore |= at < 0;
            work.cutAfter |= at >= inputs;
        }
        work.positions += 1;
        work.taps += static_cast<double>(inside);
        work.seen += inside > 0 ? 1 : 0;
    }
};

Axis rowAxis(const Window& w, const Value& in)
{
    return {w.kernelH, w.strideH, w.dilationH, w.padTop, in.rows};
}
Axis columnAxis(const Window& w, const Value& in)
{
    return {w.kernelW, w.strideW, w.dilationW, w.padLeft, in.width};
}

/// `outputs` windows, or those under each of `outputs` pool windows.
AxisWork workOf(const Axis& axis, std::int64_t outputs, std::int64_t poolKernel = 1,
                std::int64_t poolStride = 1, std::int64_t poolDilation = 1)
{
    AxisWork work;
    for (std::int64_t o = 0; o < outputs; ++o) {
        for (std::int64_t p = 0; p < poolKernel; ++p) {
            axis.add(work, o * poolStride + p * poolDilation);
        }
    }
    return work;
}

double asReal(std::int64_t n)
{
    return static_cast<double>(n);
}

constexpr double kScaleRecord = 8; // multiplier and shift
constexpr double kWord = 4;
constexpr double kWidePixel = 256;
constexpr std::int64_t kUnrolled = 16;
constexpr std::int64_t kFours = 4; // that vector units and unrolled loops take at once

/// One per StageOp.
class WorkMaker {
public:
    WorkMaker(const Network& network, const Stage& stage, bool hasScratch)
        : m_network(network), m_stage(stage), m_hasScratch(hasScratch)
    {
    }

    StageWork make()
    {
        std::visit(*this, m_stage.op);
        return std::move(m_work);
    }

    void operator()(const ConvOp& op);
    void operator()(const MaxPoolOp& op) { pool("maxpool", op.window); }
    void operator()(const AveragePoolOp& op) { pool("avgpool", op.window); }
    void operator()(const ReduceOp& op);
    void operator()(const FullyConnectedOp& op);
    void operator()(const MatMulOp& op);
    void operator()(const SoftmaxOp& op);
    void operator()(const UnaryOp& op);
    void operator()(const ClampOp&);
    void operator()(const BinaryOp& op);
    void operator()(const PReluOp& op);
    void operator()(const ConcatOp& op);
    void operator()(const PadOp& op);
    void operator()(const RearrangeOp&);
    void operator()(const ResizeOp& op);
    void operator()(const ArgMaxOp& op);
    void operator()(const PlanOnlyOp&) {}

private:
    const Value& in(std::size_t i = 0) const { return m_network[m_stage.inputs[i]]; }
    const Value& out() const { return m_network[m_stage.outputs.front()]; }
    bool isInt8() const { return out().type == DataType::Int8; }
    double outputs() const { return asReal(out().elements()); }
    static double size(const Value& value) { return asReal(elementBytes(value.type).count()); }

    void setKernel(const std::string& name, std::vector<double> loops)
    {
        m_work.kernel = name;
        m_work.loops = {1, asReal(out().rows)};
        m_work.loops.insert(m_work.loops.end(), loops.begin(), loops.end());
    }
    std::string typed(const std::string& name) const { return name + (isInt8() ? "_s8" : "_f32"); }

    void reads(std::size_t input, double elements)
    {
        m_work.values.push_back({m_stage.inputs[input], {elements * size(in(input)), 0}});
    }
    void writes(double elements, double readsBack = 0)
    {
        m_work.values.push_back(
            {m_stage.outputs.front(), {readsBack * size(out()), elements * size(out())}});
    }
    void reads(ConstantId constant, double bytes)
    {
        m_work.constants.push_back({constant, {bytes, 0}});
    }
    /// Constants with this role are the kernel's tables, in the order in which it takes them.
    std::vector<ConstantId> tables() const
    {
        std::vector<ConstantId> made;
        std::ranges::copy_if(m_stage.constants, std::back_inserter(made), [this](ConstantId id) {
            return m_network[id].role == ConstantRole::Table;
        });
        return made;
    }
    void readsTable(std::size_t index, double bytes)
    {
        const std::vector<ConstantId> all = tables();
        if (index < all.size()) {
            reads(all[index], bytes);
        }
    }
    /// The requantise record of every output; one that all have in common once a row.
    void readsScales()
    {
        const std::vector<ConstantId> all = tables();
        const bool common =
            !all.empty() && asReal(m_network[all.front()].bytes().count()) <= kScaleRecord;
        readsTable(0, (common ? asReal(out().rows) : outputs()) * kScaleRecord);
    }

    /// Pixels so far apart that compilers step through them in another way.
    static std::string wide(const Value& value)
    {
        return asReal(value.channels) * size(value) >= kWidePixel ? " wide" : "";
    }
    std::string convKind(const ConvOp& op, const AxisWork& columns) const;
    void pool(const std::string& name, const Window& window);
    void setMove(const std::string& name);

    const Network& m_network;
    const Stage& m_stage;
    bool m_hasScratch;
    StageWork m_work;
};

/// What compilers make loops of their own for: single taps, ends that padding moves, one weight,
/// one channel, groups of four.
std::string WorkMaker::convKind(const ConvOp& op, const AxisWork& columns) const
{
    const char* const ends[] = {"", " padded left", " padded right", " padded"};
    const std::string padded = ends[(columns.cutBefore ? 1 : 0) + (columns.cutAfter ? 2 : 0)];
    const std::int64_t depth = in().channels / op.groups;
    if (op.groups > 1 || op.window.dilationW > 1) {
        return " tap by tap" + padded + wide(in());
    }
    if (op.window.kernelW * depth == 1) {
        return " one tap";
    }
    if (depth == 1) {
        return padded + " of one channel";
    }
    return padded.empty() && op.window.kernelW * depth % kFours == 0 ? " in fours" : padded;
}

void WorkMaker::operator()(const ConvOp& op)
{
    const Window pool = op.pool.value_or(Window{});
    const AxisWork rows =
        workOf(rowAxis(op.window, in()), out().rows, pool.kernelH, pool.strideH, pool.dilationH);
    const AxisWork columns = workOf(columnAxis(op.window, in()), out().width, pool.kernelW,
                                    pool.strideW, pool.dilationW);
    const double channels = asReal(out().channels);
    const double depth = asReal(in().channels / op.groups);
    const double sums = rows.positions * columns.positions * channels;
    const double visits = rows.taps * columns.seen * channels;
    const double taps = rows.taps * columns.taps * channels;
    const double macs = taps * depth;

    const double residual = op.residual ? outputs() : 0;
    const double tall = rows.positions * asReal(op.window.kernelH) * columns.positions * channels;
    setKernel(typed("conv") + convKind(op, columns),
              {rows.positions * columns.positions, outputs(), sums, tall, visits, taps, macs,
               residual, op.pool ? sums : 0});

    reads(0, macs);
    // Compilers load the bias once for all sums under a pool window, and a weight that is the only
    // one once for each row of them.
    const bool oneWeight = op.pool && asReal(op.window.kernelH * op.window.kernelW) * depth == 1;
    const double weights = oneWeight ? outputs() * asReal(pool.kernelH) : macs;
    reads(op.weights, weights * asReal(elementBytes(m_network[op.weights].type).count()));
    if (op.bias) {
        reads(*op.bias, outputs() * kWord);
    }
    readsScales();
    if (op.residual) {
        reads(1, outputs());
    }
    writes(outputs());
}

void WorkMaker::pool(const std::string& name, const Window& window)
{
    const AxisWork rows = workOf(rowAxis(window, in()), out().rows);
    const AxisWork columns = workOf(columnAxis(window, in()), out().width);
    const double channels = asReal(out().channels);
    const double taps = rows.taps * columns.taps * channels;
    std::string kernel = typed(name);
    kernel += window.kernelW <= 3 ? " " + std::to_string(window.kernelW) + " wide" : "";
    kernel += out().width == 1 ? " one column" + wide(in()) : "";
    setKernel(kernel, {outputs(), rows.taps * columns.positions * channels, taps});
    reads(0, taps);
    writes(outputs());
}

void WorkMaker::operator()(const ReduceOp& op)
{
    const double elements = asReal(in().elements());
    const double rows = op.rows ? asReal(in().rows) : 1;
    const std::string kinds[] = {"mean", "sum", "max", "min"};
    const std::string kernel = typed("reduce") + " " + kinds[static_cast<std::size_t>(op.kind)] +
                               (op.channels ? " of channels" : "") +
                               (op.roundsMean && isInt8() ? " rounded" : "") +
                               (op.width && in().width <= 4 ? " narrow" : "");
    setKernel(kernel, {outputs(), outputs() * rows, elements});
    reads(0, elements);
    // A float reduction adds up in its output's own memory; compilers unroll one of few elements,
    // and keep its sum.
    const bool kept = op.channels && op.width && !op.rows && in().rowElements() <= kUnrolled;
    isInt8() ? writes(outputs())
             : writes(outputs() * 2 + elements, kept ? 0 : outputs() + elements);
}

void WorkMaker::operator()(const FullyConnectedOp& op)
{
    const double macs = asReal(in().elements()) * outputs();
    const bool inFours = !isInt8() && in().elements() % kFours == 0;
    setKernel(typed("fc") + (inFours ? " in fours" : ""), {outputs(), outputs(), macs});
    reads(0, macs);
    reads(op.weights, macs * asReal(elementBytes(m_network[op.weights].type).count()));
    if (op.bias) {
        reads(*op.bias, outputs() * kWord);
    }
    readsScales();
    // A float product adds up in its output's own memory: bias, sum, clamp. Of one or two outputs
    // the compiler keeps the sums, and leaves out the one store that nothing comes after.
    const bool kept = outputs() <= 2;
    isInt8() ? writes(outputs()) : writes(outputs() * 3 - (kept ? 1 : 0), kept ? 0 : outputs() * 2);
}

void WorkMaker::operator()(const MatMulOp& op)
{
    const double inputs = asReal(in().rowElements());
    const double macs = outputs() * inputs;
    setKernel(typed("matmul"), {outputs(), macs});
    reads(0, macs);
    if (op.weights) {
        reads(*op.weights, macs * asReal(elementBytes(m_network[*op.weights].type).count()));
    } else {
        reads(1, macs);
    }
    if (op.bias) {
        reads(*op.bias, outputs() * kWord);
    }
    readsScales();
    writes(outputs());
}

void WorkMaker::operator()(const SoftmaxOp& op)
{
    const double pixels = asReal(out().rows * out().width);
    const bool keeps = m_hasScratch && isInt8() && !op.logarithm;
    setKernel(typed("softmax") + (op.logarithm ? " log" : "") + (keeps ? " scratch" : ""),
              {pixels, outputs()});
    // int8: maximum, sum, shares. float: maximum, exponentials, which are then divided in place.
    // Exponentials that were kept are looked up without their differences, unless some count as 0.
    constexpr int kFurthest = -255;
    const bool allCount =
        keeps && softmaxScale(op.beta, scaleOf(in().quantization)).least <= kFurthest;
    reads(0, outputs() * (isInt8() && !allCount ? 3 : 2));
    isInt8() ? writes(outputs()) : writes(outputs() * 2, outputs());
    if (keeps) {
        m_work.scratch = {outputs() * kWord, outputs() * kWord};
    }
}

void WorkMaker::operator()(const ClampOp&)
{
    const bool lookup = isLookup(m_network, m_stage);
    setKernel(lookup ? "lookup" : typed("clamp"), {outputs()});
    reads(0, outputs());
    readsTable(0, outputs());
    writes(outputs());
}

void WorkMaker::operator()(const UnaryOp& op)
{
    const bool lookup = isLookup(m_network, m_stage);
    setKernel(lookup ? "lookup"
                     : typed("unary") + " " + std::to_string(static_cast<int>(op.function)),
              {outputs()});
    reads(0, outputs());
    readsTable(0, outputs());
    writes(outputs());
}

void WorkMaker::operator()(const BinaryOp& op)
{
    const char* const names[] = {"add", "sub", "mul", "div", "min", "max"};
    setKernel(typed("binary") + " " + names[static_cast<std::size_t>(op.function)], {outputs()});
    for (std::size_t i = 0; i < m_stage.inputs.size(); ++i) {
        reads(i, outputs());
    }
    if (op.constant) {
        reads(*op.constant, outputs() * asReal(elementBytes(m_network[*op.constant].type).count()));
    }
    writes(outputs());
}

void WorkMaker::operator()(const PReluOp& op)
{
    setKernel(typed("prelu"), {outputs()});
    reads(0, outputs());
    // Of negative elements alone: half of them, as far as shapes can tell.
    reads(op.slope, outputs() / 2 * asReal(elementBytes(m_network[op.slope].type).count()));
    writes(outputs());
}

/// Every element but the first is compared with the champion, which is loaded again.
void WorkMaker::operator()(const ArgMaxOp&)
{
    const double elements = asReal(in().elements());
    setKernel(in().type == DataType::Int8 ? "argmax_s8" : "argmax_f32", {outputs(), elements});
    reads(0, 2 * (elements - outputs()));
    writes(outputs());
}

void WorkMaker::setMove(const std::string& name)
{
    setKernel(typed(name), {outputs(), outputs() * size(out())});
    writes(outputs());
}

void WorkMaker::operator()(const ConcatOp& op)
{
    setMove("concat");
    for (std::size_t i = 0; i < m_stage.inputs.size(); ++i) {
        reads(i, asReal(in(i).elements()));
    }
    const double pieces = asReal(out().rows) *
                          (op.axis == ValueAxis::Channels ? asReal(out().width) : 1) *
                          asReal(static_cast<std::int64_t>(m_stage.inputs.size()));
    readsTable(0, pieces * kWord);
    readsTable(1, outputs()); // where a part is requantised
}

void WorkMaker::operator()(const PadOp& op)
{
    setMove("pad");
    reads(0, op.mode == PadMode::Constant ? asReal(in().elements()) : outputs());
}

void WorkMaker::operator()(const RearrangeOp&)
{
    setMove("rearrange");
    reads(0, outputs());
    readsTable(0, asReal(out().rows) * 2 * kWord);
}

/// Nearest: a column's index. Linear: four elements, two indices, shares of column and row.
void WorkMaker::operator()(const ResizeOp& op)
{
    const double rows = asReal(out().rows);
    const double pixels = rows * asReal(out().width);
    const bool linear = op.mode == ResizeMode::Linear;
    setMove(linear ? "resize" : "resize_nearest");
    reads(0, outputs() * (linear ? 4 : 1));
    readsTable(0, pixels * (linear ? 2 : 1) * kWord);
    readsTable(1, pixels * kWord);
    readsTable(2, rows * kWord);
}

} // namespace

StageWork stageWork(const Network& network, const Stage& stage, bool hasScratch)
{
    if (stage.outputs.empty() || (stage.inputs.empty() && !stage.isPlanOnly())) {
        return {};
    }
    return WorkMaker(network, stage, hasScratch).make();
}

std::span<const char* const> loopNames(const std::string& kernel)
{
    static constexpr std::array kConv{"call", "row",        "position",          "output",
                                      "sum",  "kernel row", "kernel row inside", "tap",
                                      "MAC",  "residual",   "sum under a pool"};
    static constexpr std::array kPool{"call", "row", "output", "kernel row", "tap"};
    static constexpr std::array kProduct{"call", "row", "output", "output and input row", "MAC"};
    static constexpr std::array kCopy{"call", "word", "byte"};
    static constexpr std::array kOther{"call", "row", "output", "element"};
    const auto is = [&](const char* name) { return kernel.starts_with(name); };
    if (is("conv_")) {
        return kConv;
    }
    if (is("staged_copy")) {
        return kCopy;
    }
    if (is("maxpool") || is("avgpool")) {
        return kPool;
    }
    return is("fc_") || is("reduce") ? std::span<const char* const>(kProduct)
                                     : std::span<const char* const>(kOther);
}

} // namespace tidemark
