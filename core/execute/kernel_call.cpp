// SPDX-License-Identifier: Apache-2.0
#include "core/execute/kernel_call.h"

#include "core/model/diagnostic.h"

#include <limits>
#include <string>

namespace tidemark {

namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
/// Rows under one window: their addresses are a table on the stack of whoever calls the kernel.
constexpr std::int64_t kTallestWindow = 4096;

/// Extents of a window along one axis.
struct Axis {
    std::int64_t kernel, stride, dilation, padBefore, padAfter;

    std::int64_t span() const { return (kernel - 1) * dilation + 1; }
};
Axis rowsOf(const Window& w)
{
    return {w.kernelH, w.strideH, w.dilationH, w.padTop, w.padBottom};
}
Axis columnsOf(const Window& w)
{
    return {w.kernelW, w.strideW, w.dilationW, w.padLeft, w.padRight};
}

/// Makes the call of one stage, or the reason why there is none.
class CallMaker {
public:
    CallMaker(const Network& network, const Stage& stage) : m_network(network), m_stage(stage) {}

    Result<KernelCall> make()
    {
        if (const auto* planOnly = std::get_if<PlanOnlyOp>(&m_stage.op)) {
            return problem("no kernel for operator " + printable(planOnly->typeName),
                           "it can be planned, not run or exported");
        }
        if (m_stage.inputs.size() != 1 || m_stage.outputs.size() != 1) {
            return problem("a kernel needs one input and one output", "split the operator");
        }
        m_call.input = m_stage.inputs.front();
        m_call.output = m_stage.outputs.front();
        if (auto status = checkValues(); !status) {
            return status.error();
        }
        m_call.outputRows = narrow(out().rows);
        m_call.outputRowBytes = narrow(out().rowBytes().count());
        const Status status = std::visit([this](const auto& op) { return fill(op); }, m_stage.op);
        if (!status) {
            return status.error();
        }
        return m_call;
    }

private:
    const Value& in() const { return m_network[m_call.input]; }
    const Value& out() const { return m_network[m_call.output]; }

    Diagnostic problem(std::string what, std::string mend) const
    {
        return {ErrorKind::BadInput, std::move(what), "stage " + printable(m_stage.name),
                std::move(mend)};
    }
    Diagnostic contradiction(const std::string& what) const
    {
        return problem(what + " contradicts the stage's shapes", "check the model");
    }

    /// Only after a check against kLargest.
    static std::int32_t narrow(std::int64_t value) { return static_cast<std::int32_t>(value); }

    Status checkValues() const
    {
        for (const Value* value : {&in(), &out()}) {
            if (value->type != DataType::Float32) {
                return problem("no kernel for " + std::string(toString(value->type)) +
                                   " values such as " + printable(value->name),
                               "export an fp32 model");
            }
            const auto row = checkedProduct(value->width, value->channels);
            const auto elements = row ? checkedProduct(*row, value->rows) : std::nullopt;
            if (!elements || *elements < 1 || *elements > kLargest / 4) {
                return problem("tensor " + printable(value->name) + " is empty or above 2 GB",
                               "use a smaller model");
            }
        }
        return Done{};
    }

    Status takeConstant(ConstantId id, std::int64_t elements, std::optional<ConstantId>& slot)
    {
        const Constant& constant = m_network[id];
        if (constant.type != DataType::Float32) {
            return problem("no kernel for " + std::string(toString(constant.type)) + " weights " +
                               printable(constant.name),
                           "export an fp32 model");
        }
        if (constant.data.bytes().empty()) {
            return problem("weights " + printable(constant.name) + " are not in the model",
                           "use a model file with its weights");
        }
        if (elementCount(constant.shape) != elements ||
            static_cast<std::int64_t>(constant.data.bytes().size()) != constant.bytes().count()) {
            return contradiction("the size of " + printable(constant.name));
        }
        slot = id;
        return Done{};
    }

    Status takeConstants(ConstantId weights, std::int64_t weightElements,
                         std::optional<ConstantId> bias, std::int64_t outputs)
    {
        if (auto status = takeConstant(weights, weightElements, m_call.weights); !status || !bias) {
            return status;
        }
        return takeConstant(*bias, outputs, m_call.bias);
    }

    /// Every number of the axis, and every index the window can reach, stays well within 32 bits.
    static bool isSane(const Axis& axis, std::int64_t outputs)
    {
        for (const std::int64_t n : {axis.kernel, axis.stride, axis.dilation}) {
            if (n < 1 || n > kLargest / 4) {
                return false;
            }
        }
        for (const std::int64_t n : {axis.padBefore, axis.padAfter}) {
            if (n < 0 || n > kLargest / 4) {
                return false;
            }
        }
        const auto taps = checkedProduct(axis.kernel - 1, axis.dilation);
        const auto starts = checkedProduct(outputs - 1, axis.stride);
        return taps && starts && *taps < kLargest / 4 && *starts < kLargest / 4;
    }
    static bool isSane(const Window& window, std::int64_t rows, std::int64_t width)
    {
        return isSane(rowsOf(window), rows) && isSane(columnsOf(window), width);
    }

    /// The last window ends inside the padded input.
    static bool endsInside(const Axis& axis, std::int64_t outputs, std::int64_t inputs)
    {
        return (outputs - 1) * axis.stride + axis.span() <= inputs + axis.padBefore + axis.padAfter;
    }
    /// The last window begins inside it: pools rounded up may hang over.
    static bool beginsInside(const Axis& axis, std::int64_t outputs, std::int64_t inputs)
    {
        return (outputs - 1) * axis.stride < inputs + axis.padBefore + axis.padAfter;
    }

    Status readWindow(std::int64_t span, std::int64_t step, std::int64_t top)
    {
        if (span > kTallestWindow) {
            return problem("a window of " + std::to_string(span) + " rows has no kernel",
                           "at most " + std::to_string(kTallestWindow) +
                               " rows can be read at once");
        }
        m_call.window = {narrow(span), narrow(step), narrow(top), narrow(in().rows),
                         narrow(in().rowBytes().count())};
        return Done{};
    }

    Status fill(const ConvOp& op)
    {
        const Window& w = op.window;
        const Window pool = op.pool.value_or(Window{});
        const std::int64_t convRows = op.pool ? op.convRows : out().rows;
        const std::int64_t convWidth = op.pool ? op.convWidth : out().width;
        if (convRows < 1 || convWidth < 1 || convRows > kLargest || convWidth > kLargest ||
            !isSane(w, convRows, convWidth) || !isSane(pool, out().rows, out().width) ||
            !endsInside(rowsOf(w), convRows, in().rows) ||
            !endsInside(columnsOf(w), convWidth, in().width)) {
            return contradiction("the convolution's window");
        }
        if (pool.padTop + pool.padLeft + pool.padBottom + pool.padRight != 0 ||
            !endsInside(rowsOf(pool), out().rows, convRows) ||
            !endsInside(columnsOf(pool), out().width, convWidth)) {
            return contradiction("the fused pool's window");
        }
        if (op.groups < 1 || in().channels % op.groups != 0 || out().channels % op.groups != 0) {
            return contradiction("the number of groups");
        }
        const auto taps = checkedProduct(w.kernelH, w.kernelW);
        const auto filter = taps ? checkedProduct(*taps, in().channels / op.groups) : std::nullopt;
        const auto weights = filter ? checkedProduct(*filter, out().channels) : std::nullopt;
        if (!weights || *weights > kLargest) {
            return contradiction("the number of weights");
        }
        const std::int64_t step = w.strideH * pool.strideH;
        if (step > kLargest) {
            return contradiction("the product of the strides");
        }
        Status window =
            readWindow((rowsOf(pool).span() - 1) * w.strideH + rowsOf(w).span(), step, w.padTop);
        if (!window) {
            return window;
        }
        m_call.kernel = "tm_conv_f32";
        m_call.params = tm_conv_f32_params{nullptr,
                                           nullptr,
                                           narrow(in().width),
                                           narrow(in().channels),
                                           narrow(out().width),
                                           narrow(out().channels),
                                           narrow(op.groups),
                                           narrow(w.kernelH),
                                           narrow(w.kernelW),
                                           narrow(w.strideH),
                                           narrow(w.strideW),
                                           narrow(w.dilationH),
                                           narrow(w.dilationW),
                                           narrow(w.padLeft),
                                           narrow(pool.kernelH),
                                           narrow(pool.kernelW),
                                           narrow(pool.strideH),
                                           narrow(pool.strideW),
                                           narrow(pool.dilationH),
                                           narrow(pool.dilationW),
                                           op.activation.min,
                                           op.activation.max};
        return takeConstants(op.weights, *weights, op.bias, out().channels);
    }

    Status fill(const MaxPoolOp& op)
    {
        const Window& w = op.window;
        if (!isSane(w, out().rows, out().width) ||
            !beginsInside(rowsOf(w), out().rows, in().rows) ||
            !beginsInside(columnsOf(w), out().width, in().width) ||
            in().channels != out().channels) {
            return contradiction("the pool's window");
        }
        m_call.kernel = "tm_maxpool_f32";
        m_call.params = tm_maxpool_f32_params{
            narrow(in().width),  narrow(in().channels), narrow(out().width), narrow(w.kernelH),
            narrow(w.kernelW),   narrow(w.strideH),     narrow(w.strideW),   narrow(w.dilationH),
            narrow(w.dilationW), narrow(w.padLeft)};
        return readWindow(rowsOf(w).span(), w.strideH, w.padTop);
    }

    Status fill(const FullyConnectedOp& op)
    {
        const auto weights = checkedProduct(in().elements(), out().elements());
        if (!weights || *weights > kLargest || out().rows != 1) {
            return contradiction("the number of weights");
        }
        // A full tensor's rows are contiguous: one long row.
        m_call.window = {1, 1, 0, 1, narrow(in().bytes().count())};
        m_call.kernel = "tm_fc_f32";
        m_call.params = tm_fc_f32_params{nullptr,
                                         nullptr,
                                         1,
                                         narrow(in().elements()),
                                         narrow(out().elements()),
                                         op.activation.min,
                                         op.activation.max};
        return takeConstants(op.weights, *weights, op.bias, out().elements());
    }

    Status fill(const ClampOp& op)
    {
        if (in().rows != out().rows || in().rowElements() != out().rowElements()) {
            return contradiction("a clamp from one shape to another");
        }
        m_call.kernel = "tm_clamp_f32";
        m_call.params =
            tm_clamp_f32_params{narrow(in().rowElements()), op.activation.min, op.activation.max};
        return readWindow(1, 1, 0);
    }

    template <class Op> Status fill(const Op&)
    {
        return problem("no kernel for " + m_stage.kindText(), "it can be planned, not exported");
    }

    const Network& m_network;
    const Stage& m_stage;
    KernelCall m_call;
};

void call(tm_conv_f32_params p, void* dst, const void* const* src, const float* w, const float* b)
{
    p.weights = w;
    p.bias = b;
    tm_conv_f32(&dst, 1, src, &p);
}
void call(tm_fc_f32_params p, void* dst, const void* const* src, const float* w, const float* b)
{
    p.weights = w;
    p.bias = b;
    tm_fc_f32(&dst, 1, src, &p);
}
void call(const tm_maxpool_f32_params& p, void* dst, const void* const* src, const float*,
          const float*)
{
    tm_maxpool_f32(&dst, 1, src, &p);
}
void call(const tm_clamp_f32_params& p, void* dst, const void* const* src, const float*,
          const float*)
{
    tm_clamp_f32(&dst, 1, src, &p);
}

std::size_t scratch(const tm_conv_f32_params& p)
{
    return tm_conv_f32_scratch_bytes(&p);
}
std::size_t scratch(const tm_fc_f32_params& p)
{
    return tm_fc_f32_scratch_bytes(&p);
}
std::size_t scratch(const tm_maxpool_f32_params& p)
{
    return tm_maxpool_f32_scratch_bytes(&p);
}
std::size_t scratch(const tm_clamp_f32_params& p)
{
    return tm_clamp_f32_scratch_bytes(&p);
}

} // namespace

Result<KernelCall> kernelCall(const Network& network, const Stage& stage)
{
    return CallMaker(network, stage).make();
}

void runKernel(const KernelCall& kernel, void* dstRow, const void* const* srcRows,
               const float* weights, const float* bias)
{
    std::visit([&](const auto& params) { call(params, dstRow, srcRows, weights, bias); },
               kernel.params);
}

std::size_t scratchBytes(const KernelCall& kernel)
{
    return std::visit([](const auto& params) { return scratch(params); }, kernel.params);
}

} // namespace tidemark
