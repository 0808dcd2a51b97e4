// SPDX-License-Identifier: Apache-2.0
#include "core/import/shape_rules.h"

namespace tidemark {

/// LSTM, GRU, RNN over x (steps, batch, features) with r (directions, gates x hidden, hidden):
/// every step's result, the last one, and, of an LSTM, the last cell state.
Inferred inferRecurrent(const ShapeContext& context)
{
    const auto& attributes = std::get<RecurrentAttributes>(context.op().attributes);
    if (context.rank(0) != 3 || context.rank(2) != 3) {
        return context.error("reads " + toString(context.shape(0)) + " with weights " +
                                 toString(context.shape(2)),
                             "both must have three dimensions");
    }
    const std::int64_t hidden = context.shape(2)[2];
    if (context.shape(2)[0] != attributes.directions ||
        (attributes.hidden != 0 && attributes.hidden != hidden)) {
        return context.error("has weights " + toString(context.shape(2)),
                             "they must go with its directions and hidden_size");
    }
    const std::int64_t steps = context.shape(0)[attributes.batchFirst ? 1 : 0];
    const std::int64_t batch = context.shape(0)[attributes.batchFirst ? 0 : 1];
    const Shape all = attributes.batchFirst ? Shape{batch, steps, attributes.directions, hidden}
                                            : Shape{steps, attributes.directions, batch, hidden};
    const Shape last = attributes.batchFirst ? Shape{batch, attributes.directions, hidden}
                                             : Shape{attributes.directions, batch, hidden};
    const DataType type = context.type(0);
    return std::vector<TensorType>{{all, type}, {last, type}, {last, type}};
}

} // namespace tidemark
