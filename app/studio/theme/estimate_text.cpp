// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/theme/estimate_text.h"

#include "app/studio/theme/format.h"
#include "core/model/diagnostic.h"

namespace tidemark::studio {

namespace {

constexpr std::size_t kLongestReason = 300;

QString illustrative(bool is)
{
    return is ? QStringLiteral(" illustrative") : QString();
}

} // namespace

QString estimateText(const Estimate& estimate)
{
    if (!estimate.value) {
        return QStringLiteral("unknown");
    }
    return format::scaled(*estimate.value, QString::fromStdString(estimate.unit)) +
           illustrative(estimate.provenance == Provenance::Illustrative);
}

QString estimateReason(const Estimate& estimate)
{
    if (estimate.reason.empty() && !estimate.value) {
        return QStringLiteral("no figures of this board are known");
    }
    return QString::fromStdString(printable(estimate.reason, kLongestReason));
}

QString estimateDelta(const Estimate& before, const Estimate& after)
{
    if (!before.value || !after.value || before.unit != after.unit) {
        return {};
    }
    return format::scaledDelta(*after.value - *before.value, QString::fromStdString(after.unit)) +
           illustrative(before.provenance == Provenance::Illustrative ||
                        after.provenance == Provenance::Illustrative);
}

} // namespace tidemark::studio
