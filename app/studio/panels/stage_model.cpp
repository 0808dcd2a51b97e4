// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/stage_model.h"

#include "app/studio/theme/format.h"

#include <algorithm>

namespace tidemark::studio {

namespace {

QString shapeText(const Value& value)
{
    if (value.rows == 1 && value.width == 1) {
        return format::count(value.channels);
    }
    return QStringLiteral("%1×%2×%3")
        .arg(format::count(value.channels), format::count(value.rows), format::count(value.width));
}

} // namespace

void StageModel::setPlan(const PlanPtr& plan)
{
    beginResetModel();
    m_plan = plan;
    m_peak = Bytes(0);
    if (plan) {
        for (const StageFigures& stage : plan->stages) {
            m_peak = std::max(m_peak, stage.liveBytes);
        }
        m_flat = std::ranges::all_of(
            plan->stages, [this](const StageFigures& stage) { return stage.liveBytes == m_peak; });
    }
    endResetModel();
}

int StageModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_plan ? 0 : static_cast<int>(m_plan->schedule.order.size());
}

QVariant StageModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount()) {
        return {};
    }
    const StageId id = stageAt(index);
    const Stage& stage = (*m_plan->network)[id];
    const Value* output = stage.outputs.empty() ? nullptr : &(*m_plan->network)[stage.outputs[0]];
    switch (role) {
    case NameRole:
        return QString::fromStdString(stage.name);
    case KindRole:
        return QString::fromStdString(printable(stage.kindText()));
    case ShapeRole:
        return output ? shapeText(*output) : QString();
    case BytesRole:
        return output ? format::bytes(output->bytes()) : QString();
    case MacsRole:
        return stage.macs > 0 ? format::countShort(stage.macs) + QStringLiteral(" MAC") : QString();
    case LiveRole:
        return format::bytes(m_plan->stages[id.index()].liveBytes);
    case PeakRole:
        return !m_flat && m_plan->stages[id.index()].liveBytes == m_peak;
    case StageIdRole:
        return static_cast<quint64>(id.index());
    case Qt::DisplayRole: // what the search looks at
        return data(index, NameRole).toString() + u' ' + data(index, KindRole).toString();
    case Qt::AccessibleTextRole:
        return QStringLiteral("%1, %2, output %3, %4, %5 live")
            .arg(data(index, NameRole).toString(), data(index, KindRole).toString(),
                 data(index, ShapeRole).toString(), data(index, BytesRole).toString(),
                 data(index, LiveRole).toString());
    case Qt::ToolTipRole:
        return QStringLiteral("%1 · %2 · output %3 · %4 live while it runs")
            .arg(data(index, NameRole).toString(), data(index, KindRole).toString(),
                 data(index, BytesRole).toString(), data(index, LiveRole).toString());
    default:
        return {};
    }
}

StageId StageModel::stageAt(const QModelIndex& index) const
{
    return m_plan->schedule.order[static_cast<std::size_t>(index.row())];
}

QModelIndex StageModel::indexOf(StageId stage) const
{
    if (!m_plan || !stage.isValid()) {
        return {};
    }
    const auto& order = m_plan->schedule.order;
    const auto at = std::ranges::find(order, stage);
    return at == order.end() ? QModelIndex() : index(static_cast<int>(at - order.begin()));
}

} // namespace tidemark::studio
