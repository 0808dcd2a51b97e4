// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx_types.h"

#include <array>

namespace tidemark {

std::optional<DataType> dataTypeOfOnnx(std::int64_t number)
{
    using T = DataType;
    constexpr std::array<std::optional<DataType>, 14> kTypes{
        std::nullopt, T::Float32, T::UInt8,
        T::Int8,      T::UInt16,  T::Int16,
        T::Int32,     T::Int64,   std::nullopt /* string */,
        T::Bool,      T::Float16, T::Float64,
        T::UInt32,    T::UInt64};
    const bool isKnown = number >= 0 && number < static_cast<std::int64_t>(kTypes.size());
    return isKnown ? kTypes[static_cast<std::size_t>(number)] : std::nullopt;
}

} // namespace tidemark
