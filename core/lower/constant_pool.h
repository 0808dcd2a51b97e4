// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/model.h"

#include <map>
#include <tuple>
#include <vector>

namespace tidemark {

/// How a constant is read off a model tensor: element (i0, i1, ...) of the extents is the tensor's
/// element number i0 * strides[0] + i1 * strides[1] + ..., times `scale` for float32.
struct Gather {
    Shape extents, strides;
    float scale = 1;

    auto operator<=>(const Gather&) const = default;
};

/// The constants of the network being made. A tensor read twice in the same way is stored once; one
/// whose order does not change shares the memory of the model.
class ConstantPool {
public:
    explicit ConstantPool(const Model& model) : m_model(model) {}

    /// `shape` has as many elements as the gather; the gather stays inside the tensor.
    ConstantId add(TensorId tensor, ConstantRole role, Shape shape, const Gather& gather);
    /// Float weights, outputs first, each output's multiplied by its scale.
    ConstantId addScaled(TensorId tensor, Shape shape, const Gather& gather,
                         const std::vector<double>& scales);
    /// Float elements that the lowering computed; `shape` is one axis of all of them unless given.
    /// Without data where that was computed from has none.
    ConstantId addComputed(const std::string& name, ConstantRole role,
                           const std::vector<double>& elements, bool hasData, Shape shape = {});
    /// The tensor as the file has it.
    ConstantId addWhole(TensorId tensor);
    std::vector<Constant> take() { return std::move(m_constants); }

private:
    using Key = std::tuple<TensorId, ConstantRole, Shape, Gather>;

    const Model& m_model;
    std::vector<Constant> m_constants;
    std::map<Key, ConstantId> m_ids;
};

} // namespace tidemark
