// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/quantize/quantize.h"

#include <cstdint>
#include <vector>

namespace tidemark {

/// What calibration saw of one value.
class Observer {
public:
    /// First pass: extremes and the mean of every element.
    void seeExtremes(std::span<const float> elements);
    /// Second pass, after the first over all samples: how elements are distributed.
    void seeDistribution(std::span<const float> elements);
    /// Joins what values of one quantization saw; means stay each value's own.
    void join(const Observer& other);

    const std::vector<double>& sums() const { return m_sums; }
    std::int64_t samples() const { return m_samples; }
    /// Scale and zero point of int8 that cover what was seen, 0 always among it.
    Quantization quantization(const QuantizeOptions& options) const;

private:
    struct Range {
        double low = 0, high = 0;
    };
    static constexpr std::size_t kBins = 2048;

    double centre(std::size_t bin) const;
    Range withoutTails(double tail) const;
    Range smallestError() const;
    double errorOf(Range range) const;

    Range m_range;
    std::vector<double> m_sums; ///< by element
    std::int64_t m_samples = 0;
    std::vector<double> m_bins; ///< over m_range; empty without a second pass
};

/// Affine int8 that covers [low, high] and 0.
Quantization affine(double low, double high);

} // namespace tidemark
