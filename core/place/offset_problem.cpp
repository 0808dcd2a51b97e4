// SPDX-License-Identifier: Apache-2.0
#include "core/place/offset_problem.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace tidemark {

namespace {

struct Span {
    std::int64_t begin, end;
    std::int64_t padding;
};

/// What the fixed items cover in one section, as disjoint intervals upwards.
std::vector<Span> covered(const std::vector<OffsetItem>& fixed, int section)
{
    std::vector<Span> spans;
    for (const OffsetItem& item : fixed) {
        if (item.first <= section && section <= item.last) {
            spans.push_back({item.fixed, item.fixed + item.size, item.padding});
        }
    }
    std::sort(spans.begin(), spans.end(),
              [](const Span& a, const Span& b) { return a.begin < b.begin; });
    std::vector<Span> merged;
    for (const Span& span : spans) {
        if (merged.empty() || span.begin >= merged.back().end) {
            merged.push_back(span);
        } else if (span.end >= merged.back().end) {
            Span& below = merged.back();
            below.padding =
                span.end > below.end ? span.padding : std::min(below.padding, span.padding);
            below.end = span.end;
        }
    }
    return merged;
}

} // namespace

std::int64_t commonStep(const std::vector<Block>& blocks)
{
    std::int64_t step = 0;
    for (const Block& block : blocks) {
        step = std::gcd(step, block.alignment.count());
        step = block.fixed ? std::gcd(step, block.fixed->count()) : step;
    }
    return std::max<std::int64_t>(step, 1);
}

OffsetProblem::OffsetProblem(const std::vector<Block>& blocks) : step(commonStep(blocks))
{
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const Block& block = blocks[i];
        OffsetItem item;
        item.size = alignUp(block.size, Bytes(step)).count() / step;
        item.alignment = std::max<std::int64_t>(block.alignment.count() / step, 1);
        item.fixed = block.fixed ? block.fixed->count() / step : -1;
        item.padding = item.size * step - block.size.count();
        item.block = i;
        items.push_back(item);
    }
    addSections(blocks);
    std::erase_if(items, [](const OffsetItem& item) { return item.size == 0; });
    std::vector<OffsetItem> fixed;
    std::copy_if(items.begin(), items.end(), std::back_inserter(fixed),
                 [](const OffsetItem& item) { return item.isFixed(); });
    if (!fixed.empty()) {
        std::erase_if(items, [](const OffsetItem& item) { return item.isFixed(); });
        addObstacles(fixed);
    }
    addBound(blocks);
}

/// A set of blocks alive together is maximal where a death follows a birth.
void OffsetProblem::addSections(const std::vector<Block>& blocks)
{
    struct Change {
        std::size_t event;
        bool death;
        std::size_t item;
    };
    std::vector<Change> changes;
    changes.reserve(2 * blocks.size());
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        changes.push_back({blocks[i].life.first.index(), false, i});
        changes.push_back({blocks[i].life.last.index(), true, i});
    }
    std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
        return std::tie(a.event, a.death, a.item) < std::tie(b.event, b.death, b.item);
    });
    bool born = false;
    for (const Change& change : changes) {
        if (!change.death) {
            items[change.item].first = sections;
            born = true;
            continue;
        }
        sections += born ? 1 : 0;
        born = false;
        items[change.item].last = sections - 1;
    }
}

void OffsetProblem::addObstacles(const std::vector<OffsetItem>& fixed)
{
    std::vector<OffsetItem> open; // still growing to the right
    for (int section = 0; section < sections; ++section) {
        std::vector<OffsetItem> next;
        for (const Span& span : covered(fixed, section)) {
            OffsetItem item;
            item.size = span.end - span.begin;
            item.fixed = span.begin;
            item.first = section;
            item.padding = span.padding;
            const auto same = std::find_if(open.begin(), open.end(), [&](const OffsetItem& o) {
                return o.fixed == item.fixed && o.size == item.size && o.padding == item.padding;
            });
            if (same != open.end()) {
                item.first = same->first;
                open.erase(same);
            }
            item.last = section;
            next.push_back(item);
        }
        items.insert(items.end(), open.begin(), open.end());
        open = std::move(next);
    }
    items.insert(items.end(), open.begin(), open.end());
}

void OffsetProblem::addBound(const std::vector<Block>& blocks)
{
    padding.assign(static_cast<std::size_t>(sections), 0);
    std::vector<std::int64_t> change(static_cast<std::size_t>(sections) + 1);
    for (const OffsetItem& item : items) {
        change[static_cast<std::size_t>(item.first)] += item.size;
        change[static_cast<std::size_t>(item.last) + 1] -= item.size;
        for (int s = item.first; s <= item.last && item.padding > 0; ++s) {
            auto& most = padding[static_cast<std::size_t>(s)];
            most = std::max(most, item.padding);
        }
    }
    std::int64_t live = 0;
    for (std::size_t s = 0; s < padding.size(); ++s) {
        live += change[s];
        bound = std::max(bound, Bytes(live * step - padding[s]));
    }
    for (const Block& block : blocks) {
        bound = std::max(bound, block.fixed.value_or(Bytes(0)) + block.size);
    }
}

} // namespace tidemark
