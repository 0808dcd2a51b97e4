// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/row_candidates.h"

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

namespace tidemark {

/// Made when it is first asked for, and kept; what was cut off is made again.
template <class T> class MadeOnce {
public:
    template <class Make> std::shared_ptr<const T> get(const std::stop_token& stop, Make make)
    {
        const std::scoped_lock lock(m_mutex);
        if (m_made) {
            return m_made;
        }
        std::shared_ptr<const T> made = make();
        if (!stop.stop_requested()) {
            m_made = made;
        }
        return made;
    }

private:
    std::mutex m_mutex;
    std::shared_ptr<const T> m_made;
};

/// What the plans of one network have in common, whatever the board and the constraints: its forms
/// with their kernels' tables, the order of its stages, its row schedules. May be used by several
/// threads; each part is made by the first that asks.
class PlanBasis {
public:
    PlanBasis(const Network& network, Effort effort, ScratchOf scratchOf = {});

    const std::shared_ptr<const Network>& base() const { return m_base; }
    const std::shared_ptr<const Network>& fused() const { return m_fused; }
    Effort effort() const { return m_effort; }
    const ScratchOf& scratchOf() const { return m_scratchOf; }
    /// Whether any kernel asks for scratch.
    bool asksForScratch() const { return m_asksForScratch; }
    /// A model of a picture that can arrive row by row.
    bool canStream() const;

    std::shared_ptr<const OrderChoice> order(const std::stop_token& stop) const;
    /// Stage by stage in the best order, output rows in dead rows of the input; one of every form.
    std::shared_ptr<const std::vector<Candidate>> overlaps(const std::stop_token& stop) const;
    std::shared_ptr<const RowCandidates> rows(bool streamsInput, const std::stop_token& stop) const;
    /// What any of them needs, as far as a tenth of their effort tells.
    RowScheduleBound rowBound(bool streamsInput, const std::stop_token& stop) const;

    /// What no row schedule can do without, without a search; rows of the input arrive or not.
    const Bound& quickBound(bool streamsInput) const;

private:
    Effort m_effort;
    ScratchOf m_scratchOf;
    std::shared_ptr<const Network> m_base, m_fused;
    std::shared_ptr<const Network> m_viewed; ///< fused, copies seen in place; null: there are none
    std::vector<std::shared_ptr<const Network>> m_rowForms;
    bool m_asksForScratch = false;
    Bound m_resident, m_streamed;
    mutable MadeOnce<OrderChoice> m_order;
    mutable MadeOnce<std::vector<Candidate>> m_overlaps;
    mutable MadeOnce<RowCandidates> m_rows, m_streamedRows;
    mutable MadeOnce<RowScheduleBound> m_rowBound, m_streamedBound;
};

} // namespace tidemark
