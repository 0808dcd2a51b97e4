// SPDX-License-Identifier: Apache-2.0
#include "core/lower/resize_source.h"
#include "core/reference/reference_kernels.h"

#include <algorithm>
#include <cmath>

namespace tidemark::reference {

namespace {

/// Which index of an axis of `extent` elements padded index `i` shows; -1 is padding.
std::int64_t sourceOf(PadMode mode, std::int64_t i, std::int64_t extent)
{
    if (mode == PadMode::Edge) {
        return std::clamp<std::int64_t>(i, 0, extent - 1);
    }
    if (mode == PadMode::Reflect) {
        return i < 0 ? -i : i >= extent ? 2 * (extent - 1) - i : i;
    }
    return i >= 0 && i < extent ? i : -1;
}

} // namespace

std::vector<float> concat(ValueAxis axis, std::span<const Extents> extents,
                          std::span<const std::vector<float>> inputs, const Extents& out)
{
    // Everything outside the axis is taken in turn; inside it each input gives a stretch.
    const std::int64_t outer = axis == ValueAxis::Rows    ? 1
                               : axis == ValueAxis::Width ? out.rows
                                                          : out.rows * out.width;
    std::vector<float> result;
    result.reserve(static_cast<std::size_t>(out.elements()));
    for (std::int64_t o = 0; o < outer; ++o) {
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            const std::int64_t stretch = extents[k].elements() / outer;
            const auto first = inputs[k].begin() + static_cast<std::ptrdiff_t>(o * stretch);
            result.insert(result.end(), first, first + static_cast<std::ptrdiff_t>(stretch));
        }
    }
    return result;
}

std::vector<float> pad(const PadOp& op, float value, const Extents& in,
                       std::span<const float> input, const Extents& out)
{
    std::vector<float> result;
    result.reserve(static_cast<std::size_t>(out.elements()));
    for (std::int64_t i = 0; i < out.elements(); ++i) {
        const std::int64_t row = sourceOf(op.mode, i / out.rowElements() - op.rowsBefore, in.rows);
        const std::int64_t column =
            sourceOf(op.mode, i / out.channels % out.width - op.widthBefore, in.width);
        const std::int64_t channel =
            sourceOf(op.mode, i % out.channels - op.channelsBefore, in.channels);
        const bool inside = row >= 0 && column >= 0 && channel >= 0;
        result.push_back(
            inside
                ? input[static_cast<std::size_t>((row * in.width + column) * in.channels + channel)]
                : value);
    }
    return result;
}

std::vector<float> rearrange(const RearrangeOp& op, std::span<const float> input)
{
    const std::int64_t elements = elementCount(op.extents).value_or(0);
    std::vector<float> result;
    result.reserve(static_cast<std::size_t>(elements));
    for (std::int64_t i = 0; i < elements; ++i) {
        std::int64_t rest = i;
        std::int64_t at = op.offset;
        for (std::size_t axis = op.extents.size(); axis-- > 0;) {
            at += rest % op.extents[axis] * op.strides[axis];
            rest /= op.extents[axis];
        }
        result.push_back(input[static_cast<std::size_t>(at)]);
    }
    return result;
}

std::vector<float> resize(const ResizeOp& op, const Extents& in, std::span<const float> input,
                          const Extents& out, bool coarse)
{
    const auto weight = [&](const ResizeSource& source) {
        return coarse ? std::floor(static_cast<double>(source.weight) * 1024 + 0.5) / 1024
                      : static_cast<double>(source.weight);
    };
    std::vector<float> result;
    result.reserve(static_cast<std::size_t>(out.elements()));
    for (std::int64_t i = 0; i < out.rows * out.width; ++i) {
        const auto row = resizeSource(op, op.rowScale, in.rows, out.rows, i / out.width);
        const auto column = resizeSource(op, op.widthScale, in.width, out.width, i % out.width);
        const auto at = [&](std::int64_t r, std::int64_t x, std::int64_t c) -> double {
            return input[static_cast<std::size_t>((r * in.width + x) * in.channels + c)];
        };
        const double down = weight(row);
        const double across = weight(column);
        for (std::int64_t c = 0; c < out.channels; ++c) {
            const double top = (1 - across) * at(row.first, column.first, c) +
                               across * at(row.first, column.second, c);
            const double bottom = (1 - across) * at(row.second, column.first, c) +
                                  across * at(row.second, column.second, c);
            result.push_back(static_cast<float>((1 - down) * top + down * bottom));
        }
    }
    return result;
}

std::vector<float> argMax(const ArgMaxOp& op, const Extents& in, std::span<const float> input)
{
    const std::int64_t extent = op.axis == ValueAxis::Rows    ? in.rows
                                : op.axis == ValueAxis::Width ? in.width
                                                              : in.channels;
    const std::int64_t step = op.axis == ValueAxis::Rows    ? in.rowElements()
                              : op.axis == ValueAxis::Width ? in.channels
                                                            : 1;
    std::vector<float> result;
    for (std::int64_t o = 0; o < in.elements() / extent; ++o) {
        const std::int64_t first = o / step * step * extent + o % step;
        std::int64_t best = 0;
        for (std::int64_t k = 1; k < extent; ++k) {
            const float value = input[static_cast<std::size_t>(first + k * step)];
            const float champion = input[static_cast<std::size_t>(first + best * step)];
            const bool better = op.smallest ? value < champion : value > champion;
            best = better || (op.lastIndex && value == champion) ? k : best;
        }
        result.push_back(static_cast<float>(best));
    }
    return result;
}

} // namespace tidemark::reference
