// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/device_client.h"

#include "firmware_bridge/host/child_process.h"
#include "firmware_bridge/host/event_wait.h"

namespace tidemark::bridge {

using namespace std::chrono_literals;

Result<Reply> DeviceClient::await(const std::function<void(Session::Handler)>& start)
{
    struct Outcome {
        EventWait wait;
        std::optional<Result<Reply>> result;
    };
    // Shared: a handler that comes after a cancelled wait must find its place still there.
    const auto outcome = std::make_shared<Outcome>();
    start([outcome](const Result<Reply>& result) {
        outcome->result = result;
        outcome->wait.wake();
    });
    // The session bounds every exchange itself; this limit only backs it.
    const WaitEnd end = outcome->wait.run(1h, m_stop);
    if (outcome->result) {
        return *outcome->result;
    }
    m_session.abort();
    return end == WaitEnd::Cancelled
               ? cancelledDiagnostic()
               : Diagnostic{ErrorKind::Environment, "the board keeps talking for an hour", "",
                            "reset it and run again"};
}

template <class T, class Reader> Result<T> DeviceClient::ask(Exchange exchange, const Reader& read)
{
    exchange.isWhole = [read](const Reply& reply) { return read(reply).has_value(); };
    const Result<Reply> reply = run(exchange);
    if (!reply) {
        return reply.error();
    }
    return *read(*reply);
}

Status DeviceClient::greet(int attempts)
{
    const Result<Reply> reply =
        await([&](Session::Handler done) { m_session.greet(attempts, std::move(done)); });
    return reply ? Status(Done{}) : Status(reply.error());
}

Result<Reply> DeviceClient::run(const Exchange& exchange)
{
    return await([&](Session::Handler done) { m_session.exchange(exchange, std::move(done)); });
}

Result<std::string> DeviceClient::name()
{
    return ask<std::string>(protocol::command("name"), protocol::readName);
}

Result<std::string> DeviceClient::hash()
{
    return ask<std::string>(protocol::command("x-hash"), protocol::readHash);
}

Result<protocol::DeviceInfo> DeviceClient::info()
{
    return ask<protocol::DeviceInfo>(protocol::command("x-info"), protocol::readInfo);
}

Status DeviceClient::load(std::span<const std::byte> input)
{
    const Result<Reply> reply = run(protocol::loadExchange(input));
    return reply ? Status(Done{}) : Status(reply.error());
}

Result<protocol::InferLaps> DeviceClient::infer(int runs, int warmups, bool mayRepeat)
{
    Exchange exchange = protocol::inferExchange(runs, warmups);
    exchange.repeatable = mayRepeat;
    return ask<protocol::InferLaps>(exchange, protocol::readInfer);
}

Result<std::vector<std::byte>> DeviceClient::output(Bytes size)
{
    return ask<std::vector<std::byte>>(protocol::command("x-output"), [size](const Reply& reply) {
        return protocol::readOutput(reply, size);
    });
}

Result<protocol::LayerTicks> DeviceClient::layers(bool mayRepeat)
{
    Exchange exchange = protocol::command("x-layers");
    exchange.silence = 30s;
    exchange.repeatable = mayRepeat;
    return ask<protocol::LayerTicks>(exchange, protocol::readLayers);
}

Status DeviceClient::fill(std::uint8_t pattern)
{
    const Result<Reply> reply =
        run(protocol::command("x-fill " + QByteArray(1, static_cast<char>(pattern)).toHex()));
    return reply ? Status(Done{}) : Status(reply.error());
}

Result<protocol::PaintReply> DeviceClient::paint(std::uint8_t pattern, bool mayRepeat)
{
    Exchange exchange =
        protocol::command("x-paint " + QByteArray(1, static_cast<char>(pattern)).toHex());
    exchange.silence = 30s;
    exchange.repeatable = mayRepeat;
    return ask<protocol::PaintReply>(exchange, protocol::readPaint);
}

Result<protocol::StackUse> DeviceClient::stack()
{
    return ask<protocol::StackUse>(protocol::command("x-stack"), protocol::readStack);
}

} // namespace tidemark::bridge
