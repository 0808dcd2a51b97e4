// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/map/lane_scale.h"
#include "app/studio/theme/theme.h"
#include "app/studio/view_model/map_model.h"

#include <QPointF>
#include <QRectF>
#include <QSizeF>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace tidemark::studio {

/// What the user looks at: the window onto the map.
struct MapViewport {
    QSizeF size;           ///< logical pixels
    double pixelRatio = 1; ///< edges are snapped to device pixels
    double zoom = 1;       ///< 1: the whole run fits
    double scroll = 0;     ///< unit at the left edge of the lanes
    ScaleMode scale = ScaleMode::Auto;

    bool operator==(const MapViewport&) const = default;
};

/// Fixed distances of the layout in logical pixels.
struct MapMetrics {
    double gutter = 172;    ///< bank names and figures
    double tickGutter = 56; ///< the right part of the gutter, for addresses
    double header = 46;     ///< stage names
    double strip = 78;      ///< live bytes, with its space above
    double legend = 30;     ///< below the strip
    double margin = 14;     ///< right of the lanes
    double laneGap = 10;    ///< between lanes
    double emptyGap = 4;    ///< between lanes of unused banks
    double headroom = 24;   ///< inside a lane above its highest address, for the peak's label
    double constantHeadroom = 8;
    double emptyLane = 19;
    double smallestLane = 44;
    double smallestItem = 3; ///< anything smaller is drawn this big, neighbours folded into one
    double stairsFrom = 22;  ///< px of width a rectangle needs to show its staircase
    double stairsHigh = 8;   ///< ... and of height: two rows apart are seen from there
};

/// An arrow for written or read, and its distance to the edges of the access and to another.
inline constexpr double kMarkWidth = 9, kMarkHeight = 5, kMarkMargin = 4;

/// Pale: bytes are occupied. Strong: a stage reads or writes them. Vivid: the same for items so
/// small that their strong tone would not be seen.
enum class Tone : std::uint8_t { Pale, Strong, Vivid };
inline constexpr std::size_t kTones = 3;

struct DrawnColumn {
    std::size_t column = 0; ///< index into TimeAxis::columns()
    QRectF header;          ///< x extent of the column too
    bool holdsPeak = false;
    bool showsRows = false; ///< wide enough for the numbers of its rows
};

/// One event, seen from close by.
struct RowNumber {
    double x = 0; ///< of its middle
    std::int64_t row = 0;
};

struct DrawnTick {
    double y = 0;
    std::int64_t address = 0;
};

/// Bytes that are counted in a bank without being a buffer.
enum class ReserveKind { Stack, Images, Server };
struct DrawnReserve {
    ReserveKind kind = ReserveKind::Stack;
    Bytes bytes;
    QRectF rect;
};

struct DrawnLane {
    std::size_t lane = 0; ///< index into MapModel::lanes()
    QRectF gutter;
    QRectF frame; ///< the lane
    QRectF body;  ///< the part of it that addresses span; address 0 at the bottom
    LaneScale scale;
    ScaleMode scaleMode = ScaleMode::Peak; ///< never Auto
    std::vector<DrawnTick> ticks;
    std::optional<double> peakY;        ///< end of the planned bytes
    std::optional<double> capacityY;    ///< drawn when something lies above it
    std::vector<DrawnReserve> reserves; ///< hatched, above the planned bytes

    double yOf(std::int64_t address) const;
};

/// One rectangle that stands for a buffer, or for several too small to tell apart.
struct DrawnBuffer {
    BufferId id;
    QRectF rect;            ///< residency x addresses, clipped to the lane
    std::uint32_t lane = 0; ///< index into MapScene::lanes
    BufferKind kind = BufferKind::Activation;
    std::uint32_t folded = 1; ///< buffers it stands for; id is the largest of them
    bool tiny = false;        ///< drawn bigger than it is
    std::uint32_t firstAccess = 0, endAccess = 0; ///< its part of MapScene::accesses
};

/// A stretch of a buffer during which a stage touches it. There are tens of thousands: kept small.
struct DrawnAccess {
    std::uint32_t item = 0; ///< index into MapScene::buffers
    StageId stage;
    float left = 0, right = 0;
    bool reads = false, writes = false;
};

/// Device pixels, half-open: what a fill covers.
struct PixelRect {
    int left = 0, top = 0, right = 0, bottom = 0;
};

struct DrawnStrip {
    QRectF gutter;
    QRectF body;
    std::vector<QRectF> bars; ///< one per run of equal values
    QRectF peakBar;
    double boundY = 0; ///< lower bound of the arena
};

enum class Direction { Left, Right, Up, Down };

/// Positions of everything on the map, ready to paint and to hit. Plain data.
struct MapScene {
    double left = 0, right = 0; ///< x extent of the lanes
    double pixelsPerUnit = 1;
    double pixelRatio = 1;
    double scroll = 0;
    std::vector<DrawnColumn> columns;
    std::vector<RowNumber> rows;      ///< numbered once there is room for numbers
    std::vector<double> rowLines;     ///< x of event boundaries, once they are far enough apart
    std::vector<DrawnLane> lanes;     ///< from top to bottom
    std::vector<DrawnBuffer> buffers; ///< in painting order
    std::vector<DrawnAccess> accesses;
    std::array<std::array<std::vector<PixelRect>, kTones>, kBufferKinds> fills;
    std::vector<std::int32_t> itemOfBuffer; ///< by BufferId; -1: not in view
    DrawnStrip strip;
    QRectF legend;
    QRectF peakColumn; ///< the peak's events, from the header to the strip

    double xOf(double unit) const { return left + (unit - scroll) * pixelsPerUnit; }
    double unitAt(double x) const { return scroll + (x - left) / pixelsPerUnit; }

    QRectF rectOf(const DrawnAccess& access) const;
    /// Where the arrows of an access go; null where there is no room for them.
    QRectF marksOf(const DrawnAccess& access) const;

    const DrawnBuffer* find(BufferId id) const;
    /// The topmost item at `position`, small ones within reach of a hand (2 px).
    const DrawnBuffer* hit(QPointF position) const;
    /// The nearest buffer of `from` in a direction; invalid where there is none.
    BufferId neighbour(BufferId from, Direction direction) const;
    const DrawnLane* laneAt(QPointF position) const;
    const DrawnColumn* columnAt(QPointF position) const;
};

} // namespace tidemark::studio
