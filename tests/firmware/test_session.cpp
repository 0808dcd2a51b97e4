// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "fake_device.h"
#include "firmware_bridge/host/device_client.h"
#include "firmware_bridge/host/protocol.h"
#include "firmware_bridge/host/serial_port_device.h"
#include "firmware_bridge/host/session.h"
#include "tests/support/prompt.h"

#include <QSocketNotifier>
#include <QTemporaryDir>
#include <fcntl.h>
#include <map>
#include <memory>
#include <stdlib.h>
#include <thread>
#include <unistd.h>

using namespace tidemark;
using namespace tidemark::bridge;
using namespace std::chrono_literals;

namespace {

std::vector<std::byte> someInput(int bytes)
{
    std::vector<std::byte> input;
    for (int i = 0; i < bytes; ++i) {
        input.push_back(static_cast<std::byte>(i * 7));
    }
    return input;
}

/// The exchanges of every verb, as the client sends them, with short limits.
std::map<std::string, Exchange> everyExchange()
{
    const auto checked = [](const QByteArray& text, auto read) {
        Exchange exchange = protocol::command(text);
        exchange.isWhole = [read](const Reply& reply) { return read(reply).has_value(); };
        return exchange;
    };
    const auto readOutput = [](const Reply& r) { return protocol::readOutput(r, Bytes(8)); };
    std::map<std::string, Exchange> all{
        {"name", checked("name", protocol::readName)},
        {"x-hash", checked("x-hash", protocol::readHash)},
        {"x-info", checked("x-info", protocol::readInfo)},
        {"db load", protocol::loadExchange(someInput(100))},
        {"infer", protocol::inferExchange(1, 0)},
        {"x-output", checked("x-output", readOutput)},
        {"x-layers", checked("x-layers", protocol::readLayers)},
        {"x-paint", checked("x-paint 55", protocol::readPaint)},
        {"x-stack", checked("x-stack", protocol::readStack)},
    };
    for (auto& [verb, exchange] : all) {
        exchange.silence = 100ms;
        exchange.whole = 1500ms;
    }
    return all;
}

/// One exchange on a device of its own; all of them share the test's event loop.
struct Trial {
    std::string verb;
    FakeDevice device;
    Session session{&device, {"a fake board", false}};
    std::optional<Result<Reply>> result;
    int answers = 0;
    qint64 tookMs = 0;

    Trial(const std::string& v, const Exchange& exchange, Fault fault, bool always) : verb(v)
    {
        device.fault = [v, fault, always](const QByteArray& asked, int nth) {
            return asked == v.c_str() && (always || nth == 0) ? fault : Fault::None;
        };
        QElapsedTimer clock;
        clock.start();
        session.exchange(exchange, [this, clock](const Result<Reply>& r) {
            ++answers;
            result = r;
            tookMs = clock.elapsed();
        });
    }
};

std::vector<std::unique_ptr<Trial>> tryEverywhere(Fault fault, bool always)
{
    std::vector<std::unique_ptr<Trial>> trials;
    for (const auto& [verb, exchange] : everyExchange()) {
        trials.push_back(std::make_unique<Trial>(verb, exchange, fault, always));
    }
    (void)QTest::qWaitFor(
        [&] {
            return std::all_of(trials.begin(), trials.end(),
                               [](const auto& t) { return t->result.has_value(); });
        },
        8000);
    QTest::qWait(20); // a second answer would come now
    return trials;
}

/// A pty whose master end answers like a board.
class PtyBoard : public QObject {
public:
    PtyBoard()
    {
        m_master = ::posix_openpt(O_RDWR | O_NOCTTY);
        ::grantpt(m_master);
        ::unlockpt(m_master);
        m_name = ::ptsname(m_master);
        m_notifier = std::make_unique<QSocketNotifier>(m_master, QSocketNotifier::Read);
        connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] {
            char text[4096];
            const ssize_t n = ::read(m_master, text, sizeof text);
            if (n > 0) {
                m_device.write(text, n);
            } else {
                m_notifier->setEnabled(false);
            }
        });
        connect(&m_device, &QIODevice::readyRead, this, [this] {
            const QByteArray bytes = m_device.readAll();
            QVERIFY(m_master < 0 || ::write(m_master, bytes, size_t(bytes.size())) > 0);
        });
    }
    ~PtyBoard() override { unplug(); }

    void unplug()
    {
        m_notifier->setEnabled(false);
        if (m_master >= 0) {
            ::close(std::exchange(m_master, -1));
        }
    }
    const std::string& name() const { return m_name; }
    FakeDevice& device() { return m_device; }

private:
    int m_master = -1;
    std::string m_name;
    std::unique_ptr<QSocketNotifier> m_notifier;
    FakeDevice m_device;
};

} // namespace

class TestSession : public QObject {
    Q_OBJECT

private slots:
    void talks();
    void loadsWithinTheWindow();
    void mendsOneFault_data();
    void mendsOneFault();
    void reportsALastingFault_data();
    void reportsALastingFault();
    void survivesGarbageEverywhere();
    void dropsALateReply();
    void doesNotRepeatWhatMustNotRun();
    void greetsWhateverWasOnTheWire();
    void greetingFails();
    void abortAnswersEverything();
    void cancelIsQuick();
    void handlerMayDestroyTheSession();
    void boundsAnEndlessReply();
    void readersRefuseNonsense();
    void transcriptIsBoundedAndSafe();
    void serialPortInWords();
    void serialPortUnplugged();
};

void TestSession::talks()
{
    FakeDevice device;
    Session session(&device, {"fake", false});
    DeviceClient client(session);
    QVERIFY(client.greet());
    QCOMPARE(*client.name(), std::string("tidemark"));
    QCOMPARE(*client.hash(), std::string(64, 'a'));
    const auto info = client.info();
    QVERIFY(info);
    QCOMPARE(info->stages, 2);
    QCOMPARE(info->input.count(), 100);
    QVERIFY(info->keepsInput);
    const auto input = someInput(100);
    QVERIFY(client.load(input));
    QCOMPARE(device.input(), QByteArray(reinterpret_cast<const char*>(input.data()), 100));
    const auto laps = client.infer(1, 0, true);
    QVERIFY(laps);
    QCOMPARE(laps->elapsedUs(), 10U); // across the wrap of the 32-bit clock
    const auto output = client.output(Bytes(8));
    QVERIFY(output);
    QCOMPARE(int((*output)[3]), 0x3f);
    const auto layers = client.layers(true);
    QVERIFY(layers);
    QCOMPARE(layers->timer, std::string("systick"));
    QCOMPARE(layers->ticks, (std::vector<std::uint64_t>{100, 200}));
    const auto paint = client.paint(0x55, true);
    QVERIFY(paint);
    QCOMPARE(paint->arenas.at(0).base, 0x20000000U);
    QCOMPARE(paint->ranges.at(1).offset.count(), 20);
    QCOMPARE(paint->outsides.at(0).size.count(), 1000);
    QCOMPARE(client.stack()->used.count(), 300);
    // Nothing was sent twice: one resync at the greeting, each verb once.
    QCOMPARE(device.commands().count("x-hash"), 1);
    QVERIFY(session.transcript().lines().join('\n').contains("< m-x-hash-[aaaa"));
}

void TestSession::loadsWithinTheWindow()
{
    FakeDevice device(27648);
    Session session(&device, {"fake", false});
    DeviceClient client(session);
    const auto input = someInput(27648);
    QVERIFY(client.load(input));
    QCOMPARE(device.input().size(), 27648);
    QCOMPARE(device.commands().size(), 1 + (27648 + 30) / 31);
    QVERIFY2(device.mostUnanswered() > 500, "commands travel ahead of their replies");
    QVERIFY2(device.mostUnanswered() <= 1024, "but never more than the device's buffer holds");
    for (const QByteArray& command : device.commands()) {
        QVERIFY(command.size() + 1 <= 80);
    }
}

void TestSession::mendsOneFault_data()
{
    QTest::addColumn<Fault>("fault");
    QTest::newRow("silence") << Fault::Silence;
    QTest::newRow("garbage around") << Fault::Garbage;
    QTest::newRow("only garbage") << Fault::OnlyGarbage;
    QTest::newRow("truncated") << Fault::Truncated;
    QTest::newRow("lost lines") << Fault::LostLines;
    QTest::newRow("damaged lines") << Fault::DamagedLines;
    QTest::newRow("late") << Fault::Late;
    QTest::newRow("refused") << Fault::Refused;
}

void TestSession::mendsOneFault()
{
    QFETCH(Fault, fault);
    for (const auto& trial : tryEverywhere(fault, false)) {
        QVERIFY2(trial->result.has_value(), (trial->verb + " hangs").c_str());
        QCOMPARE(trial->answers, 1);
        QVERIFY2(
            bool(*trial->result),
            (trial->verb + ": " + (*trial->result ? std::string() : trial->result->error().text()))
                .c_str());
        const auto exchange = everyExchange().at(trial->verb);
        QVERIFY2(!exchange.isWhole || exchange.isWhole(**trial->result), trial->verb.c_str());
    }
}

void TestSession::reportsALastingFault_data()
{
    QTest::addColumn<Fault>("fault");
    QTest::addColumn<QString>("words");
    QTest::addColumn<int>("limitMs");
    // 100 ms of silence, a resync, again 100 ms.
    QTest::newRow("silence") << Fault::Silence << "no whole answer to `" << 1000;
    QTest::newRow("only garbage") << Fault::OnlyGarbage << "no whole answer to `" << 1000;
    QTest::newRow("truncated") << Fault::Truncated << "no whole answer to `" << 1000;
    QTest::newRow("lost lines") << Fault::LostLines << "damaged or incomplete" << 500;
    QTest::newRow("refused") << Fault::Refused << "No, not now" << 500;
    QTest::newRow("restarted") << Fault::Restarted << "the board restarted during" << 500;
    QTest::newRow("stopped") << Fault::Stopped << "fault hard pc=00000124" << 500;
    QTest::newRow("babble") << Fault::Babble << "no whole answer" << 2500;
    QTest::newRow("close") << Fault::Close << "the connection ended during" << 500;
    QTest::newRow("close in reply") << Fault::CloseInReply << "the connection ended" << 500;
}

void TestSession::reportsALastingFault()
{
    QFETCH(Fault, fault);
    QFETCH(QString, words);
    QFETCH(int, limitMs);
    for (const auto& trial : tryEverywhere(fault, true)) {
        if (trial->verb == "db load" && fault == Fault::LostLines) {
            continue; // the reply to `db load N` carries nothing that could be missed
        }
        QVERIFY2(trial->result.has_value(), (trial->verb + " hangs").c_str());
        QCOMPARE(trial->answers, 1);
        QVERIFY2(!*trial->result, trial->verb.c_str());
        const Diagnostic& error = trial->result->error();
        QVERIFY2(QString::fromStdString(error.what).contains(words), error.text().c_str());
        QVERIFY2(!error.mend.empty(), "an error says what to do");
        QCOMPARE(error.where, std::string("a fake board"));
        QVERIFY2(trial->tookMs < limitMs,
                 (trial->verb + " took " + std::to_string(trial->tookMs)).c_str());
    }
}

void TestSession::survivesGarbageEverywhere()
{
    FakeDevice device;
    device.fault = [](const QByteArray&, int) { return Fault::Garbage; };
    Session session(&device, {"fake", false});
    DeviceClient client(session);
    QVERIFY(client.greet());
    QCOMPARE(*client.hash(), std::string(64, 'a'));
    QVERIFY(client.load(someInput(100)));
    QVERIFY(client.output(Bytes(8)));
}

void TestSession::dropsALateReply()
{
    // The first reply comes while the repetition is under way: it must not pass for the answer
    // to the next command.
    FakeDevice device;
    device.fault = [](const QByteArray& verb, int nth) {
        return verb == "x-stack" && nth == 0 ? Fault::Late : Fault::None;
    };
    Session session(&device, {"fake", false});
    Exchange stack = protocol::command("x-stack");
    stack.silence = 100ms;
    stack.repeatable = false;
    DeviceClient client(session);
    QVERIFY(!client.run(stack));
    QCOMPARE(*client.hash(), std::string(64, 'a'));
    QTest::qWait(200);
    const auto name = client.run(protocol::command("name"));
    QVERIFY(name);
    QCOMPARE(name->lines, (std::vector<QByteArray>{"m-name-dut-[tidemark]"}));
}

void TestSession::doesNotRepeatWhatMustNotRun()
{
    FakeDevice device;
    device.fault = [](const QByteArray& verb, int) {
        return verb == "infer" ? Fault::LostLines : Fault::None;
    };
    Session session(&device, {"fake", false});
    DeviceClient client(session);
    QVERIFY(!client.infer(1, 0, false));
    QCOMPARE(device.commands().count("infer 1 0"), 1);
    QVERIFY(!client.infer(1, 0, true));
    QCOMPARE(device.commands().count("infer 1 0"), 3);
}

void TestSession::greetsWhateverWasOnTheWire()
{
    FakeDevice device;
    device.say("m-timestamp-mode-performance\r\nm-lap-us-1\r\nm-init-done\r\nm-ready\r\nm-rea");
    device.write("db 00ff"); // half a command that someone left behind
    Session session(&device, {"fake", false});
    DeviceClient client(session);
    QVERIFY(client.greet());
    QCOMPARE(*client.hash(), std::string(64, 'a'));
}

void TestSession::greetingFails()
{
    FakeDevice silent;
    silent.fault = [](const QByteArray&, int) { return Fault::Silence; };
    Session first(&silent, {"/dev/ttyACM0", false});
    const Status nobody = DeviceClient(first).greet(1);
    QVERIFY(!nobody);
    QCOMPARE(nobody.error().what, std::string("nobody answers"));

    FakeDevice wrongBaud;
    wrongBaud.fault = [](const QByteArray&, int) { return Fault::OnlyGarbage; };
    wrongBaud.say(QByteArray("\xf0\x81\x99\n\xff\xfe\n"));
    Session second(&wrongBaud, {"/dev/ttyACM0", false});
    const Status garbage = DeviceClient(second).greet(1);
    QVERIFY(!garbage);
    QVERIFY2(garbage.error().mend.find("baud") != std::string::npos,
             garbage.error().text().c_str());

    FakeDevice stranger;
    stranger.knowsOwnVerbs = false;
    Session third(&stranger, {"/dev/ttyACM0", false});
    const Status unknown = DeviceClient(third).greet(1);
    QVERIFY(!unknown);
    QVERIFY(unknown.error().what.find("does not know Tidemark") != std::string::npos);
}

void TestSession::abortAnswersEverything()
{
    FakeDevice device;
    device.fault = [](const QByteArray& verb, int) {
        return verb == "name" ? Fault::Silence : Fault::None;
    };
    Session session(&device, {"fake", false});
    int cancelled = 0;
    for (int i = 0; i < 3; ++i) {
        session.exchange(protocol::command("name"),
                         [&](const Result<Reply>& r) { cancelled += !r; });
    }
    QTest::qWait(20);
    session.abort();
    QTRY_COMPARE_WITH_TIMEOUT(cancelled, 3, 100);
    QCOMPARE(*DeviceClient(session).hash(), std::string(64, 'a')); // usable again
}

void TestSession::cancelIsQuick()
{
    FakeDevice device;
    device.fault = [](const QByteArray&, int) { return Fault::Silence; };
    Session session(&device, {"fake", false});
    std::stop_source stop;
    DeviceClient client(session, stop.get_token());
    QElapsedTimer clock;
    std::thread other([&] {
        std::this_thread::sleep_for(100ms);
        clock.start();
        stop.request_stop();
    });
    const auto name = client.name();
    QVERIFY(clock.elapsed() < tidemark::test::kPromptMs);
    other.join();
    QVERIFY(!name);
    QCOMPARE(name.error().what, std::string("cancelled"));
}

void TestSession::handlerMayDestroyTheSession()
{
    FakeDevice device;
    auto* session = new Session(&device, {"fake", false});
    bool called = false;
    session->exchange(protocol::command("name"), [&](const Result<Reply>&) {
        called = true;
        delete session;
    });
    QTRY_VERIFY(called);
    device.say("m-ready\r\n"); // to nobody
    QTest::qWait(20);
}

void TestSession::boundsAnEndlessReply()
{
    FakeDevice device;
    device.fault = [](const QByteArray&, int) { return Fault::Silence; };
    Session session(&device, {"fake", false});
    std::optional<Result<Reply>> result;
    session.exchange(protocol::command("name"), [&](const Result<Reply>& r) { result = r; });
    QTest::qWait(20);
    const QByteArray line = "m-x-range-[" + QByteArray(500'000, 'x') + "]\r\n";
    for (int i = 0; i < 200 && !result; ++i) {
        device.say(line);
        QCoreApplication::processEvents();
    }
    QTRY_VERIFY(result.has_value());
    QVERIFY(!*result);
    QVERIFY(result->error().what.find("does not end") != std::string::npos);
}

void TestSession::readersRefuseNonsense()
{
    const auto reply = [](const char* text) {
        Reply r;
        for (const QByteArray& line : QByteArray(text).split('\n')) {
            r.lines.push_back(line);
        }
        return r;
    };
    using namespace protocol;
    QVERIFY(!readHash(reply("m-x-hash-[abc")));
    QVERIFY(!readHash(reply("m-x-hash-[abc] ")));
    QVERIFY(!readHash(reply("m-x-hash-[abc]\nm-x-hash-[abd]")));
    QVERIFY(!readInfo(reply("m-x-stages-2\nm-x-input-4\nm-x-output-4")));
    QVERIFY(!readInfo(reply("m-x-stages-2\nm-x-input--4\nm-x-output-4\nm-x-keeps-input-1")));
    QVERIFY(!readInfo(reply("m-x-stages-2\nm-x-input-4\nm-x-output-4\nm-x-keeps-input-2")));
    QVERIFY(!readInfo(
        reply("m-x-stages-99999999999999999999\nm-x-input-4\nm-x-output-4\nm-x-keeps-input-1")));
    QVERIFY(!readOutput(reply("m-x-data-0-0011"), Bytes(3)));
    QVERIFY(!readOutput(reply("m-x-data-1-0011"), Bytes(2)));
    QVERIFY(!readOutput(reply("m-x-data-0-001"), Bytes(2)));
    QVERIFY(!readOutput(reply("m-x-data-0-00xx"), Bytes(2)));
    QVERIFY(!readOutput(reply("m-x-data-0-00\nm-x-data-0-00"), Bytes(2)));
    QVERIFY(readOutput(reply("m-x-data-0-00\nm-x-data-1-ff"), Bytes(2)));
    QVERIFY(!readLayers(reply("m-x-layer-0-5")));
    QVERIFY(!readLayers(reply("m-x-timer-[t]-5\nm-x-layer-1-5")));
    QVERIFY(!readPaint(reply("")));
    const char* arena = "m-x-arena-[TCM]-20000000-64\n";
    QVERIFY(readPaint(reply((std::string(arena) + "m-x-range-[TCM]-0-64").c_str())));
    QVERIFY(!readPaint(reply((std::string(arena) + "m-x-range-[TCM]-1-64").c_str())));
    QVERIFY(!readPaint(reply((std::string(arena) + "m-x-range-[RAM]-0-1").c_str())));
    QVERIFY(!readPaint(reply((std::string(arena) + "m-x-range-[TCM]-0-").c_str())));
    QVERIFY(!readStack(reply("m-x-stack-10")));
    QVERIFY(!readInfer(reply("m-lap-us-1\nm-infer-done\nm-results-[1]")));
}

void TestSession::transcriptIsBoundedAndSafe()
{
    QTemporaryDir folder;
    Transcript transcript;
    QVERIFY(transcript.openFile(folder.filePath("log").toStdString()));
    QVERIFY(!transcript.openFile("/no/such/folder/log"));
    QVERIFY(transcript.openFile(folder.filePath("log").toStdString()));
    int lines = 0;
    connect(&transcript, &Transcript::lineAdded, this, [&] { ++lines; });
    transcript.received("\x1b[31m\xff");
    QVERIFY(transcript.lines().constLast().endsWith("< \\x1b[31m\\xff"));
    transcript.received(QByteArray(5000, 'x'));
    QVERIFY(transcript.lines().constLast().size() < 230);
    for (int i = 0; i < 20'000; ++i) {
        transcript.sent("name%");
    }
    QCOMPARE(lines, 20'002);
    QVERIFY(transcript.lines().size() <= 5000);
    QVERIFY(QFileInfo(folder.filePath("log")).size() > 100'000);
}

void TestSession::serialPortInWords()
{
    const auto missing = SerialPortDevice::open("/dev/ttyNOTHERE", 115200);
    QVERIFY(!missing);
    QCOMPARE(missing.error().what, std::string("there is no such serial port"));

    PtyBoard board;
    const auto first = SerialPortDevice::open(board.name(), 115200);
    QVERIFY2(bool(first), first ? "" : first.error().text().c_str());
    const auto second = SerialPortDevice::open(board.name(), 115200);
    QVERIFY(!second);
    QVERIFY2(second.error().what.find("already open") != std::string::npos,
             second.error().text().c_str());
    QCOMPARE(second.error().where, board.name());

    QTemporaryDir folder;
    const std::string plain = folder.filePath("file").toStdString();
    QFile(QString::fromStdString(plain)).open(QIODevice::WriteOnly);
    QVERIFY(!SerialPortDevice::open(plain, 115200));
}

void TestSession::serialPortUnplugged()
{
    PtyBoard board;
    auto port = SerialPortDevice::open(board.name(), 115200);
    QVERIFY(port);
    Session session(port->get(), {board.name(), false});
    DeviceClient client(session);
    QVERIFY(client.greet());
    QVERIFY(client.load(someInput(100)));

    int errors = 0, closed = 0;
    connect(port->get(), &QSerialPort::errorOccurred, this, [&] { ++errors; });
    connect(&session, &Session::closed, this, [&] { ++closed; });
    board.device().fault = [](const QByteArray&, int) { return Fault::Silence; };
    QTimer::singleShot(50, &board, [&] { board.unplug(); });
    QElapsedTimer clock;
    clock.start();
    const auto lost = client.hash();
    QVERIFY(!lost);
    QVERIFY2(lost.error().what.find("the connection ended during `x-hash`") != std::string::npos,
             lost.error().text().c_str());
    QVERIFY(clock.elapsed() < 1000);
    QTest::qWait(100);
    QCOMPARE(closed, 1);
    QVERIFY2(errors < 10, "Qt's endless ReadError is cut off");
    QVERIFY(!(*port)->isOpen());
    QVERIFY(!client.name());
}

QTEST_GUILESS_MAIN(TestSession)
#include "test_session.moc"
