// SPDX-License-Identifier: Apache-2.0
#include "core/import/dimensions.h"

namespace tidemark {

Result<Shape> DimensionSizes::resolveInput(const std::string& input,
                                           const std::vector<DeclaredDimension>& dimensions)
{
    Shape shape;
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
        const DeclaredDimension& dimension = dimensions[i];
        if (dimension.size) {
            shape.push_back(*dimension.size);
            continue;
        }
        const std::string name =
            dimension.name.empty() ? input + "." + std::to_string(i) : dimension.name;
        m_seen.insert(name);
        const auto known = i == 0 ? m_sizes.try_emplace(name, 1).first : m_sizes.find(name);
        if (known == m_sizes.end()) {
            return Diagnostic{ErrorKind::BadInput,
                              "input '" + printable(input) + "' has no size for its dimension " +
                                  std::to_string(i),
                              "", "give it with --dim " + printable(name) + "=SIZE"};
        }
        shape.push_back(known->second);
    }
    return shape;
}

std::optional<Shape> DimensionSizes::resolve(const std::vector<DeclaredDimension>& dimensions) const
{
    Shape shape;
    for (const DeclaredDimension& dimension : dimensions) {
        const auto known = m_sizes.find(dimension.name);
        if (!dimension.size && (dimension.name.empty() || known == m_sizes.end())) {
            return std::nullopt;
        }
        shape.push_back(dimension.size ? *dimension.size : known->second);
    }
    return shape;
}

Status DimensionSizes::checkGiven() const
{
    for (const auto& [name, size] : m_given) {
        if (size < 1) {
            return Diagnostic{ErrorKind::Usage,
                              "dimension '" + printable(name) + "' is given as " +
                                  std::to_string(size),
                              "", "sizes must be at least 1"};
        }
        if (!m_seen.contains(name)) {
            std::string names;
            for (const std::string& seen : m_seen) {
                names += (names.empty() ? "" : ", ") + printable(seen);
            }
            return Diagnostic{ErrorKind::Usage,
                              "no input has a dimension '" + printable(name) + "'", "",
                              names.empty() ? "all sizes are fixed in the model"
                                            : "dimensions without a size: " + names};
        }
    }
    return Done{};
}

} // namespace tidemark
