// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/document.h"
#include "app/studio/main_window.h"
#include "app/studio/panels/notice_bar.h"
#include "app/studio/theme/fonts.h"
#include "tests/app/studio/lenet.h"

#include <QMessageBox>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <fstream>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

class TestProjectFile : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    std::filesystem::path file(const char* name) { return m_folder->filePath(name).toStdString(); }
    /// A document whose conv1 is pinned to SSRAM.
    void pin(Document& document)
    {
        Constraints constraints = document.settings().constraints;
        constraints.pins.push_back({"conv1", "SSRAM", Bytes(64)});
        document.setConstraints(constraints, "pin");
        QVERIFY(document.waitUntilIdle(kWait));
    }

private slots:
    void initTestCase() { QVERIFY(fonts::load()); }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void saveAndOpenGiveTheSamePlan()
    {
        Document document;
        QVERIFY(bool(document.openNow(kLenet)));
        QVERIFY(!document.isModified());
        pin(document);
        QVERIFY(document.isModified());
        QVERIFY(bool(document.saveAs(file("a.tidemark"))));
        QVERIFY(!document.isModified());
        QCOMPARE(document.title(), QString("a.tidemark"));

        Document again;
        QVERIFY(bool(again.openNow(file("a.tidemark"))));
        QVERIFY(again.settings() == document.settings());
        QCOMPARE(again.plan()->peakRam, document.plan()->peakRam);
        QCOMPARE(again.plan()->placement(*again.plan()->findBuffer("conv1")).offset, Bytes(64));
        QVERIFY(!again.isModified());
    }

    void undoBackToTheSavedStateIsUnmodified()
    {
        Document document;
        QVERIFY(bool(document.openNow(kLenet)));
        pin(document);
        QVERIFY(bool(document.saveAs(file("a.tidemark"))));
        document.setTechnique(Technique::Fused);
        QVERIFY(document.isModified());
        document.undoStack().undo();
        QVERIFY(!document.isModified());
        QVERIFY(document.waitUntilIdle(kWait));
    }

    void aFailedSaveKeepsTheFileAndTheState()
    {
        Document document;
        QVERIFY(bool(document.openNow(kLenet)));
        pin(document);
        const Status saved = document.saveAs(file("no/such/folder/x.tidemark"));
        QVERIFY(!saved);
        QVERIFY(document.isModified());
        QCOMPARE(document.title(), QString("lenet5.onnx"));
    }

    void whatWasNotSavedComesBack()
    {
        {
            Document document;
            QVERIFY(bool(document.openNow(kLenet)));
            QVERIFY(bool(document.saveAs(file("a.tidemark"))));
            QVERIFY(!document.hasAutosave());
            pin(document);
            QVERIFY(bool(document.autosave())); // and then the program ends
        }
        Document document;
        QVERIFY(bool(document.openNow(file("a.tidemark"))));
        QVERIFY(document.hasAutosave());
        QVERIFY(document.settings().constraints.pins.empty());
        QVERIFY(bool(document.restoreAutosave()));
        QVERIFY(document.waitUntilIdle(kWait));
        QCOMPARE(document.settings().constraints.pins.size(), 1U);
        QVERIFY(document.isModified());
        QVERIFY(bool(document.save()));
        QVERIFY(!std::filesystem::exists(Document::autosavePath(file("a.tidemark"))));
    }

    void rubbishAutosaveIsRefused()
    {
        Document document;
        QVERIFY(bool(document.openNow(kLenet)));
        QVERIFY(bool(document.saveAs(file("a.tidemark"))));
        std::ofstream(Document::autosavePath(file("a.tidemark"))) << "[]";
        QVERIFY(document.hasAutosave());
        QVERIFY(!document.restoreAutosave());
        QVERIFY(!document.isModified());
    }

    void windowAsksBeforeLosingChanges()
    {
        MainWindow window(ThemeMode::Dark);
        QVERIFY(bool(window.document().openNow(kLenet)));
        QVERIFY(window.saveTo(m_folder->filePath("w"))); // the suffix is added
        QCOMPARE(window.document().title(), QString("w.tidemark"));
        window.show();
        pin(window.document());
        QVERIFY(window.isWindowModified());
        window.close();
        QVERIFY(window.isVisible());
        auto* box = window.findChild<QMessageBox*>();
        QVERIFY(box);
        QTest::mouseClick(box->button(QMessageBox::Cancel), Qt::LeftButton);
        QVERIFY(window.isVisible());
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        window.close();
        box = window.findChild<QMessageBox*>();
        QVERIFY(box);
        QTest::mouseClick(box->button(QMessageBox::Save), Qt::LeftButton);
        QTRY_VERIFY(!window.isVisible());
        Document again;
        QVERIFY(bool(again.openNow(file("w.tidemark"))));
        QCOMPARE(again.settings().constraints.pins.size(), 1U);
    }

    void windowOffersWhatWasNotSaved()
    {
        {
            Document document;
            QVERIFY(bool(document.openNow(kLenet)));
            QVERIFY(bool(document.saveAs(file("a.tidemark"))));
            pin(document);
            QVERIFY(bool(document.autosave()));
        }
        MainWindow window(ThemeMode::Dark);
        window.show();
        window.openFile(m_folder->filePath("a.tidemark"));
        QTRY_VERIFY(window.notice().text().contains("not saved"));
        QTest::mouseClick(window.notice().action(), Qt::LeftButton);
        QVERIFY(window.document().waitUntilIdle(kWait));
        QCOMPARE(window.document().settings().constraints.pins.size(), 1U);
    }
};

QTEST_MAIN(TestProjectFile)
#include "test_project_file.moc"
