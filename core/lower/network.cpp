// SPDX-License-Identifier: Apache-2.0
#include "core/lower/network.h"

#include <string_view>

namespace tidemark {

namespace {

std::string activationText(const Activation& activation)
{
    if (activation == Activation{}) {
        return "";
    }
    if (activation == Activation{0, Activation{}.max}) {
        return "relu";
    }
    return activation == Activation{0, 6} ? "relu6" : "clip";
}

std::string joined(const std::string& kind, const Activation& activation)
{
    const std::string suffix = activationText(activation);
    return suffix.empty() ? kind : kind + "+" + suffix;
}

std::string_view word(UnaryFunction function)
{
    switch (function) {
    case UnaryFunction::Identity:
        return "copy";
    case UnaryFunction::LeakyRelu:
        return "leaky relu";
    case UnaryFunction::Elu:
        return "elu";
    case UnaryFunction::Selu:
        return "selu";
    case UnaryFunction::Sigmoid:
        return "sigmoid";
    case UnaryFunction::Tanh:
        return "tanh";
    case UnaryFunction::HardSigmoid:
        return "hard sigmoid";
    case UnaryFunction::HardSwish:
        return "hard swish";
    case UnaryFunction::Softplus:
        return "softplus";
    case UnaryFunction::Softsign:
        return "softsign";
    case UnaryFunction::ThresholdedRelu:
        return "thresholded relu";
    case UnaryFunction::Exp:
        return "exp";
    case UnaryFunction::Log:
        return "log";
    case UnaryFunction::Sqrt:
        return "sqrt";
    case UnaryFunction::Rsqrt:
        return "reciprocal sqrt";
    case UnaryFunction::Reciprocal:
        return "reciprocal";
    case UnaryFunction::Abs:
        return "abs";
    case UnaryFunction::Negate:
        return "negate";
    case UnaryFunction::Erf:
        return "erf";
    case UnaryFunction::Gelu:
        return "gelu";
    case UnaryFunction::Square:
        return "square";
    }
    return "unary";
}

std::string_view word(BinaryFunction function)
{
    switch (function) {
    case BinaryFunction::Add:
        return "add";
    case BinaryFunction::Sub:
        return "sub";
    case BinaryFunction::Mul:
        return "mul";
    case BinaryFunction::Div:
        return "div";
    case BinaryFunction::Min:
        return "min";
    case BinaryFunction::Max:
        return "max";
    }
    return "binary";
}

std::string_view word(Reduction kind)
{
    switch (kind) {
    case Reduction::Mean:
        return "mean";
    case Reduction::Sum:
        return "sum";
    case Reduction::Max:
        return "max";
    case Reduction::Min:
        return "min";
    }
    return "reduce";
}

struct KindText {
    std::string operator()(const ConvOp& conv) const
    {
        const std::string kind = joined(conv.groups > 1 ? "grouped conv" : "conv", conv.activation);
        if (conv.residual) {
            return kind + "+" + joined("add", conv.residual->activation);
        }
        return kind + (conv.pool ? "+maxpool" : "");
    }
    std::string operator()(const MaxPoolOp& op) const { return joined("maxpool", op.activation); }
    std::string operator()(const AveragePoolOp& op) const
    {
        return joined("average pool", op.activation);
    }
    std::string operator()(const ReduceOp& op) const
    {
        const bool global = op.rows && op.width && !op.channels;
        return joined((global ? "global " : "reduce ") + std::string(word(op.kind)), op.activation);
    }
    std::string operator()(const FullyConnectedOp& op) const
    {
        return joined("fully connected", op.activation);
    }
    std::string operator()(const MatMulOp& op) const
    {
        return joined(op.weights ? "fully connected" : "matmul", op.activation);
    }
    std::string operator()(const ClampOp& op) const
    {
        return op.activation == Activation{} ? "clip" : activationText(op.activation);
    }
    std::string operator()(const UnaryOp& op) const { return std::string(word(op.function)); }
    std::string operator()(const PReluOp&) const { return "prelu"; }
    std::string operator()(const SoftmaxOp& op) const
    {
        return op.logarithm ? "log softmax" : "softmax";
    }
    std::string operator()(const BinaryOp& op) const
    {
        return joined(std::string(word(op.function)), op.activation);
    }
    std::string operator()(const ConcatOp&) const { return "concat"; }
    std::string operator()(const PadOp&) const { return "pad"; }
    std::string operator()(const RearrangeOp&) const { return "rearrange"; }
    std::string operator()(const ResizeOp&) const { return "resize"; }
    std::string operator()(const ArgMaxOp& op) const { return op.smallest ? "argmin" : "argmax"; }
    std::string operator()(const PlanOnlyOp& op) const { return printable(op.typeName); }
};

} // namespace

std::string Stage::kindText() const
{
    return std::visit(KindText{}, op);
}

std::int64_t Network::macs() const
{
    std::int64_t sum = 0;
    for (const Stage& stage : stages) {
        sum += stage.macs;
    }
    return sum;
}

std::int64_t Network::parameters() const
{
    std::int64_t sum = 0;
    for (const Constant& constant : constants) {
        if (constant.role != ConstantRole::Table) {
            sum += elementCount(constant.shape).value_or(0);
        }
    }
    return sum;
}

Bytes Network::parameterBytes() const
{
    Bytes sum;
    for (const Constant& constant : constants) {
        sum += constant.bytes();
    }
    return sum;
}

} // namespace tidemark
