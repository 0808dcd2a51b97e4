// SPDX-License-Identifier: Apache-2.0
// Stages that go element by element.
#include "network_maker.h"

#include "core/lower/fixed_point.h"

namespace tidemark::handmade {

namespace {

void makeUnary(Maker& m, UnaryFunction function, float alpha = 0, float beta = 0)
{
    const ValueId in = m.addInput();
    const bool squashes = function == UnaryFunction::Sigmoid || function == UnaryFunction::Tanh;
    std::optional<Quantization> q;
    if (squashes) {
        const bool sigmoid = function == UnaryFunction::Sigmoid;
        q = Quantization{{sigmoid ? 1.0F / 256 : 1.0F / 128}, {sigmoid ? -128 : 0}, -1};
    }
    m.addStage(UnaryOp{function, alpha, beta}, {in},
               m.addOutput(m.rows(), m.width(), m.channels(), q));
}

void makeBinary(Maker& m, BinaryFunction function, bool constant)
{
    const auto extent = [&](std::int64_t whole) { return m.chance(3) ? 1 : whole; };
    BinaryOp op;
    op.function = function;
    op.activation = m.activation();
    const ValueId a = m.addInput();
    std::vector<ValueId> inputs{a};
    std::vector<std::optional<ConstantId>> constants;
    if (constant) {
        op.constant = m.addConstant(ConstantRole::Operand,
                                    {extent(m.rows()), extent(m.width()), extent(m.channels())},
                                    m.int8() ? DataType::Int8 : DataType::Float32,
                                    m.int8() ? std::optional(m.quantization()) : std::nullopt);
        op.constantFirst = m.chance();
        constants.push_back(op.constant);
    } else {
        inputs.push_back(m.addInput(extent(m.rows()), extent(m.width()), extent(m.channels())));
        if (m.chance()) {
            std::swap(inputs[0], inputs[1]);
        }
    }
    m.addStage(op, inputs, m.addOutput(m.rows(), m.width(), m.channels()), constants);
}

void makePRelu(Maker& m)
{
    const std::int64_t whole = m.rows() * m.width() * m.channels();
    const std::int64_t count = m.pick({1, m.channels(), whole});
    const ValueId in = m.addInput();
    const PReluOp op{m.addConstant(ConstantRole::Operand, {count},
                                   m.int8() ? DataType::Int8 : DataType::Float32,
                                   m.int8() ? std::optional(m.quantization()) : std::nullopt)};
    m.addStage(op, {in}, m.addOutput(m.rows(), m.width(), m.channels()), {op.slope});
}

void makeCast(Maker& m, DataType from, DataType to)
{
    const ValueId in = m.addInput();
    Value& value = m.value(in);
    value.type = from;
    value.quantization.reset();
    if (from != DataType::Float32) {
        value.quantization = m.quantization();
        value.quantization->zeroPoints = {from == DataType::UInt8 ? 130 : -3};
    }
    const ValueId out = m.addValue(m.rows(), m.width(), m.channels(), to);
    if (to == DataType::UInt8) {
        m.value(out).quantization->zeroPoints = {255};
    }
    m.addStage(UnaryOp{}, {in}, out);
}

} // namespace

Makers elementwiseMakers()
{
    using U = UnaryFunction;
    return {
        {"clamp",
         [](Maker& m) {
             const ValueId in = m.addInput();
             const auto q = m.chance() ? m.quantizationOf(in) : std::nullopt;
             m.addStage(ClampOp{m.activation()}, {in},
                        m.addOutput(m.rows(), m.width(), m.channels(), q));
         }},
        {"identity", [](Maker& m) { makeUnary(m, U::Identity); }},
        {"leaky relu", [](Maker& m) { makeUnary(m, U::LeakyRelu, 0.1F); }},
        {"elu", [](Maker& m) { makeUnary(m, U::Elu, 1.5F); }},
        {"selu", [](Maker& m) { makeUnary(m, U::Selu, 1.67326F, 1.0507F); }},
        {"sigmoid", [](Maker& m) { makeUnary(m, U::Sigmoid); }},
        {"tanh", [](Maker& m) { makeUnary(m, U::Tanh); }},
        {"hard sigmoid", [](Maker& m) { makeUnary(m, U::HardSigmoid, 0.2F, 0.5F); }},
        {"hard swish", [](Maker& m) { makeUnary(m, U::HardSwish); }},
        {"softplus", [](Maker& m) { makeUnary(m, U::Softplus); }},
        {"softsign", [](Maker& m) { makeUnary(m, U::Softsign); }},
        {"thresholded relu", [](Maker& m) { makeUnary(m, U::ThresholdedRelu, 0.5F); }},
        {"exp", [](Maker& m) { makeUnary(m, U::Exp); }},
        {"abs", [](Maker& m) { makeUnary(m, U::Abs); }},
        {"negate", [](Maker& m) { makeUnary(m, U::Negate); }},
        {"erf", [](Maker& m) { makeUnary(m, U::Erf); }},
        {"gelu", [](Maker& m) { makeUnary(m, U::Gelu, 0, m.chance() ? 1.0F : 0.0F); }},
        {"square", [](Maker& m) { makeUnary(m, U::Square); }},
        {"prelu", makePRelu},
        {"softmax",
         [](Maker& m) {
             const ValueId in = m.addInput();
             m.addStage(SoftmaxOp{m.chance() ? 1.0F : 0.5F, false}, {in},
                        m.addOutput(m.rows(), m.width(), m.channels(), softmaxQuantization(false)));
         }},
        {"log softmax",
         [](Maker& m) {
             const ValueId in = m.addInput();
             m.addStage(SoftmaxOp{m.chance() ? 1.0F : 0.5F, true}, {in},
                        m.addOutput(m.rows(), m.width(), m.channels(), softmaxQuantization(true)));
         }},
        {"add", [](Maker& m) { makeBinary(m, BinaryFunction::Add, m.chance(3)); }},
        {"sub", [](Maker& m) { makeBinary(m, BinaryFunction::Sub, m.chance(3)); }},
        {"mul", [](Maker& m) { makeBinary(m, BinaryFunction::Mul, m.chance(3)); }},
        {"div", [](Maker& m) { makeBinary(m, BinaryFunction::Div, m.chance(3)); }},
        {"min", [](Maker& m) { makeBinary(m, BinaryFunction::Min, m.chance(3)); }},
        {"max", [](Maker& m) { makeBinary(m, BinaryFunction::Max, m.chance(3)); }},
        {"quantise",
         [](Maker& m) {
             makeCast(m, DataType::Float32, m.chance() ? DataType::Int8 : DataType::UInt8);
         }},
        {"dequantise",
         [](Maker& m) {
             makeCast(m, m.chance() ? DataType::Int8 : DataType::UInt8, DataType::Float32);
         }},
        {"requantise",
         [](Maker& m) {
             makeCast(m, m.chance() ? DataType::Int8 : DataType::UInt8,
                      m.chance() ? DataType::Int8 : DataType::UInt8);
         }},
    };
}

} // namespace tidemark::handmade
