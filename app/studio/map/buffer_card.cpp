// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/buffer_card.h"

#include "app/studio/theme/format.h"

namespace tidemark::studio {

namespace {

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

void addFolded(const Plan& plan, const MapScene& scene, BufferId id, std::vector<CardLine>& lines)
{
    const DrawnBuffer* item = scene.find(id);
    if (!item || item->folded < 2) {
        return;
    }
    lines.push_back({QStringLiteral("drawn with it, too small to tell apart:")});
    const std::int32_t fold = scene.itemOfBuffer[id.index()];
    int named = 0;
    for (std::size_t i = 0; i < scene.itemOfBuffer.size(); ++i) {
        if (scene.itemOfBuffer[i] != fold || BufferId(i) == id) {
            continue;
        }
        if (named++ == kMostFoldedNames) {
            lines.push_back({QStringLiteral("    …")});
            return;
        }
        const Buffer& other = plan.buffers[i];
        lines.push_back(
            {QStringLiteral("    %1 · %2").arg(text(other.name), format::bytes(other.bytes))});
    }
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

std::vector<CardLine> bufferCard(const MapModel& model, const MapScene& scene, BufferId id)
{
    const Plan& plan = model.plan();
    const Buffer& buffer = plan[id];
    const Placement& placement = plan.placement(id);
    std::vector<CardLine> lines{
        {text(buffer.name), CardTone::Title},
        {QStringLiteral("%1 · %2").arg(QString::fromUtf8(toString(buffer.kind).data()),
                                       format::bytesOf(buffer))},
        {QStringLiteral("%1 at offset %2%3")
             .arg(text((*plan.board)[placement.bank].id), format::offset(placement.offset),
                  placement.pinned ? QStringLiteral(" · pinned") : QString())},
        {QStringLiteral("occupied during ") + residencyText(plan, buffer)}};
    for (const Access& access : buffer.accesses) {
        lines.push_back({accessText(plan, access)});
    }
    addFolded(plan, scene, id, lines);
    return lines;
}

} // namespace tidemark::studio
