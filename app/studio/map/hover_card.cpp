// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/hover_card.h"

#include "app/studio/theme/format.h"

#include <QPainter>
#include <algorithm>

namespace tidemark::studio {

namespace {

constexpr double kPadding = 10;
constexpr double kLine = 17;
constexpr double kFromPointer = 16;
constexpr int kMostFoldedNames = 6;

QString text(const std::string& untrusted)
{
    return QString::fromStdString(printable(untrusted));
}

QString stageAt(const Plan& plan, EventId event)
{
    const StageId stage = plan.schedule[event].stage;
    return stage.isValid() ? text((*plan.network)[stage].name) : QStringLiteral("input");
}

QString accessText(const Plan& plan, const Access& access)
{
    const QString stage = text((*plan.network)[access.stage].name);
    QStringList parts;
    if (access.written > Bytes(0)) {
        parts += QStringLiteral("▼ %1 writes %2").arg(stage, format::bytes(access.written));
    }
    if (access.read > Bytes(0)) {
        parts += QStringLiteral("▲ %1 reads %2").arg(stage, format::bytes(access.read));
    }
    return parts.join(QStringLiteral(", "));
}

} // namespace

QString residencyText(const Plan& plan, const Buffer& buffer)
{
    if (buffer.residency == plan.schedule.whole()) {
        return QStringLiteral("the whole run");
    }
    const QString first = stageAt(plan, buffer.residency.first);
    const QString last = stageAt(plan, buffer.residency.last);
    return first == last ? first : QStringLiteral("%1 to %2").arg(first, last);
}

QStringList HoverCard::lines(const MapModel& model, const MapScene& scene, BufferId id)
{
    const Plan& plan = model.plan();
    const Buffer& buffer = plan[id];
    const Placement& placement = plan.placement(id);
    QStringList lines{text(buffer.name),
                      QStringLiteral("%1 · %2").arg(QString::fromUtf8(toString(buffer.kind).data()),
                                                    format::bytes(buffer.bytes)),
                      QStringLiteral("%1 at offset %2%3")
                          .arg(text((*plan.board)[placement.bank].id),
                               format::offset(placement.offset),
                               placement.pinned ? QStringLiteral(" · pinned") : QString()),
                      QStringLiteral("occupied during ") + residencyText(plan, buffer)};
    for (const Access& access : buffer.accesses) {
        lines += accessText(plan, access);
    }
    const DrawnBuffer* item = scene.find(id);
    if (item && item->folded > 1) {
        lines += QStringLiteral("drawn with it, too small to tell apart:");
        const std::int32_t fold = scene.itemOfBuffer[id.index()];
        int named = 0;
        for (std::size_t i = 0; i < scene.itemOfBuffer.size(); ++i) {
            if (scene.itemOfBuffer[i] != fold || BufferId(i) == id) {
                continue;
            }
            if (named++ == kMostFoldedNames) {
                lines += QStringLiteral("…");
                break;
            }
            const Buffer& other = plan.buffers[i];
            lines +=
                QStringLiteral("    %1 · %2").arg(text(other.name), format::bytes(other.bytes));
        }
    }
    return lines;
}

void HoverCard::paint(QPainter& painter, MapPainter& faces, const MapModel& model,
                      const MapScene& scene, BufferId id, QPointF pointer, QSizeF room)
{
    const Theme& theme = faces.theme();
    const QStringList texts = lines(model, scene, id);
    TextFace& title = faces.face(LabelFont::Chip);
    TextFace& body = faces.face(LabelFont::Figure);
    double width = title.width(texts.front());
    for (const QString& line : texts.mid(1)) {
        width = std::max(width, body.width(line));
    }
    QRectF box(0, 0, width + 2 * kPadding,
               kLine * static_cast<double>(texts.size()) + 2 * kPadding - 2);
    box.moveTopLeft(pointer + QPointF(kFromPointer, kFromPointer));
    if (box.right() > room.width() - 4) {
        box.moveRight(pointer.x() - kFromPointer / 2);
    }
    if (box.bottom() > room.height() - 4) {
        box.moveBottom(pointer.y() - kFromPointer / 2);
    }
    box.moveLeft(std::round(std::max(4.0, box.left())));
    box.moveTop(std::round(std::max(4.0, box.top())));

    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.setPen(QPen(theme.line, 1));
    painter.setBrush(theme.raised);
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
    painter.setRenderHint(QPainter::Antialiasing, false);
    QPointF at = box.topLeft() + QPointF(kPadding, kPadding - 2);
    for (const QString& line : texts) {
        const bool first = at.y() < box.top() + kPadding;
        (first ? title : body).draw(painter, at, line, first ? theme.text : theme.dim);
        at.ry() += kLine;
    }
}

} // namespace tidemark::studio
