// SPDX-License-Identifier: Apache-2.0
// Folding that computes: the arithmetic that exporters leave around shapes.
#include "core/import/constant_folding.h"
#include "core/model/strided_copy.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <variant>

namespace tidemark {

namespace {

using Integers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

template <class T>
std::optional<std::vector<T>> elements(const ShapeContext& context, std::size_t input)
{
    if constexpr (std::is_same_v<T, double>) {
        return context.reals(input);
    } else {
        return context.integers(input);
    }
}

bool isReal(DataType type)
{
    return type == DataType::Float32 || type == DataType::Float64;
}

template <class Stored, class T> ConstantData storeAs(const std::vector<T>& values)
{
    std::vector<std::byte> bytes(values.size() * sizeof(Stored));
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto element = static_cast<Stored>(values[i]);
        std::memcpy(bytes.data() + i * sizeof(Stored), &element, sizeof(Stored));
    }
    return ConstantData(std::move(bytes));
}

/// The types that shapes and scales are computed in.
template <class T> Folded store(const std::vector<T>& values, DataType type)
{
    switch (type) {
    case DataType::Float32:
        return storeAs<float>(values);
    case DataType::Float64:
        return storeAs<double>(values);
    case DataType::Int32:
        return storeAs<std::int32_t>(values);
    case DataType::Int64:
        return storeAs<std::int64_t>(values);
    case DataType::Bool:
        return storeAs<std::uint8_t>(values);
    default:
        return std::nullopt;
    }
}

/// Element numbers of an input of shape `from` broadcast to `to`, in row-major order.
Integers broadcastIndices(const Shape& from, const Shape& to)
{
    Integers indices{0};
    const Shape strides = rowMajorStrides(from);
    for (std::size_t i = 0; i < to.size(); ++i) {
        const std::size_t missing = to.size() - from.size();
        const bool moves = i >= missing && from[i - missing] != 1;
        Integers next;
        for (const std::int64_t index : indices) {
            for (std::int64_t k = 0; k < to[i]; ++k) {
                next.push_back(index + (moves ? k * strides[i - missing] : 0));
            }
        }
        indices = std::move(next);
    }
    return indices;
}

constexpr std::int64_t kMostElements = 4096;

/// Applies `compute` to every pair of elements; nothing where it gives nothing.
template <class T, class Compute>
Folded pairwise(const ShapeContext& context, const TensorType& output, Compute compute)
{
    const auto a = elements<T>(context, 0);
    const auto b = elements<T>(context, 1);
    if (!a || !b) {
        return std::nullopt;
    }
    const Integers fromA = broadcastIndices(context.shape(0), *output.shape);
    const Integers fromB = broadcastIndices(context.shape(1), *output.shape);
    std::vector<T> result;
    for (std::size_t i = 0; i < fromA.size(); ++i) {
        const std::optional<T> element = compute((*a)[static_cast<std::size_t>(fromA[i])],
                                                 (*b)[static_cast<std::size_t>(fromB[i])]);
        if (!element) {
            return std::nullopt;
        }
        result.push_back(*element);
    }
    return store(result, output.type);
}

/// Integers by `onIntegers`, which gives nothing on overflow; real numbers by `onReals`.
template <class OnIntegers, class OnReals>
Folded arithmetic(const ShapeContext& context, const TensorType& output, OnIntegers onIntegers,
                  OnReals onReals)
{
    if (elementCount(*output.shape).value_or(kMostElements + 1) > kMostElements ||
        context.type(0) != context.type(1)) {
        return std::nullopt;
    }
    return isReal(context.type(0)) ? pairwise<double>(context, output, onReals)
                                   : pairwise<std::int64_t>(context, output, onIntegers);
}

} // namespace

Folded foldAdd(const ShapeContext& context, const TensorType& output)
{
    const auto add = [](std::int64_t a, std::int64_t b) -> std::optional<std::int64_t> {
        std::int64_t sum = 0;
        return __builtin_add_overflow(a, b, &sum) ? std::nullopt : std::optional(sum);
    };
    return arithmetic(context, output, add,
                      [](double a, double b) { return std::optional(a + b); });
}

Folded foldSub(const ShapeContext& context, const TensorType& output)
{
    const auto subtract = [](std::int64_t a, std::int64_t b) -> std::optional<std::int64_t> {
        std::int64_t difference = 0;
        return __builtin_sub_overflow(a, b, &difference) ? std::nullopt : std::optional(difference);
    };
    return arithmetic(context, output, subtract,
                      [](double a, double b) { return std::optional(a - b); });
}

Folded foldMul(const ShapeContext& context, const TensorType& output)
{
    const auto multiply = [](std::int64_t a, std::int64_t b) -> std::optional<std::int64_t> {
        std::int64_t product = 0;
        return __builtin_mul_overflow(a, b, &product) ? std::nullopt : std::optional(product);
    };
    return arithmetic(context, output, multiply,
                      [](double a, double b) { return std::optional(a * b); });
}

Folded foldDiv(const ShapeContext& context, const TensorType& output)
{
    const auto divide = [](std::int64_t a, std::int64_t b) -> std::optional<std::int64_t> {
        const bool overflows = a == std::numeric_limits<std::int64_t>::min() && b == -1;
        return b == 0 || overflows ? std::nullopt : std::optional(a / b);
    };
    return arithmetic(context, output, divide, [](double a, double b) {
        return b == 0 ? std::nullopt : std::optional(a / b);
    });
}

Folded foldEqual(const ShapeContext& context, const TensorType& output)
{
    return arithmetic(
        context, output,
        [](std::int64_t a, std::int64_t b) { return std::optional<std::int64_t>(a == b); },
        [](double a, double b) { return std::optional<double>(a == b); });
}

Folded foldWhere(const ShapeContext& context, const TensorType& output)
{
    const auto condition = context.integers(0);
    const auto yes = context.reals(1);
    const auto no = context.reals(2);
    // Doubles hold the integers that shapes are made of; larger ones are left alone.
    if (!condition || !yes || !no ||
        elementCount(*output.shape).value_or(kMostElements + 1) > kMostElements) {
        return std::nullopt;
    }
    const Integers fromCondition = broadcastIndices(context.shape(0), *output.shape);
    const Integers fromYes = broadcastIndices(context.shape(1), *output.shape);
    const Integers fromNo = broadcastIndices(context.shape(2), *output.shape);
    Reals result;
    for (std::size_t i = 0; i < fromCondition.size(); ++i) {
        const bool isYes = (*condition)[static_cast<std::size_t>(fromCondition[i])] != 0;
        result.push_back(isYes ? (*yes)[static_cast<std::size_t>(fromYes[i])]
                               : (*no)[static_cast<std::size_t>(fromNo[i])]);
        constexpr double kExact = 9007199254740992.0;
        if (!isReal(output.type) && !(std::abs(result.back()) < kExact)) {
            return std::nullopt;
        }
    }
    return store(result, output.type);
}

Folded foldCast(const ShapeContext& context, const TensorType& output)
{
    if (!context.isConstant(0)) {
        return std::nullopt;
    }
    if (context.type(0) == output.type) {
        return *context.tensor(0).constant;
    }
    if (const auto integers = context.integers(0)) {
        if (output.type != DataType::Bool) {
            return store(*integers, output.type);
        }
        Integers truths;
        for (const std::int64_t integer : *integers) {
            truths.push_back(integer != 0);
        }
        return store(truths, output.type);
    }
    const auto reals = context.reals(0);
    if (!reals) {
        return std::nullopt;
    }
    for (const double real : *reals) {
        // Converting a number that an integer cannot hold is undefined.
        constexpr double kLargest = 2147483647.0;
        if (!isReal(output.type) && !(std::abs(real) <= kLargest)) {
            return std::nullopt;
        }
        if (output.type == DataType::Float32 && std::isfinite(real) &&
            std::abs(real) > std::numeric_limits<float>::max()) {
            return std::nullopt;
        }
    }
    return output.type == DataType::Bool ? std::nullopt : store(*reals, output.type);
}

} // namespace tidemark
