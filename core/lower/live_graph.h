// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/model.h"

#include <optional>
#include <vector>

namespace tidemark {

/// What lowering asks of a model: which operators the outputs need, who reads a tensor, and which
/// tensors are one and the same because Identity or Dropout stand between them.
class LiveGraph {
public:
    explicit LiveGraph(const Model& model);

    bool isLive(OperatorId op) const { return m_live[op.index()]; }
    /// The tensor that `id` is a copy of, through Identity and Dropout; itself otherwise.
    TensorId resolve(TensorId id) const { return m_source[id.index()]; }
    /// Times that live operators other than Identity and Dropout read the (resolved) tensor.
    std::size_t readers(TensorId id) const { return m_readers[resolve(id).index()].size(); }
    bool isOutput(TensorId id) const { return m_isOutput[resolve(id).index()]; }
    /// The only operator that reads the tensor, if there is just one and it is no model output.
    std::optional<OperatorId> soleReader(TensorId id) const;

private:
    void findCopies(const Model& model);
    void findLive(const Model& model);
    void findReaders(const Model& model);

    std::vector<TensorId> m_source;
    std::vector<bool> m_live;
    std::vector<bool> m_isOutput;
    std::vector<std::vector<OperatorId>> m_readers;
};

/// Identity, and Dropout, which does nothing outside training.
bool isCopy(const Operator& op);

} // namespace tidemark
