// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/map_widget.h"

#include "app/studio/document/selection.h"
#include "app/studio/map/buffer_card.h"
#include "app/studio/map/drag_painter.h"
#include "app/studio/map/map_accessible.h"
#include "app/studio/map/map_input.h"
#include "app/studio/theme/format.h"

#include <QAccessible>
#include <QPaintEngine>
#include <QPaintEvent>
#include <QPainter>

namespace tidemark::studio {

MapWidget::MapWidget(Selection& selection, QWidget* parent)
    : QWidget(parent), m_selection(selection),
      m_labelLayout(
          [this](const QString& text, LabelFont font) { return m_painter.textWidth(text, font); }),
      m_input(std::make_unique<MapInput>(*this))
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_OpaquePaintEvent);
    installMapAccessibility(); // before anything asks for the map's interface
    setAccessibleName(tr("Memory map"));
    connect(&m_selection, &Selection::changed, this, [this] {
        revealSelection();
        tellScreenReader();
        update();
    });
    connect(&m_selection, &Selection::hoverChanged, this, [this] { update(); });
}

MapWidget::~MapWidget() = default;

void MapWidget::setPlan(const PlanPtr& plan)
{
    setModel(plan ? std::make_shared<const MapModel>(plan) : std::make_shared<const MapModel>());
}

void MapWidget::setView(const PlanViewPtr& view)
{
    setModel({view, &view->map});
}

void MapWidget::setModel(std::shared_ptr<const MapModel> model)
{
    m_budgetDrag.end();
    cancelDrag();
    m_model = std::move(model);
    m_viewport = MapGeometry::clamped(m_viewport, *m_model);
    changed();
    emit planShown();
}

void MapWidget::setTheme(const Theme& theme)
{
    m_painter.setTheme(theme, devicePixelRatioF());
    m_layerIsOld = true;
    update();
}

void MapWidget::setScale(ScaleMode scale)
{
    if (scale != m_viewport.scale) {
        m_viewport.scale = scale;
        changed();
        emit scaleChanged(scale);
    }
}

void MapWidget::setViewport(const MapViewport& viewport)
{
    const MapViewport clamped = MapGeometry::clamped(viewport, *m_model);
    if (clamped != m_viewport) {
        m_viewport = clamped;
        changed();
        emit viewChanged();
    }
}

void MapWidget::zoomAt(double factor, double x)
{
    scene();
    setViewport(m_geometry.zoomed(m_viewport, *m_model, factor, x));
}

void MapWidget::pan(double pixels)
{
    MapViewport moved = m_viewport;
    moved.scroll += pixels / scene().pixelsPerUnit;
    setViewport(moved);
}

void MapWidget::showAll()
{
    MapViewport whole = m_viewport;
    whole.zoom = 1;
    setViewport(whole);
}

void MapWidget::jumpToPeak()
{
    if (m_model->isEmpty()) {
        return;
    }
    const EventRange peak = m_model->live().peakEvents;
    setViewport(MapGeometry::revealing(m_viewport, *m_model, peak));
    BufferId largest; // the one to look at first
    for (std::size_t i = 0; i < m_model->plan().buffers.size(); ++i) {
        const Buffer& buffer = m_model->plan().buffers[i];
        if (buffer.isArena() && buffer.residency.intersects(peak) &&
            (!largest.isValid() || buffer.bytes > m_model->plan()[largest].bytes)) {
            largest = BufferId(i);
        }
    }
    m_selection.selectBuffer(largest);
}

void MapWidget::selectNeighbour(Direction direction)
{
    if (!m_selection.buffer().isValid()) {
        jumpToPeak();
        return;
    }
    const BufferId next = scene().neighbour(m_selection.buffer(), direction);
    if (next.isValid()) {
        m_selection.selectBuffer(next);
    }
}

void MapWidget::setPreview(const PlanPtr& preview)
{
    m_preview = preview;
    update();
}

std::vector<BankId> MapWidget::bankOrder() const
{
    std::vector<BankId> banks;
    for (const std::size_t lane : m_model->laneOrder()) {
        banks.push_back(m_model->lanes()[lane].bank);
    }
    return banks;
}

void MapWidget::dragChanged()
{
    m_selection.hoverBuffer({});
    setCursor(Qt::ClosedHandCursor);
    const auto& target = m_drag.target();
    if (target && target->pin != m_previewOf) {
        m_preview.reset(); // of another place: its numbers would be wrong here
        m_previewOf = target->pin;
    }
    if (target && target->verdict.legal) {
        emit previewWanted(target->pin);
    }
    update();
}

void MapWidget::drop()
{
    const auto target = m_drag.target();
    cancelDrag();
    if (target) {
        emit dropped(target->pin, target->verdict);
    }
}

void MapWidget::cancelDrag()
{
    const bool lifted = m_drag.isLifted();
    m_drag.end();
    if (lifted) {
        m_preview.reset();
        m_previewOf.reset();
        setCursor(Qt::ArrowCursor);
        emit dragEnded();
        update();
    }
}

void MapWidget::tellScreenReader()
{
    if (QAccessible::isActive() && m_selection.buffer().isValid() && hasFocus()) {
        QAccessibleEvent focus(this, QAccessible::Focus);
        focus.setChild(static_cast<int>(m_selection.buffer().index()));
        QAccessible::updateAccessibility(&focus);
    }
}

void MapWidget::revealSelection()
{
    if (m_selection.stage().isValid() && !m_model->isEmpty()) {
        const EventRange events = m_model->plan().schedule[m_selection.stage()];
        setViewport(MapGeometry::revealing(m_viewport, *m_model, events));
    }
    if (m_selection.buffer().isValid() && !m_model->isEmpty()) {
        const EventRange life = m_model->plan()[m_selection.buffer()].residency;
        const DrawnBuffer* item = scene().find(m_selection.buffer());
        if (!item) {
            setViewport(MapGeometry::revealing(m_viewport, *m_model, life));
        }
    }
}

const MapScene& MapWidget::scene()
{
    layOut();
    return m_geometry.scene();
}

const MapLabels& MapWidget::labels()
{
    layOut();
    return *m_labels;
}

void MapWidget::changed()
{
    m_layoutIsOld = true;
    m_layerIsOld = true;
    update();
}

void MapWidget::layOut()
{
    const QSizeF now(size());
    if (!m_layoutIsOld && m_viewport.size == now && m_viewport.pixelRatio == devicePixelRatioF()) {
        return;
    }
    m_viewport.size = now;
    m_viewport.pixelRatio = devicePixelRatioF();
    m_geometry.layOut(*m_model, m_viewport);
    m_labels = &m_labelLayout.layOut(*m_model, m_geometry.scene());
    m_layoutIsOld = false;
    m_layerIsOld = true;
}

void MapWidget::setDimmed(std::vector<bool> dimmed)
{
    m_painter.setDimmed(std::move(dimmed));
    m_layerIsOld = true;
    update();
}

void MapWidget::renderLayer()
{
    const double ratio = devicePixelRatioF();
    const QSize pixels = (QSizeF(size()) * ratio).toSize();
    if (m_layer.size() != pixels || m_layer.devicePixelRatio() != ratio) {
        m_layer = QImage(pixels, QImage::Format_RGB32);
        m_layer.setDevicePixelRatio(ratio);
        m_painter.setTheme(m_painter.theme(), ratio);
    }
    if (m_model->isEmpty()) {
        m_layer.fill(m_painter.theme().window);
    } else {
        m_painter.paint(m_layer, *m_model, m_geometry.scene(), *m_labels);
    }
    m_layerIsOld = false;
}

bool MapWidget::event(QEvent* event)
{
    if (m_input && m_input->handle(*event)) {
        event->accept();
        return true;
    }
    return QWidget::event(event);
}

void MapWidget::paintEvent(QPaintEvent* event)
{
    layOut();
    if (m_layerIsOld || m_layer.devicePixelRatio() != devicePixelRatioF()) {
        renderLayer();
    }
    QPainter painter(this);
    const QPaintEngine::Type engine = painter.paintEngine()->type();
    if (engine == QPaintEngine::SVG || engine == QPaintEngine::Pdf) { // a picture of it
        if (!m_model->isEmpty()) {
            m_painter.paintVectors(painter, *m_model, m_geometry.scene(), *m_labels);
            paintOver(painter);
        }
        return;
    }
    painter.setClipRect(event->rect());
    painter.drawImage(0, 0, m_layer);
    if (m_model->isEmpty()) {
        return;
    }
    paintOver(painter);
}

/// What follows the pointer and the selection.
void MapWidget::dropBudget()
{
    const DrawnLane& lane = scene().lanes[m_budgetDrag.lane()];
    const BankId bank = m_model->lanes()[lane.lane].bank;
    const auto limit = m_budgetDrag.limit();
    const bool moved = m_budgetDrag.hasMoved();
    m_budgetDrag.end();
    update();
    if (moved) {
        emit budgetChosen(bank, limit);
    }
}

void MapWidget::paintBudget(QPainter& painter)
{
    const DrawnLane& lane = m_geometry.scene().lanes[m_budgetDrag.lane()];
    const Theme& theme = m_painter.theme();
    painter.fillRect(QRectF(lane.frame.left(), lane.frame.top(), lane.frame.width(),
                            std::max(0.0, m_budgetDrag.y() - lane.frame.top())),
                     m_painter.patterns().forbidden());
    painter.fillRect(QRectF(lane.frame.left(), m_budgetDrag.y() - 1, lane.frame.width(), 2),
                     theme.accent);
    const QString bank = QString::fromStdString(
        printable((*m_model->plan().board)[m_model->lanes()[lane.lane].bank].id, 60));
    const auto limit = m_budgetDrag.limit();
    paintCard(painter, m_painter,
              {{QStringLiteral("Budget of ") + bank, CardTone::Title},
               {limit ? format::bytes(*limit) : QStringLiteral("all of it")}},
              m_input->pointer(), size());
}

void MapWidget::paintOver(QPainter& painter)
{
    if (m_budgetDrag.isActive() && m_budgetDrag.hasMoved()) {
        paintBudget(painter);
        return;
    }
    if (m_drag.isLifted()) {
        paintDrag(painter, m_painter, *m_model, m_geometry.scene(), m_drag, m_preview.get(),
                  size());
        return;
    }
    const BufferId hovered = m_selection.hoveredBuffer();
    m_painter.paintStage(painter, *m_model, m_geometry.scene(), m_selection.hoveredStage(), false);
    m_painter.paintStage(painter, *m_model, m_geometry.scene(), m_selection.stage(), true);
    m_painter.paintHover(painter, m_geometry.scene(), hovered);
    m_painter.paintSelection(painter, m_geometry.scene(), m_selection.buffer());
    if (hovered.isValid() && underMouse()) {
        paintCard(painter, m_painter, bufferCard(*m_model, m_geometry.scene(), hovered),
                  m_input->pointer(), size());
    }
}

void MapWidget::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    changed();
}

} // namespace tidemark::studio
