// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/device_steps.h"

#include "firmware_bridge/host/board_connection.h"
#include "firmware_bridge/host/bundle_build.h"
#include "firmware_bridge/host/device_client.h"
#include "firmware_bridge/host/event_wait.h"

namespace tidemark {

namespace {

constexpr std::chrono::minutes kBuildAtMost{11}; ///< make has a limit of its own, below this

void tell(const bridge::DeviceEvents& events, bridge::DeviceStep step, const std::string& text)
{
    if (events.progress) {
        events.progress({step, text});
    }
}

Result<StartedDevice> greet(bridge::BoardConnection& connection, const bridge::Bundle& bundle,
                            const std::stop_token& stop)
{
    bridge::DeviceClient client(connection.session(), stop);
    if (const Status answered = client.greet(); !answered) {
        return answered.error();
    }
    const auto hash = client.hash();
    if (!hash) {
        return hash.error();
    }
    if (*hash != bundle.hash) {
        return Diagnostic{ErrorKind::Environment,
                          "the board runs another bundle, its hash begins with " +
                              printable(hash->substr(0, 8)) + " and not with " +
                              bundle.hash.substr(0, 8),
                          connection.portName(), "flash it again, or choose another port"};
    }
    const auto name = client.name();
    if (!name) {
        return name.error();
    }
    return StartedDevice{connection.portName(), printable(*name)};
}

} // namespace

Result<std::vector<bridge::SectionMeasurement>> buildFirmware(const bridge::DeviceRequest& request,
                                                              const bridge::DeviceEvents& events,
                                                              const std::stop_token& stop)
{
    tell(events, bridge::DeviceStep::Build, "building the firmware");
    const auto bundle = bridge::Bundle::open(request.bundle);
    if (!bundle) {
        return bundle.error();
    }
    bridge::BundleBuild build(*bundle);
    bridge::EventWait wait;
    QObject::connect(&build, &bridge::BundleBuild::finished, [&] { wait.wake(); });
    QObject::connect(&build, &bridge::BundleBuild::logLine, [&](const QString& line) {
        if (events.log) {
            events.log(line.toStdString());
        }
    });
    build.start();
    if (wait.run(kBuildAtMost, stop) != bridge::WaitEnd::Woken) {
        build.cancel();
    }
    if (!build.result()) {
        return build.result().error();
    }
    const auto elf = bridge::ElfFile::read(bundle->elf);
    if (!elf) {
        return elf.error();
    }
    return bridge::compareSections(*bundle, *elf);
}

Result<StartedDevice> startDevice(const bridge::DeviceRequest& request,
                                  const bridge::DeviceEvents& events, const std::stop_token& stop)
{
    const bool isVirtual = bridge::isPlayedByQemu(request.board);
    tell(events, bridge::DeviceStep::Start,
         (isVirtual       ? "starting "
          : request.flash ? "flashing "
                          : "opening ") +
             request.board.id);
    const auto bundle = bridge::Bundle::open(request.bundle);
    if (!bundle) {
        return bundle.error();
    }
    const auto elf = bridge::ElfFile::read(bundle->elf);
    if (!elf) {
        return elf.error();
    }
    const auto log = [&events](const std::string& line) {
        if (events.log) {
            events.log(line);
        }
    };
    const auto connection = bridge::BoardConnection::open(
        request.board, *bundle, *elf, {request.port, request.flash, request.counterPlugin}, log,
        stop);
    if (!connection) {
        return stop.stop_requested() ? bridge::cancelledDiagnostic() : connection.error();
    }
    Result<StartedDevice> started = greet(**connection, *bundle, stop);
    return stop.stop_requested() ? Result<StartedDevice>(bridge::cancelledDiagnostic()) : started;
}

} // namespace tidemark
