// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/tensor.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidemark {

/// An operator's attributes as its file has them, whatever the file's format.
using AttributeValue = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>,
                                    std::vector<float>, Tensor>;
/// The newest ONNX operator set that is read.
constexpr std::int64_t kNewestOpset = 23;

using AttributeMap = std::map<std::string, AttributeValue, std::less<>>;

/// What is wrong with an operator, as the end of a sentence that begins with its name:
/// "operator 'conv1' (Conv) " + what + ": " + mend.
struct OperatorProblem {
    std::string what;
    std::string mend;
};

/// Reads typed attributes out of an AttributeMap. The first attribute of a wrong type becomes
/// `problem()`; reading goes on with the fallback.
class AttributeReader {
public:
    explicit AttributeReader(const AttributeMap& attributes, std::int64_t opset = kNewestOpset)
        : m_attributes(attributes), m_opset(opset)
    {
    }

    /// The version of the operator set that the file speaks: defaults changed over the years.
    std::int64_t opset() const { return m_opset; }

    bool has(std::string_view name) const { return m_attributes.find(name) != m_attributes.end(); }
    std::int64_t integer(std::string_view name, std::int64_t fallback);
    bool flag(std::string_view name, bool fallback) { return integer(name, fallback) != 0; }
    float real(std::string_view name, float fallback);
    std::string text(std::string_view name, std::string fallback);
    std::optional<std::vector<std::int64_t>> integers(std::string_view name);

    std::optional<std::vector<float>> reals(std::string_view name);
    const Tensor* tensor(std::string_view name); ///< null if there is none

    void refuse(std::string what, std::string mend);
    const std::optional<OperatorProblem>& problem() const { return m_problem; }

private:
    template <class T> const T* find(std::string_view name, std::string_view wanted);

    const AttributeMap& m_attributes;
    std::int64_t m_opset;
    std::optional<OperatorProblem> m_problem;
};

} // namespace tidemark
