// SPDX-License-Identifier: GPL-3.0-or-later
// The window and files: recent ones, dropped ones, ones that leave a size open, unsaved work.
#include "app/studio/map/map_widget.h"
#include "tests/app/studio/window_test.h"

#include <QDragEnterEvent>
#include <QFile>
#include <QInputDialog>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

namespace {

QByteArray field(int number, const QByteArray& content)
{
    return char(number << 3 | 2) + QByteArray(1, char(content.size())) + content;
}
QByteArray field(int number, int value)
{
    return QByteArray(1, char(number << 3)) + char(value);
}

/// y = relu(x) in ONNX, x of 1 x 3 x height x 4 floats.
QByteArray reluOfAnyHeight()
{
    const QByteArray shape = field(1, field(1, 1)) + field(1, field(1, 3)) +
                             field(1, field(2, QByteArray("height"))) + field(1, field(1, 4));
    const auto value = [&](const char* name) {
        return field(1, QByteArray(name)) + field(2, field(1, field(1, 1) + field(2, shape)));
    };
    const QByteArray node = field(1, QByteArray("x")) + field(2, QByteArray("y")) +
                            field(3, QByteArray("relu")) + field(4, QByteArray("Relu"));
    const QByteArray graph =
        field(1, node) + field(2, QByteArray("g")) + field(11, value("x")) + field(12, value("y"));
    return field(1, 8) + field(7, graph) + field(8, field(2, 13));
}

} // namespace

class TestFiles : public WindowTest {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    QString write(const char* name, const QByteArray& content)
    {
        QFile file(m_folder->filePath(name));
        const bool written =
            file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
        return written ? file.fileName() : QString();
    }
    void pin()
    {
        Constraints constraints = document().settings().constraints;
        constraints.pins.push_back({"conv1", "SSRAM", std::nullopt});
        document().setConstraints(constraints, "pin");
        settle();
    }
    QStringList recent()
    {
        for (QMenu* menu : m_window->findChildren<QMenu*>()) {
            if (menu->title().contains("recent")) {
                emit menu->aboutToShow();
                QStringList names;
                for (const QAction* action : menu->actions()) {
                    names += action->text();
                }
                return names;
            }
        }
        return {};
    }

private slots:
    void initTestCase() { QVERIFY(fonts::load()); }
    void init()
    {
        QSettings().clear();
        m_folder = std::make_unique<QTemporaryDir>();
        openWindow(ThemeMode::Light);
    }
    void cleanup() { m_window.reset(); }

    void anOpenSizeIsAskedFor()
    {
        const QString model = write("tall.onnx", reluOfAnyHeight());
        m_window->openFile(model);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->findChild<QInputDialog*>(), kWait);
        auto* dialog = m_window->findChild<QInputDialog*>();
        QVERIFY(dialog->labelText().contains("height"));
        QVERIFY(document().title() == "lenet5.onnx"); // meanwhile
        QSignalSpy opened(&document(), &Document::opened);
        dialog->setIntValue(7);
        dialog->accept();
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, kWait);
        QCOMPARE(document().title(), QString("tall.onnx"));
        const auto input = document().plan()->findBuffer("x");
        QVERIFY(input);
        QCOMPARE((*document().plan())[*input].bytes, Bytes(3 * 7 * 4 * 4));
        // And it stays known: a project opens without being asked again.
        QVERIFY(m_window->saveTo(m_folder->filePath("tall.tidemark")));
        m_window->openFile(m_folder->filePath("tall.tidemark"));
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 2, kWait);
    }

    void dismissingTheQuestionKeepsTheDocument()
    {
        m_window->openFile(write("tall.onnx", reluOfAnyHeight()));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->findChild<QInputDialog*>(), kWait);
        m_window->findChild<QInputDialog*>()->reject();
        QCOMPARE(document().title(), QString("lenet5.onnx"));
        QVERIFY(document().plan()->fits);
    }

    void recentFilesComeFirst()
    {
        QCOMPARE(recent(), QStringList{"Nothing yet"}); // the example is always at hand
        QVERIFY(m_window->saveTo(m_folder->filePath("a.tidemark")));
        QVERIFY(m_window->saveTo(m_folder->filePath("b & c.tidemark")));
        QCOMPARE(recent(), (QStringList{"b && c.tidemark", "a.tidemark"}));
        QSignalSpy opened(&document(), &Document::opened);
        m_window->openFile(m_folder->filePath("a.tidemark"));
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, kWait);
        QCOMPARE(recent(), (QStringList{"a.tidemark", "b && c.tidemark"}));
        QVERIFY(QFile::remove(m_folder->filePath("b & c.tidemark")));
        QCOMPARE(recent(), QStringList{"a.tidemark"});
    }

    void aDroppedFileIsOpened()
    {
        QVERIFY(m_window->saveTo(m_folder->filePath("dropped.tidemark")));
        QVERIFY(bool(document().openNow(kLenet)));
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(m_folder->filePath("dropped.tidemark"))});
        QDragEnterEvent enter({300, 300}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(m_window.get(), &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(300, 300), Qt::CopyAction, &data, Qt::LeftButton, {});
        QSignalSpy opened(&document(), &Document::opened);
        QCoreApplication::sendEvent(m_window.get(), &drop);
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, kWait);
        QCOMPARE(document().title(), QString("dropped.tidemark"));
    }

    void rubbishIsSaidAndTheDocumentSurvives()
    {
        pin();
        const PlanPtr before = document().plan();
        for (const char* content : {"", "{", "{\"format\":1}", "\x08\x08garbage"}) {
            QVERIFY(m_window->saveTo(m_folder->filePath("mine.tidemark"))); // nothing to ask about
            QSignalSpy failed(&document(), &Document::openFailed);
            m_window->openFile(write("rubbish.tidemark", content));
            QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, kWait);
            auto* box = m_window->findChild<QMessageBox*>();
            QVERIFY(box && box->informativeText().contains("rubbish.tidemark"));
            delete box;
            QCOMPARE(document().plan(), before);
            QCOMPARE(m_window->map().model().planPtr(), before);
        }
        pin(); // and goes on working
    }

    void pinsOnAModelAreWorthAQuestion()
    {
        document().setTechnique(Technique::Fused);
        settle();
        QVERIFY(m_window->close()); // only looked at
        m_window->show();
        pin();
        QVERIFY(!m_window->close());
        auto* box = m_window->findChild<QMessageBox*>();
        QVERIFY(box);
        QTest::mouseClick(box->button(QMessageBox::Discard), Qt::LeftButton);
        QTRY_VERIFY(!m_window->isVisible());
    }

    void theWindowComesBackAsItWas()
    {
        m_window->resize(1111, 777);
        m_window->keepLook();
        MainWindow again(ThemeMode::Light);
        again.restoreLook();
        QCOMPARE(again.size(), QSize(1111, 777));
    }
};

QTEST_MAIN(TestFiles)
#include "test_files.moc"
