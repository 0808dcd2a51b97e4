// SPDX-License-Identifier: Apache-2.0
#include "core/quantize/ranges.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tidemark {

Quantization affine(double low, double high)
{
    low = std::min(low, 0.0);
    high = std::max(high, 0.0);
    constexpr double kSteps = 255;
    const double least = 1e-9; // a value that is 0 throughout
    const auto scale = static_cast<float>(std::max((high - low) / kSteps, least));
    const double zeroPoint =
        std::clamp(std::round(-128 - low / static_cast<double>(scale)), -128.0, 127.0);
    return {{scale}, {static_cast<std::int32_t>(zeroPoint)}, -1};
}

void Observer::seeExtremes(std::span<const float> elements)
{
    m_sums.resize(elements.size());
    ++m_samples;
    for (std::size_t i = 0; i < elements.size(); ++i) {
        if (std::isfinite(elements[i])) {
            m_range.low = std::min<double>(m_range.low, elements[i]);
            m_range.high = std::max<double>(m_range.high, elements[i]);
            m_sums[i] += elements[i];
        }
    }
}

void Observer::seeDistribution(std::span<const float> elements)
{
    const double width = m_range.high - m_range.low;
    m_bins.resize(kBins);
    for (const float element : elements) {
        if (std::isfinite(element) && width > 0) {
            const double at = (element - m_range.low) / width * kBins;
            m_bins[std::min(kBins - 1, static_cast<std::size_t>(std::max(at, 0.0)))] += 1;
        }
    }
}

void Observer::join(const Observer& other)
{
    m_range.low = std::min(m_range.low, other.m_range.low);
    m_range.high = std::max(m_range.high, other.m_range.high);
}

double Observer::centre(std::size_t bin) const
{
    return m_range.low + (m_range.high - m_range.low) * (static_cast<double>(bin) + 0.5) / kBins;
}

Observer::Range Observer::withoutTails(double tail) const
{
    const double most = tail * std::accumulate(m_bins.begin(), m_bins.end(), 0.0);
    std::size_t first = 0;
    std::size_t last = kBins - 1;
    for (double seen = m_bins[first]; seen < most && first < last; seen += m_bins[++first]) {
    }
    for (double seen = m_bins[last]; seen < most && last > first; seen += m_bins[--last]) {
    }
    const double half = (m_range.high - m_range.low) / kBins / 2;
    return {centre(first) - half, centre(last) + half};
}

double Observer::errorOf(Range range) const
{
    const Quantization q = affine(range.low, range.high);
    double error = 0;
    for (std::size_t bin = 0; bin < kBins; ++bin) {
        const double x = centre(bin);
        const double stored =
            std::clamp(std::round(x / q.scales[0]) + q.zeroPoints[0], -128.0, 127.0);
        const double back = q.scales[0] * (stored - q.zeroPoints[0]);
        error += m_bins[bin] * (x - back) * (x - back);
    }
    return error;
}

Observer::Range Observer::smallestError() const
{
    Range best = m_range;
    double least = errorOf(best);
    for (int percent = 95; percent >= 20; percent -= 5) {
        const double share = percent / 100.0;
        for (const Range range :
             {Range{m_range.low * share, m_range.high * share},
              Range{m_range.low, m_range.high * share}, Range{m_range.low * share, m_range.high}}) {
            const double error = errorOf(range);
            if (error < least) {
                least = error;
                best = range;
            }
        }
    }
    return best;
}

Quantization Observer::quantization(const QuantizeOptions& options) const
{
    Range range = m_range;
    if (!m_bins.empty() && options.method == RangeMethod::Percentile) {
        range = withoutTails(options.tail);
    } else if (!m_bins.empty() && options.method == RangeMethod::Mse) {
        range = smallestError();
    }
    return affine(range.low, range.high);
}

} // namespace tidemark
