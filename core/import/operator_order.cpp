// SPDX-License-Identifier: Apache-2.0
#include "core/import/operator_order.h"

#include <functional>
#include <queue>
#include <utility>

namespace tidemark {

namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// Index of the operator that makes each tensor, kNone for inputs and constants.
std::vector<std::size_t> producers(const Model& model)
{
    std::vector<std::size_t> producer(model.tensors.size(), kNone);
    for (std::size_t i = 0; i < model.operators.size(); ++i) {
        for (const TensorId output : model.operators[i].outputs) {
            if (output.isValid()) {
                producer[output.index()] = i;
            }
        }
    }
    return producer;
}

/// An operator on a cycle: walking from an unsorted one to unsorted producers must meet itself.
const Operator& onCycle(const Model& model, const std::vector<std::size_t>& producer,
                        const std::vector<std::size_t>& waiting)
{
    std::size_t at = 0;
    while (waiting[at] == 0) {
        ++at;
    }
    for (std::vector<bool> met(model.operators.size()); !met[at];) {
        met[at] = true;
        for (const auto& input : model.operators[at].inputs) {
            if (input && producer[input->index()] != kNone &&
                waiting[producer[input->index()]] > 0) {
                at = producer[input->index()];
                break;
            }
        }
    }
    return model.operators[at];
}

} // namespace

Status sortOperators(Model& model)
{
    const std::vector<std::size_t> producer = producers(model);
    std::vector<std::size_t> waiting(model.operators.size()); // inputs not made yet
    std::vector<std::vector<std::size_t>> readers(model.operators.size());
    std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
    for (std::size_t i = 0; i < model.operators.size(); ++i) {
        for (const auto& input : model.operators[i].inputs) {
            if (input && producer[input->index()] != kNone) {
                readers[producer[input->index()]].push_back(i);
                ++waiting[i];
            }
        }
        if (waiting[i] == 0) {
            ready.push(i);
        }
    }
    std::vector<std::size_t> order;
    while (!ready.empty()) {
        order.push_back(ready.top());
        ready.pop();
        for (const std::size_t reader : readers[order.back()]) {
            if (--waiting[reader] == 0) {
                ready.push(reader);
            }
        }
    }
    if (order.size() < model.operators.size()) {
        return Diagnostic{ErrorKind::BadInput,
                          describe(onCycle(model, producer, waiting)) + " needs its own result", "",
                          "break the cycle in the graph"};
    }
    std::vector<Operator> sorted;
    for (const std::size_t index : order) {
        sorted.push_back(std::move(model.operators[index]));
    }
    model.operators = std::move(sorted);
    return Done{};
}

} // namespace tidemark
