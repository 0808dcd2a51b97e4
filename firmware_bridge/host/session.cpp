// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/session.h"

#include "firmware_bridge/host/child_process.h"
#include "firmware_bridge/host/event_wait.h"

#include <algorithm>
#include <utility>

namespace tidemark::bridge {

namespace {

using namespace std::chrono_literals;

constexpr qsizetype kMostInFlight = 1024;
constexpr qsizetype kLongestLine = 1 << 20;
constexpr qint64 kChunk = 64 << 10;
constexpr std::size_t kLargestReply = 64U << 20;
constexpr auto kResyncLimit = 1000ms;
constexpr int kResyncs = 2;

bool isPrintable(const QByteArray& line)
{
    return std::all_of(line.begin(), line.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

/// "e-[Unknown command: x]" -> "Unknown command: x", safe to show.
std::string sentenceOf(const QByteArray& line)
{
    const QByteArray inner = line.endsWith(']') ? line.mid(3, line.size() - 4) : line.mid(3);
    return printable(inner.toStdString());
}

} // namespace

void Session::Pending::rewind()
{
    sent = answered = replyBytes = 0;
    inFlight = 0;
    refusal.clear();
    reply.lines.clear();
}

std::string Session::Pending::title() const
{
    return greeting ? "the greeting" : "`" + exchange.commands.front().toStdString() + "`";
}

Session::Session(QIODevice* device, Peer peer, QObject* parent)
    : QObject(parent), m_device(device), m_peer(std::move(peer))
{
    m_silence.setSingleShot(true);
    m_whole.setSingleShot(true);
    connect(&m_silence, &QTimer::timeout, this, &Session::onLimit);
    connect(&m_whole, &QTimer::timeout, this, &Session::onLimit);
    connect(device, &QIODevice::readyRead, this, &Session::readDevice);
    connect(device, &QIODevice::aboutToClose, this, &Session::onClosed);
    connect(device, &QIODevice::readChannelFinished, this, &Session::onClosed);
    connect(device, &QObject::destroyed, this, &Session::onClosed);
}

void Session::greet(int attempts, Handler done)
{
    Pending pending;
    pending.done = std::move(done);
    pending.greeting = true;
    pending.resyncsLeft = attempts;
    enqueue(std::move(pending));
}

void Session::exchange(Exchange exchange, Handler done)
{
    Pending pending;
    pending.exchange = std::move(exchange);
    pending.done = std::move(done);
    enqueue(std::move(pending));
}

void Session::abort()
{
    for (Pending& pending : std::exchange(m_queue, {})) {
        answer(pending.done, cancelledDiagnostic());
    }
    m_silence.stop();
    m_whole.stop();
    m_dirty = true;
    if (m_phase != Phase::Closed) {
        m_phase = Phase::Idle;
    }
}

void Session::enqueue(Pending pending)
{
    if (m_phase == Phase::Closed) {
        answer(pending.done, lostDiagnostic(pending.title()));
        return;
    }
    m_queue.push_back(std::move(pending));
    post(this, [this] { startNext(); });
}

void Session::startNext()
{
    if (m_phase != Phase::Idle || m_queue.empty()) {
        return;
    }
    Pending& pending = m_queue.front();
    if (!pending.greeting) {
        m_whole.start(pending.exchange.whole);
    }
    if (pending.greeting) {
        beginResync(pending.resyncsLeft);
    } else if (m_dirty) {
        beginResync(kResyncs);
    } else {
        beginExchange();
    }
}

void Session::beginResync(int attempts)
{
    m_phase = Phase::Resync;
    m_queue.front().resyncsLeft = attempts;
    sendNonce();
}

void Session::sendNonce()
{
    --m_queue.front().resyncsLeft;
    m_nonceSeen = false;
    m_silence.start(kResyncLimit);
    // The first % ends whatever half a command the device may hold.
    send("%x-nonce " + QByteArray::number(++m_nonce) + '%');
}

void Session::beginExchange()
{
    m_phase = Phase::Exchange;
    m_queue.front().rewind();
    m_silence.start(m_queue.front().exchange.silence);
    pump();
}

void Session::pump()
{
    Pending& p = m_queue.front();
    const auto& commands = p.exchange.commands;
    while (m_phase == Phase::Exchange && p.sent < commands.size() && p.refusal.isEmpty()) {
        const qsizetype bytes = commands[p.sent].size() + 1;
        if (p.inFlight > 0 && p.inFlight + bytes > kMostInFlight) {
            return;
        }
        p.inFlight += bytes;
        send(commands[p.sent++] + '%'); // may close the session: `p` is not touched afterwards
        if (m_phase != Phase::Exchange) {
            return;
        }
    }
}

void Session::send(const QByteArray& text)
{
    m_transcript.sent(text);
    if (!m_device || m_device->write(text) != text.size()) {
        onClosed();
    }
}

void Session::readDevice()
{
    while (m_device && m_phase != Phase::Closed) {
        const QByteArray bytes = m_device->read(kChunk);
        if (bytes.isEmpty()) {
            return;
        }
        m_rest += bytes;
        qsizetype from = 0;
        for (qsizetype to; (to = m_rest.indexOf('\n', from)) >= 0; from = to + 1) {
            const QByteArray line = m_rest.mid(from, to - from);
            if (!std::exchange(m_restTooLong, false)) {
                handleLine(line);
            }
        }
        m_rest.remove(0, from);
        if (m_rest.size() > kLongestLine) {
            m_rest.clear();
            m_restTooLong = true; // the line's remainder is no line either
        }
    }
}

void Session::handleLine(const QByteArray& raw)
{
    const QByteArray line = raw.endsWith('\r') ? raw.chopped(1) : raw;
    if (line.isEmpty()) {
        return;
    }
    m_transcript.received(line);
    if (m_phase == Phase::Resync && line.endsWith("m-x-nonce-" + QByteArray::number(m_nonce))) {
        m_nonceSeen = true; // also behind the start of a line that never ended
        return;
    }
    if (!isPrintable(line)) {
        m_sawGarbage = true;
        return;
    }
    if (m_phase == Phase::Idle) {
        m_dirty = m_dirty || line != "m-ready";
    } else if (line.startsWith("e-[fault ")) {
        finish(problem("the firmware stopped with a " + sentenceOf(line) + " during " +
                           m_queue.front().title(),
                       "run it again; if it repeats, report the model and the board with the log"));
    } else if (line == "m-init-done" && !m_queue.front().greeting) {
        finish(problem("the board restarted during " + m_queue.front().title(),
                       "check its supply and its watchdog, then run again"));
    } else if (m_phase == Phase::Resync) {
        handleResyncLine(line);
    } else {
        handleExchangeLine(line);
    }
}

void Session::handleResyncLine(const QByteArray& line)
{
    if (line.startsWith("e-[Unknown command: x-nonce")) {
        finish(problem("the firmware does not know Tidemark's commands", "flash the bundle first"));
    } else if (line == "m-ready" && m_nonceSeen) {
        m_dirty = false;
        if (m_queue.front().greeting) {
            finish(Reply{});
        } else {
            beginExchange();
        }
    }
}

void Session::handleExchangeLine(const QByteArray& line)
{
    Pending& p = m_queue.front();
    const bool protocol = line.startsWith("m-") || line.startsWith("e-[");
    if (protocol) { // a babbling line must not prolong the wait for a real one
        m_silence.start(p.exchange.silence);
    }
    if (line == "m-ready") {
        handleReady();
        return;
    }
    if (line.startsWith("e-[") && p.refusal.isEmpty()) {
        p.refusal = line;
    }
    p.replyBytes += static_cast<std::size_t>(line.size());
    if (p.replyBytes > kLargestReply) {
        finish(problem("the reply to " + p.title() + " does not end",
                       "reset the board and check that the bundle on it is this one"));
        return;
    }
    p.reply.lines.push_back(line);
}

void Session::handleReady()
{
    Pending& p = m_queue.front();
    if (p.answered == p.sent) {
        return; // one too many: an echo of an earlier command
    }
    p.inFlight -= p.exchange.commands[p.answered++].size() + 1;
    if (p.answered == p.sent && (p.sent == p.exchange.commands.size() || !p.refusal.isEmpty())) {
        completeReply();
    } else {
        pump();
    }
}

void Session::completeReply()
{
    Pending& p = m_queue.front();
    if (!p.refusal.isEmpty()) {
        retryOrFail(problem("the board refused " + p.title() + ": " + sentenceOf(p.refusal),
                            "flash the bundle again and check that it is the one of this plan"));
    } else if (p.exchange.isWhole && !p.exchange.isWhole(p.reply)) {
        retryOrFail(problem("the reply to " + p.title() + " is damaged or incomplete",
                            "check the cable and the baud rate, then run again"));
    } else {
        const Reply reply = std::move(p.reply);
        finish(reply);
    }
}

void Session::retryOrFail(const Diagnostic& reason)
{
    Pending& p = m_queue.front();
    if (p.exchange.repeatable && !p.repeated) {
        p.repeated = true;
        m_transcript.note("again: " + QByteArray::fromStdString(reason.what));
        beginResync(kResyncs);
    } else {
        m_dirty = true;
        finish(reason);
    }
}

void Session::onLimit()
{
    const bool everything = sender() == &m_whole;
    Pending& p = m_queue.front();
    if (m_phase == Phase::Resync && !everything && p.resyncsLeft > 0) {
        sendNonce();
        return;
    }
    const auto limit = everything                 ? p.exchange.whole
                       : m_phase == Phase::Resync ? kResyncLimit
                                                  : p.exchange.silence;
    const std::string what = (p.greeting ? "nobody answers"
                                         : "no whole answer to " + p.title() + " within " +
                                               std::to_string(limit.count()) + " ms") +
                             (m_sawGarbage ? ", only unreadable bytes came" : "");
    const std::string mend =
        m_peer.isVirtual ? "run again; if it repeats, look at the transcript"
        : m_sawGarbage   ? "check the board's baud rate and the cable"
                         : "check the cable, press the board's reset button, and make sure that "
                           "the bundle is flashed";
    m_dirty = true;
    if (m_phase == Phase::Exchange && !everything) {
        retryOrFail(problem(what, mend));
    } else {
        finish(problem(what, mend));
    }
}

void Session::onClosed()
{
    if (m_phase == Phase::Closed) {
        return;
    }
    if (m_device && m_device->isOpen() && m_device->bytesAvailable() > 0) {
        readDevice(); // what arrived before the end still counts
        if (m_phase == Phase::Closed) {
            return;
        }
    }
    m_phase = Phase::Closed;
    m_silence.stop();
    m_whole.stop();
    m_transcript.note("the connection has ended");
    for (Pending& pending : std::exchange(m_queue, {})) {
        answer(pending.done, lostDiagnostic(pending.title()));
    }
    post(this, [this] { emit closed(); });
}

void Session::finish(const Result<Reply>& result)
{
    m_silence.stop();
    m_whole.stop();
    m_phase = Phase::Idle;
    const Handler done = std::move(m_queue.front().done);
    m_queue.pop_front();
    answer(done, result);
    post(this, [this] { startNext(); });
}

void Session::answer(const Handler& done, const Result<Reply>& result)
{
    post(this, [done, result] { done(result); });
}

Diagnostic Session::problem(const std::string& what, const std::string& mend) const
{
    return {ErrorKind::Environment, what, m_peer.name, mend};
}

Diagnostic Session::lostDiagnostic(const std::string& during) const
{
    return problem("the connection ended during " + during,
                   m_peer.isVirtual ? "run again; if it repeats, look at the transcript"
                                    : "plug the board in and switch it on, then run again");
}

} // namespace tidemark::bridge
