// SPDX-License-Identifier: Apache-2.0
#pragma once

// Ahead of the rest: Qt 6.4's moc stumbles over the standard library where <compare> comes first.
#include <QSerialPort>

#include "core/board/board.h"
#include "core/model/result.h"

#include <memory>
#include <string>
#include <vector>

namespace tidemark::bridge {

/// A serial port, real or the pty of a virtual board. Closes itself once at the first error that
/// ends a connection (Qt repeats ReadError without end after the peer has gone).
class SerialPortDevice : public QSerialPort {
    Q_OBJECT

public:
    /// 8N1 without flow control. Errors (Environment), in words: no such port (with those that are
    /// there), no right to use it, in use by another program.
    static Result<std::unique_ptr<SerialPortDevice>> open(const std::string& name, int baud);

private:
    using QSerialPort::open;
    explicit SerialPortDevice(const QString& name);
    void onError(SerialPortError error);
};

/// What is known about a port of this machine.
struct PortFacts {
    std::string name;         ///< "/dev/ttyACM0"
    std::string usbId;        ///< "0483:374b", empty when it is no USB port
    std::string serialNumber; ///< of the USB device, may be empty
    std::string description;
};

std::vector<PortFacts> serialPorts();

/// The port of `board` among `ports`. `wanted` is a port name or a USB serial number, empty to
/// find it by the board's USB ids. Errors (Environment): none there; several, with their serial
/// numbers (ids alone cannot tell two boards of a kind apart).
Result<std::string> choosePort(const std::vector<PortFacts>& ports, const Board& board,
                               const std::string& wanted);

} // namespace tidemark::bridge
