// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/data_type.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tidemark {

/// "float", "int8_t", ...: the C type of an element, empty where generated code has none.
std::string_view cType(DataType type);

/// Raw elements as constants, some to a line, indented by `indent` and ending with a newline.
std::string elementConstants(DataType type, std::span<const std::byte> bytes,
                             std::string_view indent);

} // namespace tidemark
