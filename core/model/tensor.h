// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/data_type.h"
#include "core/model/ids.h"
#include "core/model/shape.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidemark {

/// Bytes of a constant, little-endian, row-major in the layout of its shape. Shares the memory
/// of whoever read them (a parsed message, a mapped file), so copies of a Model are cheap.
/// Not aligned: read elements with memcpy.
class ConstantData {
public:
    ConstantData() = default;
    ConstantData(std::shared_ptr<const void> owner, std::span<const std::byte> bytes)
        : m_owner(std::move(owner)), m_bytes(bytes)
    {
    }
    /// Takes the bytes over.
    explicit ConstantData(std::vector<std::byte> bytes)
    {
        auto owned = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
        m_bytes = *owned;
        m_owner = std::move(owned);
    }

    /// A copy of the elements.
    template <class T> static ConstantData of(const std::vector<T>& elements)
    {
        const auto bytes = std::as_bytes(std::span(elements));
        return ConstantData(std::vector<std::byte>(bytes.begin(), bytes.end()));
    }

    std::span<const std::byte> bytes() const { return m_bytes; }

private:
    std::shared_ptr<const void> m_owner;
    std::span<const std::byte> m_bytes;
};

/// real = scale * (stored - zeroPoint). One entry, or one per index of `axis`.
struct Quantization {
    std::vector<float> scales;
    std::vector<std::int32_t> zeroPoints;
    int axis = -1;
};

/// A tensor of the model as its file has it.
struct Tensor {
    std::string name; ///< as the file spells it: untrusted
    DataType type = DataType::Float32;
    std::optional<Shape> shape; ///< nothing while it is not known
    std::optional<Quantization> quantization;
    std::optional<ConstantData> constant; ///< set for weights and folded results
};

} // namespace tidemark
