// SPDX-License-Identifier: Apache-2.0
#include "core/lower/live_graph.h"

namespace tidemark {

bool isCopy(const Operator& op)
{
    return (op.kind == OperatorKind::Identity || op.kind == OperatorKind::Dropout) &&
           !op.inputs.empty() && op.inputs[0] && !op.outputs.empty() && op.outputs[0].isValid();
}

LiveGraph::LiveGraph(const Model& model)
    : m_live(model.operators.size()), m_isOutput(model.tensors.size()),
      m_readers(model.tensors.size())
{
    findCopies(model);
    for (const TensorId output : model.outputs) {
        m_isOutput[resolve(output).index()] = true;
    }
    findLive(model);
    findReaders(model);
}

std::optional<OperatorId> LiveGraph::soleReader(TensorId id) const
{
    const auto& readers = m_readers[resolve(id).index()];
    return readers.size() == 1 && !isOutput(id) ? std::optional(readers.front()) : std::nullopt;
}

void LiveGraph::findCopies(const Model& model)
{
    for (std::size_t i = 0; i < model.tensors.size(); ++i) {
        m_source.push_back(TensorId(i));
    }
    for (const Operator& op : model.operators) { // in topological order: sources come first
        if (isCopy(op)) {
            m_source[op.outputs[0].index()] = resolve(*op.inputs[0]);
        }
    }
}

void LiveGraph::findLive(const Model& model)
{
    std::vector<bool> needed = m_isOutput;
    for (std::size_t i = model.operators.size(); i-- > 0;) {
        const Operator& op = model.operators[i];
        for (std::size_t output = 0; output < op.outputs.size(); ++output) {
            // The first output of a copy is not made by it but is its source.
            const TensorId id = op.outputs[output];
            const bool made = id.isValid() && !(output == 0 && isCopy(op));
            m_live[i] = m_live[i] || (made && needed[id.index()]);
        }
        for (const auto& input : op.inputs) {
            if (m_live[i] && input) {
                needed[resolve(*input).index()] = true;
            }
        }
    }
}

void LiveGraph::findReaders(const Model& model)
{
    for (std::size_t i = 0; i < model.operators.size(); ++i) {
        for (const auto& input : model.operators[i].inputs) {
            if (m_live[i] && input) {
                m_readers[resolve(*input).index()].push_back(OperatorId(i));
            }
        }
    }
}

} // namespace tidemark
