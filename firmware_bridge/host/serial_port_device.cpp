// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/serial_port_device.h"

#include <QSerialPortInfo>
#include <algorithm>
#include <unistd.h>

namespace tidemark::bridge {

namespace {

std::string listOf(const std::vector<PortFacts>& ports)
{
    std::string list;
    for (const PortFacts& port : ports) {
        list += (list.empty() ? "" : ", ") + port.name;
    }
    return list.empty() ? "none" : list;
}

std::string withSerialNumber(const PortFacts& port)
{
    return port.name + " (serial number " +
           (port.serialNumber.empty() ? "unknown" : printable(port.serialNumber, 40)) + ")";
}

Diagnostic openProblem(const std::string& name, const QSerialPort& port)
{
    const std::string where = printable(name);
    const auto problem = [&](const std::string& what, const std::string& mend) {
        return Diagnostic{ErrorKind::Environment, what, where, mend};
    };
    if (::access(name.c_str(), F_OK) != 0) {
        return problem("there is no such serial port", "plug the board in and switch it on; ports "
                                                       "here: " +
                                                           listOf(serialPorts()));
    }
    if (::access(name.c_str(), R_OK | W_OK) != 0) {
        return problem("you may not use this serial port",
                       "run `sudo usermod -aG dialout $USER`, then log in again");
    }
    if (port.error() == QSerialPort::PermissionError) {
        return problem("the serial port is already open in another program",
                       "close that program (a terminal, a debugger, another Tidemark), then try "
                       "again");
    }
    return problem("cannot open the serial port, " + printable(port.errorString().toStdString()),
                   "check that it is a serial port");
}

std::string hex4(quint16 value)
{
    return QString("%1").arg(value, 4, 16, QLatin1Char('0')).toStdString();
}

bool sameText(const std::string& a, const std::string& b)
{
    return QString::fromStdString(a).compare(QString::fromStdString(b), Qt::CaseInsensitive) == 0;
}

} // namespace

SerialPortDevice::SerialPortDevice(const QString& name)
{
    setPortName(name);
    // Queued: closing inside the port's own notification would pull the notifier from under it.
    connect(this, &QSerialPort::errorOccurred, this, &SerialPortDevice::onError,
            Qt::QueuedConnection);
}

Result<std::unique_ptr<SerialPortDevice>> SerialPortDevice::open(const std::string& name, int baud)
{
    std::unique_ptr<SerialPortDevice> port(new SerialPortDevice(QString::fromStdString(name)));
    port->setBaudRate(baud);
    if (!port->QSerialPort::open(QIODevice::ReadWrite)) {
        return openProblem(name, *port);
    }
    port->clearError();
    return port;
}

void SerialPortDevice::onError(SerialPortError error)
{
    switch (error) {
    case ReadError:
    case WriteError:
    case ResourceError:
    case DeviceNotFoundError:
        if (isOpen()) {
            close();
        }
        break;
    default: // a time-out, or a control line that a pty does not have
        break;
    }
}

std::vector<PortFacts> serialPorts()
{
    std::vector<PortFacts> ports;
    for (const QSerialPortInfo& info : QSerialPortInfo::availablePorts()) {
        const bool usb = info.hasVendorIdentifier() && info.hasProductIdentifier();
        ports.push_back(
            {info.systemLocation().toStdString(),
             usb ? hex4(info.vendorIdentifier()) + ":" + hex4(info.productIdentifier()) : "",
             info.serialNumber().toStdString(), info.description().toStdString()});
    }
    return ports;
}

Result<std::string> choosePort(const std::vector<PortFacts>& ports, const Board& board,
                               const std::string& wanted)
{
    const auto problem = [&](const std::string& what, const std::string& mend) {
        return Diagnostic{ErrorKind::Environment, what, board.id, mend};
    };
    if (!wanted.empty() && wanted.front() == '/') {
        return wanted; // a path: opening it tells whether it is there
    }
    std::vector<PortFacts> matching;
    for (const PortFacts& port : ports) {
        const auto& ids = board.transport ? board.transport->usbIds : std::vector<std::string>{};
        const bool byId = std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
            return sameText(id, port.usbId);
        });
        const bool byName = port.serialNumber == wanted || port.name == "/dev/" + wanted;
        if (wanted.empty() ? byId : byName) {
            matching.push_back(port);
        }
    }
    if (matching.empty()) {
        return wanted.empty() ? problem("the board is not plugged in",
                                        "plug it in, or name its port with `--port`; ports here: " +
                                            listOf(ports))
                              : problem("no serial port is called `" + printable(wanted, 40) + "`",
                                        "ports here: " + listOf(ports));
    }
    if (matching.size() > 1) {
        std::string list;
        for (const PortFacts& port : matching) {
            list += (list.empty() ? "" : " and ") + withSerialNumber(port);
        }
        return problem(std::to_string(matching.size()) + " boards of this kind are plugged in, " +
                           list,
                       "name one with `--port NAME` or `--port SERIALNUMBER`");
    }
    return matching.front().name;
}

} // namespace tidemark::bridge
