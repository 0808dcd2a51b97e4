// SPDX-License-Identifier: Apache-2.0
// QEMU as a board: started, counted, killed. Needs QEMU and the Arm cross compiler.
#include <QtTest>

#include "firmware_bridge/host/bundle_build.h"
#include "firmware_bridge/host/counter.h"
#include "firmware_bridge/host/device_client.h"
#include "firmware_bridge/host/device_run.h"
#include "firmware_bridge/host/event_wait.h"
#include "firmware_bridge/host/virtual_board.h"
#include "tests/support/prompt.h"
#include "tiny_bundle.h"

#include <QThread>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>
#include <unistd.h>

using namespace tidemark;
using namespace tidemark::bridge;
using namespace std::chrono_literals;

namespace {

/// Gone, or dead and only waiting for whoever reaps it.
bool isDead(qint64 pid)
{
    QFile stat(QString("/proc/%1/stat").arg(pid));
    return !stat.open(QIODevice::ReadOnly) || stat.readAll().contains(") Z");
}

Result<std::unique_ptr<VirtualBoard>> startPlain(const std::filesystem::path& elf)
{
    return VirtualBoard::start(TinyBundle::board(), elf, {}, {});
}

/// The other process of orphanDies(): starts a board, says its process id, waits to be killed.
int startAndWait(const char* elf)
{
    auto board = startPlain(elf);
    std::printf("%lld\n", board ? static_cast<long long>((*board)->processId()) : 0LL);
    std::fflush(stdout);
    ::pause();
    return 0;
}

} // namespace

class TestVirtualBoard : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void bootsAndTalks();
    void countsExactly();
    void countsWithTimersUnderIcount();
    void killedAtEveryCommand();
    void destructorLeavesNothing();
    void orphanDies();
    void threadEndLeavesNothing();
    void cancelIsQuick();
    void failsInWords();
    void refusesHostileBoards_data();
    void refusesHostileBoards();

private:
    std::unique_ptr<TinyBundle> m_tiny;
};

void TestVirtualBoard::initTestCase()
{
    const std::string missing = TinyBundle::missing();
    if (!missing.empty()) {
        QSKIP(missing.c_str());
    }
    m_tiny = std::make_unique<TinyBundle>();
    auto bundle = Bundle::open(m_tiny->directory());
    QVERIFY(bundle);
    BundleBuild build(*bundle);
    QSignalSpy finished(&build, &BundleBuild::finished);
    build.start();
    QVERIFY(finished.wait(30'000));
    QVERIFY2(bool(build.result()), build.log().c_str());
}

void TestVirtualBoard::bootsAndTalks()
{
    auto board = startPlain(m_tiny->elf());
    QVERIFY2(bool(board), board ? "" : board.error().text().c_str());
    QVERIFY((*board)->portName().starts_with("/dev/pts/"));
    QVERIFY(!(*board)->endedBecause());
    Session session(&(*board)->port(), {"qemu_tiny", true});
    DeviceClient client(session);
    const Status greeted = client.greet();
    QVERIFY2(bool(greeted), greeted ? "" : greeted.error().text().c_str());
    // The boot text got through: QEMU did not run before the port was open.
    QVERIFY(session.transcript().lines().join('\n').contains("m-init-done"));
    QCOMPARE(*client.hash(), m_tiny->hash());
    QVERIFY(client.load(TinyBundle::input(3)));
    QVERIFY(client.infer(2, 1, true));
    const auto bytes = client.output(Bytes(16));
    QVERIFY(bytes);
    const auto wanted = TinyBundle::output(3);
    QCOMPARE(std::memcmp(bytes->data(), wanted.data(), 16), 0);
    // The port is taken while the board runs.
    const auto second = SerialPortDevice::open((*board)->portName(), 115200);
    QVERIFY(!second);
    QVERIFY(second.error().what.find("already open") != std::string::npos);
}

void TestVirtualBoard::countsExactly()
{
    const auto plugin = findCounterPlugin();
    QVERIFY2(plugin.has_value(), "tidemark_counter.so is built with the tests");
    const auto elf = ElfFile::read(m_tiny->elf());
    const auto bundle = Bundle::open(m_tiny->directory());
    QVERIFY(elf && bundle);
    QTemporaryDir folder(QDir::tempPath() + "/tidemark, test-XXXXXX"); // commas are QEMU's own
    const std::filesystem::path file = folder.filePath("counts").toStdString();
    const auto argument = counterArgument(*plugin, file, *elf, bundle->stages, TinyBundle::board());
    QVERIFY(argument);
    auto board = VirtualBoard::start(TinyBundle::board(), m_tiny->elf(), {*argument, {}}, {});
    QVERIFY2(bool(board), board ? "" : board.error().text().c_str());
    Session session(&(*board)->port(), {"qemu_tiny", true});
    DeviceClient client(session);
    QVERIFY(client.greet());
    QVERIFY(client.load(TinyBundle::input(1)));
    CounterFile counter(file, 2, 2);
    QVERIFY(client.infer(3, 2, true));
    const auto runs = counter.takeNew(); // complete as soon as the reply is there
    QVERIFY(runs);
    QCOMPARE(runs->size(), std::size_t(5));
    // tiny/model.c says why; one `bl` of glue belongs to each stage.
    const BankTraffic none;
    const StageCounts sum{4165,
                          {{1, Bytes(4), 0, Bytes(0)}, {1024, Bytes(4096), 64, Bytes(256)}, none}};
    const StageCounts weigh{397,
                            {{69, Bytes(276), 0, Bytes(0)}, {64, Bytes(256), 4, Bytes(16)}, none}};
    for (const RunCounts& run : *runs) {
        QVERIFY(run == (RunCounts{sum, weigh}));
    }
    QVERIFY(client.paint(0x55, true)); // a run as well
    QCOMPARE(counter.takeNew()->size(), std::size_t(1));
}

void TestVirtualBoard::countsWithTimersUnderIcount()
{
    const int shift = icountShift(TinyBundle::board());
    auto board = VirtualBoard::start(TinyBundle::board(), m_tiny->elf(), {{}, shift}, {});
    QVERIFY2(bool(board), board ? "" : board.error().text().c_str());
    Session session(&(*board)->port(), {"qemu_tiny", true});
    DeviceClient client(session);
    QVERIFY(client.greet());
    QVERIFY(client.load(TinyBundle::input(1)));
    const auto first = client.layers(true);
    const auto second = client.layers(true);
    QVERIFY(first && second);
    for (const protocol::LayerTicks& layers : {*first, *second}) {
        const auto instructions = [&](std::size_t stage) {
            return instructionsOf(layers.ticks.at(stage), layers.timer, layers.hertz, shift);
        };
        QCOMPARE(instructions(0), std::uint64_t(4165)); // with the call, as the plugin has it
        QCOMPARE(instructions(1), std::uint64_t(397));
    }
}

void TestVirtualBoard::killedAtEveryCommand()
{
    using Call = std::function<std::optional<Diagnostic>(DeviceClient&)>;
    const auto failed = [](const auto& result) {
        return result ? std::optional<Diagnostic>() : result.error();
    };
    const std::vector<std::pair<const char*, Call>> calls{
        {"the greeting", [&](DeviceClient& c) { return failed(c.greet()); }},
        {"`name`", [&](DeviceClient& c) { return failed(c.name()); }},
        {"`x-hash`", [&](DeviceClient& c) { return failed(c.hash()); }},
        {"`x-info`", [&](DeviceClient& c) { return failed(c.info()); }},
        {"`db load 4096`", [&](DeviceClient& c) { return failed(c.load(TinyBundle::input(1))); }},
        {"`infer 1 0`", [&](DeviceClient& c) { return failed(c.infer(1, 0, true)); }},
        {"`x-output`", [&](DeviceClient& c) { return failed(c.output(Bytes(16))); }},
        {"`x-layers`", [&](DeviceClient& c) { return failed(c.layers(true)); }},
        {"`x-paint 55`", [&](DeviceClient& c) { return failed(c.paint(0x55, true)); }},
        {"`x-stack`", [&](DeviceClient& c) { return failed(c.stack()); }},
    };
    struct Outcome {
        QString problem;
        std::unique_ptr<QThread> thread;
    };
    std::vector<Outcome> outcomes(calls.size());
    // Each on a thread with an event loop of its own: starting takes over a second.
    for (std::size_t i = 0; i < calls.size(); ++i) {
        outcomes[i].thread.reset(QThread::create([&, i] {
            const auto& [title, call] = calls[i];
            QString& problem = outcomes[i].problem;
            auto board = startPlain(m_tiny->elf());
            if (!board) {
                problem = QString::fromStdString(board.error().text());
                return;
            }
            const qint64 pid = (*board)->processId();
            Session session(&(*board)->port(), {"qemu_tiny", true});
            DeviceClient client(session);
            if (i > 0 && !client.greet()) {
                problem = "did not greet";
                return;
            }
            QElapsedTimer clock;
            clock.start();
            // When the command has been written, before its reply can be here.
            QObject::connect(&session.transcript(), &Transcript::lineAdded,
                             [pid](const QString&) { ::kill(static_cast<pid_t>(pid), SIGKILL); });
            const auto error = call(client);
            const qint64 took = clock.elapsed();
            if (!error) {
                problem = "succeeded without a board";
            } else if (error->what != "the connection ended during " + std::string(title)) {
                problem = QString::fromStdString(error->text());
            } else if (took > 2000) {
                problem = QString("took %1 ms").arg(took);
            } else if ((*board)->endedBecause() != "QEMU was ended by signal 9") {
                problem = QString::fromStdString((*board)->endedBecause().value_or("runs"));
            } else if (!isDead(pid)) {
                problem = "QEMU lives";
            }
        }));
        outcomes[i].thread->start();
    }
    for (std::size_t i = 0; i < calls.size(); ++i) {
        QVERIFY2(outcomes[i].thread->wait(20'000), calls[i].first);
    }
    for (std::size_t i = 0; i < calls.size(); ++i) {
        QVERIFY2(outcomes[i].problem.isEmpty(),
                 qPrintable(QString(calls[i].first) + ": " + outcomes[i].problem));
    }
}

void TestVirtualBoard::destructorLeavesNothing()
{
    auto board = startPlain(m_tiny->elf());
    QVERIFY(board);
    const qint64 pid = (*board)->processId();
    QVERIFY(!isDead(pid));
    QElapsedTimer clock;
    clock.start();
    board->reset();
    QVERIFY(isDead(pid));
    QVERIFY(clock.elapsed() < 500);
}

void TestVirtualBoard::orphanDies()
{
    QProcess other;
    other.start(QCoreApplication::applicationFilePath(),
                {"--start-and-wait", QString::fromStdString(m_tiny->elf().string())});
    QVERIFY(other.waitForStarted());
    QVERIFY(other.waitForReadyRead(10'000));
    const qint64 pid = other.readLine().trimmed().toLongLong();
    QVERIFY(pid > 0);
    QVERIFY(!isDead(pid));
    ::kill(static_cast<pid_t>(other.processId()), SIGKILL); // no destructor runs
    QVERIFY(other.waitForFinished(5000));
    QTRY_VERIFY_WITH_TIMEOUT(isDead(pid), 2000);
}

void TestVirtualBoard::threadEndLeavesNothing()
{
    // A worker thread that ends without tidying up.
    static VirtualBoard* leaked = nullptr;
    std::unique_ptr<QThread> thread(QThread::create([&] {
        auto board = startPlain(m_tiny->elf());
        leaked = board ? board->release() : nullptr;
    }));
    thread->start();
    QVERIFY(thread->wait(10'000));
    QVERIFY(leaked);
    QTRY_VERIFY_WITH_TIMEOUT(isDead(leaked->processId()), 2000);
    // Its objects belong to the thread that is gone; they are left to the end of this process.
}

void TestVirtualBoard::cancelIsQuick()
{
    std::stop_source stop;
    QElapsedTimer clock;
    std::thread other([&] {
        std::this_thread::sleep_for(600ms); // while it waits for QEMU to see the port
        clock.start();
        stop.request_stop();
    });
    const auto board =
        VirtualBoard::start(TinyBundle::board(), m_tiny->elf(), {}, stop.get_token());
    const qint64 took = clock.elapsed();
    other.join();
    QVERIFY(!board);
    QCOMPARE(board.error().what, std::string("cancelled"));
    QVERIFY2(took < tidemark::test::kPromptMs, std::to_string(took).c_str());
}

void TestVirtualBoard::failsInWords()
{
    const auto start = [&](const Board& board, const std::filesystem::path& elf,
                           const VirtualBoardOptions& options = {}) {
        const auto started = VirtualBoard::start(board, elf, options, {});
        return started ? std::string() : started.error().text();
    };
    const auto contains = [](const std::string& text, const char* words) {
        return text.find(words) != std::string::npos;
    };
    Board machine = TinyBundle::board();
    machine.transport->machine = "no-such-machine";
    QVERIFY(contains(start(machine, m_tiny->elf()), "unsupported machine type"));
    QVERIFY(contains(start(TinyBundle::board(), "/no/such.elf"), "QEMU exited with code 1"));
    QVERIFY(contains(start(TinyBundle::board(), m_tiny->elf(), {"/no/plugin.so", {}}),
                     "Could not load plugin"));

    const QByteArray path = qgetenv("PATH");
    qputenv("PATH", "/nowhere");
    const std::string missing = start(TinyBundle::board(), m_tiny->elf());
    qputenv("PATH", path);
    QVERIFY2(contains(missing, "apt-get install qemu-system-arm"), missing.c_str());

    Board real = TinyBundle::board();
    real.transport->machine.clear();
    real.virtualTwin = "qemu_mps2_an386";
    QVERIFY(contains(start(real, m_tiny->elf()), "`--board qemu_mps2_an386`"));
}

void TestVirtualBoard::refusesHostileBoards_data()
{
    QTest::addColumn<QString>("program");
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("another program") << "/bin/sh" << QStringList();
    QTest::newRow("a path") << "qemu-system-arm/../sh" << QStringList();
    QTest::newRow("a plugin") << "qemu-system-arm" << QStringList{"-plugin", "evil.so"};
    QTest::newRow("a file") << "qemu-system-arm" << QStringList{"-serial", "file:/tmp/x"};
    QTest::newRow("a lone option") << "qemu-system-arm" << QStringList{"-m"};
}

void TestVirtualBoard::refusesHostileBoards()
{
    QFETCH(QString, program);
    QFETCH(QStringList, arguments);
    Board board = TinyBundle::board();
    board.transport->qemuProgram = program.toStdString();
    for (const QString& argument : arguments) {
        board.transport->qemuArguments.push_back(argument.toStdString());
    }
    const auto started = VirtualBoard::start(board, m_tiny->elf(), {}, {});
    QVERIFY(!started);
    QCOMPARE(started.error().kind, ErrorKind::BadInput);
}

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    if (argc == 3 && std::strcmp(argv[1], "--start-and-wait") == 0) {
        return startAndWait(argv[2]);
    }
    TestVirtualBoard test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_virtual_board.moc"
