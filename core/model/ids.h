// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace tidemark {

/// Index into one particular table. Two ids of different tables never mix:
/// a StageId cannot be passed where a BufferId is meant.
template <class Tag> class Id {
public:
    constexpr Id() = default;
    constexpr explicit Id(std::size_t index) : m_value(static_cast<std::uint32_t>(index)) {}

    constexpr std::size_t index() const { return m_value; }
    constexpr bool isValid() const { return m_value != kInvalid; }
    constexpr auto operator<=>(const Id&) const = default;

private:
    static constexpr std::uint32_t kInvalid = 0xffffffffU;
    std::uint32_t m_value = kInvalid;
};

using TensorId = Id<struct TensorTag>;     ///< Model::tensors
using OperatorId = Id<struct OperatorTag>; ///< Model::operators
using ValueId = Id<struct ValueTag>;       ///< Network::values
using ConstantId = Id<struct ConstantTag>; ///< Network::constants
using StageId = Id<struct StageTag>;       ///< Network::stages
using EventId = Id<struct EventTag>;       ///< Schedule::events, the plan's time axis
using BufferId = Id<struct BufferTag>;     ///< Plan::buffers
using BankId = Id<struct BankTag>;         ///< Board::banks

} // namespace tidemark

template <class Tag> struct std::hash<tidemark::Id<Tag>> {
    std::size_t operator()(tidemark::Id<Tag> id) const noexcept { return id.index(); }
};
