// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/protocol.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

namespace tidemark::bridge::protocol {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLoadBytesPerCommand = 31; // what the MLPerf Tiny runner sends
constexpr std::size_t kMostEntries = 20'000;

/// Takes fields off the front of a line; `ok` falls at the first one that is not there.
class Fields {
public:
    explicit Fields(const QByteArray& line)
        : m_rest(line.constData(), static_cast<std::size_t>(line.size()))
    {
    }

    /// The line begins with `text`.
    bool skip(std::string_view text)
    {
        const bool there = m_ok && m_rest.substr(0, text.size()) == text;
        if (there) {
            m_rest.remove_prefix(text.size());
        }
        return there;
    }
    void expect(std::string_view text) { m_ok = skip(text) && m_ok; }

    std::uint64_t number(int base = 10)
    {
        std::uint64_t value = 0;
        const auto [end, error] =
            std::from_chars(m_rest.data(), m_rest.data() + m_rest.size(), value, base);
        m_ok = m_ok && error == std::errc() && value <= kLargest;
        m_rest.remove_prefix(static_cast<std::size_t>(end - m_rest.data()));
        return value;
    }
    Bytes bytes() { return Bytes(static_cast<std::int64_t>(number())); }

    /// "[name]"
    std::string bracketed()
    {
        expect("[");
        const std::size_t end = m_rest.find(']');
        m_ok = m_ok && end != std::string_view::npos;
        if (!m_ok) {
            return {};
        }
        std::string name(m_rest.substr(0, end));
        m_rest.remove_prefix(end + 1);
        return name;
    }
    std::string_view rest() const { return m_rest; }
    bool complete() const { return m_ok && m_rest.empty(); }
    bool ok() const { return m_ok; }

private:
    static constexpr std::uint64_t kLargest = std::uint64_t{1} << 62;

    std::string_view m_rest;
    bool m_ok = true;
};

/// The only line that starts with `prefix`; nothing when there is none or more than one.
const QByteArray* onlyLine(const Reply& reply, const char* prefix)
{
    const QByteArray* found = nullptr;
    for (const QByteArray& line : reply.lines) {
        if (line.startsWith(prefix)) {
            if (found) {
                return nullptr;
            }
            found = &line;
        }
    }
    return found;
}

std::optional<std::string> onlyName(const Reply& reply, const char* prefix)
{
    const QByteArray* line = onlyLine(reply, prefix);
    if (!line) {
        return std::nullopt;
    }
    Fields fields(*line);
    fields.expect(prefix);
    std::string name = fields.bracketed();
    return fields.complete() ? std::optional(std::move(name)) : std::nullopt;
}

std::optional<std::uint64_t> onlyNumber(const Reply& reply, const char* prefix)
{
    const QByteArray* line = onlyLine(reply, prefix);
    if (!line) {
        return std::nullopt;
    }
    Fields fields(*line);
    fields.expect(prefix);
    const std::uint64_t number = fields.number();
    return fields.complete() ? std::optional(number) : std::nullopt;
}

bool has(const Reply& reply, const char* line)
{
    return std::find(reply.lines.begin(), reply.lines.end(), line) != reply.lines.end();
}

std::optional<std::byte> hexByte(std::string_view digits)
{
    unsigned value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + 2, value, 16);
    return error == std::errc() && end == digits.data() + 2
               ? std::optional(static_cast<std::byte>(value))
               : std::nullopt;
}

/// Appends "0a0b.." to `bytes`.
bool appendHex(std::string_view digits, std::vector<std::byte>& bytes)
{
    for (; digits.size() >= 2; digits.remove_prefix(2)) {
        const auto byte = hexByte(digits);
        if (!byte) {
            return false;
        }
        bytes.push_back(*byte);
    }
    return digits.empty();
}

QByteArray hex(std::span<const std::byte> bytes)
{
    return QByteArray(reinterpret_cast<const char*>(bytes.data()),
                      static_cast<qsizetype>(bytes.size()))
        .toHex();
}

/// One line of x-paint; false when it is damaged.
bool readPaintLine(const QByteArray& line, PaintReply& paint)
{
    Fields f(line);
    if (f.skip("m-x-arena-")) {
        PaintReply::Arena arena;
        arena.bank = f.bracketed();
        f.expect("-");
        arena.base = f.number(16);
        f.expect("-");
        arena.size = f.bytes();
        paint.arenas.push_back(std::move(arena));
    } else if (f.skip("m-x-range-")) {
        PaintReply::Range range;
        range.bank = f.bracketed();
        f.expect("-");
        range.offset = f.bytes();
        f.expect("-");
        range.length = f.bytes();
        paint.ranges.push_back(std::move(range));
    } else if (f.skip("m-x-outside-")) {
        PaintReply::Outside outside;
        outside.bank = f.bracketed();
        f.expect("-");
        outside.base = f.number(16);
        f.expect("-");
        outside.size = f.bytes();
        f.expect("-");
        outside.changed = f.bytes();
        paint.outsides.push_back(std::move(outside));
    } else {
        return true;
    }
    return f.complete();
}

/// A range belongs to an arena and lies inside it.
bool isInside(const PaintReply::Range& range, const std::vector<PaintReply::Arena>& arenas)
{
    return std::any_of(arenas.begin(), arenas.end(), [&](const PaintReply::Arena& arena) {
        return arena.bank == range.bank && range.offset <= arena.size &&
               range.length <= arena.size - range.offset;
    });
}

} // namespace

Exchange command(const QByteArray& text)
{
    Exchange exchange;
    exchange.commands = {text};
    return exchange;
}

Exchange loadExchange(std::span<const std::byte> input)
{
    Exchange exchange = command("db load " + QByteArray::number(qulonglong(input.size())));
    for (std::size_t at = 0; at < input.size(); at += kLoadBytesPerCommand) {
        const std::size_t n = std::min(kLoadBytesPerCommand, input.size() - at);
        exchange.commands.push_back("db " + hex(input.subspan(at, n)));
    }
    exchange.isWhole = [](const Reply& reply) { return has(reply, "m-load-done"); };
    return exchange;
}

Exchange inferExchange(int runs, int warmups)
{
    Exchange exchange =
        command("infer " + QByteArray::number(runs) + ' ' + QByteArray::number(warmups));
    exchange.silence = 30s;
    exchange.whole = 30min;
    exchange.isWhole = [](const Reply& reply) { return readInfer(reply).has_value(); };
    return exchange;
}

std::optional<std::string> readName(const Reply& reply)
{
    return onlyName(reply, "m-name-dut-");
}

std::optional<std::string> readHash(const Reply& reply)
{
    return onlyName(reply, "m-x-hash-");
}

std::optional<DeviceInfo> readInfo(const Reply& reply)
{
    const auto stages = onlyNumber(reply, "m-x-stages-");
    const auto input = onlyNumber(reply, "m-x-input-");
    const auto output = onlyNumber(reply, "m-x-output-");
    const auto keeps = onlyNumber(reply, "m-x-keeps-input-");
    if (!stages || !input || !output || !keeps || *keeps > 1) {
        return std::nullopt;
    }
    const auto bytes = [](std::uint64_t n) { return Bytes(static_cast<std::int64_t>(n)); };
    return DeviceInfo{static_cast<std::int64_t>(*stages), bytes(*input), bytes(*output),
                      *keeps == 1, onlyNumber(reply, "m-x-feeds-") == 1};
}

std::optional<InferLaps> readInfer(const Reply& reply)
{
    std::vector<std::uint32_t> laps;
    for (const QByteArray& line : reply.lines) {
        Fields fields(line);
        if (fields.skip("m-lap-us-")) {
            laps.push_back(static_cast<std::uint32_t>(fields.number()));
            if (!fields.complete()) {
                return std::nullopt;
            }
        }
    }
    if (laps.size() != 2 || !has(reply, "m-infer-done") || !onlyLine(reply, "m-results-[")) {
        return std::nullopt;
    }
    return InferLaps{laps[0], laps[1]};
}

std::optional<std::vector<std::byte>> readOutput(const Reply& reply, Bytes size)
{
    std::vector<std::byte> bytes;
    for (const QByteArray& line : reply.lines) {
        Fields fields(line);
        if (!fields.skip("m-x-data-")) {
            continue;
        }
        const std::uint64_t offset = fields.number();
        fields.expect("-");
        if (!fields.ok() || offset != bytes.size() || !appendHex(fields.rest(), bytes)) {
            return std::nullopt;
        }
    }
    return Bytes(static_cast<std::int64_t>(bytes.size())) == size ? std::optional(std::move(bytes))
                                                                  : std::nullopt;
}

std::optional<LayerTicks> readLayers(const Reply& reply)
{
    const QByteArray* timer = onlyLine(reply, "m-x-timer-");
    if (!timer) {
        return std::nullopt;
    }
    Fields head(*timer);
    head.expect("m-x-timer-");
    LayerTicks layers{head.bracketed(), 0, {}};
    head.expect("-");
    layers.hertz = head.number();
    if (!head.complete()) {
        return std::nullopt;
    }
    for (const QByteArray& line : reply.lines) {
        Fields fields(line);
        if (!fields.skip("m-x-layer-")) {
            continue;
        }
        const std::uint64_t stage = fields.number();
        fields.expect("-");
        layers.ticks.push_back(fields.number());
        if (!fields.complete() || stage + 1 != layers.ticks.size()) {
            return std::nullopt;
        }
    }
    return layers;
}

std::optional<PaintReply> readPaint(const Reply& reply)
{
    PaintReply paint;
    for (const QByteArray& line : reply.lines) {
        if (!readPaintLine(line, paint)) {
            return std::nullopt;
        }
    }
    const bool sane = !paint.arenas.empty() && paint.ranges.size() <= kMostEntries &&
                      std::all_of(paint.ranges.begin(), paint.ranges.end(),
                                  [&](const auto& range) { return isInside(range, paint.arenas); });
    return sane ? std::optional(std::move(paint)) : std::nullopt;
}

std::optional<StackUse> readStack(const Reply& reply)
{
    const QByteArray* line = onlyLine(reply, "m-x-stack-");
    if (!line) {
        return std::nullopt;
    }
    Fields fields(*line);
    fields.expect("m-x-stack-");
    StackUse use;
    use.reserved = fields.bytes();
    fields.expect("-");
    use.used = fields.bytes();
    return fields.complete() ? std::optional(use) : std::nullopt;
}

} // namespace tidemark::bridge::protocol
