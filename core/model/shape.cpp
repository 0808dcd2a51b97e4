// SPDX-License-Identifier: Apache-2.0
#include "core/model/shape.h"

#include "core/model/bytes.h"

namespace tidemark {

std::optional<std::int64_t> elementCount(const Shape& shape)
{
    std::optional<std::int64_t> count = 1;
    for (const std::int64_t extent : shape) {
        count = checkedProduct(*count, extent);
        if (!count) {
            return std::nullopt;
        }
    }
    return count;
}

std::string toString(const Shape& shape)
{
    if (shape.empty()) {
        return "scalar";
    }
    std::string text;
    for (const std::int64_t extent : shape) {
        text += (text.empty() ? "" : "x") + std::to_string(extent);
    }
    return text;
}

} // namespace tidemark
