// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/placement_rules.h"

#include "app/studio/theme/format.h"
#include "app/studio/view_model/live_bytes.h"
#include "core/place/reach.h"

#include <algorithm>

namespace tidemark::studio {

namespace {

QString text(const std::string& untrusted)
{
    return QString::fromStdString(printable(untrusted));
}

Bytes endOf(const Plan& plan, BufferId id)
{
    return plan.placement(id).offset + plan[id].bytes;
}

/// Other buffers in `bank` that live while `buffer` does.
std::vector<BufferId> companions(const Plan& plan, BufferId buffer, BankId bank)
{
    std::vector<BufferId> ids;
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        const BufferId id(i);
        if (id != buffer && plan.placement(id).bank == bank &&
            plan[id].residency.intersects(plan[buffer].residency)) {
            ids.push_back(id);
        }
    }
    return ids;
}

Bytes room(const BankUse& use)
{
    return use.capacity - use.stack - use.server - use.images;
}

/// The event of `buffer`'s life with the least room in `bank`: what it needs then, what is free.
struct Tightest {
    EventId event;
    Bytes needed, free;
};
Tightest tightest(const Plan& plan, BufferId buffer, BankId bank)
{
    const EventRange life = plan[buffer].residency;
    const std::size_t first = life.first.index();
    const std::size_t events = life.last.index() - first + 1;
    std::vector<Bytes> needed(events + 1), taken(events + 1); // first differences
    const auto add = [&](BufferId id, std::vector<Bytes>& change) {
        forEachLife(plan[id], [&](Bytes begin, Bytes end, EventRange piece) {
            if (piece.intersects(life)) {
                change[std::max(life.first, piece.first).index() - first] += end - begin;
                change[std::min(life.last, piece.last).index() - first + 1] -= end - begin;
            }
        });
    };
    add(buffer, needed);
    for (const BufferId id : companions(plan, buffer, bank)) {
        add(id, taken);
    }
    const Bytes all = room(plan.banks[bank.index()]);
    Tightest found;
    Bytes need, live;
    for (std::size_t e = 0; e < events; ++e) {
        need += needed[e];
        live += taken[e];
        if (e == 0 || all - live - need < found.free - found.needed) {
            found = {EventId(first + e), need, all - live};
        }
    }
    return found;
}

/// Whether two buffers would hold something in the same bytes at the same time.
bool collide(const Buffer& a, Bytes offsetOfA, const Buffer& b, Bytes offsetOfB)
{
    bool found = false;
    forEachLife(a, [&](Bytes beginA, Bytes endA, EventRange lifeA) {
        forEachLife(b, [&](Bytes beginB, Bytes endB, EventRange lifeB) {
            found |= lifeA.intersects(lifeB) && offsetOfA + beginA < offsetOfB + endB &&
                     offsetOfB + beginB < offsetOfA + endA;
        });
    });
    return found;
}

QString stageAt(const Plan& plan, EventId event)
{
    const StageId stage = plan.schedule[event].stage;
    return stage.isValid() ? text((*plan.network)[stage].name) : QStringLiteral("the input");
}

Verdict no(const QString& reason)
{
    return {false, reason};
}

Verdict judgeOffset(const Plan& plan, const PinTarget& target)
{
    const Buffer& buffer = plan[target.buffer];
    const Bank& bank = (*plan.board)[target.bank];
    const Bytes low = *target.offset, high = low + buffer.bytes;
    if (low < Bytes(0) || low.count() % buffer.alignment.count() != 0) {
        return no(QStringLiteral("offset %1 is no multiple of %2")
                      .arg(format::offset(low), format::count(buffer.alignment.count())));
    }
    const Bytes end = room(plan.banks[target.bank.index()]);
    if (high > end) {
        return no(QStringLiteral("ends %1 above what %2 has for buffers")
                      .arg(format::bytes(high - end), text(bank.id)));
    }
    for (const BufferId id : companions(plan, target.buffer, target.bank)) {
        const Placement& other = plan.placement(id);
        if (other.pinned && other.offset < high && low < endOf(plan, id) &&
            collide(buffer, low, plan[id], other.offset)) {
            return no(
                QStringLiteral("overlaps %1, which is pinned there").arg(text(plan[id].name)));
        }
    }
    return {};
}

} // namespace

Verdict judge(const Plan& plan, const PinTarget& target)
{
    const Buffer& buffer = plan[target.buffer];
    const Bank& bank = (*plan.board)[target.bank];
    if (bank.readOnlyAtRunTime && buffer.isArena()) {
        return no(QStringLiteral("%1 is not written at run time").arg(text(bank.id)));
    }
    if (!mayLie(*plan.board, target.bank, buffer)) {
        const bool byCore = buffer.isConstant() ? bank.mayHoldConstants() : bank.mayHoldArena();
        return no(QStringLiteral("%1 is out of reach of the %2")
                      .arg(text(bank.id), byCore ? QStringLiteral("DMA that brings the input")
                                                 : QStringLiteral("core")));
    }
    const Tightest at = tightest(plan, target.buffer, target.bank);
    if (at.free < at.needed) {
        return no(QStringLiteral("needs %1, %2 free at %3")
                      .arg(format::bytes(at.needed), format::bytes(std::max(Bytes(0), at.free)),
                           stageAt(plan, at.event)));
    }
    return target.offset ? judgeOffset(plan, target) : Verdict{};
}

std::vector<Bytes> snapOffsets(const Plan& plan, BufferId buffer, BankId bank)
{
    const Bytes bytes = plan[buffer].bytes, alignment = plan[buffer].alignment;
    const Bytes highest = room(plan.banks[bank.index()]) - bytes;
    std::vector<Bytes> offsets{Bytes(0)};
    for (const BufferId id : companions(plan, buffer, bank)) {
        const Bytes below = plan.placement(id).offset - bytes;
        offsets.push_back(alignUp(endOf(plan, id), alignment));
        offsets.push_back(below - Bytes(below.count() % alignment.count()));
    }
    std::erase_if(offsets,
                  [&](Bytes o) { return o < Bytes(0) || o > std::max(highest, Bytes(0)); });
    std::ranges::sort(offsets);
    offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
    return offsets;
}

Bytes snapped(const std::vector<Bytes>& candidates, Bytes wanted, Bytes reach, Bytes alignment)
{
    const auto distance = [wanted](Bytes candidate) {
        return std::abs((candidate - wanted).count());
    };
    const auto nearest = std::ranges::min_element(candidates, {}, distance);
    if (nearest != candidates.end() && distance(*nearest) <= reach.count()) {
        return *nearest;
    }
    const std::int64_t step = alignment.count();
    return Bytes(std::max<std::int64_t>(0, (wanted.count() + step / 2) / step * step));
}

std::vector<Bytes> gaps(const Plan& plan, BufferId buffer, BankId bank)
{
    std::vector<BufferId> others = companions(plan, buffer, bank);
    std::ranges::sort(others, {}, [&](BufferId id) { return plan.placement(id).offset; });
    const Bytes alignment = plan[buffer].alignment;
    std::vector<Bytes> found;
    Bytes low;
    for (const BufferId id : others) {
        if (low + plan[buffer].bytes <= plan.placement(id).offset) {
            found.push_back(low);
        }
        low = std::max(low, alignUp(endOf(plan, id), alignment));
    }
    if (low + plan[buffer].bytes <= room(plan.banks[bank.index()])) {
        found.push_back(low);
    }
    return found;
}

} // namespace tidemark::studio
