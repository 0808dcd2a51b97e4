// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/map_input.h"

#include "app/studio/document/selection.h"
#include "app/studio/map/map_widget.h"

#include <QGuiApplication>
#include <QMouseEvent>
#include <QStyleHints>
#include <cmath>
#include <optional>
#include <utility>

namespace tidemark::studio {

namespace {

constexpr double kKeyZoom = 1.25;
constexpr double kKeyPan = 80;        ///< px
constexpr double kWheelZoom = 1.0015; ///< per eighth of a degree: one notch (120) is 1.2

std::optional<Direction> directionOf(int key)
{
    switch (key) {
    case Qt::Key_Left:
        return Direction::Left;
    case Qt::Key_Right:
        return Direction::Right;
    case Qt::Key_Up:
        return Direction::Up;
    case Qt::Key_Down:
        return Direction::Down;
    default:
        return std::nullopt;
    }
}

} // namespace

bool MapInput::handle(QEvent& event)
{
    switch (event.type()) {
    case QEvent::MouseButtonPress:
        return press(static_cast<QMouseEvent&>(event));
    case QEvent::MouseMove:
        return move(static_cast<QMouseEvent&>(event));
    case QEvent::MouseButtonRelease:
        return release(static_cast<QMouseEvent&>(event));
    case QEvent::Wheel:
        return wheel(static_cast<QWheelEvent&>(event));
    case QEvent::KeyPress:
        return key(static_cast<QKeyEvent&>(event));
    case QEvent::Leave:
        m_map.selection().hoverBuffer({});
        m_map.selection().hoverStage({});
        return false;
    default:
        return false;
    }
}

bool MapInput::press(const QMouseEvent& event)
{
    if (event.button() != Qt::LeftButton) {
        return false;
    }
    m_pressed = true;
    m_panning = false;
    m_pressedAt = m_pointer = event.position();
    if (const auto line = BudgetDrag::lineAt(m_pressedAt, m_map.scene())) {
        m_map.budgetDrag().press(m_pressedAt, *line);
        return true;
    }
    if (const DrawnBuffer* item = m_map.scene().hit(m_pressedAt)) {
        m_map.drag().press(m_pressedAt, item->id);
    }
    return true;
}

bool MapInput::move(const QMouseEvent& event)
{
    const QPointF position = event.position();
    MapDrag& drag = m_map.drag();
    if (m_map.budgetDrag().isActive()) {
        m_pointer = position;
        m_map.budgetDrag().move(position, m_map.scene());
        m_map.update();
        return true;
    }
    if (drag.isPressed() || drag.isLifted()) {
        m_pointer = position;
        const bool freely = event.modifiers().testFlag(Qt::AltModifier);
        if (drag.move(position, m_map.model(), m_map.scene(), freely)) {
            m_map.dragChanged();
        }
        return true;
    }
    if (m_pressed && !m_panning) {
        m_panning = (position - m_pressedAt).manhattanLength() >=
                    QGuiApplication::styleHints()->startDragDistance();
    }
    if (m_panning) {
        m_map.pan(m_pointer.x() - position.x());
    }
    m_pointer = position;
    if (!m_panning) {
        hover(position);
    }
    return true;
}

bool MapInput::release(const QMouseEvent& event)
{
    if (event.button() != Qt::LeftButton || !m_pressed) {
        return false;
    }
    m_pressed = false;
    if (m_map.budgetDrag().isActive()) {
        m_map.dropBudget();
        return true;
    }
    if (m_map.drag().isLifted()) {
        m_map.drop();
        return true;
    }
    m_map.drag().end();
    if (std::exchange(m_panning, false)) {
        return true;
    }
    const MapScene& scene = m_map.scene();
    if (const DrawnBuffer* item = scene.hit(event.position())) {
        m_map.selection().selectBuffer(item->id);
        return true;
    }
    if (!clickFigure(event.position())) {
        m_map.selection().clear();
    }
    return true;
}

bool MapInput::clickFigure(QPointF at)
{
    const MapScene& scene = m_map.scene();
    const DrawnColumn* column = scene.columnAt(at);
    const bool inStrip = scene.strip.body.adjusted(0, -20, 0, 0).contains(at);
    if (column && (at.y() < column->header.bottom() || inStrip)) {
        const TimeAxis& axis = m_map.model().axis();
        const auto& stages = axis.columns()[column->column].stages;
        const Event& event = m_map.model().plan().schedule[axis.eventAt(scene.unitAt(at.x()))];
        m_map.selection().selectStage(stages.size() > 1 ? event.stage
                                      : stages.empty()  ? StageId()
                                                        : stages.front());
        return true;
    }
    for (const PeakChip& chip : m_map.labels().chips) {
        if (chip.box.contains(at)) {
            emit m_map.figureWanted(QStringLiteral("activation_bytes"));
            return true;
        }
    }
    for (const DrawnLane& lane : scene.lanes) {
        if (lane.gutter.contains(at)) {
            const BankId bank = m_map.model().lanes()[lane.lane].bank;
            emit m_map.figureWanted(QStringLiteral("bank:") +
                                    QString::fromStdString((*m_map.model().plan().board)[bank].id));
            return true;
        }
    }
    if (scene.strip.gutter.contains(at)) {
        emit m_map.figureWanted(QStringLiteral("lower_bound_bytes"));
        return true;
    }
    return false;
}

bool MapInput::wheel(const QWheelEvent& event)
{
    const QPoint turned = event.angleDelta();
    const bool sideways = std::abs(turned.x()) > std::abs(turned.y());
    if (sideways || event.modifiers().testFlag(Qt::ShiftModifier)) {
        m_map.pan(-(sideways ? turned.x() : turned.y()));
    } else {
        m_map.zoomAt(std::pow(kWheelZoom, turned.y()), event.position().x());
    }
    return true;
}

bool MapInput::moveKey(const QKeyEvent& event)
{
    const BufferId buffer = m_map.selection().buffer();
    if (!buffer.isValid() || m_map.drag().isLifted()) {
        return false;
    }
    if (event.key() == Qt::Key_Space && event.modifiers() == Qt::NoModifier) {
        emit m_map.pinToggled(buffer);
        return true;
    }
    const auto direction = directionOf(event.key());
    if (!direction || (event.modifiers() & ~Qt::KeypadModifier) != Qt::AltModifier) {
        return false;
    }
    switch (*direction) {
    case Direction::Up:
        emit m_map.bankStepped(buffer, -1);
        break;
    case Direction::Down:
        emit m_map.bankStepped(buffer, 1);
        break;
    case Direction::Left:
        emit m_map.gapStepped(buffer, -1);
        break;
    case Direction::Right:
        emit m_map.gapStepped(buffer, 1);
        break;
    }
    return true;
}

bool MapInput::key(const QKeyEvent& event)
{
    if (moveKey(event)) {
        return true;
    }
    if (event.modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) {
        return false;
    }
    const MapScene& scene = m_map.scene();
    const double middle = m_map.underMouse() ? m_pointer.x() : (scene.left + scene.right) / 2;
    if (const auto direction = directionOf(event.key())) {
        m_map.selectNeighbour(*direction);
        return true;
    }
    switch (event.key()) {
    case Qt::Key_W:
        m_map.zoomAt(kKeyZoom, middle);
        return true;
    case Qt::Key_S:
        m_map.zoomAt(1 / kKeyZoom, middle);
        return true;
    case Qt::Key_A:
        m_map.pan(-kKeyPan);
        return true;
    case Qt::Key_D:
        m_map.pan(kKeyPan);
        return true;
    case Qt::Key_F:
        m_map.showAll();
        return true;
    case Qt::Key_P:
        m_map.jumpToPeak();
        return true;
    case Qt::Key_Escape:
        if (m_map.budgetDrag().isActive()) {
            m_map.budgetDrag().end();
            m_map.update();
        } else if (m_map.drag().isLifted()) {
            m_map.cancelDrag();
        } else {
            m_map.selection().clear();
        }
        return true;
    default:
        return false;
    }
}

void MapInput::hover(QPointF position)
{
    const MapScene& scene = m_map.scene();
    const DrawnBuffer* item = scene.hit(position);
    m_map.selection().hoverBuffer(item ? item->id : BufferId());
    m_map.setCursor(BudgetDrag::lineAt(position, scene) ? Qt::SplitVCursor
                    : item                              ? Qt::OpenHandCursor
                                                        : Qt::ArrowCursor);
    const DrawnColumn* column = item ? nullptr : scene.columnAt(position);
    const bool inHeader = column && position.y() < column->header.bottom();
    StageId stage;
    if (inHeader) {
        const auto& stages = m_map.model().axis().columns()[column->column].stages;
        stage = stages.empty() ? StageId() : stages.front();
    }
    m_map.selection().hoverStage(stage);
}

} // namespace tidemark::studio
