// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/options.h"

#include <QTest>

using namespace tidemark;
using namespace tidemark::studio;

class TestOptions : public QObject {
    Q_OBJECT
private slots:
    void defaults()
    {
        const auto options = parseOptions({"studio"});
        QVERIFY(bool(options));
        QVERIFY(options->source.isEmpty() && options->grab.isEmpty());
        QVERIFY(!options->theme);
        QCOMPARE(options->scale, 1);
    }

    void everything()
    {
        const auto options = parseOptions(
            {"studio",  "a.onnx", "--board", "b.json", "--technique", "pingpong", "--dim",
             "a=b=3",   "--dim",  "N=1",     "--grab", "o.png",       "--view",   "map",
             "--theme", "light",  "--scale", "2",      "--size",      "90x80"});
        QVERIFY(bool(options));
        QCOMPARE(options->source, QString("a.onnx"));
        QCOMPARE(options->overrides.board, std::string("b.json"));
        QVERIFY(options->overrides.technique == Technique::PingPong);
        QCOMPARE(options->overrides.dims,
                 (std::map<std::string, std::int64_t>{{"a=b", 3}, {"N", 1}}));
        QCOMPARE(options->grab, QString("o.png"));
        QCOMPARE(options->view, GrabView::Map);
        QVERIFY(options->theme == ThemeMode::Light);
        QCOMPARE(options->scale, 2);
        QCOMPARE(options->size, QSize(90, 80));
    }

    void aPictureDoesNotDependOnTheDesktop()
    {
        QVERIFY(parseOptions({"studio", "--grab", "o.png"})->theme == ThemeMode::Dark);
    }

    void refused_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("two sources") << QStringList{"a", "b"};
        QTest::newRow("option") << QStringList{"--nope"};
        QTest::newRow("technique") << QStringList{"--technique", "best"};
        QTest::newRow("theme") << QStringList{"--theme", "blue"};
        QTest::newRow("view") << QStringList{"--view", "tables"};
        QTest::newRow("scale") << QStringList{"--scale", "3"};
        QTest::newRow("size") << QStringList{"--size", "800"};
        QTest::newRow("huge") << QStringList{"--size", "800x900000"};
        QTest::newRow("negative") << QStringList{"--size", "-8x9"};
        QTest::newRow("dim without value") << QStringList{"--dim", "N"};
        QTest::newRow("dim of nothing") << QStringList{"--dim", "N=0"};
        QTest::newRow("no value") << QStringList{"--grab"};
        QTest::newRow("empty value") << QStringList{"--grab", ""};
    }
    void refused()
    {
        QFETCH(QStringList, arguments);
        const auto options = parseOptions(QStringList{"studio"} + arguments);
        QVERIFY(!options);
        QCOMPARE(exitCode(options.error()), 2);
        QVERIFY(!options.error().mend.empty());
    }

    void exitCodes()
    {
        QCOMPARE(exitCode({ErrorKind::Usage, "", "", ""}), 2);
        QCOMPARE(exitCode({ErrorKind::BadInput, "", "", ""}), 3);
        QCOMPARE(exitCode({ErrorKind::DoesNotFit, "", "", ""}), 1);
        QCOMPARE(exitCode({ErrorKind::Environment, "", "", ""}), 1);
    }
};

QTEST_GUILESS_MAIN(TestOptions)
#include "test_options.moc"
