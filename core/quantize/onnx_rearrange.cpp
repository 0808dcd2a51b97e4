// SPDX-License-Identifier: Apache-2.0
#include "core/quantize/onnx_rearrange.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <numeric>

namespace tidemark {

namespace {

/// An axis of the input that output axis `axis` runs along, from `start` on.
struct Run {
    std::size_t axis;
    std::int64_t unit;   ///< elements a step moves
    std::int64_t extent; ///< of the output
    std::int64_t start = 0, inputExtent = 1;
    bool backwards = false;
};

/// The input cut into axes, outermost first, the last of `rest` elements of which one is taken.
struct Cut {
    std::vector<Run> runs;
    std::int64_t rest = 1, restStart = 0;
};

std::optional<Cut> cutOf(const RearrangeOp& op, std::int64_t elements)
{
    Cut cut;
    for (std::size_t axis = 0; axis < op.extents.size(); ++axis) {
        const std::int64_t stride = op.strides[axis];
        if (op.extents[axis] > 1 && stride != 0) {
            cut.runs.push_back({axis, std::abs(stride), op.extents[axis]});
            cut.runs.back().backwards = stride < 0;
        }
    }
    std::ranges::stable_sort(cut.runs, std::greater<>(), &Run::unit);
    std::int64_t outer = elements;
    std::int64_t offset = op.offset;
    for (Run& run : cut.runs) {
        run.inputExtent = outer / run.unit;
        run.start = offset / run.unit;
        const std::int64_t last = run.start + (run.backwards ? -1 : 1) * (run.extent - 1);
        if (outer % run.unit != 0 || last < 0 || last >= run.inputExtent) {
            return std::nullopt;
        }
        offset %= run.unit;
        outer = run.unit;
    }
    cut.rest = outer;
    cut.restStart = offset;
    return cut;
}

std::string addSlices(OnnxGraph& graph, const std::string& name, const Cut& cut)
{
    Shape starts, ends, axes, steps;
    for (std::size_t i = 0; i < cut.runs.size(); ++i) {
        const Run& run = cut.runs[i];
        if (run.extent == run.inputExtent && !run.backwards) {
            continue;
        }
        const std::int64_t end = run.start + (run.backwards ? -run.extent : run.extent);
        starts.push_back(run.start);
        ends.push_back(end < 0 ? std::numeric_limits<std::int64_t>::min() : end);
        axes.push_back(static_cast<std::int64_t>(i));
        steps.push_back(run.backwards ? -1 : 1);
    }
    if (cut.rest > 1) {
        starts.push_back(cut.restStart);
        ends.push_back(cut.restStart + 1);
        axes.push_back(static_cast<std::int64_t>(cut.runs.size()));
        steps.push_back(1);
    }
    if (starts.empty()) {
        return name;
    }
    graph.addNode("Slice",
                  {name, graph.addInts("starts", starts), graph.addInts("ends", ends),
                   graph.addInts("axes", axes), graph.addInts("steps", steps)},
                  name + "_cut");
    return name + "_cut";
}

} // namespace

std::optional<std::string> addRearrangement(OnnxGraph& graph, const std::string& flat,
                                            std::int64_t elements, const RearrangeOp& op)
{
    const auto cut = cutOf(op, elements);
    if (!cut) {
        return std::nullopt;
    }
    Shape shape, order(cut->runs.size());
    for (const Run& run : cut->runs) {
        shape.push_back(run.inputExtent);
    }
    shape.push_back(cut->rest);
    std::string name = flat + "_axes";
    graph.addNode("Reshape", {flat, graph.addInts("shape", shape)}, name);
    name = addSlices(graph, name, *cut);
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, {},
                      [&](std::int64_t i) { return cut->runs[static_cast<std::size_t>(i)].axis; });
    if (!std::ranges::is_sorted(order)) {
        order.push_back(static_cast<std::int64_t>(order.size())); // the rest stays last
        OnnxGraph::set(graph.addNode("Transpose", {name}, name + "_turned"), "perm", order);
        name += "_turned";
    }
    Shape once = op.extents;
    for (std::size_t axis = 0; axis < once.size(); ++axis) {
        once[axis] = op.strides[axis] == 0 ? 1 : once[axis];
    }
    graph.addNode("Reshape", {name, graph.addInts("shape", once)}, name + "_once");
    name += "_once";
    if (once != op.extents) {
        graph.addNode("Expand", {name, graph.addInts("shape", op.extents)}, name + "_all");
        name += "_all";
    }
    return name;
}

} // namespace tidemark
