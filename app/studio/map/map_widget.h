// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/map/budget_drag.h"
#include "app/studio/map/map_drag.h"
#include "app/studio/map/map_geometry.h"
#include "app/studio/map/map_painter.h"
#include "app/studio/view_model/plan_view.h"

#include <QImage>
#include <QWidget>
#include <memory>

namespace tidemark::studio {

class MapInput;
class Selection;

/// The memory map: one widget that paints everything itself. What stands still is kept in a pixmap;
/// hover and selection are drawn over it, so that moving the pointer costs a copy.
class MapWidget : public QWidget {
    Q_OBJECT
public:
    explicit MapWidget(Selection& selection, QWidget* parent = nullptr);
    ~MapWidget() override;

    void setPlan(const PlanPtr& plan);
    void setView(const PlanViewPtr& view); ///< the same of what was worked out before
    void setTheme(const Theme& theme);
    void setScale(ScaleMode scale);

    const MapModel& model() const { return *m_model; }
    const MapViewport& viewport() const { return m_viewport; }
    /// The scene of the widget as it is now, laid out first if something changed.
    const MapScene& scene();
    const MapLabels& labels();
    Selection& selection() { return m_selection; }

    void setViewport(const MapViewport& viewport); ///< clamped
    void zoomAt(double factor, double x);
    void pan(double pixels);
    void jumpToPeak();
    void showAll();
    void selectNeighbour(Direction direction);
    /// The plan that the drag under way would give; null: none yet.
    void setPreview(const PlanPtr& preview);
    /// By BufferId, buffers that are beside the point now; empty: none.
    void setDimmed(std::vector<bool> dimmed);
    /// Banks from top to bottom.
    std::vector<BankId> bankOrder() const;

    MapDrag& drag() { return m_drag; }
    BudgetDrag& budgetDrag() { return m_budgetDrag; }
    void dropBudget();  ///< one step: the line as it is
    void dragChanged(); ///< by MapInput: the target of drag() may be another one
    void drop();
    void cancelDrag();

    QSize sizeHint() const override { return {900, 560}; }
    QSize minimumSizeHint() const override { return {420, 260}; }

signals:
    void scaleChanged(tidemark::studio::ScaleMode scale);
    void planShown();
    void viewChanged();                   ///< zoom, scroll or scale
    void figureWanted(const QString& id); ///< a figure of the map was clicked: open it
    /// A buffer in hand is over a legal place: a preview of it is wanted.
    void previewWanted(const tidemark::studio::PinTarget& target);
    void dragEnded(); ///< dropped or given up
    void dropped(const tidemark::studio::PinTarget& target,
                 const tidemark::studio::Verdict& verdict);
    /// A capacity line was let go; nothing: the whole bank may be used.
    void budgetChosen(tidemark::BankId bank, const std::optional<tidemark::Bytes>& limit);
    void pinToggled(tidemark::BufferId buffer);
    void bankStepped(tidemark::BufferId buffer, int step); ///< -1: the lane above
    void gapStepped(tidemark::BufferId buffer, int step);  ///< -1: lower addresses

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void setModel(std::shared_ptr<const MapModel> model);
    void changed();
    void layOut();
    void renderLayer();
    void paintOver(QPainter& painter);
    void paintBudget(QPainter& painter);
    void revealSelection();
    void tellScreenReader();

    Selection& m_selection;
    std::shared_ptr<const MapModel> m_model = std::make_shared<const MapModel>();
    MapViewport m_viewport;
    MapGeometry m_geometry;
    MapPainter m_painter;
    LabelLayout m_labelLayout;
    const MapLabels* m_labels = nullptr;
    MapDrag m_drag;
    BudgetDrag m_budgetDrag;
    PlanPtr m_preview;
    std::optional<PinTarget> m_previewOf;
    QImage m_layer;
    bool m_layoutIsOld = true;
    bool m_layerIsOld = true;
    std::unique_ptr<MapInput> m_input;
};

} // namespace tidemark::studio
