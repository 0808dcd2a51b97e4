// SPDX-License-Identifier: Apache-2.0
#include "core/lower/quantized_operators.h"

#include "core/lower/fixed_point.h"
#include "core/model/constant_elements.h"
#include "core/model/strided_copy.h"

#include <algorithm>
#include <cstring>

namespace tidemark {

using enum OperatorKind;

bool isProduct(OperatorKind kind)
{
    return kind == Conv || kind == Gemm || kind == MatMul;
}

bool movesElements(OperatorKind kind)
{
    switch (kind) {
    case Relu:
    case Clip:
    case MaxPool:
    case GlobalMaxPool:
    case ReduceMax:
    case ReduceMin:
    case Flatten:
    case Reshape:
    case Squeeze:
    case Unsqueeze:
    case Identity:
    case Dropout:
    case Split:
    case Slice:
    case Expand:
    case Pad:
    case Transpose:
    case DepthToSpace:
    case SpaceToDepth:
        return true;
    default:
        return false;
    }
}

bool computesQuantized(const Operator& op)
{
    if (movesElements(op.kind)) {
        const auto* clip = std::get_if<ClipAttributes>(&op.attributes);
        return !clip || clip->constant;
    }
    switch (op.kind) {
    case Gemm: {
        const auto& gemm = std::get<GemmAttributes>(op.attributes);
        return gemm.alpha == 1 && (gemm.beta == 1 || op.inputs.size() < 3);
    }
    case Conv:
        return std::holds_alternative<ConvAttributes>(op.attributes);
    case MatMul:
    case AveragePool:
    case GlobalAveragePool:
    case ReduceMean:
    case ReduceSum:
    case Add:
    case Sub:
    case Mul:
    case Div:
    case Min:
    case Max:
    case Concat:
    case Resize:
    case PRelu:
    case LeakyRelu:
    case Elu:
    case Selu:
    case Sigmoid:
    case Tanh:
    case HardSigmoid:
    case HardSwish:
    case Softplus:
    case Softsign:
    case ThresholdedRelu:
    case Exp:
    case Log:
    case Sqrt:
    case Rsqrt:
    case Reciprocal:
    case Abs:
    case Negate:
    case Erf:
    case Gelu:
    case Square:
        return true;
    case Softmax:
        return true;
    default:
        return false;
    }
}

bool canProduce(const Operator& op, const Quantization& quantization)
{
    const auto* softmax = std::get_if<SoftmaxAttributes>(&op.attributes);
    return op.kind != Softmax || !softmax ||
           sameQuantization(quantization, softmaxQuantization(softmax->logarithm));
}

namespace {

/// Index of the scale and zero point that element `i` has.
std::size_t parameterOf(const Tensor& tensor, std::size_t i)
{
    const Quantization& q = *tensor.quantization;
    if (q.scales.size() == 1) {
        return 0;
    }
    const auto axis = static_cast<std::size_t>(q.axis < 0 ? 0 : q.axis);
    const Shape strides = rowMajorStrides(*tensor.shape);
    return i / static_cast<std::size_t>(strides[axis]) % q.scales.size();
}

} // namespace

bool isCentred(const Tensor& weights)
{
    return weights.type == DataType::Int8 &&
           std::ranges::all_of(weights.quantization->zeroPoints,
                               [](std::int32_t zero) { return zero == 0; });
}

std::optional<Tensor> centred(const Tensor& weights)
{
    if (isCentred(weights)) {
        return weights;
    }
    const Quantization& q = *weights.quantization;
    const auto bytes = weights.constant->bytes();
    std::vector<std::byte> elements(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const int stored = weights.type == DataType::Int8 ? static_cast<std::int8_t>(bytes[i])
                                                          : static_cast<std::uint8_t>(bytes[i]);
        const int real = stored - q.zeroPoints[parameterOf(weights, i)];
        if (real < -128 || real > 127) {
            return std::nullopt;
        }
        elements[i] = static_cast<std::byte>(real);
    }
    Tensor made = weights;
    made.type = DataType::Int8;
    made.quantization->zeroPoints.assign(q.zeroPoints.size(), 0);
    made.constant = ConstantData(std::move(elements));
    return made;
}

ConstantData dequantized(const Tensor& tensor)
{
    const auto bytes = tensor.constant->bytes();
    if (bytes.empty() || tensor.type == DataType::Float32) {
        return *tensor.constant;
    }
    const Quantization& q = *tensor.quantization;
    const auto width = static_cast<std::size_t>(elementBytes(tensor.type).count());
    std::vector<std::byte> reals(bytes.size() / width * sizeof(float));
    for (std::size_t i = 0; i < bytes.size() / width; ++i) {
        std::int32_t stored = 0;
        switch (tensor.type) {
        case DataType::Int8:
            stored = static_cast<std::int8_t>(bytes[i]);
            break;
        case DataType::UInt8:
            stored = static_cast<std::uint8_t>(bytes[i]);
            break;
        case DataType::Int16: {
            std::int16_t element;
            std::memcpy(&element, bytes.data() + i * width, width);
            stored = element;
            break;
        }
        case DataType::Int32:
            std::memcpy(&stored, bytes.data() + i * width, width);
            break;
        default:
            return ConstantData(); // no other type is quantised
        }
        const std::size_t k = parameterOf(tensor, i);
        const float real = q.scales[k] * static_cast<float>(stored - q.zeroPoints[k]);
        std::memcpy(reals.data() + i * sizeof real, &real, sizeof real);
    }
    return ConstantData(std::move(reals));
}

} // namespace tidemark
