// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/device_controller.h"

#include "app/studio/panels/device_panel.h"
#include "app/studio/panels/log_panel.h"
#include "app/studio/panels/port_chooser.h"
#include "tests/app/studio/window_test.h"
#include "tests/support/prompt.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <unistd.h>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

namespace {

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

/// The file of a board like the virtual one that is flashed by a copy to `elf`.
std::string realBoardFile(const QTemporaryDir& folder, const QString& elf)
{
    QFile twin(TIDEMARK_SOURCE_DIR "/resources/boards/qemu_mps2_an386.json");
    if (!twin.open(QIODevice::ReadOnly)) {
        return {};
    }
    QJsonObject board = QJsonDocument::fromJson(twin.readAll()).object();
    board["id"] = "bench_board";
    board["virtual"] = false;
    board["transport"] =
        QJsonObject{{"flash_command", QJsonArray{"cp", "{elf}", elf}}, {"baud", 115200}};
    QFile file(folder.filePath("bench_board.json"));
    if (!file.open(QIODevice::WriteOnly)) {
        return {};
    }
    file.write(QJsonDocument(board).toJson());
    return file.fileName().toStdString();
}

/// Starts QEMU with its serial line on a pty; gives the pty's name.
QString startOnPty(QProcess& qemu, const std::filesystem::path& firmware)
{
    qemu.setProcessChannelMode(QProcess::MergedChannels);
    qemu.start("qemu-system-arm",
               {"-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "pty",
                "-kernel", QString::fromStdString(firmware.string())});
    QByteArray said;
    static const QRegularExpression kPort("redirected to (\\S+)");
    while (qemu.waitForReadyRead(10'000)) {
        said += qemu.readAll();
        if (const auto match = kPort.match(QString::fromUtf8(said)); match.hasMatch()) {
            return match.captured(1);
        }
    }
    return {};
}

} // namespace

class TestDevicePanel : public WindowTest {
    Q_OBJECT

    DeviceController* m_controller = nullptr;
    DevicePanel* m_panel = nullptr;

    void useBoard(const char* id)
    {
        QVERIFY(bool(document().setBoard(id)));
        settle();
    }
    bool isIdle() const { return m_controller->state() == DeviceController::State::Idle; }

private slots:
    void initTestCase() { QVERIFY(fonts::load()); }
    void init()
    {
        openWindow();
        m_controller = m_window->findChild<DeviceController*>();
        m_panel = m_window->findChild<DevicePanel*>();
        QVERIFY(m_controller && m_panel);
        QVERIFY(m_window->showTab("device"));
    }
    void cleanup() { m_window.reset(); }

    void aBoardOutOfReachNamesItsTwin()
    {
        QVERIFY(!m_controller->obstacle().isEmpty());
        QVERIFY(!m_panel->button(DeviceAction::Run)->isEnabled());
        QVERIFY(!m_controller->virtualTwin().isEmpty());
        m_controller->perform(DeviceAction::Run);
        QVERIFY(isIdle());
        emit m_panel->boardWanted(m_controller->virtualTwin());
        settle();
        QVERIFY(document().plan()->board->isVirtual);
        QCOMPARE(m_controller->obstacle(), QString());
        QVERIFY(m_panel->button(DeviceAction::Run)->isEnabled());
    }

    void aPlanThatDoesNotFitIsNotRun()
    {
        useBoard("qemu_sifive_e");
        document().setTechnique(Technique::Unshared);
        settle();
        QVERIFY(m_controller->obstacle().contains("does not fit"));
        QVERIFY(!m_panel->button(DeviceAction::Run)->isEnabled());
    }

    void rubbishInputsAreSaid()
    {
        useBoard("qemu_mps2_an386");
        QSignalSpy failed(m_controller, &DeviceController::failed);
        m_controller->setInputFile("/nonexistent/inputs.npy");
        m_controller->perform(DeviceAction::Run);
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
        QTest::mouseClick(m_panel->button(DeviceAction::Run), Qt::LeftButton);
        QVERIFY(!isIdle());
        QTRY_VERIFY_WITH_TIMEOUT(measured.count() + failed.count() == 1, kWait);
        QVERIFY2(failed.isEmpty(), qPrintable(m_panel->message()));
        QVERIFY2(m_controller->measurement()->passed(), qPrintable(m_panel->message()));
        QVERIFY(m_panel->message().contains("2 of 2 classes"));
        QTableWidget* stages = m_panel->stageTable();
        QCOMPARE(stages->rowCount(), 5);
        QCOMPARE(stages->item(0, 0)->text(), QString("conv1"));
        QVERIFY(stages->item(0, 1)->text().size() > 5); // hundreds of thousands of instructions
        const StageCost* cost = plan().cost.stages.empty() ? nullptr : &plan().cost.stages[0];
        const bool predicted = cost && cost->instructions.value;
        QCOMPARE(stages->item(0, 2)->text().isEmpty(), !predicted);
        QVERIFY(!stages->item(0, 2)->toolTip().isEmpty()); // what it is made of, or why not
        QTableWidget* bytes = m_panel->byteTable();
        QVERIFY(bytes->rowCount() >= 2);
        for (int row = 0; row < bytes->rowCount(); ++row) {
            QCOMPARE(bytes->item(row, 2)->text(), bytes->item(row, 1)->text());
        }
        QVERIFY(bytes->item(0, 3)->text().contains("8,800"));
        QVERIFY(!m_window->findChild<LogPanel*>()->toPlainText().isEmpty());
        QVERIFY(!m_controller->isStale());
        document().setTechnique(Technique::Fused);
        settle();
        QVERIFY(m_controller->isStale());
        QVERIFY(m_panel->message().contains("earlier plan"));
    }

    void stepsAreApartAndBuildOnEachOther()
    {
        if (!haveTools()) {
            QSKIP("no cross compiler or no QEMU");
        }
        useBoard("qemu_mps2_an386");
        QSignalSpy done(m_controller, &DeviceController::done);
        QPushButton* build = m_panel->button(DeviceAction::Build);
        QPushButton* start = m_panel->button(DeviceAction::Start);
        QPushButton* run = m_panel->button(DeviceAction::Run);
        QCOMPARE(start->text(), QString("Start"));
        QVERIFY(run->toolTip().contains("builds first"));
        build->setFocus();
        QTest::keyClick(build, Qt::Key_Space);
        QVERIFY(!run->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(isIdle(), kWait);
        QVERIFY2(done.count() == 1, qPrintable(m_panel->message()));
        QVERIFY(m_controller->isBuilt() && !m_controller->isStarted());
        QVERIFY(m_panel->message().contains("linked as planned"));
        QVERIFY(m_panel->byteTable()->rowCount() >= 2);
        QVERIFY(m_panel->byteTable()->item(0, 3)->text().isEmpty()); // nothing was painted yet
        QVERIFY(!build->isEnabled());                                // it is built
        QVERIFY(!run->toolTip().contains("first"));

        QSignalSpy steps(m_controller, &DeviceController::progress);
        QTest::mouseClick(start, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(isIdle(), kWait);
        QVERIFY2(m_controller->isStarted(), qPrintable(m_panel->message()));
        QVERIFY(m_panel->message().contains("runs this firmware"));
        QTest::mouseClick(run, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(isIdle(), kWait);
        QVERIFY2(m_controller->measurement().has_value(), qPrintable(m_panel->message()));
        for (const QList<QVariant>& step : steps) {
            QVERIFY2(!step[0].toString().contains("building"), "it was built already");
        }
        document().setTechnique(Technique::Unshared);
        settle();
        QVERIFY(!m_controller->isBuilt() && !m_controller->isStarted());
        QVERIFY(build->isEnabled());
    }

    void aRealBoardIsFlashedThroughTheChosenPort()
    {
        if (!haveTools()) {
            QSKIP("no cross compiler or no QEMU");
        }
        // The board is QEMU on a pty, which the studio sees as a serial port like any other.
        const QTemporaryDir folder;
        const QString elf = folder.filePath("flashed.elf");
        useBoard(realBoardFile(folder, elf).c_str());
        QVERIFY(m_controller->isRealBoard());
        QPushButton* flash = m_panel->button(DeviceAction::Start);
        QPushButton* run = m_panel->button(DeviceAction::Run);
        QCOMPARE(flash->text(), QString("Flash"));
        QVERIFY(run->toolTip().contains("builds and flashes first"));
        QVERIFY(m_panel->portChooser()->isVisible());

        QSignalSpy failed(m_controller, &DeviceController::failed);
        m_panel->portChooser()->setEditText("/dev/pts/nowhere");
        QTest::mouseClick(flash, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(isIdle(), kWait);
        QCOMPARE(failed.count(), 1);
        QVERIFY2(m_panel->message().contains("nowhere"), qPrintable(m_panel->message()));

        m_controller->perform(DeviceAction::Build);
        QTRY_VERIFY_WITH_TIMEOUT(isIdle(), kWait);
        QVERIFY2(m_controller->isBuilt(), qPrintable(m_panel->message()));
        QProcess board;
        const QString port = startOnPty(board, m_controller->firmware());
        QVERIFY2(!port.isEmpty(), "QEMU gave no pty");
        m_panel->portChooser()->setEditText(port);
        QTest::mouseClick(flash, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(isIdle(), kWait);
        QVERIFY2(m_controller->isStarted(), qPrintable(m_panel->message()));
        QVERIFY(QFileInfo::exists(elf));                             // the flash command ran
        QVERIFY2(m_panel->message().contains(port.section('/', -2)), // "pts/3"
                 qPrintable(m_panel->message()));
        QVERIFY(!run->toolTip().contains("first"));
        QVERIFY(QFile::remove(elf));
        QTest::mouseClick(run, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(isIdle(), kWait);
        QVERIFY2(m_controller->measurement().has_value(), qPrintable(m_panel->message()));
        QVERIFY(!QFileInfo::exists(elf)); // not flashed again
        board.kill();
        board.waitForFinished();
    }

    void cancelOfABuildLeavesNothingBehind()
    {
        if (!haveTools()) {
            QSKIP("no cross compiler or no QEMU");
        }
        useBoard("qemu_mps2_an386");
        QSignalSpy cancelled(m_controller, &DeviceController::cancelled);
        m_controller->perform(DeviceAction::Build);
        QTRY_VERIFY_WITH_TIMEOUT(!descendants("make").isEmpty() || isIdle(), kWait);
        QElapsedTimer timer;
        timer.start();
        QTest::mouseClick(m_panel->cancelButton(), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(cancelled.count() == 1, 5'000);
        QVERIFY2(timer.elapsed() < tidemark::test::kPromptMs, "it built on");
        QVERIFY(descendants("make").isEmpty());
        QVERIFY(!m_controller->isBuilt());
    }

    void cancelEndsWithinATenthOfASecond()
    {
        if (!haveTools()) {
            QSKIP("no cross compiler or no QEMU");
        }
        useBoard("qemu_mps2_an386");
        QSignalSpy cancelled(m_controller, &DeviceController::cancelled);
        QSignalSpy progress(m_controller, &DeviceController::progress);
        m_controller->perform(DeviceAction::Run);
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
        m_controller->perform(DeviceAction::Run);
        QTRY_VERIFY_WITH_TIMEOUT(running || isIdle(), kWait); // not while it only tries QEMU out
        const auto boards = descendants("qemu-system");
        QVERIFY2(!boards.isEmpty(), qPrintable(m_panel->message()));
        QCOMPARE(kill(boards.front(), SIGKILL), 0);
        QElapsedTimer timer;
        timer.start();
        QTRY_VERIFY_WITH_TIMEOUT(isIdle(), kWait);
        QVERIFY2(failed.count() == 1, qPrintable(m_panel->message()));
        qInfo("said after %lld ms: %s", timer.elapsed(), qPrintable(m_panel->message()));
        QVERIFY(m_panel->button(DeviceAction::Run)->isEnabled());
        QVERIFY(descendants("qemu-system").isEmpty());
    }

    void closingTheWindowEndsARun()
    {
        if (!haveTools()) {
            QSKIP("no cross compiler or no QEMU");
        }
        useBoard("qemu_mps2_an386");
        m_controller->perform(DeviceAction::Run);
        QTRY_VERIFY_WITH_TIMEOUT(m_controller->state() == DeviceController::State::Running, kWait);
        m_window.reset();
        QVERIFY(descendants("qemu-system").isEmpty());
        QVERIFY(descendants("make").isEmpty());
    }
};

QTEST_MAIN(TestDevicePanel)
#include "test_device_panel.moc"
