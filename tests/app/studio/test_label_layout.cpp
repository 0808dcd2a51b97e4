// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/label_layout.h"
#include "app/studio/map/map_geometry.h"
#include "tests/app/studio/test_plans.h"

#include <QTest>
#include <set>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

namespace {

double sixPixelsEach(const QString& text, LabelFont)
{
    return 6.0 * static_cast<double>(text.size());
}

struct Laid {
    MapModel model;
    MapGeometry geometry;
    LabelLayout layout{sixPixelsEach};
    const MapScene& scene;
    const MapLabels& labels;

    Laid(PlanPtr plan, QSizeF size, ScaleMode scale = ScaleMode::Auto)
        : model(std::move(plan)), scene(geometry.layOut(model, viewport(size, scale))),
          labels(layout.layOut(model, scene))
    {
    }
    static MapViewport viewport(QSizeF size, ScaleMode scale)
    {
        MapViewport v;
        v.size = size;
        v.scale = scale;
        return v;
    }
};

} // namespace

class TestLabelLayout : public QObject {
    Q_OBJECT
private slots:
    void namesEveryBufferOfASmallModel()
    {
        const Laid laid(lenetPlan(), {1400, 820});
        std::set<QString> names;
        for (const MapLabel& label : laid.labels.buffers) {
            names.insert(label.name);
            QVERIFY(!label.figure.isEmpty());
        }
        for (const char* name : {"input", "conv1", "conv2", "fc1", "fc2", "fc3", "conv1.weights",
                                 "fc1.weights", "fc3.weights"}) {
            QVERIFY2(names.contains(name), name);
        }
    }

    void neverOverlaps_data()
    {
        QTest::addColumn<QSizeF>("size");
        QTest::newRow("small") << QSizeF(520, 320);
        QTest::newRow("usual") << QSizeF(1000, 640);
        QTest::newRow("large") << QSizeF(2400, 1400);
    }
    void neverOverlaps()
    {
        QFETCH(QSizeF, size);
        for (const PlanPtr& plan : {lenetPlan(), crowdedPlan(12, 300)}) {
            const Laid laid(plan, size);
            const auto& labels = laid.labels.buffers;
            for (std::size_t i = 0; i < labels.size(); ++i) {
                QVERIFY(labels[i].box.left() >= laid.scene.left);
                QVERIFY(labels[i].box.right() <= laid.scene.right);
                for (std::size_t j = i + 1; j < labels.size(); ++j) {
                    // Lines of text are lower than their boxes by a pixel of leading on each side.
                    const QRectF inner = labels[i].box.adjusted(0, 2, 0, -2);
                    QVERIFY(!inner.intersects(labels[j].box.adjusted(0, 2, 0, -2)));
                }
            }
        }
    }

    void outsideLabelsHideNothing()
    {
        const Laid laid(lenetPlan(), {1200, 700});
        int outside = 0;
        for (const MapLabel& label : laid.labels.buffers) {
            if (!label.outside) {
                continue;
            }
            ++outside;
            const DrawnBuffer& item = laid.scene.buffers[label.item];
            QVERIFY(label.box.bottom() <= item.rect.top());
            for (const DrawnBuffer& other : laid.scene.buffers) {
                QVERIFY(!other.rect.intersects(label.box));
            }
            for (const PeakChip& chip : laid.labels.chips) {
                QVERIFY(!chip.box.intersects(label.box));
            }
        }
        QVERIFY(outside >= 2); // fc2 and fc3 are lines at this height
    }

    void weightsAreNamedAtTheirStage()
    {
        const Laid laid(lenetPlan(), {1400, 820});
        for (const MapLabel& label : laid.labels.buffers) {
            if (label.name != u"fc1.weights") {
                continue;
            }
            const DrawnColumn& column = laid.scene.columns[2];
            QVERIFY(label.box.left() >= column.header.left());
            QVERIFY(label.box.right() <= column.header.right());
            QVERIFY(!label.figure.isEmpty());
            const DrawnBuffer& item = laid.scene.buffers[label.item];
            const QRectF marks = laid.scene.marksOf(laid.scene.accesses[item.firstAccess]);
            QVERIFY(!marks.isNull());
            QVERIFY(!laid.labels.covers(label.item, marks));
            return;
        }
        QFAIL("fc1.weights has no label");
    }

    void labelsOfConstantsStayOnOneTone()
    {
        for (const QSizeF size : {QSizeF(1000, 820), QSizeF(760, 700), QSizeF(560, 700)}) {
            const Laid laid(lenetPlan(), size);
            int seen = 0;
            for (const MapLabel& label : laid.labels.buffers) {
                const DrawnBuffer& item = laid.scene.buffers[label.item];
                if (item.kind != BufferKind::Weight || label.outside) {
                    continue;
                }
                const QRectF access = laid.scene.rectOf(laid.scene.accesses[item.firstAccess]);
                QVERIFY(access.adjusted(-0.5, -2, 0.5, 2).contains(label.box) ||
                        !access.intersects(label.box));
                ++seen;
            }
            QVERIFY(seen >= 2);
        }
    }

    void labelsKeepClearOfTheCapacity()
    {
        PlanBuilder b;
        b.bank("RAM", 100).stage("a", 1).stage("b", 1).stage("c", 1);
        b.buffer({"big", BufferKind::Activation, 4'000, 0, 0, 0, 1, {0}, {}, {}});
        b.buffer({"late", BufferKind::Activation, 60, 0, 0, 2, 2, {2}, {}, {}});
        const Laid laid(b.build(), {900, 500});
        QCOMPARE(laid.labels.capacities.size(), 1U);
        QVERIFY(laid.labels.capacities[0].text.startsWith("capacity"));
        for (const MapLabel& label : laid.labels.buffers) {
            QVERIFY(!label.box.intersects(laid.labels.capacities[0].box));
        }
    }

    void longNamesAreElided()
    {
        PlanBuilder b;
        b.bank("RAM", 1'000).stage("a", 1).stage("b", 1).stage("c", 1).stage("d", 1);
        b.buffer({std::string(90, 'x'), BufferKind::Activation, 100, 0, 0, 1, 1, {1}, {}, {}});
        const Laid laid(b.build(), {600, 400});
        QCOMPARE(laid.labels.buffers.size(), 1U);
        const MapLabel& label = laid.labels.buffers[0];
        QVERIFY(label.name.endsWith(QChar(0x2026)));
        QVERIFY(label.figure.isEmpty());
        QVERIFY(label.box.right() <= laid.scene.buffers[0].rect.right());
    }

    void aFrameHasALimit()
    {
        const Laid laid(crowdedPlan(40, 4'000), {6000, 6000});
        QCOMPARE(laid.labels.buffers.size(), LabelLayout::kMost);
    }

    void onePeakStandsOut()
    {
        const Laid laid(lenetPlan(), {1200, 700});
        QCOMPARE(laid.labels.chips.size(), 1U);
        QVERIFY(laid.labels.chips[0].main);
        QCOMPARE(laid.labels.chips[0].text, QString::fromUtf8("peak 8,800\u00a0B"));
        const DrawnLane& lane = laid.scene.lanes[laid.labels.chips[0].lane];
        QVERIFY(laid.labels.chips[0].box.bottom() <= *lane.peakY);
        QVERIFY(laid.labels.chips[0].box.top() >= lane.frame.top());
    }
};

QTEST_GUILESS_MAIN(TestLabelLayout)
#include "test_label_layout.moc"
