// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "firmware_bridge/host/flash_backend.h"
#include "firmware_bridge/host/serial_port_device.h"
#include "tests/support/prompt.h"

#include <QTemporaryDir>
#include <thread>

using namespace tidemark;
using namespace tidemark::bridge;
using namespace std::chrono_literals;

namespace {

Board realBoard(std::vector<std::string> command)
{
    Board board;
    board.id = "apollo";
    board.virtualTwin = "qemu_mps2_an386";
    Transport transport;
    transport.flashCommand = std::move(command);
    transport.usbIds = {"1366:0105", "0403:6010"};
    board.transport = transport;
    return board;
}

} // namespace

class TestFlash : public QObject {
    Q_OBJECT

private slots:
    void init();
    void fillsPlaceholders();
    void runsTheProgram();
    void makesTheFormsThatAreUsed();
    void failsInWords();
    void isBounded();
    void cancelIsQuick();
    void findsThePort();

private:
    /// An executable script in the test's folder, found through PATH.
    void program(const QString& name, const QByteArray& body);
    QString file(const QString& name) const { return m_folder->filePath(name); }
    QByteArray contents(const QString& name) const
    {
        QFile f(file(name));
        return f.open(QIODevice::ReadOnly) ? f.readAll() : QByteArray();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QByteArray m_path = qgetenv("PATH");
};

void TestFlash::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    qputenv("PATH", m_folder->path().toLocal8Bit() + ":" + m_path);
}

void TestFlash::program(const QString& name, const QByteArray& body)
{
    QFile f(file(name));
    QVERIFY(f.open(QIODevice::WriteOnly));
    f.write("#!/bin/sh\n" + body + "\n");
    f.close();
    QVERIFY(f.setPermissions(f.permissions() | QFile::ExeOwner));
}

void TestFlash::fillsPlaceholders()
{
    using List = std::vector<std::string>;
    const auto argv = [](List command) {
        return FlashBackend(realBoard(std::move(command)), "arm-none-eabi-gcc")
            .command("/b/build/firmware.elf");
    };
    QCOMPARE(*argv({"openocd", "-c", "program {elf} verify", "{bin}{hex}"}),
             (List{"openocd", "-c", "program /b/build/firmware.elf verify",
                   "/b/build/firmware.bin/b/build/firmware.hex"}));
    QCOMPARE(*argv({"x", "{ {elf"}), (List{"x", "{ {elf"}));
    const auto unknown = argv({"x", "{elf} {home}"});
    QVERIFY(!unknown);
    QCOMPARE(unknown.error().kind, ErrorKind::BadInput);
    const auto none = argv({});
    QVERIFY(!none);
    QVERIFY2(none.error().mend.find("qemu_mps2_an386") != std::string::npos,
             "names the virtual board of the same core");
}

void TestFlash::runsTheProgram()
{
    program("flashit", "echo \"$#:$1:$2\" > " + file("said").toLocal8Bit() + "; echo done; exit 0");
    QStringList log;
    const FlashBackend backend(realBoard({"flashit", "{elf}", "a b;$(touch x)"}), "gcc");
    const Status done = backend.flash(
        "/tmp/f.elf", [&](const std::string& line) { log.append(QString::fromStdString(line)); });
    QVERIFY2(bool(done), done ? "" : done.error().text().c_str());
    QCOMPARE(contents("said"), QByteArray("2:/tmp/f.elf:a b;$(touch x)\n")); // no shell saw it
    QCOMPARE(log, QStringList{"done"});
}

void TestFlash::makesTheFormsThatAreUsed()
{
    program("cross-objcopy", "echo \"$@\" >> " + file("calls").toLocal8Bit());
    program("flashit", "exit 0");
    const FlashBackend bin(realBoard({"flashit", "{bin}"}), "cross-gcc");
    QVERIFY(bin.flash("/b/f.elf", [](const std::string&) {}));
    QCOMPARE(contents("calls"), QByteArray("-O binary /b/f.elf /b/f.bin\n"));
    const FlashBackend hex(realBoard({"flashit", "{hex}"}), "cross-gcc");
    QVERIFY(hex.flash("/b/f.elf", [](const std::string&) {}));
    QVERIFY(contents("calls").endsWith("-O ihex /b/f.elf /b/f.hex\n"));
}

void TestFlash::failsInWords()
{
    program("flashit", "echo 'Error: no probe found' >&2; exit 3");
    const auto silent = [](const std::string&) {};
    const Status failed = FlashBackend(realBoard({"flashit"}), "gcc").flash("/f.elf", silent);
    QVERIFY(!failed);
    QCOMPARE(failed.error().what,
             std::string("flashing failed, `flashit` exited with code 3: Error: no probe found"));
    QVERIFY(!failed.error().mend.empty());

    program("flashit", "kill -SEGV $$");
    const Status crashed = FlashBackend(realBoard({"flashit"}), "gcc").flash("/f.elf", silent);
    QVERIFY(!crashed);
    QVERIFY(crashed.error().what.find("was ended by signal 11") != std::string::npos);

    qputenv("PATH", "/nowhere");
    const Status missing = FlashBackend(realBoard({"openocd"}), "gcc").flash("/f.elf", silent);
    qputenv("PATH", m_path);
    QVERIFY(!missing);
    QVERIFY2(missing.error().text().find("apt-get install openocd") != std::string::npos,
             missing.error().text().c_str());
}

void TestFlash::isBounded()
{
    // Its grandchild would outlive a kill of the program alone.
    program("flashit", "sleep 30 & echo $! > " + file("pid").toLocal8Bit() + "; wait");
    QElapsedTimer clock;
    clock.start();
    const Status late = FlashBackend(realBoard({"flashit"}), "gcc")
                            .flash(
                                "/f.elf", [](const std::string&) {}, {}, 300ms);
    QVERIFY(!late);
    QVERIFY(late.error().what.find("did not end within") != std::string::npos);
    QVERIFY(clock.elapsed() < 2000);
    const int grandchild = contents("pid").trimmed().toInt();
    QVERIFY(grandchild > 0);
    const auto gone = [&] {
        QFile stat(QString("/proc/%1/stat").arg(grandchild));
        return !stat.open(QIODevice::ReadOnly) || stat.readAll().contains(") Z");
    };
    QTRY_VERIFY_WITH_TIMEOUT(gone(), 1000);
}

void TestFlash::cancelIsQuick()
{
    program("flashit", "sleep 30");
    std::stop_source stop;
    QElapsedTimer clock;
    std::thread other([&] {
        std::this_thread::sleep_for(200ms);
        clock.start();
        stop.request_stop();
    });
    const Status cancelled = FlashBackend(realBoard({"flashit"}), "gcc")
                                 .flash(
                                     "/f.elf", [](const std::string&) {}, stop.get_token());
    QVERIFY(clock.elapsed() < tidemark::test::kPromptMs);
    other.join();
    QVERIFY(!cancelled);
    QCOMPARE(cancelled.error().what, std::string("cancelled"));
}

void TestFlash::findsThePort()
{
    const Board board = realBoard({"x"});
    const PortFacts other{"/dev/ttyUSB0", "10c4:ea60", "A1", "CP2102"};
    const PortFacts first{"/dev/ttyACM0", "1366:0105", "S11", "J-Link"};
    const PortFacts second{"/dev/ttyACM1", "1366:0105", "S22", "J-Link"};
    QCOMPARE(*choosePort({other, first}, board, ""), std::string("/dev/ttyACM0"));
    QCOMPARE(*choosePort({other, first, second}, board, "S22"), std::string("/dev/ttyACM1"));
    QCOMPARE(*choosePort({other, first, second}, board, "ttyUSB0"), std::string("/dev/ttyUSB0"));
    QCOMPARE(*choosePort({}, board, "/dev/ttyS7"), std::string("/dev/ttyS7"));

    const auto both = choosePort({other, first, second}, board, "");
    QVERIFY(!both);
    QVERIFY2(both.error().what.find("S11") != std::string::npos &&
                 both.error().what.find("S22") != std::string::npos,
             both.error().text().c_str());
    const auto none = choosePort({other}, board, "");
    QVERIFY(!none);
    QCOMPARE(none.error().what, std::string("the board is not plugged in"));
    QVERIFY(none.error().mend.find("/dev/ttyUSB0") != std::string::npos);
    QVERIFY(!choosePort({other, first}, board, "S33"));
    // A port without USB ids must not match a board without ids.
    Board plain = board;
    plain.transport->usbIds.clear();
    QVERIFY(!choosePort({{"/dev/ttyS0", "", "", ""}}, plain, ""));
}

QTEST_GUILESS_MAIN(TestFlash)
#include "test_flash.moc"
