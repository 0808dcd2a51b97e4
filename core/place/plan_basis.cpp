// SPDX-License-Identifier: Apache-2.0
#include "core/place/plan_basis.h"

#include "core/lower/kernel_tables.h"
#include "core/lower/lower.h"
#include "core/place/bounds.h"

#include <algorithm>

namespace tidemark {

namespace {

std::shared_ptr<const Network> withTables(Network network)
{
    return std::make_shared<const Network>(withKernelTables(std::move(network)));
}

} // namespace

PlanBasis::PlanBasis(const Network& network, Effort effort, ScratchOf scratchOf)
    : m_effort(effort), m_scratchOf(std::move(scratchOf)), m_base(withTables(network)),
      m_fused(withTables(fuseEpilogues(network)))
{
    m_asksForScratch =
        m_scratchOf && std::ranges::any_of(m_base->stages, [this](const Stage& stage) {
            return m_scratchOf(*m_base, stage) > Bytes(0);
        });
    m_rowForms = {m_fused};
    Network viewed = withViews(fuseEpilogues(network));
    if (viewed.stages.size() != m_fused->stages.size()) {
        m_viewed = withTables(std::move(viewed));
        m_rowForms.insert(m_rowForms.begin(), m_viewed);
    }
    if (m_fused->stages.size() != m_base->stages.size()) {
        m_rowForms.push_back(m_base);
    }
    for (const bool streams : {false, true}) {
        Bound& bound = streams ? m_streamed : m_resident;
        bound = rowScheduleBound(*m_fused, streams);
        if (m_viewed) {
            const Bound seen = rowScheduleBound(*m_viewed, streams);
            bound = seen.bytes < bound.bytes ? seen : bound;
        }
    }
}

bool PlanBasis::canStream() const
{
    return streamedInput(*m_fused).has_value();
}

const Bound& PlanBasis::quickBound(bool streamsInput) const
{
    return streamsInput ? m_streamed : m_resident;
}

std::shared_ptr<const OrderChoice> PlanBasis::order(const std::stop_token& stop) const
{
    return m_order.get(stop, [&] {
        return std::make_shared<const OrderChoice>(chooseOrder(*m_fused, m_effort, stop));
    });
}

std::shared_ptr<const std::vector<Candidate>> PlanBasis::overlaps(const std::stop_token& stop) const
{
    const auto fusedOrder = order(stop);
    return m_overlaps.get(stop, [&] {
        std::vector<Candidate> candidates{overlapCandidate(m_fused, fusedOrder->order)};
        if (m_viewed) {
            const OrderChoice choice = chooseOrder(*m_viewed, m_effort, stop);
            candidates.push_back(overlapCandidate(m_viewed, choice.order));
        }
        return std::make_shared<const std::vector<Candidate>>(std::move(candidates));
    });
}

std::shared_ptr<const RowCandidates> PlanBasis::rows(bool streamsInput,
                                                     const std::stop_token& stop) const
{
    return (streamsInput ? m_streamedRows : m_rows).get(stop, [&] {
        return std::make_shared<const RowCandidates>(m_rowForms, streamsInput, m_effort, stop);
    });
}

RowScheduleBound PlanBasis::rowBound(bool streamsInput, const std::stop_token& stop) const
{
    constexpr std::int64_t kPart = 10; // of the effort that the schedules themselves are worth
    return *(streamsInput ? m_streamedBound : m_rowBound).get(stop, [&] {
        return std::make_shared<const RowScheduleBound>(
            boundOfRows(m_rowForms, streamsInput, {m_effort.searchNodes / kPart}, stop));
    });
}

} // namespace tidemark
