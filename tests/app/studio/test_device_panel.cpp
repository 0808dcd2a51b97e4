// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/device_controller.h"

#include "app/studio/main_window.h"
#include "app/studio/panels/device_panel.h"
#include "app/studio/panels/log_panel.h"
#include "app/studio/theme/fonts.h"
#include "tests/support/prompt.h"

#include <QDir>
#include <QElapsedTimer>
#include <QPushButton>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTableWidget>
#include <QTest>
#include <csignal>
#include <unistd.h>

using namespace tidemark;
using namespace tidemark::studio;

namespace {

const std::filesystem::path kLenet = TIDEMARK_SOURCE_DIR "/resources/examples/lenet5.onnx";
constexpr int kWait = 30'000;

bool haveTools()
{
    return !QStandardPaths::findExecutable("arm-none-eabi-gcc").isEmpty() &&
           !QStandardPaths::findExecutable("qemu-system-arm").isEmpty() &&
           !QStandardPaths::findExecutable("make").isEmpty();
}

/// Process ids of this process's descendants whose name begins with `name`.
QList<pid_t> descendants(const QByteArray& name)
{
    QHash<pid_t, pid_t> parents;
    QList<pid_t> named;
    for (const QString& entry : QDir("/proc").entryList(QDir::Dirs)) {
        QFile stat("/proc/" + entry + "/stat");
        if (entry.toInt() == 0 || !stat.open(QIODevice::ReadOnly)) {
            continue;
        }
        const QByteArray line = stat.readAll(); // pid (comm) state ppid ...
        const qsizetype open = line.indexOf('('), close = line.lastIndexOf(')');
        parents[entry.toInt()] = line.mid(close + 4).split(' ').value(0).toInt();
        if (line.mid(open + 1, close - open - 1).startsWith(name)) {
            named += entry.toInt();
        }
    }
    named.removeIf([&](pid_t pid) {
        while (pid > 1 && pid != getpid()) {
            pid = parents.value(pid);
        }
        return pid != getpid();
    });
    return named;
}

} // namespace

class TestDevicePanel : public QObject {
    Q_OBJECT

    std::unique_ptr<MainWindow> m_window;
    DeviceController* m_controller = nullptr;
    DevicePanel* m_panel = nullptr;

    void useBoard(const char* id)
    {
        QVERIFY(bool(m_window->document().setBoard(id)));
        QVERIFY(m_window->document().waitUntilIdle(kWait));
    }
    bool isIdle() const { return m_controller->state() == DeviceController::State::Idle; }

private slots:
    void initTestCase() { QVERIFY(fonts::load()); }
    void init()
    {
        m_window = std::make_unique<MainWindow>(ThemeMode::Dark);
        QVERIFY(bool(m_window->document().openNow(kLenet)));
        QVERIFY(m_window->document().waitUntilIdle(kWait));
        m_window->show();
        m_controller = m_window->findChild<DeviceController*>();
        m_panel = m_window->findChild<DevicePanel*>();
        QVERIFY(m_controller && m_panel);
    }
    void cleanup() { m_window.reset(); }

    void aBoardOutOfReachNamesItsTwin()
    {
        QVERIFY(!m_controller->obstacle().isEmpty());
        QVERIFY(!m_panel->runButton()->isEnabled());
        QVERIFY(!m_controller->virtualTwin().isEmpty());
        m_controller->start();
        QVERIFY(isIdle());
        emit m_panel->boardWanted(m_controller->virtualTwin());
        QVERIFY(m_window->document().waitUntilIdle(kWait));
        QVERIFY(m_window->document().plan()->board->isVirtual);
        QCOMPARE(m_controller->obstacle(), QString());
        QVERIFY(m_panel->runButton()->isEnabled());
    }

    void aPlanThatDoesNotFitIsNotRun()
    {
        useBoard("qemu_sifive_e");
        m_window->document().setTechnique(Technique::Unshared);
        QVERIFY(m_window->document().waitUntilIdle(kWait));
        QVERIFY(m_controller->obstacle().contains("does not fit"));
        QVERIFY(!m_panel->runButton()->isEnabled());
    }

    void rubbishInputsAreSaid()
    {
        useBoard("qemu_mps2_an386");
        QSignalSpy failed(m_controller, &DeviceController::failed);
        m_controller->setInputFile("/nonexistent/inputs.npy");
        m_controller->start();
        QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, kWait);
        QVERIFY(isIdle());
        QVERIFY(m_panel->message().contains("inputs.npy"));
    }

    void runsCountsAndCompares()
    {
        if (!haveTools()) {
            QSKIP("no cross compiler or no QEMU");
        }
        useBoard("qemu_mps2_an386");
        QSignalSpy measured(m_controller, &DeviceController::measured);
        QSignalSpy failed(m_controller, &DeviceController::failed);
        m_controller->setGeneratedInputs(2);
        QTest::mouseClick(m_panel->runButton(), Qt::LeftButton);
        QVERIFY(!isIdle());
        QTRY_VERIFY_WITH_TIMEOUT(measured.count() + failed.count() == 1, kWait);
        QVERIFY2(failed.isEmpty(), qPrintable(m_panel->message()));
        QVERIFY2(m_controller->measurement()->passed(), qPrintable(m_panel->message()));
        QVERIFY(m_panel->message().contains("2 of 2 classes"));
        QTableWidget* stages = m_panel->stageTable();
        QCOMPARE(stages->rowCount(), 5);
        QCOMPARE(stages->item(0, 0)->text(), QString("conv1"));
        QVERIFY(stages->item(0, 1)->text().size() > 5); // hundreds of thousands of instructions
        QTableWidget* bytes = m_panel->byteTable();
        QVERIFY(bytes->rowCount() >= 2);
        for (int row = 0; row < bytes->rowCount(); ++row) {
            QCOMPARE(bytes->item(row, 2)->text(), bytes->item(row, 1)->text());
        }
        QVERIFY(bytes->item(0, 3)->text().contains("8,800"));
        QVERIFY(!m_window->findChild<LogPanel*>()->toPlainText().isEmpty());
        QVERIFY(!m_controller->isStale());
        m_window->document().setTechnique(Technique::Fused);
        QVERIFY(m_window->document().waitUntilIdle(kWait));
        QVERIFY(m_controller->isStale());
        QVERIFY(m_panel->message().contains("earlier plan"));
    }

    void cancelEndsWithinATenthOfASecond()
    {
        if (!haveTools()) {
            QSKIP("no cross compiler or no QEMU");
        }
        useBoard("qemu_mps2_an386");
        QSignalSpy cancelled(m_controller, &DeviceController::cancelled);
        QSignalSpy progress(m_controller, &DeviceController::progress);
        m_controller->start();
        QTRY_VERIFY_WITH_TIMEOUT(m_controller->state() == DeviceController::State::Running &&
                                     progress.count() >= 2,
                                 kWait);
        QElapsedTimer timer;
        timer.start();
        QTest::mouseClick(m_panel->cancelButton(), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(cancelled.count() == 1, 5'000);
        const qint64 took = timer.elapsed();
        qInfo("cancelled after %lld ms", took);
        QVERIFY2(took < tidemark::test::kPromptMs, "it took as long as running on");
        QVERIFY(isIdle());
        QCOMPARE(m_panel->message(), QString("Cancelled."));
        QVERIFY(descendants("qemu-system").isEmpty());
        QVERIFY(descendants("make").isEmpty());
    }

    void unpluggedBoardIsSaidAndCanBeTriedAgain()
    {
        if (!haveTools()) {
            QSKIP("no cross compiler or no QEMU");
        }
        useBoard("qemu_mps2_an386");
        QSignalSpy failed(m_controller, &DeviceController::failed);
        bool running = false;
        QObject scope; // ends before `running` does
        connect(m_controller, &DeviceController::progress, &scope,
                [&](const QString&, int done, int total) { running |= done > 0 && total > 1; });
        m_controller->setGeneratedInputs(50);
        m_controller->start();
        QTRY_VERIFY_WITH_TIMEOUT(running || isIdle(), kWait); // not while it only tries QEMU out
        const auto boards = descendants("qemu-system");
        QVERIFY2(!boards.isEmpty(), qPrintable(m_panel->message()));
        QCOMPARE(kill(boards.front(), SIGKILL), 0);
        QElapsedTimer timer;
        timer.start();
        QTRY_VERIFY_WITH_TIMEOUT(isIdle(), kWait);
        QVERIFY2(failed.count() == 1, qPrintable(m_panel->message()));
        qInfo("said after %lld ms: %s", timer.elapsed(), qPrintable(m_panel->message()));
        QVERIFY(m_panel->runButton()->isEnabled());
        QVERIFY(descendants("qemu-system").isEmpty());
    }

    void closingTheWindowEndsARun()
    {
        if (!haveTools()) {
            QSKIP("no cross compiler or no QEMU");
        }
        useBoard("qemu_mps2_an386");
        m_controller->start();
        QTRY_VERIFY_WITH_TIMEOUT(m_controller->state() == DeviceController::State::Running, kWait);
        m_window.reset();
        QVERIFY(descendants("qemu-system").isEmpty());
        QVERIFY(descendants("make").isEmpty());
    }
};

QTEST_MAIN(TestDevicePanel)
#include "test_device_panel.moc"
