// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"
#include "core/model/result.h"
#include "firmware_bridge/host/child_process.h"
#include "firmware_bridge/host/serial_port_device.h"

#include <QString>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace tidemark::bridge {

struct VirtualBoardOptions {
    QString plugin; ///< value of QEMU's `-plugin`; empty: none
    /// Virtual time by instructions, 2^shift ns each, so that the target's timers count exactly.
    std::optional<int> icountShift;
};

/// A board that QEMU plays, its serial port on a pty that is opened like any other port. QEMU
/// dies with this object, and with the thread that started it however that ends.
///
/// QEMU is stopped (`-S`) until the port is open: it drops what the firmware prints before, and
/// looks for a reader only once a second. QMP runs over QEMU's own standard input and output, so
/// no socket or folder is needed.
class VirtualBoard {
public:
    /// Blocks (running the event loop) until the firmware runs, about 1.3 s; `stop` ends it.
    /// Errors: no virtual board (Usage), QEMU missing, it cannot start (with its first words).
    static Result<std::unique_ptr<VirtualBoard>> start(const Board& board,
                                                       const std::filesystem::path& elf,
                                                       const VirtualBoardOptions& options,
                                                       const std::stop_token& stop);
    ~VirtualBoard();

    SerialPortDevice& port() { return *m_port; }
    const std::string& portName() const { return m_portName; }
    qint64 processId() const { return m_qemu.processId(); }
    bool isRunning() const { return m_qemu.isRunning(); }

    /// What QEMU said when it ended, e.g. "QEMU was ended by signal 9"; waits up to half a second
    /// for the end of a QEMU whose port has just gone. Nothing while it runs.
    std::optional<std::string> endedBecause();

private:
    VirtualBoard(const Board& board, std::stop_token stop);

    Status launch(const std::filesystem::path& elf, const VirtualBoardOptions& options);
    Status openPort();
    Status proceed();
    /// Sends a QMP command and gives its `return` as JSON text.
    Result<std::string> ask(const std::string& command);
    Result<std::string> awaitAnswer();
    void takeOutput(const QByteArray& line);
    Diagnostic problem(const std::string& what) const;

    Board m_board;
    std::stop_token m_stop;
    ChildProcess m_qemu;
    std::string m_firstError;
    std::optional<std::string> m_answer;
    std::function<void()> m_onAnswer;
    std::string m_portName;
    std::unique_ptr<SerialPortDevice> m_port;
};

/// The shift with which readings of the board's timers give whole instructions.
int icountShift(const Board& board);

} // namespace tidemark::bridge
