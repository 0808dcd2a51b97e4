// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/map_accessible.h"

#include "app/studio/document/selection.h"
#include "app/studio/map/map_widget.h"
#include "app/studio/theme/format.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QHash>
#include <QPointer>
#include <algorithm>

namespace tidemark::studio {

namespace {

QString text(const std::string& untrusted)
{
    return QString::fromStdString(printable(untrusted));
}

/// Position in the order of the run of the stage that `event` belongs to.
QString stageNumber(const Plan& plan, EventId event)
{
    const auto& order = plan.schedule.order;
    const auto at = std::ranges::find(order, plan.schedule[event].stage);
    return at == order.end() ? QStringLiteral("of the input") : format::count(at - order.begin());
}

/// One buffer of the map.
class BufferAccessible : public QAccessibleInterface, public QAccessibleActionInterface {
public:
    BufferAccessible(MapWidget* map, BufferId id) : m_map(map), m_id(id) {}

    bool isValid() const override
    {
        return m_map && !m_map->model().isEmpty() &&
               m_id.index() < m_map->model().plan().buffers.size();
    }
    QObject* object() const override { return nullptr; }
    QAccessibleInterface* parent() const override
    {
        return QAccessible::queryAccessibleInterface(m_map);
    }
    QAccessibleInterface* child(int) const override { return nullptr; }
    QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    QAccessible::Role role() const override { return QAccessible::ListItem; }
    void setText(QAccessible::Text, const QString&) override {}

    QRect rect() const override
    {
        const DrawnBuffer* item = isValid() ? m_map->scene().find(m_id) : nullptr;
        if (!item) {
            return {};
        }
        const QRect local = item->rect.toAlignedRect();
        return {m_map->mapToGlobal(local.topLeft()), local.size()};
    }

    QString text(QAccessible::Text which) const override
    {
        if (!isValid()) {
            return {};
        }
        const Plan& plan = m_map->model().plan();
        const QString name = studio::text(plan[m_id].name);
        switch (which) {
        case QAccessible::Name:
            return name + QStringLiteral(", ") + accessibleValue(plan, m_id);
        case QAccessible::Value:
            return accessibleValue(plan, m_id);
        case QAccessible::Description:
            return QString::fromUtf8(toString(plan[m_id].kind).data());
        default:
            return {};
        }
    }

    QAccessible::State state() const override
    {
        QAccessible::State state;
        state.selectable = state.focusable = true;
        state.selected = state.focused = isValid() && m_map->selection().buffer() == m_id;
        state.offscreen = !isValid() || !m_map->scene().find(m_id);
        state.movable = true;
        return state;
    }

    void* interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface*>(this)
                                                    : nullptr;
    }
    QStringList actionNames() const override { return {pressAction(), toggleAction()}; }
    QString localizedActionDescription(const QString& name) const override
    {
        return name == toggleAction() ? MapWidget::tr("Pins the buffer where it is, or frees it")
                                      : MapWidget::tr("Selects the buffer");
    }
    void doAction(const QString& name) override
    {
        if (!isValid()) {
            return;
        }
        m_map->selection().selectBuffer(m_id);
        if (name == toggleAction()) {
            emit m_map->pinToggled(m_id);
        }
    }
    QStringList keyBindingsForAction(const QString& name) const override
    {
        return name == toggleAction() ? QStringList{QStringLiteral("Space")} : QStringList();
    }

private:
    QPointer<MapWidget> m_map;
    BufferId m_id;
};

class MapAccessible : public QAccessibleWidget {
public:
    explicit MapAccessible(MapWidget* map)
        : QAccessibleWidget(map), m_map(map),
          m_renewed(QObject::connect(map, &MapWidget::planShown, map, [this] { forget(); }))
    {
    }
    ~MapAccessible() override
    {
        QObject::disconnect(m_renewed);
        forget();
    }

    QAccessible::Role role() const override { return QAccessible::List; }
    int childCount() const override
    {
        return m_map->model().isEmpty() ? 0
                                        : static_cast<int>(m_map->model().plan().buffers.size());
    }
    QAccessibleInterface* child(int index) const override
    {
        if (index < 0 || index >= childCount()) {
            return nullptr;
        }
        const auto known = m_children.constFind(index);
        if (known != m_children.cend()) {
            return QAccessible::accessibleInterface(*known);
        }
        auto* made = new BufferAccessible(m_map, BufferId(static_cast<std::size_t>(index)));
        m_children.insert(index, QAccessible::registerAccessibleInterface(made));
        return made;
    }
    int indexOfChild(const QAccessibleInterface* child) const override
    {
        for (auto it = m_children.cbegin(); it != m_children.cend(); ++it) {
            if (QAccessible::accessibleInterface(it.value()) == child) {
                return it.key();
            }
        }
        return -1;
    }
    QAccessibleInterface* childAt(int x, int y) const override
    {
        const DrawnBuffer* item = m_map->scene().hit(m_map->mapFromGlobal(QPoint(x, y)));
        return item ? child(static_cast<int>(item->id.index())) : nullptr;
    }
    QAccessibleInterface* focusChild() const override
    {
        const BufferId id = m_map->selection().buffer();
        return id.isValid() ? child(static_cast<int>(id.index())) : nullptr;
    }
    QString text(QAccessible::Text which) const override
    {
        if (which == QAccessible::Value && !m_map->model().isEmpty()) {
            const Plan& plan = m_map->model().plan();
            return MapWidget::tr("%1 buffers, peak RAM %2, %3")
                .arg(format::count(std::ssize(plan.buffers)), format::bytes(plan.peakRam),
                     plan.fits ? MapWidget::tr("fits") : MapWidget::tr("does not fit"));
        }
        return QAccessibleWidget::text(which);
    }

private:
    void forget()
    {
        for (const QAccessible::Id id : std::exchange(m_children, {})) {
            QAccessible::deleteAccessibleInterface(id);
        }
    }

    MapWidget* m_map;
    QMetaObject::Connection m_renewed;
    mutable QHash<int, QAccessible::Id> m_children; ///< made when first asked for
};

QAccessibleInterface* makeInterface(const QString&, QObject* object)
{
    auto* map = qobject_cast<MapWidget*>(object);
    return map ? new MapAccessible(map) : nullptr;
}

} // namespace

void installMapAccessibility()
{
    static const bool kInstalled = [] {
        QAccessible::installFactory(makeInterface);
        return true;
    }();
    Q_UNUSED(kInstalled)
}

QString accessibleValue(const Plan& plan, BufferId id)
{
    const Buffer& buffer = plan[id];
    const Placement& placement = plan.placement(id);
    const QString first = stageNumber(plan, buffer.residency.first);
    const QString last = stageNumber(plan, buffer.residency.last);
    const QString stages = first == last ? QStringLiteral("stage %1").arg(first)
                                         : QStringLiteral("stages %1 to %2").arg(first, last);
    return QStringLiteral("%1 bytes, %2, offset %3, %4%5")
        .arg(format::count(buffer.bytes.count()), text((*plan.board)[placement.bank].id),
             format::offset(placement.offset), stages,
             placement.pinned ? QStringLiteral(", pinned") : QString());
}

} // namespace tidemark::studio
