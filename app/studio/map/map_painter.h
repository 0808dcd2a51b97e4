// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/map/label_layout.h"
#include "app/studio/map/map_scene.h"
#include "app/studio/map/patterns.h"
#include "app/studio/map/text_face.h"
#include "app/studio/theme/theme.h"

class QImage;
class QPainter;

namespace tidemark::studio {

/// Paints a scene. Knows colours and fonts; decides no position but those of texts inside the
/// gutter, the header, the strip and the legend.
class MapPainter {
public:
    MapPainter();

    void setTheme(const Theme& theme, double pixelRatio);
    void setDimmed(std::vector<bool> dimmed) { m_dimmed = std::move(dimmed); } ///< by BufferId
    const Theme& theme() const { return *m_theme; }
    const Patterns& patterns() const { return m_patterns; }
    double textWidth(const QString& text, LabelFont font) const;
    TextFace& face(LabelFont font);

    /// Everything that stays while the pointer moves.
    /// `layer`: 32 bits without alpha, of the scene's size and pixel ratio.
    void paint(QImage& layer, const MapModel& model, const MapScene& scene,
               const MapLabels& labels);
    /// The same into an SVG or PDF file.
    void paintVectors(QPainter& painter, const MapModel& model, const MapScene& scene,
                      const MapLabels& labels);
    /// The column of a stage that is selected, or that the pointer is over.
    void paintStage(QPainter& painter, const MapModel& model, const MapScene& scene, StageId stage,
                    bool selected) const;
    void paintHover(QPainter& painter, const MapScene& scene, BufferId id) const;
    void paintSelection(QPainter& painter, const MapScene& scene, BufferId id) const;

private:
    void paintBehind(QPainter& painter, const MapScene& scene);
    void paintBefore(QPainter& painter, const MapModel& model, const MapScene& scene,
                     const MapLabels& labels);
    const QColor& fillOf(std::size_t kind, std::size_t tone) const;
    void paintGrounds(QPainter& painter, const MapScene& scene) const;
    void paintReserves(QPainter& painter, const MapScene& scene);
    void paintFills(QImage& layer, const MapScene& scene) const;
    void paintEdges(QPainter& painter, const MapModel& model, const MapScene& scene) const;
    void paintAccesses(QPainter& painter, const MapScene& scene, const MapLabels& labels) const;
    void paintPeaks(QPainter& painter, const MapScene& scene, const MapLabels& labels);
    void paintLabels(QPainter& painter, const MapLabels& labels);
    void paintVeils(QPainter& painter, const MapScene& scene, const MapLabels& labels) const;
    void paintHeader(QPainter& painter, const MapModel& model, const MapScene& scene);
    void paintGutter(QPainter& painter, const MapModel& model, const DrawnLane& lane);
    void paintStrip(QPainter& painter, const MapModel& model, const MapScene& scene);
    void paintStripValue(QPainter& painter, const MapModel& model, const MapScene& scene,
                         const QRectF& bar);
    void paintLegend(QPainter& painter, const MapScene& scene);
    void line(QPainter& painter, QPointF from, QPointF to, const QColor& color,
              Qt::PenStyle style = Qt::SolidLine) const;

    const Theme* m_theme;
    double m_pixelRatio = 1;
    Patterns m_patterns;
    std::vector<bool> m_dimmed;
    TextFace m_title, m_name, m_figure, m_chip, m_small;
};

} // namespace tidemark::studio
