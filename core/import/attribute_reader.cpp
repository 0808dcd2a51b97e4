// SPDX-License-Identifier: Apache-2.0
#include "core/import/attribute_reader.h"

namespace tidemark {

template <class T> const T* AttributeReader::find(std::string_view name, std::string_view wanted)
{
    const auto found = m_attributes.find(name);
    if (found == m_attributes.end()) {
        return nullptr;
    }
    const T* value = std::get_if<T>(&found->second);
    if (!value) {
        refuse("has an attribute '" + std::string(name) + "' of the wrong type",
               "it must be " + std::string(wanted));
    }
    return value;
}

std::int64_t AttributeReader::integer(std::string_view name, std::int64_t fallback)
{
    const auto* value = find<std::int64_t>(name, "an integer");
    return value ? *value : fallback;
}

float AttributeReader::real(std::string_view name, float fallback)
{
    const auto* value = find<float>(name, "a number");
    return value ? *value : fallback;
}

std::string AttributeReader::text(std::string_view name, std::string fallback)
{
    const auto* value = find<std::string>(name, "text");
    return value ? *value : fallback;
}

std::optional<std::vector<std::int64_t>> AttributeReader::integers(std::string_view name)
{
    const auto* value = find<std::vector<std::int64_t>>(name, "a list of integers");
    return value ? std::optional(*value) : std::nullopt;
}

std::optional<std::vector<float>> AttributeReader::reals(std::string_view name)
{
    const auto* value = find<std::vector<float>>(name, "a list of numbers");
    return value ? std::optional(*value) : std::nullopt;
}

const Tensor* AttributeReader::tensor(std::string_view name)
{
    return find<Tensor>(name, "a tensor");
}

void AttributeReader::refuse(std::string what, std::string mend)
{
    if (!m_problem) {
        m_problem = OperatorProblem{std::move(what), std::move(mend)};
    }
}

} // namespace tidemark
