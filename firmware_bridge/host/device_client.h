// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware_bridge/host/protocol.h"
#include "firmware_bridge/host/session.h"

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace tidemark::bridge {

/// The verbs as blocking calls, for straight-line code in a command line or a worker thread: each
/// runs the thread's event loop until its exchange has ended or `stop` is requested (which ends it
/// within milliseconds). Errors: those of Session, and `cancelledDiagnostic()`.
class DeviceClient {
public:
    explicit DeviceClient(Session& session, std::stop_token stop = {})
        : m_session(session), m_stop(std::move(stop))
    {
    }

    Status greet(int attempts = 5);
    Result<Reply> run(const Exchange& exchange);

    Result<std::string> name();
    Result<std::string> hash();
    Result<protocol::DeviceInfo> info();
    Status load(std::span<const std::byte> input);
    /// `mayRepeat`: a lost reply may be mended by running again (not where a run eats its input).
    Result<protocol::InferLaps> infer(int runs, int warmups, bool mayRepeat);
    Result<std::vector<std::byte>> output(Bytes size);
    Result<protocol::LayerTicks> layers(bool mayRepeat);
    /// Paints memory ahead of an input that is used as it is loaded; paint() then only looks.
    Status fill(std::uint8_t pattern);
    Result<protocol::PaintReply> paint(std::uint8_t pattern, bool mayRepeat);
    Result<protocol::StackUse> stack();

private:
    template <class T, class Reader> Result<T> ask(Exchange exchange, const Reader& read);
    Result<Reply> await(const std::function<void(Session::Handler)>& start);

    Session& m_session;
    std::stop_token m_stop;
};

} // namespace tidemark::bridge
