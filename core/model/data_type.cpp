// SPDX-License-Identifier: Apache-2.0
#include "core/model/data_type.h"

#include <array>

namespace tidemark {

namespace {

struct Row {
    int bytes;
    std::string_view name;
};

// In the order of DataType.
constexpr std::array<Row, 12> kTypes{{{4, "fp32"},
                                      {2, "fp16"},
                                      {8, "fp64"},
                                      {1, "int8"},
                                      {1, "uint8"},
                                      {2, "int16"},
                                      {2, "uint16"},
                                      {4, "int32"},
                                      {4, "uint32"},
                                      {8, "int64"},
                                      {8, "uint64"},
                                      {1, "bool"}}};

} // namespace

Bytes elementBytes(DataType type)
{
    return Bytes(kTypes[static_cast<std::size_t>(type)].bytes);
}

std::string_view toString(DataType type)
{
    return kTypes[static_cast<std::size_t>(type)].name;
}

} // namespace tidemark
