// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/quantized_form.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tidemark {

inline bool isSame(const Quantization& a, const Quantization& b)
{
    return a.scales == b.scales && a.zeroPoints == b.zeroPoints;
}

inline bool isByte(DataType type)
{
    return type == DataType::Int8 || type == DataType::UInt8;
}

/// The steps of quantizedForm(), on one model.
class QuantizedRewriter {
public:
    explicit QuantizedRewriter(Model& model)
        : m_model(model), m_reasons(model.operators.size()), m_notes(model.operators.size()),
          m_understood(model.operators.size())
    {
    }

    void widenHalves();
    void readParameters();
    void chooseOperators();
    void rewriteOperators();
    void dequantizeConstants();
    void dequantizeHybrids();
    void centreWeights();
    std::vector<bool> shiftUnsigned();
    std::vector<std::string> takeReasons() { return std::move(m_reasons); }
    std::vector<std::string> takeNotes() { return std::move(m_notes); }

private:
    struct Reader {
        std::size_t op;
        std::size_t input;
    };
    Tensor& at(TensorId id) { return m_model.tensors[id.index()]; }
    std::optional<Quantization> parametersOf(const Operator& op, std::size_t scale,
                                             std::size_t zero, std::int64_t axis) const;
    bool annotate(TensorId id, const std::optional<Quantization>& quantization);
    std::string readQLinear(Operator& op);
    std::string readInteger(std::size_t index);
    /// ConvInteger or MatMulInteger with what makes its sums real numbers.
    struct IntegerProduct {
        std::size_t product, cast, scale; ///< operators
        TensorId x, weights;
        Quantization input, factor;
    };
    std::string findInteger(std::size_t index, IntegerProduct& found) const;
    std::string zerosOf(const Operator& op, std::size_t input, Quantization& zeros) const;
    std::optional<std::size_t> soleReader(TensorId id) const;
    std::optional<std::vector<double>> factorsOf(const Operator& scale, TensorId sums,
                                                 bool isConv) const;
    TensorId addTensor(Tensor tensor);
    bool canCentre(TensorId weights) const;
    std::string whyFloat(const Operator& op) const;
    void findReaders();
    bool isOutput(TensorId id) const
    {
        return std::ranges::find(m_model.outputs, id) != m_model.outputs.end();
    }
    std::optional<TensorId> quantizedTwin(TensorId id) const;
    bool isQuantized(TensorId id) const;
    bool inputsFit(const Operator& op) const;
    std::optional<Quantization> resultOf(std::size_t op, std::vector<std::size_t>& chain) const;
    bool readersFit(const Operator& op) const;
    bool stays(std::size_t index) const;
    void rewrite(std::size_t index);
    void quantizeBias(Operator& op);

    Model& m_model;
    std::vector<std::string> m_reasons, m_notes; ///< as in QuantizedForm
    std::vector<std::vector<Reader>> m_readers;
    std::vector<std::size_t> m_maker; ///< by tensor, or kNone
    std::vector<bool> m_chosen;       ///< operators that compute quantised
    std::vector<bool> m_understood;   ///< Quantize and Dequantize operators
    mutable std::map<TensorId, bool> m_canCentre;
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
};

} // namespace tidemark
