// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/document.h"
#include "app/studio/document/latest_job.h"
#include "tests/app/studio/lenet.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

class TestDocument : public QObject {
    Q_OBJECT
private slots:
    void overtakenJobsNeverArrive()
    {
        LatestJob jobs;
        std::atomic<int> stopped = 0;
        std::vector<int> arrived;
        for (int i = 0; i < 20; ++i) {
            const auto generation = jobs.start<int>(
                [i, &stopped](std::stop_token stop) {
                    for (int n = 0; n < 50 && !stop.stop_requested(); ++n) {
                        QThread::msleep(1);
                    }
                    stopped += stop.stop_requested() ? 1 : 0;
                    return i;
                },
                [&](int result) { arrived.push_back(result); });
            QCOMPARE(generation, jobs.generation());
            QVERIFY(jobs.isBusy());
        }
        QTRY_VERIFY_WITH_TIMEOUT(!jobs.isBusy(), kWait);
        QCOMPARE(arrived, std::vector<int>{19});
    }

    void cancelledJobStopsQuickly()
    {
        LatestJob jobs;
        std::atomic<bool> running = false, ended = false;
        bool arrived = false;
        jobs.start<int>(
            [&](std::stop_token stop) {
                running = true;
                while (!stop.stop_requested()) {
                    QThread::usleep(200);
                }
                ended = true;
                return 0;
            },
            [&](int) { arrived = true; });
        QTRY_VERIFY_WITH_TIMEOUT(running, kWait);
        jobs.cancel();
        QVERIFY(!jobs.isBusy());
        QTRY_VERIFY_WITH_TIMEOUT(ended, 100);
        QTest::qWait(5);
        QVERIFY(!arrived);
    }

    void opensAModel()
    {
        Document document;
        QSignalSpy opened(&document, &Document::opened);
        document.open(kLenet);
        QVERIFY(document.isBusy());
        QVERIFY(document.waitUntilIdle(kWait));
        QCOMPARE(opened.count(), 1);
        QCOMPARE(document.plan()->activationBytes, Bytes(8'800));
        QCOMPARE(document.title(), QString("lenet5.onnx"));
        QCOMPARE(document.settings().board->id, std::string("apollo4p_evb"));
        QCOMPARE(document.ladder().size(), allTechniques().size());
        const std::int64_t expected[] = {36'472, 11'256, 8'800, 8'800};
        for (std::size_t i = 0; i < 4; ++i) {
            QCOMPARE(document.ladder()[i].activationBytes, Bytes(expected[i]));
        }
    }

    void failedOpenLeavesTheDocumentAlone_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("name");
        QTest::newRow("text") << QByteArray("not a model") << "x.onnx";
        QTest::newRow("empty") << QByteArray() << "x.onnx";
        QTest::newRow("project rubbish") << QByteArray("{{{") << "x.tidemark";
        QTest::newRow("project of nothing")
            << QByteArray(R"({"format":"tidemark-project","version":1,"model":"gone.onnx"})")
            << "x.tidemark";
    }
    void failedOpenLeavesTheDocumentAlone()
    {
        QFETCH(QByteArray, content);
        QFETCH(QString, name);
        QTemporaryDir folder;
        QFile file(folder.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
        file.close();

        Document document;
        QVERIFY(bool(document.openNow(kLenet)));
        document.setTechnique(Technique::Fused);
        QVERIFY(document.waitUntilIdle(kWait));
        const PlanPtr before = document.plan();
        QSignalSpy failed(&document, &Document::openFailed);
        document.open(file.fileName().toStdString());
        QVERIFY(document.waitUntilIdle(kWait));
        QCOMPARE(failed.count(), 1);
        QCOMPARE(document.plan(), before);
        QCOMPARE(document.title(), QString("lenet5.onnx"));
        QVERIFY(document.undoStack().canUndo());
        QVERIFY(!document.openNow(file.fileName().toStdString()));
        QCOMPARE(document.plan(), before);
    }

    void settingsAreUndone()
    {
        Document document;
        QVERIFY(bool(document.openNow(kLenet)));
        document.setTechnique(Technique::Unshared);
        QVERIFY(document.waitUntilIdle(kWait));
        QCOMPARE(document.plan()->activationBytes, Bytes(36'472));
        QVERIFY(bool(document.setBoard("hifive1")));
        QVERIFY(document.waitUntilIdle(kWait));
        QVERIFY(!document.plan()->fits);
        QCOMPARE(document.undoStack().count(), 2);
        document.setTechnique(Technique::Unshared); // no change, no step
        QCOMPARE(document.undoStack().count(), 2);

        document.undoStack().undo();
        QVERIFY(document.waitUntilIdle(kWait));
        QVERIFY(document.plan()->fits);
        QCOMPARE(document.plan()->board->id, std::string("apollo4p_evb"));
        document.undoStack().undo();
        QVERIFY(document.waitUntilIdle(kWait));
        QCOMPARE(document.plan()->activationBytes, Bytes(8'800));
        document.undoStack().redo();
        document.undoStack().redo();
        QVERIFY(document.waitUntilIdle(kWait));
        QCOMPARE(document.plan()->board->id, std::string("hifive1"));
    }

    void unknownBoardIsRefused()
    {
        Document document;
        QVERIFY(bool(document.openNow(kLenet)));
        const Status set = document.setBoard("no_such_board");
        QVERIFY(!set);
        QCOMPARE(set.error().kind, ErrorKind::Usage);
        QCOMPARE(document.undoStack().count(), 0);
    }

    void impossiblePinKeepsThePlanAndSaysWhy()
    {
        Document document;
        QVERIFY(bool(document.openNow(kLenet)));
        const PlanPtr before = document.plan();
        Constraints constraints = document.settings().constraints;
        constraints.pins.push_back({"conv1", "NOWHERE", std::nullopt});
        document.setConstraints(constraints, "pin");
        QVERIFY(document.waitUntilIdle(kWait));
        QVERIFY(document.problem().has_value());
        QVERIFY(document.problem()->what.find("NOWHERE") != std::string::npos);
        QCOMPARE(document.plan(), before);
        document.undoStack().undo();
        QVERIFY(document.waitUntilIdle(kWait));
        QVERIFY(!document.problem());
    }

    void quickChangesEndInTheLast()
    {
        Document document;
        QVERIFY(bool(document.openNow(kLenet)));
        for (int i = 0; i < 40; ++i) {
            document.setTechnique(i % 2 ? Technique::Fused : Technique::Unshared);
        }
        QVERIFY(document.waitUntilIdle(kWait));
        QVERIFY(document.plan()->constraints.technique == Technique::Fused);
        QCOMPARE(document.plan()->activationBytes, Bytes(11'256));
    }
};

QTEST_GUILESS_MAIN(TestDocument)
#include "test_document.moc"
