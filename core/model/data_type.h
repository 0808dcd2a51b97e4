// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/bytes.h"

#include <string_view>

namespace tidemark {

enum class DataType {
    Float32,
    Float16,
    Float64,
    Int8,
    UInt8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
    Bool
};

Bytes elementBytes(DataType type);
/// "fp32", "int8", ...: the words of `--dtype` and of every screen.
std::string_view toString(DataType type);

} // namespace tidemark
