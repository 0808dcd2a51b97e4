// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/data_type.h"
#include "core/model/result.h"
#include "core/model/shape.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace tidemark {

/// A NumPy array file: little-endian, C order.
struct NpyArray {
    DataType type = DataType::Float32;
    Shape shape;
    std::vector<std::byte> bytes;

    /// Elements converted to float, whatever the type.
    std::vector<float> toFloats() const;
};

/// Reads .npy versions 1 to 3. Fortran order is turned into C order. Big-endian, object and
/// structured arrays, and files shorter than their header says, are refused.
Result<NpyArray> readNpy(const std::filesystem::path& path);
Status writeNpy(const std::filesystem::path& path, const NpyArray& array);

} // namespace tidemark
