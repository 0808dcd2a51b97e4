// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/label_layout.h"

#include "app/studio/theme/elide.h"
#include "app/studio/theme/format.h"

#include <algorithm>

namespace tidemark::studio {

namespace {

constexpr double kPadding = 6;     ///< inside a buffer, left and right
constexpr double kBetween = 8;     ///< name to figure
constexpr double kLineHeight = 15; ///< of a label
constexpr double kForMarks = 14;   ///< right of a label inside an access, for its arrow
constexpr double kSmallestHeight = 12;
constexpr double kSmallestWidth = 30;
constexpr double kCentredBelow = 44; ///< taller buffers carry their label at the top
constexpr double kChipHeight = 18;
constexpr double kChipPadding = 8;
constexpr double kTagHeight = 16;
constexpr std::size_t kMostOutside = 48;
constexpr std::size_t kCrowded = 600; ///< items in view beyond which nothing is labelled outside
constexpr int kOutsideTries = 2;      ///< higher up it would seem to name something else

} // namespace

double LabelLayout::Text::width() const
{
    return nameWidth + kBetween + figureWidth;
}

const MapLabels& LabelLayout::layOut(const MapModel& model, const MapScene& scene)
{
    m_labels.buffers.clear();
    m_labels.chips.clear();
    m_labels.capacities.clear();
    m_labels.labelOfItem.assign(scene.buffers.size(), -1);
    if (model.isEmpty()) {
        return m_labels;
    }
    if (m_plan != model.planPtr()) {
        m_plan = model.planPtr();
        m_texts.assign(m_plan->buffers.size(), Text{});
    }
    addChips(model, scene);
    addInside(model, scene);
    addCapacities(model, scene);
    if (scene.buffers.size() <= kCrowded) {
        addOutside(model, scene);
    }
    return m_labels;
}

const LabelLayout::Text& LabelLayout::textOf(const MapModel& model, BufferId id)
{
    Text& text = m_texts[id.index()];
    if (text.nameWidth < 0) {
        const Buffer& buffer = model.plan()[id];
        text.name = QString::fromStdString(printable(buffer.name));
        text.figure = format::bytesOf(buffer);
        text.nameWidth = m_width(text.name, LabelFont::Name);
        text.figureWidth = m_width(text.figure, LabelFont::Figure);
    }
    return text;
}

LabelLayout::Text LabelLayout::foldedText(const MapModel& model, const DrawnBuffer& item)
{
    Text text = textOf(model, item.id);
    if (item.folded > 1) {
        text.figure = QStringLiteral("+ %1 more").arg(format::count(item.folded - 1));
        text.figureWidth = m_width(text.figure, LabelFont::Figure);
    }
    return text;
}

void LabelLayout::addChips(const MapModel& model, const MapScene& scene)
{
    for (std::size_t i = 0; i < scene.lanes.size(); ++i) {
        const DrawnLane& lane = scene.lanes[i];
        const LaneModel& bank = model.lanes()[lane.lane];
        if (!lane.peakY || bank.role != LaneRole::Working) {
            continue;
        }
        PeakChip chip;
        chip.lane = i;
        chip.main = lane.lane == model.peakLane();
        chip.text = QStringLiteral("peak ") + format::bytes(bank.use.planned);
        const double width = m_width(chip.text, LabelFont::Chip) + 2 * kChipPadding;
        const double left = std::clamp(scene.peakColumn.left(), scene.left,
                                       std::max(scene.left, scene.right - width));
        const double top = std::max(lane.frame.top() + 2, *lane.peakY - kChipHeight - 3);
        chip.box = QRectF(left, top, width, kChipHeight);
        m_labels.chips.push_back(chip);
    }
}

MapLabel LabelLayout::label(std::size_t item, QRectF box, const Text& text) const
{
    MapLabel made{item, box, text.name, text.figure, text.nameWidth, false};
    if (text.width() > box.width()) {
        made.figure.clear();
        if (text.nameWidth > box.width()) {
            made.name = elidedName(text.name, box.width(), [this](const QString& part) {
                return m_width(part, LabelFont::Name);
            });
            made.nameWidth = box.width();
        }
    }
    const double used = made.figure.isEmpty() ? made.nameWidth : text.width();
    made.box.setWidth(std::min(box.width(), used));
    return made;
}

void LabelLayout::add(MapLabel label)
{
    m_labels.labelOfItem[label.item] = static_cast<std::int32_t>(m_labels.buffers.size());
    m_labels.buffers.push_back(std::move(label));
}

/// Where a buffer is touched, if the text fits there: the eye finds a weight at its stage.
/// Otherwise from there to whichever end leaves more room.
QRectF LabelLayout::bestStretch(const MapScene& scene, std::size_t item, double wanted) const
{
    const DrawnBuffer& buffer = scene.buffers[item];
    const QRectF whole = buffer.rect;
    if (buffer.firstAccess == buffer.endAccess) {
        return whole;
    }
    const QRectF first = scene.rectOf(scene.accesses[buffer.firstAccess]);
    if (first.left() <= whole.left() || first.width() >= wanted) {
        return first.left() <= whole.left() ? whole : first;
    }
    QRectF onward = whole;
    onward.setLeft(first.left());
    if (onward.width() >= wanted) {
        return onward;
    }
    const double left = std::max(whole.left(), whole.right() - wanted);
    return {left, whole.top(), whole.right() - left, whole.height()};
}

/// Constants lie there for ever and are read once, in another tone: their text stays on one of the
/// two. In the stage that reads them, without the bytes if need be; else beside it.
QRectF LabelLayout::constantStretch(const MapScene& scene, std::size_t item, const Text& text) const
{
    const DrawnBuffer& buffer = scene.buffers[item];
    const QRectF whole = buffer.rect;
    if (buffer.firstAccess == buffer.endAccess) {
        return whole;
    }
    const QRectF access = scene.rectOf(scene.accesses[buffer.firstAccess]);
    if (access.width() >= text.nameWidth + 2 * kPadding) {
        return access;
    }
    const QRectF before(whole.topLeft(), QPointF(access.left(), whole.bottom()));
    const QRectF after(QPointF(access.right(), whole.top()), whole.bottomRight());
    const double wanted = text.width() + 2 * kPadding;
    if (after.width() >= wanted || after.width() >= before.width()) {
        return after;
    }
    return before.adjusted(std::max(0.0, before.width() - wanted), 0, 0, 0);
}

void LabelLayout::addCapacities(const MapModel& model, const MapScene& scene)
{
    for (const DrawnLane& lane : scene.lanes) {
        if (!lane.capacityY) {
            continue;
        }
        CapacityTag tag;
        tag.text =
            QStringLiteral("capacity ") + format::bytesShort(model.lanes()[lane.lane].use.capacity);
        const double width = m_width(tag.text, LabelFont::Name) + 2 * kPadding;
        const double top = std::max(lane.frame.top(), *lane.capacityY - kTagHeight - 2);
        const auto covered = [&](const MapLabel& label) { return label.box.intersects(tag.box); };
        for (const double left : {lane.frame.right() - width - 1, lane.frame.left() + 1}) {
            tag.box = QRectF(left, top, width, kTagHeight);
            if (std::ranges::none_of(m_labels.buffers, covered)) {
                break;
            }
        }
        m_labels.capacities.push_back(tag);
    }
}

void LabelLayout::addInside(const MapModel& model, const MapScene& scene)
{
    m_rank.clear();
    for (std::size_t i = 0; i < scene.buffers.size(); ++i) {
        const QRectF& rect = scene.buffers[i].rect;
        if (rect.height() >= kSmallestHeight && rect.width() >= kSmallestWidth) {
            // What shares its rectangle with others has to make do with what these leave.
            const bool shares = model.plan()[scene.buffers[i].id].hasRowsApart();
            m_rank.emplace_back(shares, -rect.width() * rect.height(), i);
        }
    }
    const std::size_t kept = std::min(m_rank.size(), kMost);
    std::partial_sort(m_rank.begin(), m_rank.begin() + static_cast<std::ptrdiff_t>(kept),
                      m_rank.end());
    m_rank.resize(kept);

    for (const auto& [shares, area, item] : m_rank) {
        const Text& text = textOf(model, scene.buffers[item].id);
        const QRectF at = model.plan()[scene.buffers[item].id].isConstant()
                              ? constantStretch(scene, item, text)
                              : bestStretch(scene, item, text.width() + 2 * kPadding + kForMarks);
        const double top =
            at.height() < kCentredBelow ? at.center().y() - kLineHeight / 2 : at.top() + kPadding;
        const QRectF box(at.left() + kPadding, top, at.width() - 2 * kPadding, kLineHeight);
        MapLabel made = label(item, box, text);
        if (!made.name.isEmpty() && moveClear(made.box, at.bottom() - kLineHeight)) {
            add(std::move(made));
        }
    }
}

/// Buffers whose rows lie between each other's cover one another: their labels stand in a column.
bool LabelLayout::moveClear(QRectF& box, double lowest) const
{
    const auto meets = [&](const MapLabel& other) { return other.box.intersects(box); };
    while (std::ranges::any_of(m_labels.buffers, meets)) {
        box.translate(0, kLineHeight);
        if (box.top() > lowest) {
            return false;
        }
    }
    return true;
}

bool LabelLayout::isFree(const MapScene& scene, const DrawnLane& lane, const QRectF& box) const
{
    if (box.top() < lane.frame.top() || (lane.peakY && box.top() <= *lane.peakY)) {
        return false; // above the peak line it would seem to name the reserve
    }
    const auto meets = [&](const auto& other) {
        if constexpr (requires { other.rect; }) {
            return other.rect.intersects(box);
        } else {
            return other.box.intersects(box);
        }
    };
    return std::ranges::none_of(scene.buffers, meets) &&
           std::ranges::none_of(m_labels.buffers, meets) &&
           std::ranges::none_of(m_labels.chips, meets) &&
           std::ranges::none_of(m_labels.capacities, meets) &&
           std::ranges::none_of(lane.reserves, meets);
}

void LabelLayout::addOutside(const MapModel& model, const MapScene& scene)
{
    std::size_t placed = 0;
    for (std::size_t i = 0; i < scene.buffers.size(); ++i) {
        const DrawnBuffer& item = scene.buffers[i];
        if (item.rect.height() >= kSmallestHeight || placed >= kMostOutside ||
            m_labels.buffers.size() >= kMost) {
            continue;
        }
        const Text text = foldedText(model, item);
        const QRectF at = bestStretch(scene, i, text.width());
        const double left = std::min(at.left() + kPadding, scene.right - text.width());
        for (int attempt = 0; attempt < kOutsideTries; ++attempt) {
            const double top = item.rect.top() - 1 - kLineHeight * (attempt + 1);
            const QRectF box(std::max(scene.left, left), top, text.width(), kLineHeight);
            if (isFree(scene, scene.lanes[item.lane], box)) {
                MapLabel made = label(i, box, text);
                made.outside = true;
                add(std::move(made));
                ++placed;
                break;
            }
        }
    }
}

} // namespace tidemark::studio
