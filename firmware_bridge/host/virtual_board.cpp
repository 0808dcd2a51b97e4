// SPDX-License-Identifier: Apache-2.0
// QMP: https://www.qemu.org/docs/master/interop/qmp-spec.html
#include "firmware_bridge/host/virtual_board.h"

#include "firmware_bridge/host/event_wait.h"

#include <QRegularExpression>
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace tidemark::bridge {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto kAnswerLimit = 10s;
constexpr auto kPortIsSeen = 1200ms; // QEMU 7.2 polls an unopened pty once a second

/// Options that a board file may hand to QEMU. Others could open files or run programs.
constexpr std::array<std::string_view, 5> kBoardOptions{"-bios", "-cpu", "-m", "-smp", "-global"};

QStringList strings(const std::vector<std::string>& list)
{
    QStringList result;
    for (const std::string& s : list) {
        result.append(QString::fromStdString(s));
    }
    return result;
}

Status checkTransport(const Board& board)
{
    const auto refuse = [&](const std::string& what) {
        return Diagnostic{ErrorKind::BadInput, what, board.id, "correct the board's file"};
    };
    static const QRegularExpression programs("^qemu-system-[a-z0-9]+$");
    const Transport& t = *board.transport;
    if (!programs.match(QString::fromStdString(t.qemuProgram)).hasMatch()) {
        return refuse("`" + printable(t.qemuProgram, 40) + "` is no QEMU system emulator");
    }
    for (std::size_t i = 0; i < t.qemuArguments.size(); i += 2) {
        const std::string& option = t.qemuArguments[i];
        const bool allowed =
            std::find(kBoardOptions.begin(), kBoardOptions.end(), option) != kBoardOptions.end();
        if (!allowed || i + 1 == t.qemuArguments.size()) {
            return refuse("a virtual board may not give QEMU `" + printable(option, 40) + "`");
        }
    }
    return Done{};
}

QStringList qemuArguments(const Board& board, const std::filesystem::path& elf,
                          const VirtualBoardOptions& options)
{
    QStringList arguments{"-M", QString::fromStdString(board.transport->machine)};
    arguments += strings(board.transport->qemuArguments);
    // No display, no network, no monitor for people; stopped until the port is open.
    arguments += {"-display",
                  "none",
                  "-monitor",
                  "none",
                  "-nic",
                  "none",
                  "-S",
                  "-serial",
                  "pty",
                  "-qmp",
                  "stdio",
                  "-kernel",
                  QString::fromStdString(elf.string())};
    if (!options.plugin.isEmpty()) {
        arguments += {"-plugin", options.plugin};
    }
    if (options.icountShift) {
        // With sleep=off an idle guest would spin the host's processor through virtual time.
        arguments += {"-icount", QString("shift=%1,align=off,sleep=on").arg(*options.icountShift)};
    }
    return arguments;
}

/// The pty among the answer to query-chardev: "pty:/dev/pts/3".
std::optional<std::string> ptyOf(const json& devices)
{
    for (const json& device : devices.is_array() ? devices : json::array()) {
        const auto name = device.is_object() ? device.find("filename") : device.end();
        if (name == device.end() || !name->is_string()) {
            continue;
        }
        const std::string text = name->get<std::string>();
        if (text.starts_with("pty:/dev/")) {
            return text.substr(4);
        }
    }
    return std::nullopt;
}

} // namespace

int icountShift(const Board& board)
{
    // A difference of two readings, less an empty one, is off by up to two ticks. At 256 ns an
    // instruction that is under half an instruction for timers of 16 MHz and more, so rounding
    // makes it exact. RISC-V's mcycle counts virtual nanoseconds: 1 ns makes it exact by itself.
    return board.core.isa.starts_with("rv") ? 0 : 8;
}

VirtualBoard::VirtualBoard(const Board& board, std::stop_token stop)
    : m_board(board), m_stop(std::move(stop))
{
    QObject::connect(&m_qemu, &ChildProcess::outputLine, &m_qemu,
                     [this](const QByteArray& line) { takeOutput(line); });
    QObject::connect(&m_qemu, &ChildProcess::errorLine, &m_qemu, [this](const QByteArray& line) {
        if (m_firstError.empty() && !line.contains("warning:")) {
            m_firstError = printable(line.toStdString(), 200);
        }
    });
    QObject::connect(&m_qemu, &ChildProcess::ended, &m_qemu, [this] {
        if (m_onAnswer) {
            m_onAnswer();
        }
    });
}

VirtualBoard::~VirtualBoard()
{
    m_onAnswer = nullptr;
    if (m_port && m_port->isOpen()) {
        m_port->close();
    }
}

Result<std::unique_ptr<VirtualBoard>> VirtualBoard::start(const Board& board,
                                                          const std::filesystem::path& elf,
                                                          const VirtualBoardOptions& options,
                                                          const std::stop_token& stop)
{
    if (!board.transport || board.transport->machine.empty()) {
        return Diagnostic{ErrorKind::Usage, "this board is not a virtual one", board.id,
                          board.virtualTwin.empty()
                              ? "choose a virtual board, see `tidemark boards`"
                              : "use `--board " + board.virtualTwin +
                                    "`, the virtual board with the same core"};
    }
    std::unique_ptr<VirtualBoard> self(new VirtualBoard(board, stop));
    Status step = checkTransport(board);
    step = step ? self->launch(elf, options) : step;
    step = step ? self->openPort() : step;
    step = step ? self->proceed() : step;
    if (!step) {
        return step.error();
    }
    return self;
}

Status VirtualBoard::launch(const std::filesystem::path& elf, const VirtualBoardOptions& options)
{
    const std::string& program = m_board.transport->qemuProgram;
    const auto path = findProgram(program);
    if (!path) {
        return programMissing(program, "it plays the virtual board " + m_board.id);
    }
    if (Status started = m_qemu.start(
            {QString::fromStdString(*path), qemuArguments(m_board, elf, options), {}, SIGKILL});
        !started) {
        return started.error();
    }
    const Result<std::string> greeting = awaitAnswer();
    if (!greeting) {
        return greeting.error();
    }
    const Result<std::string> ready = ask("qmp_capabilities");
    return ready ? Status(Done{}) : Status(ready.error());
}

Status VirtualBoard::openPort()
{
    const Result<std::string> devices = ask("query-chardev");
    if (!devices) {
        return devices.error();
    }
    const auto pty = ptyOf(json::parse(*devices, nullptr, false));
    if (!pty) {
        return problem("QEMU gave the board no serial port");
    }
    m_portName = *pty;
    auto port = SerialPortDevice::open(m_portName, m_board.transport->baud);
    if (!port) {
        return port.error();
    }
    m_port = std::move(*port);
    return Done{};
}

Status VirtualBoard::proceed()
{
    if (pauseFor(kPortIsSeen, m_stop) == WaitEnd::Cancelled) {
        return cancelledDiagnostic();
    }
    const Result<std::string> running = ask("cont");
    return running ? Status(Done{}) : Status(running.error());
}

Result<std::string> VirtualBoard::ask(const std::string& command)
{
    m_qemu.write(QByteArray::fromStdString("{\"execute\":\"" + command + "\"}\n"));
    Result<std::string> answer = awaitAnswer();
    if (answer && answer->empty()) {
        return problem("QEMU refuses `" + command + "`, " + m_firstError);
    }
    return answer;
}

Result<std::string> VirtualBoard::awaitAnswer()
{
    EventWait wait;
    m_onAnswer = [&] { wait.wake(); };
    const bool ready = m_answer.has_value() || !m_qemu.isRunning();
    const WaitEnd end = ready ? WaitEnd::Woken : wait.run(kAnswerLimit, m_stop);
    m_onAnswer = nullptr;
    if (end == WaitEnd::Cancelled) {
        return cancelledDiagnostic();
    }
    if (m_answer) {
        std::string answer = std::move(*m_answer);
        m_answer.reset();
        return answer;
    }
    if (m_qemu.end()) {
        return problem("QEMU " + m_qemu.end()->text() + " before the firmware ran" +
                       (m_firstError.empty() ? "" : ", `" + m_firstError + "`"));
    }
    return problem("QEMU does not answer");
}

void VirtualBoard::takeOutput(const QByteArray& line)
{
    // QEMU's own remarks share the stream; events come unasked.
    const json message = json::parse(line.toStdString(), nullptr, false);
    if (!message.is_object() || message.contains("event")) {
        return;
    }
    if (message.contains("error")) {
        m_firstError = printable(message["error"].dump(), 200);
    }
    m_answer = message.contains("return") ? message["return"].dump() : "";
    if (m_onAnswer) {
        m_onAnswer();
    }
}

std::optional<std::string> VirtualBoard::endedBecause()
{
    if (m_port && !m_port->isOpen() && m_qemu.isRunning()) {
        EventWait wait;
        m_onAnswer = [&] { wait.wake(); };
        wait.run(500ms);
        m_onAnswer = nullptr;
    }
    return m_qemu.end() ? std::optional("QEMU " + m_qemu.end()->text() +
                                        (m_firstError.empty() ? "" : ", `" + m_firstError + "`"))
                        : std::nullopt;
}

Diagnostic VirtualBoard::problem(const std::string& what) const
{
    return {ErrorKind::Environment, what, m_board.id,
            "run again; if it repeats, check `" + m_board.transport->qemuProgram + " -M help`"};
}

} // namespace tidemark::bridge
