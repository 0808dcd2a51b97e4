// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"
#include "core/model/result.h"
#include "firmware_bridge/host/bundle.h"
#include "firmware_bridge/host/child_process.h"
#include "firmware_bridge/host/counter.h"
#include "firmware_bridge/host/elf_file.h"
#include "firmware_bridge/host/measurement.h"
#include "firmware_bridge/host/serial_port_device.h"
#include "firmware_bridge/host/session.h"
#include "firmware_bridge/host/virtual_board.h"

#include <QTemporaryDir>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace tidemark::bridge {

struct ConnectionOptions {
    std::string port;          ///< real boards: port name or USB serial number; empty: find it
    bool flash = true;         ///< real boards: put the firmware there first
    bool counterPlugin = true; ///< virtual boards: false counts with icount timers
};

/// A board that runs a bundle's firmware and can be spoken to: QEMU started, or a real board
/// flashed and its port opened. Everything it started ends with it.
class BoardConnection {
public:
    /// Runs the event loop until the board is there; `stop` ends it. A virtual board whose QEMU
    /// cannot load the counter plugin is started again with icount timers.
    /// Errors: those of VirtualBoard, FlashBackend, choosePort() and SerialPortDevice.
    static Result<std::unique_ptr<BoardConnection>>
    open(const Board& board, const Bundle& bundle, const ElfFile& elf,
         const ConnectionOptions& options, const LineSink& log, const std::stop_token& stop);

    Session& session() { return *m_session; }
    const std::string& portName() const { return m_portName; }
    Meter meter() const { return m_meter; }
    const std::string& meterNote() const { return m_meterNote; }
    CounterFile* counter() { return m_counter ? &*m_counter : nullptr; }
    /// Why a virtual board has ended; nothing while it runs, nothing for a real one.
    std::optional<std::string> endedBecause();

private:
    BoardConnection(const Board& board, const Bundle& bundle, const ElfFile& elf, LineSink log,
                    std::stop_token stop);

    Status openVirtual(const ConnectionOptions& options);
    Result<QString> pluginArgument();
    Status startQemu(const VirtualBoardOptions& options);
    Status openReal(const ConnectionOptions& options);
    Result<std::unique_ptr<SerialPortDevice>> openPort(const std::string& wanted,
                                                       std::chrono::milliseconds patience);
    void openSession(QIODevice& device, const std::string& port, const Peer& peer);

    const Board& m_board;
    const Bundle& m_bundle;
    const ElfFile& m_elf;
    LineSink m_log;
    std::stop_token m_stop;

    Meter m_meter = Meter::CounterPlugin;
    std::string m_meterNote;
    std::string m_portName;
    QTemporaryDir m_folder; ///< the counter plugin's file
    std::optional<CounterFile> m_counter;
    std::unique_ptr<VirtualBoard> m_virtual;
    std::unique_ptr<SerialPortDevice> m_port;
    std::unique_ptr<Session> m_session; ///< after the ports: it ends before them
};

/// Whether QEMU plays this board.
bool isPlayedByQemu(const Board& board);

} // namespace tidemark::bridge
