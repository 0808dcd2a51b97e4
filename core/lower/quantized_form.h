// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/model.h"

#include <vector>

namespace tidemark {

/// A model whose quantised arithmetic is written the way TFLite writes it: operators read and write
/// int8 tensors that know their quantization. Operators keep their indices.
struct QuantizedForm {
    Model model;
    /// By tensor: int8 here, but uint8 (with a zero point larger by 128) in the file.
    std::vector<bool> wasUInt8;
    /// By operator, empty for most, safe to print: why no kernel can do it, and what it does not do
    /// as the file has it.
    std::vector<std::string> reasons, notes;
};

/// What QuantizeLinear, DequantizeLinear and the QLinear operators say becomes the quantization of
/// their tensors; an operator that stands between them computes on the quantised tensors; weights
/// that only floats meet become floats; float16 becomes float32. uint8 becomes int8.
QuantizedForm quantizedForm(const Model& model);

} // namespace tidemark
