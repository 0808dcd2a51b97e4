// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/npy.h"
#include "core/lower/network.h"
#include "core/model/model.h"

#include <map>
#include <string>
#include <vector>

namespace tidemark::cli {

/// How one value of the network compares with the array of its tensor.
struct LayerMatch {
    std::string tensor;
    DataType type = DataType::Float32;
    std::int64_t elements = 0, differing = 0;
    double largest = 0; ///< difference: of the array's range (floats) or in steps (integers)

    /// The same integers, or floats within 1e-5 of the range.
    bool agrees() const { return type == DataType::Float32 ? largest <= 1e-5 : differing == 0; }
};

struct LayerComparison {
    std::vector<LayerMatch> layers;
    /// Arrays of no value, of another size, or of a value whose elements lie in no order of files.
    std::vector<std::string> unmatched;
};

/// `values` are the numbers of every value, NHWC, by ValueId; arrays are in the order of the
/// model's file. An array belongs to the value of the same name, or, named "t<i>", to that of the
/// file's tensor i. Reals of a value that is int8 are quantised as it is.
LayerComparison compareLayers(const Network& network, const Model& model,
                              const std::vector<std::vector<float>>& values,
                              const std::map<std::string, NpyArray>& arrays);

} // namespace tidemark::cli
