// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/import/tflite_operators.h"
#include "core/model/constant_elements.h"

#include "tflite_generated.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace tidemark {

using Integers = std::vector<std::int64_t>;

/// Translates one operator. Each `be...` returns false where the form has no translation.
class TfliteTranslator {
public:
    TfliteTranslator(Model& model, const tflite::Operator& source, const TfliteEntry& entry,
                     Operator& op, std::vector<Operator>& before, std::vector<Operator>& after)
        : m_model(model), m_source(source), m_entry(entry), m_op(op), m_before(before),
          m_after(after)
    {
    }

    bool translate();

private:
    bool has(std::size_t input) const { return input < m_op.inputs.size() && m_op.inputs[input]; }
    const Tensor& tensor(std::size_t input) const { return m_model[*m_op.inputs[input]]; }
    const Shape& shape(std::size_t input) const { return *tensor(input).shape; }
    const Tensor& result() const { return m_model[m_op.outputs[0]]; }
    std::optional<Integers> integers(std::size_t input) const
    {
        return has(input) ? constantIntegers(tensor(input)) : std::nullopt;
    }
    void keepInputs(std::size_t count) { m_op.inputs.resize(std::min(count, m_op.inputs.size())); }
    TensorId twin(TensorId like, Shape shape);
    void activate(int activation);
    void reshapeInput(std::size_t input, Shape shape);
    void reshapeOutput(std::size_t output, Shape inside);
    void transposeLast(std::size_t input);
    bool beForm();

    bool beConv();
    bool beDepthwise();
    bool bePool();
    bool beFullyConnected();
    bool beReshape();
    bool beReduce();
    bool beArg();
    bool beSlice();
    bool beStridedSlice();
    bool beSplit(bool sizesGiven);
    bool bePad();
    bool beTranspose();
    bool beResize();
    bool beBlocks(int size);
    bool beBinary();
    bool beConcat();
    bool bePack();
    bool beUnpack();
    bool beReverse();
    bool beGather();
    bool beUnary();
    bool beBatchMatMul();
    int binaryActivation() const;

    Model& m_model;
    const tflite::Operator& m_source;
    const TfliteEntry& m_entry;
    Operator& m_op;
    std::vector<Operator>& m_before;
    std::vector<Operator>& m_after;
};

} // namespace tidemark
