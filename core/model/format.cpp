// SPDX-License-Identifier: Apache-2.0
#include "core/model/format.h"

namespace tidemark {

std::string formatCount(std::int64_t count)
{
    std::string text = std::to_string(count);
    const std::size_t sign = count < 0 ? 1 : 0;
    for (std::size_t pos = text.size(); pos > sign + 3;) {
        pos -= 3;
        text.insert(pos, ",");
    }
    return text;
}

std::string formatBytes(Bytes bytes)
{
    return formatCount(bytes.count()) + " B";
}

} // namespace tidemark
