// SPDX-License-Identifier: Apache-2.0
#include "core/explain/live_rows.h"

#include "core/model/format.h"

#include <algorithm>
#include <set>

namespace tidemark {

std::optional<EventId> busiestEvent(const Plan& plan, std::optional<StageId> stage)
{
    const std::size_t events = plan.schedule.events.size();
    std::vector<Bytes> change(events + 1);
    const auto add = [&](const EventRange& life, Bytes bytes) {
        change[life.first.index()] += bytes;
        change[std::min(life.last.index() + 1, events)] -= bytes;
    };
    for (const Buffer& buffer : plan.buffers) {
        if (buffer.isArena() && buffer.storedRows == 0) {
            add(buffer.residency, buffer.bytes);
        }
        for (const RowLife& row : buffer.rowLives) {
            add(row.life, row.end - row.begin);
        }
    }
    std::optional<EventId> busiest;
    Bytes live;
    Bytes most(-1);
    for (std::size_t e = 0; e < events; ++e) {
        live += change[e];
        if ((!stage || plan.schedule.events[e].stage == *stage) && live > most) {
            most = live;
            busiest = EventId(e);
        }
    }
    return busiest;
}

std::vector<Term> liveTerms(const Plan& plan, EventId event)
{
    std::vector<Term> terms;
    std::set<std::pair<BankId, Bytes>> begun; // rows by where they begin
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        const Buffer& buffer = plan.buffers[i];
        const Placement& placement = plan.placements[i];
        if (!buffer.isArena() || !buffer.residency.contains(event)) {
            continue;
        }
        Term term{buffer.name, formatCount(buffer.bytes.count()),
                  static_cast<double>(buffer.bytes.count()), BufferId(i), std::nullopt};
        if (buffer.storedRows > 0) {
            std::int64_t rows = 0;
            Bytes bytes;
            for (const RowLife& row : buffer.rowLives) {
                if (row.life.contains(event) &&
                    begun.emplace(placement.bank, placement.offset + row.begin).second) {
                    bytes += row.end - row.begin;
                    ++rows;
                }
            }
            term.expression = formatCount(rows) + (rows == 1 ? " row·" : " rows·") +
                              formatCount(buffer.rowBytes.count());
            term.value = static_cast<double>(bytes.count());
        }
        if (term.value > 0) {
            terms.push_back(std::move(term));
        }
    }
    return terms;
}

double sumOf(const std::vector<Term>& terms)
{
    double sum = 0;
    for (const Term& term : terms) {
        sum += term.value;
    }
    return sum;
}

} // namespace tidemark
