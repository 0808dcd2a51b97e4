// SPDX-License-Identifier: Apache-2.0
#include "core/lower/element_order.h"
#include "core/lower/lower.h"

#include <algorithm>

namespace tidemark {

namespace {

bool isSame(const std::optional<Quantization>& a, const std::optional<Quantization>& b)
{
    return a.has_value() == b.has_value() &&
           (!a || (a->scales == b->scales && a->zeroPoints == b->zeroPoints));
}

/// Turns copies of one network into views, stage by stage.
class ViewMaker {
public:
    explicit ViewMaker(Network& network)
        : m_network(network), m_isEnd(network.values.size()), m_isBase(network.values.size())
    {
        for (const auto* ends : {&network.inputs, &network.outputs}) {
            for (const ValueId id : *ends) {
                m_isEnd[id.index()] = true;
            }
        }
        m_isMade.resize(network.values.size());
        for (const Stage& stage : network.stages) {
            for (const ValueId output : stage.outputs) {
                m_isMade[output.index()] = !stage.isPlanOnly();
            }
        }
    }

    /// True: the stage is not needed any more.
    bool replace(const Stage& stage)
    {
        if (const auto* copy = std::get_if<RearrangeOp>(&stage.op)) {
            return seePart(stage, *copy);
        }
        const auto* concat = std::get_if<ConcatOp>(&stage.op);
        return concat && joinInPlace(stage, *concat);
    }

private:
    Value& value(ValueId id) { return m_network.values[id.index()]; }
    bool isAlike(ValueId a, ValueId b)
    {
        return value(a).type == value(b).type &&
               isSame(value(a).quantization, value(b).quantization);
    }

    /// Where `elementOffset` elements into a value are, through the view that it may be.
    Storage within(ValueId id, std::int64_t elementOffset)
    {
        const auto& storage = value(id).storage;
        return storage ? Storage{storage->base, storage->elementOffset + elementOffset}
                       : Storage{id, elementOffset};
    }

    bool seePart(const Stage& stage, const RearrangeOp& copy)
    {
        const ValueId from = stage.inputs.front();
        const ValueId to = stage.outputs.front();
        const ElementOrder order = orderOf(copy.extents, copy.strides);
        const bool isContiguous = order.empty() || (order.size() == 1 && order[0].stride == 1);
        const bool isFree = !m_isEnd[to.index()] && !m_isEnd[from.index()] && !value(to).storage;
        if (!isContiguous || !isFree || !m_isMade[from.index()] || !isAlike(from, to) ||
            m_isBase[to.index()]) {
            return false;
        }
        value(to).storage = within(from, copy.offset);
        m_isBase[value(to).storage->base.index()] = true;
        return true;
    }

    /// Everything outside the joined axis must be 1, so that each input is one piece.
    bool joinInPlace(const Stage& stage, const ConcatOp& concat)
    {
        const ValueId whole = stage.outputs.front();
        const Value& out = value(whole);
        const bool isOnePiece =
            concat.axis == ValueAxis::Rows ||
            (out.rows == 1 && (concat.axis == ValueAxis::Width || out.width == 1));
        const auto fits = [&](ValueId input) {
            return m_isMade[input.index()] && !m_isEnd[input.index()] && !value(input).storage &&
                   !m_isBase[input.index()] && isAlike(input, whole) &&
                   std::ranges::count(stage.inputs, input) == 1;
        };
        if (!isOnePiece || m_isEnd[whole.index()] || out.storage ||
            !std::ranges::all_of(stage.inputs, fits)) {
            return false;
        }
        std::int64_t offset = 0;
        for (const ValueId input : stage.inputs) {
            value(input).storage = Storage{whole, offset};
            offset += value(input).elements();
        }
        m_isBase[whole.index()] = true;
        return true;
    }

    Network& m_network;
    std::vector<bool> m_isEnd;  ///< inputs and outputs of the network
    std::vector<bool> m_isMade; ///< by a stage that is no plan-only one
    std::vector<bool> m_isBase; ///< has views
};

} // namespace

Network withViews(const Network& network)
{
    Network seen = network;
    ViewMaker maker(seen);
    std::vector<Stage> kept;
    for (Stage& stage : seen.stages) {
        if (!maker.replace(stage)) {
            kept.push_back(std::move(stage));
        }
    }
    seen.stages = std::move(kept);
    return seen;
}

} // namespace tidemark
