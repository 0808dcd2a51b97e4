// SPDX-License-Identifier: Apache-2.0
#include "core/lower/constant_pool.h"

#include "core/model/strided_copy.h"

#include <cstring>

namespace tidemark {

namespace {

/// An extent of 1 has whatever stride the gather gives it.
bool isInOrder(const Gather& gather)
{
    const Shape strides = rowMajorStrides(gather.extents);
    for (std::size_t i = 0; i < strides.size(); ++i) {
        if (gather.extents[i] != 1 && gather.strides[i] != strides[i]) {
            return false;
        }
    }
    return true;
}

void multiply(std::vector<std::byte>& floats, float scale)
{
    for (std::size_t at = 0; at + sizeof(float) <= floats.size(); at += sizeof(float)) {
        float element;
        std::memcpy(&element, floats.data() + at, sizeof element);
        element *= scale;
        std::memcpy(floats.data() + at, &element, sizeof element);
    }
}

ConstantData gathered(const Tensor& tensor, const Gather& gather)
{
    const auto source = tensor.constant->bytes();
    if (source.empty() || (isInOrder(gather) && gather.scale == 1)) {
        return *tensor.constant;
    }
    const auto width = static_cast<std::size_t>(elementBytes(tensor.type).count());
    std::vector<std::byte> bytes = stridedCopy(source, width, gather.extents, gather.strides);
    if (gather.scale != 1) {
        multiply(bytes, gather.scale);
    }
    return ConstantData(std::move(bytes));
}

} // namespace

ConstantId ConstantPool::add(TensorId id, ConstantRole role, Shape shape, const Gather& gather)
{
    const auto [entry, isNew] =
        m_ids.try_emplace(Key(id, role, shape, gather), ConstantId(m_constants.size()));
    if (isNew) {
        const Tensor& tensor = m_model[id];
        m_constants.push_back({tensor.name, role, tensor.type, std::move(shape),
                               tensor.quantization, gathered(tensor, gather)});
        auto& quantization = m_constants.back().quantization;
        if (quantization && quantization->scales.size() > 1) {
            quantization->axis = 0; // outputs come first
        }
    }
    return entry->second;
}

ConstantId ConstantPool::addScaled(TensorId id, Shape shape, const Gather& gather,
                                   const std::vector<double>& scales)
{
    const Tensor& tensor = m_model[id];
    const auto source = tensor.constant->bytes();
    std::vector<std::byte> bytes =
        source.empty() ? std::vector<std::byte>()
                       : stridedCopy(source, sizeof(float), gather.extents, gather.strides);
    const std::size_t perOutput = bytes.size() / sizeof(float) / scales.size();
    for (std::size_t i = 0; i < bytes.size() / sizeof(float); ++i) {
        float element;
        std::memcpy(&element, bytes.data() + i * sizeof element, sizeof element);
        element =
            static_cast<float>(element * scales[i / perOutput] * static_cast<double>(gather.scale));
        std::memcpy(bytes.data() + i * sizeof element, &element, sizeof element);
    }
    m_constants.push_back({tensor.name, ConstantRole::Weights, tensor.type, std::move(shape),
                           std::nullopt, ConstantData(std::move(bytes))});
    return ConstantId(m_constants.size() - 1);
}

ConstantId ConstantPool::addComputed(const std::string& name, ConstantRole role,
                                     const std::vector<double>& elements, bool hasData, Shape shape)
{
    if (shape.empty()) {
        shape = {static_cast<std::int64_t>(elements.size())};
    }
    std::vector<float> stored;
    if (hasData) {
        stored.assign(elements.begin(), elements.end());
    }
    m_constants.push_back(
        {name, role, DataType::Float32, std::move(shape), std::nullopt, ConstantData::of(stored)});
    return ConstantId(m_constants.size() - 1);
}

ConstantId ConstantPool::addWhole(TensorId id)
{
    const Shape& shape = *m_model[id].shape;
    const std::int64_t elements = *elementCount(shape);
    return add(id, ConstantRole::Weights, shape, {{elements}, {1}, 1});
}

} // namespace tidemark
