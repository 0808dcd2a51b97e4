// SPDX-License-Identifier: Apache-2.0
// The whole job on the tiny bundle: built, started, run, counted, painted, compared.
#include <QtTest>

#include "firmware_bridge/host/bundle_build.h"
#include "firmware_bridge/host/device_run.h"
#include "firmware_bridge/host/virtual_board.h"
#include "tests/support/prompt.h"
#include "tiny_bundle.h"

#include <QProcess>
#include <csignal>
#include <fstream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

using namespace tidemark;
using namespace tidemark::bridge;
using namespace std::chrono_literals;

namespace {

bool contains(const std::string& text, const char* words)
{
    return text.find(words) != std::string::npos;
}

DeviceRequest request(const TinyBundle& tiny, int inputs)
{
    DeviceRequest r;
    r.bundle = tiny.directory();
    r.board = TinyBundle::board();
    for (int seed = 0; seed < inputs; ++seed) {
        r.inputs.push_back(TinyBundle::input(seed));
        r.reference.push_back(TinyBundle::output(seed));
    }
    return r;
}

/// Process ids of every child this test ever left running.
QByteArray liveChildren()
{
    QProcess ps;
    ps.start("ps", {"-o", "pid,stat,comm", "--no-headers", "--ppid",
                    QString::number(QCoreApplication::applicationPid())});
    ps.waitForFinished();
    QByteArray list;
    for (const QByteArray& line : ps.readAll().split('\n')) {
        list += line.isEmpty() || line.contains(" ps") ? "" : line + '\n';
    }
    return list;
}

} // namespace

class TestDeviceRun : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void cleanup() { QCOMPARE(liveChildren(), QByteArray()); }
    void wholeJob();
    void withoutTheCounterPlugin();
    void findsAFirmwareThatLies();
    void refusesAnotherBundle();
    void refusesRequests();
    void buildFailsInWords();
    void missingToolsInWords();
    void buildCancelIsQuick();
    void cancelIsQuickAtAnyTime();
    void qemuKilledInTheMiddle();
    void realBoardInWords();
    void realBoardsTakeTheSamePath();
    void threadedRun();
};

void TestDeviceRun::initTestCase()
{
    const std::string missing = TinyBundle::missing();
    if (!missing.empty()) {
        QSKIP(missing.c_str());
    }
}

void TestDeviceRun::wholeJob()
{
    const TinyBundle tiny;
    DeviceRequest job = request(tiny, 5);
    job.repeat = 2;
    job.transcriptFile = tiny.directory() / "transcript.txt";
    std::vector<std::string> steps;
    DeviceEvents events;
    events.progress = [&](const DeviceProgress& p) { steps.push_back(p.text); };
    const auto measured = measureOnDevice(job, events);
    QVERIFY2(bool(measured), measured ? "" : measured.error().text().c_str());
    QVERIFY(measured->meter == Meter::CounterPlugin);
    QCOMPARE(measured->problems, std::vector<std::string>());
    QCOMPARE(measured->outputs.size(), std::size_t(5));
    QVERIFY(measured->match);
    QCOMPARE(measured->match->maxAbsError, 0.0); // the same order of additions
    QVERIFY(measured->match->classEqual);
    QCOMPARE(measured->repeatable, std::optional(true));
    QCOMPARE(measured->instructionsPerRun, std::vector<std::uint64_t>(5, 4165 + 397));
    QCOMPARE(measured->stages[0].instructions, std::optional<std::uint64_t>(4165));
    QCOMPARE(measured->stages[1].banks[0].loaded.count(), 276);
    QCOMPARE(measured->painting.size(), std::size_t(1));
    QVERIFY(measured->painting[0].holds());
    QCOMPARE(measured->painting[0].painted.count(), 4352);
    QCOMPARE(measured->stack->reserved.count(), 4096);
    QVERIFY(measured->stack->used.count() > 0);
    QVERIFY(std::find(steps.begin(), steps.end(), "run 3 of 5") != steps.end());
    QVERIFY(std::filesystem::file_size(job.transcriptFile) > 10'000);

    // Once more without building: the same but for the timing.
    job.build = false;
    const auto again = measureOnDevice(job);
    QVERIFY(again);
    auto first = toJson(*measured), second = toJson(*again);
    for (auto* json : {&first, &second}) {
        json->erase("timing");
        json->erase("port");
    }
    QCOMPARE(second.dump(), first.dump());
}

void TestDeviceRun::withoutTheCounterPlugin()
{
    const TinyBundle tiny;
    DeviceRequest job = request(tiny, 1);
    job.counterPlugin = false;
    const auto measured = measureOnDevice(job);
    QVERIFY2(bool(measured), measured ? "" : measured.error().text().c_str());
    QVERIFY(measured->meter == Meter::IcountTimer);
    QVERIFY(!measured->meterNote.empty());
    QCOMPARE(measured->stages[0].instructions, std::optional<std::uint64_t>(4165)); // as the plugin
    QCOMPARE(measured->stages[1].instructions, std::optional<std::uint64_t>(397));
    QCOMPARE(measured->repeatable, std::optional(true));
    QVERIFY(measured->stages[0].banks.empty());
    QVERIFY(measured->passed());
}

void TestDeviceRun::findsAFirmwareThatLies()
{
    // A stage that writes 4 bytes behind its buffer, and an arena of another size than planned.
    TinyBundle tiny;
    tiny.edit("tiny.h", "ARENA_BYTES = 4352", "ARENA_BYTES = 4360");
    tiny.edit("model.c", "\"movs r2, #64\\n\"", "\"movs r2, #65\\n\"");
    const auto measured = measureOnDevice(request(tiny, 2));
    QVERIFY2(bool(measured), measured ? "" : measured.error().text().c_str());
    QVERIFY(!measured->passed());
    std::string problems;
    for (const std::string& problem : measured->problems) {
        problems += problem + "\n";
    }
    QVERIFY2(contains(problems, "section .tm_arena.TCM has 4,360 B in the firmware, planned are "
                                "4,352 B"),
             problems.c_str());
    QVERIFY2(contains(problems, "4 B of the arena in TCM that belong to no planned buffer"),
             problems.c_str());
    QVERIFY2(contains(problems, "is used up to 4,356 B, planned is 4,352 B"), problems.c_str());
}

void TestDeviceRun::refusesAnotherBundle()
{
    TinyBundle tiny;
    tiny.manifest["hash"] = std::string(64, 'f');
    tiny.writeManifest();
    const auto measured = measureOnDevice(request(tiny, 1));
    QVERIFY(!measured);
    QVERIFY2(contains(measured.error().what, "the board runs another bundle, its hash begins with "
                                             "00000000 and not with ffffffff"),
             measured.error().text().c_str());
    QVERIFY(!measured.error().mend.empty());

    TinyBundle other;
    other.edit("server.c", "\"m-x-output-\", OUTPUT_BYTES", "\"m-x-output-\", 99");
    const auto sizes = measureOnDevice(request(other, 1));
    QVERIFY(!sizes);
    QVERIFY(contains(sizes.error().what, "other sizes than the manifest"));
}

void TestDeviceRun::refusesRequests()
{
    const TinyBundle tiny;
    DeviceRequest none = request(tiny, 0);
    QVERIFY(contains(measureOnDevice(none).error().what, "there is no input"));
    DeviceRequest shortInput = request(tiny, 1);
    shortInput.inputs[0].resize(4092);
    QVERIFY(contains(measureOnDevice(shortInput).error().what, "4092 B, the model takes 4096"));
    DeviceRequest board = request(tiny, 1);
    board.board.id = "another";
    const auto wrong = measureOnDevice(board);
    QVERIFY(contains(wrong.error().what, "the bundle is for the board `qemu_tiny`"));
    QCOMPARE(wrong.error().kind, ErrorKind::Usage);
    DeviceRequest nowhere = request(tiny, 1);
    nowhere.bundle = "/nowhere";
    QCOMPARE(measureOnDevice(nowhere).error().kind, ErrorKind::BadInput);
}

void TestDeviceRun::buildFailsInWords()
{
    TinyBundle tiny;
    tiny.edit("server.c", "static char s_line[81];", "static char s_line[81]\nint oops;");
    std::vector<std::string> log;
    DeviceEvents events;
    events.log = [&](const std::string& line) { log.push_back(line); };
    const auto compile = measureOnDevice(request(tiny, 1), events);
    QVERIFY(!compile);
    QVERIFY2(contains(compile.error().what, "the bundle does not build, `server.c:") &&
                 contains(compile.error().what, "error:"),
             compile.error().text().c_str());
    QVERIFY2(log.size() > 3, "the whole log is kept");

    TinyBundle full;
    full.edit("link.ld", "LENGTH = 64K", "LENGTH = 6K");
    const auto link = measureOnDevice(request(full, 1));
    QVERIFY(!link);
    QVERIFY2(contains(link.error().what, "will not fit in") ||
                 contains(link.error().what, "overflowed by"),
             link.error().text().c_str());

    TinyBundle symbol;
    symbol.manifest["stages"][1]["symbol"] = "tm_stage_7";
    symbol.writeManifest();
    const auto missing = measureOnDevice(request(symbol, 1));
    QVERIFY(!missing);
    QVERIFY(contains(missing.error().what, "no function `tm_stage_7`"));
}

void TestDeviceRun::missingToolsInWords()
{
    const TinyBundle tiny;
    const QByteArray path = qgetenv("PATH");
    qputenv("PATH", "/nowhere");
    const auto noMake = measureOnDevice(request(tiny, 1));
    QTemporaryDir onlyMake;
    QFile::link(QStandardPaths::findExecutable("make", {"/usr/bin"}), onlyMake.filePath("make"));
    qputenv("PATH", onlyMake.path().toLocal8Bit());
    const auto noCompiler = measureOnDevice(request(tiny, 1));
    qputenv("PATH", path);
    QVERIFY(!noMake);
    QVERIFY2(contains(noMake.error().text(), "`make` is not installed") &&
                 contains(noMake.error().text(), "apt-get install make"),
             noMake.error().text().c_str());
    QVERIFY(!noCompiler);
    QVERIFY2(contains(noCompiler.error().text(), "`arm-none-eabi-gcc` is not installed") &&
                 contains(noCompiler.error().text(), "apt-get install gcc-arm-none-eabi"),
             noCompiler.error().text().c_str());
}

void TestDeviceRun::buildCancelIsQuick()
{
    TinyBundle tiny;
    tiny.edit("Makefile", "@mkdir -p build", "@mkdir -p build; sleep 33");
    auto bundle = Bundle::open(tiny.directory());
    QVERIFY(bundle);
    BundleBuild build(*bundle);
    QSignalSpy finished(&build, &BundleBuild::finished);
    build.start();
    QVERIFY(!finished.wait(400));
    QElapsedTimer clock;
    clock.start();
    build.cancel();
    QVERIFY(clock.elapsed() < tidemark::test::kPromptMs);
    QCOMPARE(finished.count(), 1);
    QCOMPARE(build.result().error().what, std::string("cancelled"));
    const auto sleeping = [] { // also the grandchildren are gone
        QProcess ps;
        ps.start("ps", {"-eo", "stat,args"});
        ps.waitForFinished();
        const auto lines = ps.readAll().split('\n');
        return std::any_of(lines.begin(), lines.end(), [](const QByteArray& line) {
            return line.contains("sleep 33") && !line.startsWith('Z');
        });
    };
    QTRY_VERIFY_WITH_TIMEOUT(!sleeping(), 1000);
}

void TestDeviceRun::cancelIsQuickAtAnyTime()
{
    const TinyBundle tiny;
    const DeviceRequest job = request(tiny, 30);
    QVERIFY(measureOnDevice(request(tiny, 1))); // built once
    const auto cancelAfter = [&](std::chrono::milliseconds delay) {
        std::stop_source stop;
        QElapsedTimer clock;
        std::thread other([&] {
            std::this_thread::sleep_for(delay);
            clock.start();
            stop.request_stop();
        });
        const auto measured = measureOnDevice(job, {}, stop.get_token());
        const qint64 took = clock.elapsed();
        other.join();
        const bool cancelled = !measured && measured.error().what == "cancelled";
        return cancelled ? took : std::numeric_limits<qint64>::max();
    };
    for (const auto delay : {20ms, 700ms, 2000ms, 3000ms}) {
        qint64 fastest = cancelAfter(delay); // a stall of the machine is not slowness of ours
        for (int more = 0; more < 3 && fastest >= 100; ++more) {
            fastest = std::min(fastest, cancelAfter(delay));
        }
        QVERIFY2(fastest < tidemark::test::kPromptMs, std::to_string(fastest).c_str());
    }
}

void TestDeviceRun::qemuKilledInTheMiddle()
{
    const TinyBundle tiny;
    DeviceEvents events;
    events.progress = [](const DeviceProgress& progress) {
        if (progress.text == "run 2 of 3") {
            const auto qemu = liveChildren().trimmed().split(' ').constFirst().toInt();
            QVERIFY(qemu > 1);
            ::kill(qemu, SIGKILL);
        }
    };
    const auto measured = measureOnDevice(request(tiny, 3), events);
    QVERIFY(!measured);
    const std::string text = measured.error().text();
    QVERIFY2(contains(text, "the connection ended during `") &&
                 contains(text, "QEMU was ended by signal 9"),
             text.c_str());
}

void TestDeviceRun::realBoardInWords()
{
    const TinyBundle tiny;
    DeviceRequest job = request(tiny, 1);
    job.board.transport->machine.clear();
    job.board.transport->qemuProgram.clear();
    job.board.virtualTwin = "qemu_mps2_an386";
    const auto unknown = measureOnDevice(job);
    QVERIFY(!unknown);
    QVERIFY2(contains(unknown.error().text(), "`--board qemu_mps2_an386`"),
             unknown.error().text().c_str());
    job.board.transport->flashCommand = {"true", "{elf}"};
    job.board.transport->usbIds = {"ffff:ffff"};
    const auto unplugged = measureOnDevice(job);
    QVERIFY(!unplugged);
    QCOMPARE(unplugged.error().what, std::string("the board is not plugged in"));
    job.board.transport.reset();
    QVERIFY(!measureOnDevice(job));
}

/// A board that somebody else has switched on: flashed by a command, found by its port's name.
void TestDeviceRun::realBoardsTakeTheSamePath()
{
    const TinyBundle tiny;
    QVERIFY(measureOnDevice(request(tiny, 1))); // builds it
    auto board = VirtualBoard::start(TinyBundle::board(), tiny.elf(), {}, {});
    QVERIFY(board);
    (*board)->port().close();

    DeviceRequest job = request(tiny, 2);
    job.board.transport->machine.clear();
    job.board.transport->qemuProgram.clear();
    job.board.transport->flashCommand = {"cmp", "{elf}", tiny.elf().string()};
    job.port = (*board)->portName();
    const auto measured = measureOnDevice(job);
    QVERIFY2(bool(measured), measured ? "" : measured.error().text().c_str());
    QVERIFY(measured->meter == Meter::TargetTimer);
    QVERIFY2(measured->passed(), measured->passed() ? "" : measured->problems[0].c_str());
    QCOMPARE(measured->match->maxAbsError, 0.0);
    QVERIFY(!measured->stages[0].instructions);
    QCOMPARE(measured->timing.layers->ticks.size(), std::size_t(2));
    QVERIFY(*measured->timing.inferenceUs > 0);

    // The board that runs is another one than the bundle's.
    TinyBundle other;
    other.manifest["hash"] = std::string(64, 'e');
    other.writeManifest();
    job.bundle = other.directory();
    job.flash = false;
    const auto wrong = measureOnDevice(job);
    QVERIFY(!wrong);
    QVERIFY(contains(wrong.error().text(), "flash this bundle, then run again"));

    // Its port is in use.
    auto taken = SerialPortDevice::open(job.port, 115200);
    QVERIFY(taken);
    const auto busy = measureOnDevice(job);
    QVERIFY(!busy);
    QVERIFY2(contains(busy.error().text(), "already open in another program"),
             busy.error().text().c_str());
}

void TestDeviceRun::threadedRun()
{
    const TinyBundle tiny;
    DeviceRun run(request(tiny, 3));
    QSignalSpy finished(&run, &DeviceRun::finished);
    QSignalSpy progress(&run, &DeviceRun::progress);
    QSignalSpy log(&run, &DeviceRun::logLine);
    run.start();
    QVERIFY(!run.isFinished()); // it does not block
    QVERIFY(finished.wait(30'000));
    QVERIFY2(bool(run.result()), run.result() ? "" : run.result().error().text().c_str());
    QVERIFY(run.result()->passed());
    QVERIFY(progress.count() > 4);
    QVERIFY(log.count() > 100);

    DeviceRun cancelled(request(tiny, 200));
    QSignalSpy ended(&cancelled, &DeviceRun::finished);
    cancelled.start();
    QTest::qWait(2500);
    QElapsedTimer clock;
    clock.start();
    cancelled.cancel();
    QVERIFY(ended.wait(1000));
    QVERIFY(clock.elapsed() < tidemark::test::kPromptMs);
    QVERIFY(cancelled.wasCancelled());
    QVERIFY(!cancelled.result());

    // Thrown away in the middle: nothing hangs, nothing stays.
    auto thrown = std::make_unique<DeviceRun>(request(tiny, 200));
    thrown->start();
    QTest::qWait(1500);
    clock.start();
    thrown.reset();
    QVERIFY(clock.elapsed() < tidemark::test::kPromptMs);
}

QTEST_GUILESS_MAIN(TestDeviceRun)
#include "test_device_run.moc"
