// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/data_type.h"
#include "core/model/result.h"
#include "core/model/shape.h"

#include <functional>
#include <string>

namespace tidemark {

/// What stands before the data of an .npy file (numpy/lib/format.py): magic, version, length, and
/// a Python dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4)}.
struct NpyHeader {
    DataType type = DataType::Float32;
    bool columnsFirst = false; ///< Fortran order
    Shape shape;
    Bytes size; ///< where the data begins
};

/// `read(n)` gives the next n bytes of the file, or fewer at its end. Errors have no `where`.
Result<NpyHeader> readNpyHeader(const std::function<std::string(std::size_t)>& read);

/// A header of version 1, padded so that the data is aligned to 64 bytes.
std::string npyHeaderText(DataType type, const Shape& shape);

} // namespace tidemark
