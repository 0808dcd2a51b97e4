// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/map/map_scene.h"

#include <QRectF>
#include <QString>
#include <functional>
#include <tuple>
#include <vector>

namespace tidemark::studio {

enum class LabelFont { Name, Figure, Chip };

/// Text beside or inside a buffer. `figure` is empty where there is no room for it.
struct MapLabel {
    std::size_t item = 0; ///< index into MapScene::buffers
    QRectF box;
    QString name, figure;
    double nameWidth = 0;
    bool outside = false; ///< above a buffer too small to carry it
};

/// The amount at a lane's peak line.
struct PeakChip {
    std::size_t lane = 0; ///< index into MapScene::lanes
    QRectF box;
    QString text;
    bool main = false; ///< the lane of the peak: drawn to be seen first
};

/// What a bank has, at its line, where something lies above it.
struct CapacityTag {
    QRectF box;
    QString text;
};

struct MapLabels {
    std::vector<MapLabel> buffers;
    std::vector<PeakChip> chips;
    std::vector<CapacityTag> capacities;
    std::vector<std::int32_t> labelOfItem; ///< index into buffers, -1 for none

    /// The label of `item` lies over `rect`.
    bool covers(std::size_t item, const QRectF& rect) const
    {
        const std::int32_t label = labelOfItem[item];
        return label >= 0 && buffers[static_cast<std::size_t>(label)].box.intersects(rect);
    }
};

/// Chooses which buffers get a label and where, so that none overlaps another or hides a small
/// buffer, at most kMost a frame. Widths of texts come from outside and are cached per plan.
class LabelLayout {
public:
    static constexpr std::size_t kMost = 300;
    using TextWidth = std::function<double(const QString&, LabelFont)>;

    explicit LabelLayout(TextWidth width) : m_width(std::move(width)) {}

    const MapLabels& layOut(const MapModel& model, const MapScene& scene);
    /// Forgets cached texts: fonts changed.
    void clear() { m_plan.reset(); }

private:
    struct Text {
        QString name, figure;
        double nameWidth = -1, figureWidth = 0;
        double width() const;
    };

    const Text& textOf(const MapModel& model, BufferId id);
    Text foldedText(const MapModel& model, const DrawnBuffer& item);
    void addChips(const MapModel& model, const MapScene& scene);
    void addInside(const MapModel& model, const MapScene& scene);
    bool moveClear(QRectF& box, double lowest) const;
    void addOutside(const MapModel& model, const MapScene& scene);
    void add(MapLabel label);
    void addCapacities(const MapModel& model, const MapScene& scene);
    QRectF bestStretch(const MapScene& scene, std::size_t item, double wanted) const;
    QRectF constantStretch(const MapScene& scene, std::size_t item, const Text& text) const;
    bool isFree(const MapScene& scene, const DrawnLane& lane, const QRectF& box) const;
    MapLabel label(std::size_t item, QRectF box, const Text& text) const;

    TextWidth m_width;
    PlanPtr m_plan;
    std::vector<Text> m_texts;                                 ///< by BufferId
    std::vector<std::tuple<bool, double, std::size_t>> m_rank; ///< shares, -area, item
    MapLabels m_labels;
};

} // namespace tidemark::studio
