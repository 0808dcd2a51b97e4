// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/lower.h"
#include "tests/core/import/model_builder.h"

#include <QtGlobal>

#include <algorithm>

namespace tidemark::test {

inline Network lowered(const Model& model)
{
    const auto network = lower(model);
    if (!network) {
        qFatal("%s", network.error().text().c_str());
    }
    return *network;
}

inline Network lowered(const ModelBuilder& builder)
{
    return lowered(builder.build());
}

/// "conv1: conv+relu; pool1: maxpool".
inline std::string summary(const Network& network)
{
    std::string text;
    for (const Stage& stage : network.stages) {
        text += (text.empty() ? "" : "; ") + stage.name + ": " + stage.kindText();
    }
    return text;
}

inline std::int64_t elements(const Network& network)
{
    std::int64_t sum = 0;
    for (const Value& value : network.values) {
        sum += value.elements();
    }
    return sum;
}

/// "5x7x3": rows, width, channels.
inline std::string geometry(const Network& network, ValueId id)
{
    const Value& v = network[id];
    return toString(Shape{v.rows, v.width, v.channels});
}

/// Every id is inside its table, and every value but the inputs is made once, before it is read.
inline bool isWhole(const Network& network)
{
    std::vector<int> made(network.values.size());
    for (const ValueId input : network.inputs) {
        ++made.at(input.index());
    }
    for (const Stage& stage : network.stages) {
        for (const ValueId input : stage.inputs) {
            if (made.at(input.index()) != 1) {
                return false;
            }
        }
        for (const ValueId output : stage.outputs) {
            ++made.at(output.index());
        }
        for (const ConstantId constant : stage.constants) {
            if (constant.index() >= network.constants.size()) {
                return false;
            }
        }
    }
    return std::ranges::all_of(made, [](int count) { return count == 1; }) &&
           std::ranges::all_of(network.outputs,
                               [&](ValueId id) { return id.index() < made.size(); });
}

inline AttributeMap pool(std::int64_t kernel, std::int64_t stride)
{
    return {{"kernel_shape", Integers{kernel, kernel}}, {"strides", Integers{stride, stride}}};
}

} // namespace tidemark::test
