// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/export/plan_file.h"
#include "app/studio/export/view_file.h"
#include "app/studio/map/map_widget.h"
#include "app/studio/panels/notice_bar.h"
#include "app/studio/panels/stage_panel.h"
#include "core/place/plan_json.h"
#include "tests/app/studio/test_plans.h"
#include "tests/app/studio/window_test.h"

#include <QDir>
#include <QFile>
#include <QMessageBox>
#include <QPainter>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

namespace {

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Share of pixels that are clearly another colour.
double differing(const QImage& a, const QImage& b)
{
    qint64 count = 0;
    for (int y = 0; y < a.height(); ++y) {
        for (int x = 0; x < a.width(); ++x) {
            const QColor p = a.pixelColor(x, y), q = b.pixelColor(x, y);
            count += std::abs(p.red() - q.red()) + std::abs(p.green() - q.green()) +
                                 std::abs(p.blue() - q.blue()) >
                             90
                         ? 1
                         : 0;
        }
    }
    return double(count) / (double(a.width()) * a.height());
}

} // namespace

class TestExport : public WindowTest {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString file(const char* name) const { return m_folder.filePath(name); }
    QAction* action(const char* start)
    {
        for (QAction* found : m_window->findChildren<QAction*>()) {
            if (found->text().remove(u'&').startsWith(QLatin1String(start))) {
                return found;
            }
        }
        return nullptr;
    }

private slots:
    void initTestCase() { QVERIFY(fonts::load()); }
    void init() { openWindow(ThemeMode::Light); }
    void cleanup() { m_window.reset(); }

    void dataIsThePlan()
    {
        m_window->exportPlan(file("plan.json"));
        const QByteArray text = contentOf(file("plan.json"));
        const auto json = nlohmann::ordered_json::parse(text.constData(), nullptr, false);
        QVERIFY(json == planToJson(*document().plan()));
        QVERIFY(m_window->notice().text().contains("plan.json"));

        m_window->exportPlan(file("plan.csv"));
        const QList<QByteArray> lines = contentOf(file("plan.csv")).trimmed().split('\n');
        QCOMPARE(std::size_t(lines.size()), document().plan()->buffers.size() + 1);
        QVERIFY(lines[0].startsWith("name,kind,bank,offset,bytes"));
        const bool hasConv1 = std::any_of(lines.begin(), lines.end(), [](const QByteArray& line) {
            return line.startsWith("\"conv1\",activation,\"TCM\",4096,4704,");
        });
        QVERIFY(hasConv1);
    }

    void namesInTablesAreHarmless()
    {
        testing::PlanBuilder b;
        b.bank("RAM", 1'000).stage("a", 1);
        b.buffer({"=cmd(\"x\"),\ny", BufferKind::Activation, 16, 0, 0, 0, 0, {0}, {}, {}});
        const std::string csv = planCsv(*b.build());
        QVERIFY(csv.find("\n\"'=cmd(\"\"x\"\"),") != std::string::npos);
        QCOMPARE(std::count(csv.begin(), csv.end(), '\n'), 2);
    }

    void picturesShowTheMap()
    {
        MapWidget& map = m_window->map();
        map.setFixedSize(900, 560);
        const QImage shown = map.grab().toImage();
        for (const char* name : {"map.png", "map.svg", "map.pdf"}) {
            m_window->exportView(map, file(name));
        }
        const QImage png = QImage(file("map.png"));
        QCOMPARE(png.size(), shown.size());
        QVERIFY(differing(png, shown) < 1e-6);

        QSvgRenderer svg(contentOf(file("map.svg")));
        QVERIFY(svg.isValid());
        QVERIFY(!contentOf(file("map.svg")).contains("<image")); // lines and letters, no pixels
        QVERIFY(contentOf(file("map.svg")).size() < 400'000);
        QImage drawn(shown.size(), QImage::Format_RGB32);
        drawn.fill(Qt::magenta);
        QPainter painter(&drawn);
        svg.render(&painter);
        painter.end();
        drawn.save(file("drawn.png"));
        const double share = differing(drawn, shown);
        QVERIFY2(share < 0.05, qPrintable(QString::number(share)));
        QVERIFY(contentOf(file("map.pdf")).startsWith("%PDF-"));
        QVERIFY(contentOf(file("map.pdf")).size() > 4'000);
    }

    void anyPanelCanBeDrawn()
    {
        m_window->exportView(*m_window->findChild<StagePanel*>(), file("stages.svg"));
        QVERIFY(QSvgRenderer(contentOf(file("stages.svg"))).isValid());
        m_window->exportView(*m_window, file("window.pdf"));
        QVERIFY(contentOf(file("window.pdf")).size() > 4'000);
    }

    void firmwareIsWritten()
    {
        QVERIFY(bool(document().setBoard("qemu_mps2_an386")));
        settle();
        m_window->exportFirmware(file("bundle"), false);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->notice().text().contains("files of firmware"), kWait);
        QVERIFY(QFile::exists(file("bundle/manifest.json")));
        QVERIFY(QFile::exists(file("bundle/main.c")));
        m_window->exportFirmware(file("library"), true);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->notice().text().contains(file("library")), kWait);
        QVERIFY(QFile::exists(file("library/model.c")));
        QVERIFY(!QFile::exists(file("library/main.c")));
    }

    void aFolderInUseIsRefused()
    {
        QVERIFY(QDir().mkpath(file("mine")));
        QFile mine(file("mine/thesis.txt"));
        QVERIFY(mine.open(QIODevice::WriteOnly));
        mine.write("years of work");
        mine.close();
        m_window->exportFirmware(file("mine"), true);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->findChild<QMessageBox*>(), kWait);
        QCOMPARE(QDir(file("mine")).entryList(QDir::Files), QStringList("thesis.txt"));
    }

    void nothingIsExportedOfAPlanThatDoesNotHold()
    {
        QVERIFY(action("Firmware bundle")->isEnabled());
        Constraints constraints = document().settings().constraints;
        constraints.pins.push_back({"conv1", "MRAM", std::nullopt}); // "place anyway"
        document().setConstraints(constraints, "pin");
        settle();
        QVERIFY(!m_window->canExport());
        QVERIFY(!action("Firmware bundle")->isEnabled());
        QVERIFY(!action("Firmware library")->isEnabled());
        QVERIFY(action("Plan as data")->isEnabled()); // to look at what is wrong
        m_window->exportFirmware(file("never"), false);
        QTest::qWait(50);
        QVERIFY(!QFile::exists(file("never")));
        document().undoStack().undo();
        settle();
        QVERIFY(action("Firmware bundle")->isEnabled());
    }

    void whatCannotBeWrittenIsSaid()
    {
        for (const char* name : {"plan.exe", "no/such/folder/plan.json"}) {
            m_window->exportPlan(file(name));
            QTRY_VERIFY(m_window->findChild<QMessageBox*>());
            delete m_window->findChild<QMessageBox*>();
        }
        m_window->exportView(m_window->map(), file("map.docx"));
        QVERIFY(m_window->findChild<QMessageBox*>());
        QVERIFY(!QFile::exists(file("map.docx")));
    }

#ifdef TIDEMARK_WITH_BRIDGE
    void theReportStandsAlone()
    {
        m_window->exportReport(file("report.html"));
        const QByteArray html = contentOf(file("report.html"));
        QVERIFY(html.contains("data:image/png;base64,"));
        QVERIFY(html.contains("lenet5"));
        QVERIFY(html.contains("8,800"));
    }
#endif
};

QTEST_MAIN(TestExport)
#include "test_export.moc"
