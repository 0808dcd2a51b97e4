// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/drag_painter.h"

#include "app/studio/document/plan_delta.h"
#include "app/studio/theme/format.h"

#include <QPainter>
#include <algorithm>

namespace tidemark::studio {

namespace {

QString text(const std::string& untrusted)
{
    return QString::fromStdString(printable(untrusted));
}

QPen dashed(const QColor& color, double width)
{
    QPen pen(color, width);
    pen.setDashPattern({4, 3});
    return pen;
}

void paintLanes(QPainter& painter, MapPainter& faces, const MapScene& scene, const MapDrag& drag)
{
    const Theme& theme = faces.theme();
    for (std::size_t i = 0; i < scene.lanes.size(); ++i) {
        const DrawnLane& lane = scene.lanes[i];
        const Verdict& verdict = drag.lanes()[i];
        if (verdict.legal) {
            QColor tint = theme.good;
            tint.setAlphaF(0.07F);
            painter.fillRect(lane.frame, tint);
            painter.setPen(QPen(theme.good, 1));
            painter.setBrush(Qt::NoBrush);
            painter.drawRect(lane.frame.adjusted(0, 0, -1, -1));
            continue;
        }
        painter.fillRect(lane.frame, faces.patterns().forbidden());
        if (drag.target() && drag.target()->lane == i) {
            continue; // the card says it
        }
        TextFace& face = faces.face(LabelFont::Name);
        const double width = face.width(verdict.reason) + 20;
        QRectF box(0, 0, width, std::min(22.0, lane.frame.height()));
        box.moveCenter(lane.frame.center());
        box.moveRight(lane.frame.right() - 8); // where a hand seldom is
        painter.fillRect(box, theme.lane);
        face.draw(painter, {box.left() + 10, box.center().y() - face.height() / 2}, verdict.reason,
                  theme.bad);
    }
}

/// Outlines of the buffers that the preview puts elsewhere.
void paintMoved(QPainter& painter, const Theme& theme, const MapModel& model, const MapScene& scene,
                BufferId inHand, const Plan& preview)
{
    painter.setPen(dashed(theme.dim, 1));
    painter.setBrush(Qt::NoBrush);
    for (const DrawnBuffer& item : scene.buffers) {
        // The same rung has the same buffers in the same order; where another rung won, no
        // outlines are drawn.
        const bool same = item.id.index() < preview.buffers.size() &&
                          preview[item.id].name == model.plan()[item.id].name;
        if (!same || item.id == inHand) {
            continue;
        }
        const Placement& before = model.plan().placement(item.id);
        const Placement& after = preview.placement(item.id);
        if (before.bank == after.bank && before.offset == after.offset) {
            continue;
        }
        const auto lane = std::ranges::find(scene.lanes, after.bank.index(), &DrawnLane::lane);
        if (lane == scene.lanes.end()) {
            continue;
        }
        const double top = lane->yOf((after.offset + preview[item.id].bytes).count());
        const double bottom = lane->yOf(after.offset.count());
        painter.drawRect(
            QRectF(item.rect.left(), top, item.rect.width() - 1, std::max(2.0, bottom - top - 1)));
    }
}

void paintGhost(QPainter& painter, MapPainter& faces, const MapModel& model, const MapDrag& drag)
{
    const Theme& theme = faces.theme();
    const DropTarget& target = *drag.target();
    const Buffer& buffer = model.plan()[drag.buffer()];
    QColor fill = theme[buffer.kind].strong;
    fill.setAlphaF(0.55F);
    painter.fillRect(target.ghost, fill);
    painter.setPen(dashed(target.verdict.legal ? theme.text : theme.bad, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(target.ghost.adjusted(1, 1, -1, -1));
    TextFace& face = faces.face(LabelFont::Name);
    const QString name = face.elided(text(buffer.name), target.ghost.width() - 14);
    face.draw(painter, {target.ghost.left() + 7, target.ghost.center().y() - face.height() / 2},
              name, theme.text);
}

} // namespace

std::vector<CardLine> dragCard(const MapModel& model, const MapDrag& drag, const Plan* preview)
{
    const Plan& plan = model.plan();
    const DropTarget& target = *drag.target();
    std::vector<CardLine> card{
        {QStringLiteral("%1 → %2").arg(text(plan[drag.buffer()].name),
                                       text((*plan.board)[target.pin.bank].id)),
         CardTone::Title}};
    if (target.pin.offset) {
        card[0].text += QStringLiteral(" at ") + format::offset(*target.pin.offset);
    }
    if (!target.verdict.legal) {
        card.push_back({target.verdict.reason, CardTone::Bad});
        return card;
    }
    if (!preview) {
        card.push_back({QStringLiteral("planning …")});
        return card;
    }
    const PlanDelta delta = difference(plan, *preview);
    const QStringList texts = lines(delta);
    for (qsizetype i = 0; i < texts.size(); ++i) {
        const bool peak = i == 0;
        const bool misfit = i + 1 == texts.size() && !delta.fitsAfter;
        card.push_back({texts[i], misfit                             ? CardTone::Bad
                                  : peak && delta.peakRam < Bytes(0) ? CardTone::Good
                                  : peak && delta.peakRam > Bytes(0) ? CardTone::Bad
                                                                     : CardTone::Body});
    }
    return card;
}

void paintDrag(QPainter& painter, MapPainter& faces, const MapModel& model, const MapScene& scene,
               const MapDrag& drag, const Plan* preview, QSizeF room)
{
    const Theme& theme = faces.theme();
    if (const DrawnBuffer* item = scene.find(drag.buffer())) {
        QColor veil = theme.lane; // lifted: what is left behind is a shadow
        veil.setAlphaF(0.65F);
        painter.fillRect(item->rect, veil);
    }
    paintLanes(painter, faces, scene, drag);
    if (!drag.target()) {
        return;
    }
    if (preview) {
        paintMoved(painter, theme, model, scene, drag.buffer(), *preview);
    }
    if (drag.lanes()[drag.target()->lane].legal) {
        paintGhost(painter, faces, model, drag);
    }
    paintCard(painter, faces, dragCard(model, drag, preview), drag.pointer(), room);
}

} // namespace tidemark::studio
