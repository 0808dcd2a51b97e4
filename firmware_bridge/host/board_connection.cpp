// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/board_connection.h"

#include "firmware_bridge/host/event_wait.h"
#include "firmware_bridge/host/flash_backend.h"

#include <QElapsedTimer>

namespace tidemark::bridge {

namespace {

using namespace std::chrono_literals;

constexpr auto kPortReturns = 5000ms; // USB ports vanish while a board is flashed

} // namespace

bool isPlayedByQemu(const Board& board)
{
    return board.transport && !board.transport->machine.empty();
}

BoardConnection::BoardConnection(const Board& board, const Bundle& bundle, const ElfFile& elf,
                                 LineSink log, std::stop_token stop)
    : m_board(board), m_bundle(bundle), m_elf(elf), m_log(std::move(log)), m_stop(std::move(stop))
{
}

Result<std::unique_ptr<BoardConnection>>
BoardConnection::open(const Board& board, const Bundle& bundle, const ElfFile& elf,
                      const ConnectionOptions& options, const LineSink& log,
                      const std::stop_token& stop)
{
    std::unique_ptr<BoardConnection> self(new BoardConnection(board, bundle, elf, log, stop));
    const Status opened =
        isPlayedByQemu(board) ? self->openVirtual(options) : self->openReal(options);
    if (!opened) {
        return opened.error();
    }
    return self;
}

Status BoardConnection::openVirtual(const ConnectionOptions& options)
{
    m_meterNote = "icount timers were asked for";
    if (options.counterPlugin) {
        const auto argument = pluginArgument();
        if (!argument && argument.error().kind == ErrorKind::BadInput) {
            return argument.error(); // the firmware's fault: timers would not mend it
        }
        Status started = argument ? startQemu({*argument, {}}) : Status(argument.error());
        if (started || m_stop.stop_requested()) {
            m_meterNote.clear();
            return started;
        }
        m_meterNote = started.error().what;
    }
    m_counter.reset();
    m_meter = Meter::IcountTimer;
    return startQemu({{}, icountShift(m_board)});
}

Result<QString> BoardConnection::pluginArgument()
{
    const auto plugin = findCounterPlugin();
    if (!plugin || !m_folder.isValid()) {
        return Diagnostic{ErrorKind::Environment,
                          "the counter plugin, `tidemark_counter.so`, is not beside this program",
                          "", "build the target tidemark_counter"};
    }
    const std::filesystem::path file = m_folder.filePath("counts").toStdString();
    m_counter.emplace(file, m_bundle.stages.size(), m_board.banks.size());
    return counterArgument(*plugin, file, m_elf, m_bundle.stages, m_board);
}

Status BoardConnection::startQemu(const VirtualBoardOptions& options)
{
    auto board = VirtualBoard::start(m_board, m_bundle.elf, options, m_stop);
    if (!board) {
        return board.error();
    }
    m_virtual = std::move(*board);
    openSession(m_virtual->port(), m_virtual->portName(), {m_board.id, true});
    return Done{};
}

Status BoardConnection::openReal(const ConnectionOptions& options)
{
    m_meter = Meter::TargetTimer;
    m_meterNote = "a real board counts its own time";
    const FlashBackend backend(m_board, m_bundle.compiler);
    if (options.flash) {
        // Before anything is touched: is there a way, and is it clear which board is meant?
        if (const auto command = backend.command(m_bundle.elf); !command) {
            return command.error();
        }
    }
    if (const auto port = choosePort(serialPorts(), m_board, options.port); !port) {
        return port.error();
    }
    if (options.flash) {
        if (Status flashed = backend.flash(m_bundle.elf, m_log, m_stop); !flashed) {
            return flashed;
        }
    }
    auto port = openPort(options.port, options.flash ? kPortReturns : 0ms);
    if (!port) {
        return port.error();
    }
    m_port = std::move(*port);
    const std::string name = m_port->portName().toStdString();
    openSession(*m_port, name, {name, false});
    return Done{};
}

Result<std::unique_ptr<SerialPortDevice>>
BoardConnection::openPort(const std::string& wanted, std::chrono::milliseconds patience)
{
    const int baud = m_board.transport ? m_board.transport->baud : 115200;
    QElapsedTimer clock;
    clock.start();
    for (;;) {
        const auto name = choosePort(serialPorts(), m_board, wanted);
        Result<std::unique_ptr<SerialPortDevice>> port =
            name ? SerialPortDevice::open(*name, baud) : name.error();
        if (port || clock.elapsed() >= patience.count()) {
            return port;
        }
        if (pauseFor(200ms, m_stop) == WaitEnd::Cancelled) {
            return cancelledDiagnostic();
        }
    }
}

void BoardConnection::openSession(QIODevice& device, const std::string& port, const Peer& peer)
{
    m_portName = port;
    m_session = std::make_unique<Session>(&device, peer);
    QObject::connect(&m_session->transcript(), &Transcript::lineAdded,
                     [log = m_log](const QString& line) { log(line.toStdString()); });
}

std::optional<std::string> BoardConnection::endedBecause()
{
    return m_virtual ? m_virtual->endedBecause() : std::nullopt;
}

} // namespace tidemark::bridge
