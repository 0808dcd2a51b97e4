// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/map_geometry.h"
#include "tests/app/studio/test_plans.h"

#include <QElapsedTimer>
#include <QTest>
#include <algorithm>
#include <random>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

namespace {

MapViewport viewport(ScaleMode scale = ScaleMode::Peak)
{
    MapViewport v;
    v.size = {1200, 640};
    v.scale = scale;
    return v;
}

/// A schedule from (stage, row) pairs.
Schedule schedule(std::size_t stages, const std::vector<std::pair<std::size_t, int>>& events)
{
    Schedule s;
    s.stageEvents.resize(stages);
    for (const auto& [stage, row] : events) {
        const EventId id(s.events.size());
        s.events.push_back({EventKind::Row, StageId(stage), row});
        EventRange& range = s.stageEvents[stage];
        range.first = range.first.isValid() ? range.first : id;
        range.last = id;
    }
    return s;
}

const DrawnBuffer& itemOf(const MapScene& scene, const Plan& plan, const char* name)
{
    const DrawnBuffer* item = scene.find(plan.findBuffer(name).value());
    if (!item) {
        qFatal("%s is not drawn", name);
    }
    return *item;
}

} // namespace

class TestMapGeometry : public QObject {
    Q_OBJECT
private slots:
    void stagesAreEquallyWide()
    {
        const TimeAxis axis(schedule(3, {{0, 0}, {0, 1}, {0, 2}, {0, 3}, {1, 0}, {2, 0}, {2, 1}}));
        QCOMPARE(axis.columns().size(), 3U);
        QCOMPARE(axis.span(), 3.0);
        QCOMPARE(axis.unitOfBoundary(2), 0.5);
        QCOMPARE(axis.unitOfBoundary(4), 1.0);
        QCOMPARE(axis.unitOfBoundary(6), 2.5);
        QCOMPARE(axis.eventAt(0.51).index(), 2U);
        QCOMPARE(axis.eventAt(-1).index(), 0U);
        QCOMPARE(axis.eventAt(3).index(), 6U);
        QCOMPARE(axis.columnOf(EventId(5)), 2U);
        QCOMPARE(axis.narrowestEvent(), 0.25);
    }

    void cascadedStagesShareAColumn()
    {
        const TimeAxis axis(schedule(3, {{0, 0}, {1, 0}, {0, 1}, {1, 1}, {2, 0}}));
        QCOMPARE(axis.columns().size(), 2U);
        QCOMPARE(axis.columns()[0].stages.size(), 2U);
        QCOMPARE(axis.columns()[0].width, 2.0);
        QCOMPARE(axis.unitOfBoundary(1), 0.5);
        QCOMPARE(axis.columnOf(StageId(1)), 0U);
        QCOMPARE(axis.columnOf(StageId(2)), 1U);
    }

    void inputRowsJoinTheColumnThatWaits()
    {
        Schedule s = schedule(1, {{0, 0}, {0, 1}});
        s.events.insert(s.events.begin(), 2, Event{EventKind::InputRow, StageId(), 0});
        s.stageEvents[0] = {EventId(2), EventId(3)};
        const TimeAxis axis(s);
        QCOMPARE(axis.columns().size(), 1U);
        QCOMPARE(axis.columns()[0].firstEvent, 0U);
        QCOMPARE(axis.unitOfBoundary(2), 0.5);
    }

    void emptyPlanGivesEmptyScene()
    {
        MapGeometry geometry;
        QVERIFY(geometry.layOut(MapModel(), viewport()).buffers.empty());
        QVERIFY(TimeAxis(Schedule{}).columns().empty());
        PlanBuilder b;
        b.bank("RAM", 100);
        QVERIFY(geometry.layOut(MapModel(b.build()), viewport()).lanes.empty());
    }

    void scalesRiseStrictly()
    {
        std::mt19937 random(7);
        for (int round = 0; round < 50; ++round) {
            std::vector<std::int64_t> edges;
            for (int i = 0; i < 40; ++i) {
                edges.push_back(static_cast<std::int64_t>(random() % 1'000'000));
            }
            const LaneScale scale = LaneScale::logarithmic(edges, 2'000'000);
            std::ranges::sort(edges);
            double last = -1;
            for (std::size_t i = 0; i < edges.size(); ++i) {
                if (i > 0 && edges[i] == edges[i - 1]) {
                    continue;
                }
                QVERIFY(scale.fraction(edges[i]) > last || edges[i] == 0);
                last = scale.fraction(edges[i]);
                QVERIFY(std::abs(scale.addressAt(last) - edges[i]) <= 1);
            }
            QCOMPARE(scale.fraction(0), 0.0);
            QCOMPARE(scale.fraction(2'000'000), 1.0);
            QCOMPARE(scale.fraction(3'000'000), 1.0);
        }
    }

    void logScaleShowsSmallBuffersAnywhere()
    {
        // The same 336 bytes at the bottom and far up must be equally high.
        const LaneScale scale = LaneScale::logarithmic({336, 200'000, 200'336}, 400'000);
        const double low = scale.fraction(336);
        const double high = scale.fraction(200'336) - scale.fraction(200'000);
        QVERIFY(std::abs(low - high) < 1e-9);
        QVERIFY(low > 0.15);
    }

    void ticksAreRoundAndApart()
    {
        const LaneScale scale = LaneScale::linear(10'848);
        const auto ticks = scale.ticks(0.12);
        QCOMPARE(ticks.front().address, 0);
        for (std::size_t i = 1; i < ticks.size(); ++i) {
            QCOMPARE(ticks[i].address % 2'048, 0);
            QVERIFY(ticks[i].fraction - ticks[i - 1].fraction >= 0.12);
        }
        QVERIFY(LaneScale::linear(std::numeric_limits<std::int64_t>::max()).ticks(0.3).size() >= 2);
    }

    void buffersStandWhereTheyAre()
    {
        const PlanPtr plan = lenetPlan();
        MapGeometry geometry;
        const MapScene& scene = geometry.layOut(MapModel(plan), viewport());
        QCOMPARE(scene.columns.size(), 5U);
        const double column = (scene.right - scene.left) / 5;
        const DrawnLane& tcm = scene.lanes[0];
        QCOMPARE(tcm.lane, 0U);
        const double pixelsPerByte = tcm.body.height() / 10'848; // peak + stack reserve

        const QRectF input = itemOf(scene, *plan, "input").rect;
        QVERIFY(std::abs(input.left() - scene.left) <= 1);
        QVERIFY(std::abs(input.width() - column) <= 2);
        QVERIFY(std::abs(input.bottom() - tcm.body.bottom()) <= 1);
        QVERIFY(std::abs(input.height() - 4'096 * pixelsPerByte) <= 2);

        const QRectF conv1 = itemOf(scene, *plan, "conv1").rect;
        QVERIFY(std::abs(conv1.width() - 2 * column) <= 2);
        QVERIFY(conv1.bottom() <= input.top());
        QVERIFY(std::abs(*tcm.peakY - (tcm.body.bottom() - 8'800 * pixelsPerByte)) <= 1);
        QCOMPARE(tcm.reserves.size(), 1U); // the server lies beyond the peak scale
        QVERIFY(std::abs(tcm.reserves[0].rect.height() - 2'048 * pixelsPerByte) <= 1);
        QVERIFY(std::abs(tcm.reserves[0].rect.bottom() - *tcm.peakY) <= 1);
    }

    void weightsAreResidentForEverAndTouchedOnce()
    {
        const PlanPtr plan = lenetPlan();
        const MapModel model(plan);
        MapGeometry geometry;
        const MapScene& scene = geometry.layOut(model, viewport(ScaleMode::Log));
        for (const char* name : {"conv1.weights", "fc1.weights", "fc3.weights"}) {
            const DrawnBuffer& item = itemOf(scene, *plan, name);
            QVERIFY(item.rect.left() <= scene.left + 1);
            QVERIFY(item.rect.right() >= scene.right - 1.5);
            QCOMPARE(item.endAccess - item.firstAccess, 1U);
            const DrawnAccess& access = scene.accesses[item.firstAccess];
            QVERIFY(access.reads && !access.writes);
            const DrawnColumn& column = scene.columns[access.stage.index()];
            const QRectF rect = scene.rectOf(access);
            QVERIFY(std::abs(rect.left() - column.header.left()) <= 1);
            QVERIFY(rect.right() <= column.header.right() + 0.5);
            QVERIFY(rect.width() < item.rect.width() / 4);
        }
        // Ten weights: pale over the whole run, strong in one column.
        const auto& fills = scene.fills[std::size_t(BufferKind::Weight)];
        QCOMPARE(fills[std::size_t(Tone::Pale)].size(), 10U);
        QCOMPARE(fills[std::size_t(Tone::Strong)].size(), 10U);
    }

    void smallBuffersStayVisible_data()
    {
        QTest::addColumn<int>("scale");
        QTest::newRow("auto") << int(ScaleMode::Auto);
        QTest::newRow("peak") << int(ScaleMode::Peak);
        QTest::newRow("capacity") << int(ScaleMode::Capacity);
        QTest::newRow("log") << int(ScaleMode::Log);
    }
    void smallBuffersStayVisible()
    {
        QFETCH(int, scale);
        const PlanPtr plan = lenetPlan();
        MapGeometry geometry;
        const MapScene& scene = geometry.layOut(MapModel(plan), viewport(ScaleMode(scale)));
        for (std::size_t i = 0; i < plan->buffers.size(); ++i) {
            const DrawnBuffer* item = scene.find(BufferId(i));
            QVERIFY2(item, plan->buffers[i].name.c_str());
            QVERIFY(item->rect.height() >= geometry.metrics().smallestItem);
            QVERIFY(item->rect.width() >= geometry.metrics().smallestItem);
        }
        if (ScaleMode(scale) == ScaleMode::Log) {
            for (const DrawnBuffer& item : scene.buffers) {
                QCOMPARE(item.folded, 1U); // nothing is too small for the logarithm
                QVERIFY(!item.tiny);
            }
            QVERIFY(itemOf(scene, *plan, "fc2").rect.height() > 12); // 336 bytes
        }
    }

    void automaticScaleIsChosenByLane()
    {
        MapGeometry geometry;
        const MapScene& scene = geometry.layOut(MapModel(lenetPlan()), viewport(ScaleMode::Auto));
        QCOMPARE(scene.lanes[0].scaleMode, ScaleMode::Peak); // TCM: 40 to 4,704 bytes
        QCOMPARE(scene.lanes[2].scaleMode, ScaleMode::Log);  // MRAM: 24 to 192,000 bytes
        QVERIFY(std::ranges::none_of(
            scene.buffers, [&](const DrawnBuffer& item) { return item.lane == 2 && item.tiny; }));
    }

    void neighboursFoldAndAreStillFound()
    {
        const PlanPtr plan = lenetPlan();
        MapGeometry geometry;
        const MapScene& scene = geometry.layOut(MapModel(plan), viewport(ScaleMode::Capacity));
        std::size_t stoodFor = 0;
        for (const DrawnBuffer& item : scene.buffers) {
            stoodFor += item.folded;
            QVERIFY(item.folded == 1 || item.tiny);
        }
        QCOMPARE(stoodFor, plan->buffers.size());
        const DrawnBuffer& bias = itemOf(scene, *plan, "conv1.bias"); // 24 of 2,097,152 bytes
        QVERIFY(bias.folded > 1);
        QVERIFY(plan->buffers[bias.id.index()].bytes > Bytes(24)); // the largest names the fold
    }

    void nothingLeavesItsLane()
    {
        const MapModel model(lenetPlan());
        MapGeometry geometry;
        for (const double zoom : {1.0, 2.7, 11.0}) {
            for (const double ratio : {1.0, 1.5, 2.0}) {
                for (const auto scale : {ScaleMode::Peak, ScaleMode::Capacity, ScaleMode::Log}) {
                    MapViewport v = viewport(scale);
                    v.zoom = zoom;
                    v.scroll = 1.3;
                    v.pixelRatio = ratio;
                    v = MapGeometry::clamped(v, model);
                    const MapScene& scene = geometry.layOut(model, v);
                    const auto inside = [&](const DrawnLane& lane, const QRectF& r) {
                        return lane.frame.adjusted(-0.5, -0.5, 0.5, 0.5).contains(r);
                    };
                    for (const DrawnBuffer& item : scene.buffers) {
                        QVERIFY(inside(scene.lanes[item.lane], item.rect));
                        for (std::uint32_t a = item.firstAccess; a < item.endAccess; ++a) {
                            QVERIFY(item.rect.adjusted(-0.01, 0, 0.01, 0)
                                        .contains(scene.rectOf(scene.accesses[a])));
                        }
                        // Edges on device pixels: hairlines stay sharp.
                        const double edge = item.rect.left() * ratio;
                        QVERIFY(std::abs(edge - std::round(edge)) < 1e-6);
                    }
                    for (std::size_t i = 1; i < scene.lanes.size(); ++i) {
                        QVERIFY(scene.lanes[i].frame.top() > scene.lanes[i - 1].frame.bottom());
                    }
                    QVERIFY(scene.lanes.back().frame.bottom() < scene.strip.body.top());
                }
            }
        }
    }

    void lanesShareAnyHeight()
    {
        const MapModel model(lenetPlan());
        MapGeometry geometry;
        for (const double height : {60.0, 200.0, 320.0, 500.0, 2'000.0}) {
            MapViewport v = viewport();
            v.size = {700, height};
            const MapScene& scene = geometry.layOut(model, v);
            QCOMPARE(scene.lanes.size(), 3U);
            QVERIFY(scene.lanes[0].frame.height() >= scene.lanes[2].frame.height() || height < 100);
            for (const DrawnLane& lane : scene.lanes) {
                QVERIFY(lane.frame.height() >= 0 && lane.body.height() >= 0);
            }
        }
    }

    void lowMapsKeepTheirLanes()
    {
        const MapModel model(lenetPlan());
        MapGeometry geometry;
        MapViewport v = viewport();
        v.size = {700, 260};
        const MapScene& low = geometry.layOut(model, v);
        QVERIFY(low.strip.body.isEmpty()); // gone, so that the lanes can be read
        for (const DrawnLane& lane : low.lanes) {
            QVERIFY(model.lanes()[lane.lane].role == LaneRole::Empty || lane.frame.height() >= 50);
        }
        v.size = {700, 600};
        const MapScene& high = geometry.layOut(model, v);
        QVERIFY(high.strip.body.height() > 40);
        QVERIFY(high.legend.height() > 20);
    }

    void paleAndStrongNeverLie()
    {
        // A skip connection: written in stage 0, read in stage 2, only occupied in stage 1.
        PlanBuilder b;
        b.bank("RAM", 1'000).stage("a", 1).stage("b", 1).stage("c", 1);
        b.buffer({"skip", BufferKind::Activation, 100, 0, 0, 0, 2, {0}, {2}, std::nullopt});
        MapGeometry geometry;
        const MapScene& scene = geometry.layOut(MapModel(b.build()), viewport());
        const auto& fills = scene.fills[std::size_t(BufferKind::Activation)];
        QCOMPARE(fills[std::size_t(Tone::Pale)].size(), 1U);
        QCOMPARE(fills[std::size_t(Tone::Strong)].size(), 2U);
        const QRectF middle = scene.columns[1].header;
        for (const PixelRect& strong : fills[std::size_t(Tone::Strong)]) {
            QVERIFY(strong.right <= middle.left() + 1 || strong.left >= middle.right() - 1);
        }
        QVERIFY(scene.accesses[0].writes && !scene.accesses[0].reads);
        QVERIFY(scene.accesses[1].reads && !scene.accesses[1].writes);
    }

    void staircaseFollowsTheRows()
    {
        const PlanPtr plan = lenetPlan();
        const Buffer& conv1 = (*plan)[*plan->findBuffer("conv1")];
        const auto steps = staircase(*plan, conv1);
        const Bytes row((*plan->network)[*conv1.value].rowBytes());
        // conv1's event r writes row r; conv2's pooled row r reads rows 2r to 2r + 5 of 14.
        QCOMPARE(steps.front(), (StairStep{0, 1, Bytes(0), row}));
        QCOMPARE(steps[13], (StairStep{13, 15, Bytes(0), row * 14}));
        QCOMPARE(steps[14], (StairStep{15, 16, row * 2, row * 14}));
        QCOMPARE(steps.back(), (StairStep{18, 19, row * 8, row * 14}));
        // A vector is one row: no staircase.
        QVERIFY(staircase(*plan, (*plan)[*plan->findBuffer("fc1")]).empty());
        QVERIFY(staircase(*plan, (*plan)[*plan->findBuffer("fc1.weights")]).empty());
    }

    void stripShowsLiveBytes()
    {
        const PlanPtr plan = lenetPlan();
        const MapModel model(plan);
        QCOMPARE(model.live().peak, 8'800);
        QCOMPARE(model.live().peakEvents.first.index(), 0U);
        QCOMPARE(model.live().peakEvents.last.index(), 13U);
        QCOMPARE(model.peakLane(), 0U);
        MapGeometry geometry;
        const MapScene& scene = geometry.layOut(model, viewport());
        QCOMPARE(scene.strip.bars.size(), 5U); // 8,800 6,304 2,080 816 376
        QCOMPARE(scene.strip.bars[0], scene.strip.peakBar);
        const double full = scene.strip.body.height();
        QVERIFY(std::abs(scene.strip.bars[1].height() - full * 6'304 / 8'800) <= 1);
        QVERIFY(scene.columns[0].holdsPeak && !scene.columns[1].holdsPeak);
        QVERIFY(std::abs(scene.peakColumn.right() - scene.columns[0].header.right()) <= 1);
    }

    void hitsWhatIsSeen()
    {
        const PlanPtr plan = lenetPlan();
        MapGeometry geometry;
        const MapScene& scene = geometry.layOut(MapModel(plan), viewport());
        for (const DrawnBuffer& item : scene.buffers) {
            const DrawnBuffer* hit = scene.hit(item.rect.center());
            QVERIFY(hit);
            // Only something drawn over it, a smaller one, may take its place.
            QVERIFY(hit == &item || hit > &item);
        }
        const QRectF fc3 = itemOf(scene, *plan, "fc3").rect; // 40 bytes, 3 px
        QVERIFY(scene.hit({fc3.center().x(), fc3.top() - 1.5}) == &itemOf(scene, *plan, "fc3"));
        QVERIFY(!scene.hit({scene.right - 5, scene.lanes[0].frame.top() + 3}));
        QCOMPARE(scene.laneAt(scene.lanes[2].frame.center())->lane, 2U);
        QVERIFY(!scene.laneAt({5, 5}));
        QCOMPARE(scene.columnAt({scene.right - 4, 10})->column, 4U);
        QVERIFY(!scene.columnAt({scene.left - 4, 10}));
    }

    void neighboursAreReachableByArrows()
    {
        const PlanPtr plan = lenetPlan();
        MapGeometry geometry;
        const MapScene& scene = geometry.layOut(MapModel(plan), viewport(ScaleMode::Log));
        const BufferId input = *plan->findBuffer("input"), conv1 = *plan->findBuffer("conv1");
        QCOMPARE(scene.neighbour(input, Direction::Up), conv1);
        QCOMPARE(scene.neighbour(input, Direction::Right), *plan->findBuffer("conv2"));
        QVERIFY(!scene.neighbour(input, Direction::Left).isValid());
        QVERIFY(!scene.neighbour(BufferId(), Direction::Left).isValid());
        // From anywhere everything can be walked to.
        std::vector<BufferId> reached{input};
        for (std::size_t i = 0; i < reached.size(); ++i) {
            for (const auto d :
                 {Direction::Left, Direction::Right, Direction::Up, Direction::Down}) {
                const BufferId next = scene.neighbour(reached[i], d);
                if (next.isValid() && std::ranges::find(reached, next) == reached.end()) {
                    reached.push_back(next);
                }
            }
        }
        QCOMPARE(reached.size(), plan->buffers.size());
    }

    void zoomKeepsThePointUnderTheHand()
    {
        const MapModel model(lenetPlan());
        MapGeometry geometry;
        MapViewport v = viewport();
        const double x = 700;
        const double unit = geometry.layOut(model, v).unitAt(x);
        for (int i = 0; i < 6; ++i) {
            v = geometry.zoomed(v, model, 1.4, x);
            QVERIFY(std::abs(geometry.layOut(model, v).unitAt(x) - unit) < 1e-9);
        }
        QVERIFY(v.zoom > 5);
        v = geometry.zoomed(v, model, 1e9, x);
        QCOMPARE(v.zoom, MapGeometry::greatestZoom(model));
        v = geometry.zoomed(v, model, 1e-9, x);
        QCOMPARE(v.zoom, 1.0);
        QCOMPARE(v.scroll, 0.0);
    }

    void revealBringsIntoView()
    {
        const MapModel model(lenetPlan());
        MapViewport v = viewport();
        v.zoom = 4;
        const EventRange last{EventId(21), EventId(21)};
        v = MapGeometry::revealing(v, model, last);
        QVERIFY(std::abs(v.scroll - 3.75) < 1e-9);
        QCOMPARE(MapGeometry::revealing(v, model, last).scroll, v.scroll); // already there
        QCOMPARE(MapGeometry::revealing(v, model, {EventId(0), EventId(3)}).scroll, 0.0);
    }

    void rowsAppearWhenThereIsRoom()
    {
        const MapModel model(lenetPlan());
        MapGeometry geometry;
        MapViewport v = viewport();
        v.size = {700, 500};
        const auto few = geometry.layOut(model, v).rowLines.size();
        v.zoom = 3;
        const auto more = geometry.layOut(model, v).rowLines.size();
        QVERIFY(more > few || few == 17);
        for (const double x : geometry.scene().rowLines) {
            QVERIFY(x > geometry.scene().left && x < geometry.scene().right);
        }
        QVERIFY(!geometry.scene().rows.empty());
        for (std::size_t i = 1; i < geometry.scene().rows.size(); ++i) { // conv1's, then conv2's
            const RowNumber &a = geometry.scene().rows[i - 1], &b = geometry.scene().rows[i];
            QVERIFY(b.x - a.x >= 20);
            QVERIFY(b.row == a.row + 1 || b.row == 0);
        }
    }

    void planThatDoesNotFitShowsItsCapacity()
    {
        PlanBuilder b;
        b.bank("RAM", 1'000).stage("a", 1);
        b.buffer({"big", BufferKind::Activation, 1'500, 0, 0, 0, 0, {0}, {}, std::nullopt});
        MapGeometry geometry;
        for (const auto scale : {ScaleMode::Peak, ScaleMode::Capacity, ScaleMode::Log}) {
            const MapScene& scene = geometry.layOut(MapModel(b.build()), viewport(scale));
            QVERIFY(scene.lanes[0].capacityY.has_value());
            QVERIFY(*scene.lanes[0].capacityY > scene.lanes[0].body.top());
        }
    }

    void twentyThousandRectanglesAreFast()
    {
        const MapModel model(crowdedPlan(100, 20'000));
        MapGeometry geometry;
        MapViewport v = viewport();
        v.size = {1600, 1000};
        geometry.layOut(model, v); // the first call allocates
        QElapsedTimer timer;
        timer.start();
        constexpr int kRounds = 20;
        for (int i = 0; i < kRounds; ++i) {
            v.zoom = 1 + 0.1 * i;
            geometry.layOut(model, v);
        }
        const double each = static_cast<double>(timer.nsecsElapsed()) / 1e6 / kRounds;
        qInfo("20,000 buffers laid out in %.2f ms", each);
        QVERIFY2(each < 60, "an order of magnitude slower than it has to be");
        std::size_t stoodFor = 0;
        v.zoom = 1;
        for (const DrawnBuffer& item : geometry.layOut(model, v).buffers) {
            stoodFor += item.folded;
        }
        QCOMPARE(stoodFor, 20'000U);
    }
};

QTEST_GUILESS_MAIN(TestMapGeometry)
#include "test_map_geometry.moc"
