// SPDX-License-Identifier: Apache-2.0
#include "core/lower/constant_pool.h"

#include <cstring>

namespace tidemark {

namespace {

/// Strides of row-major order; an extent of 1 has whatever stride the gather gives it.
bool isInOrder(const Gather& gather)
{
    std::int64_t stride = 1;
    for (std::size_t i = gather.extents.size(); i-- > 0;) {
        if (gather.extents[i] != 1 && gather.strides[i] != stride) {
            return false;
        }
        stride *= gather.extents[i];
    }
    return true;
}

/// Copies the elements along dimension `dim` and all inner ones to `to`, which it moves on.
void copyElements(const Gather& gather, std::size_t dim, const std::byte* from, std::byte*& to,
                  std::size_t width)
{
    const bool isInnermost = dim + 1 == gather.extents.size();
    for (std::int64_t i = 0; i < gather.extents[dim]; ++i) {
        if (isInnermost) {
            std::memcpy(to, from, width);
            to += width;
        } else {
            copyElements(gather, dim + 1, from, to, width);
        }
        from += gather.strides[dim] * static_cast<std::int64_t>(width);
    }
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
    std::vector<std::byte> bytes(static_cast<std::size_t>(*elementCount(gather.extents)) * width);
    std::byte* to = bytes.data();
    copyElements(gather, 0, source.data(), to, width);
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
    }
    return entry->second;
}

ConstantId ConstantPool::addWhole(TensorId id)
{
    const Shape& shape = *m_model[id].shape;
    const std::int64_t elements = *elementCount(shape);
    return add(id, ConstantRole::Weights, shape, {{elements}, {1}, 1});
}

} // namespace tidemark
