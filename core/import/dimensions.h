// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"
#include "core/model/shape.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tidemark {

/// One dimension as a file declares it: a size, a name, or neither.
struct DeclaredDimension {
    std::optional<std::int64_t> size;
    std::string name; ///< untrusted
};

/// Gives sizes to named dimensions: what `--dim NAME=VALUE` says, and 1 for the first dimension of
/// an input, the batch. A dimension without a name goes by INPUT.INDEX.
class DimensionSizes {
public:
    explicit DimensionSizes(std::map<std::string, std::int64_t> given)
        : m_given(given), m_sizes(std::move(given))
    {
    }

    /// Shape of a model input. Error: a dimension without a size, naming the option that gives it.
    Result<Shape> resolveInput(const std::string& input,
                               const std::vector<DeclaredDimension>& dimensions);
    /// Shape of another tensor, nothing while one of its dimensions has no size.
    std::optional<Shape> resolve(const std::vector<DeclaredDimension>& dimensions) const;
    /// ErrorKind::Usage when a size was given that is not positive, or to no dimension of any
    /// input.
    Status checkGiven() const;

private:
    std::map<std::string, std::int64_t> m_given;
    std::map<std::string, std::int64_t> m_sizes; ///< given ones and batches
    std::set<std::string> m_seen;                ///< names in the inputs
};

} // namespace tidemark
