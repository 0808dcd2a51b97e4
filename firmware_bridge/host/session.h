// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"
#include "firmware_bridge/host/transcript.h"

#include <QIODevice>
#include <QObject>
#include <QPointer>
#include <QTimer>
#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::bridge {

/// What the device said to an exchange: its printable lines, without the `m-ready`s.
struct Reply {
    std::vector<QByteArray> lines;
};

/// Commands that belong together, their time limits, and what a whole reply is. Several commands
/// are sent ahead of their replies, at most 1 KiB of them unanswered (the device's buffer).
struct Exchange {
    std::vector<QByteArray> commands;                          ///< without the final `%`
    std::chrono::milliseconds silence{5000};                   ///< longest wait between two lines
    std::chrono::milliseconds whole = std::chrono::minutes(5); ///< longest wait for everything
    /// May be sent a second time, from its first command, when the reply was lost or damaged.
    bool repeatable = true;
    /// Whether nothing is missing from the reply; empty: any reply will do.
    std::function<bool(const Reply&)> isWhole;
};

/// Whom the session talks to, for its messages.
struct Peer {
    std::string name; ///< "/dev/ttyACM0", "qemu_mps2_an386"
    bool isVirtual = false;
};

/// The command and reply protocol of docs/serial-protocol.md over any QIODevice. Event-driven: no
/// call blocks, handlers run from the event loop of the session's thread.
///
/// Exchanges queue up and run one after another. Each ends in its handler, exactly once (unless
/// the session is destroyed first), with the reply or a Diagnostic (Environment): silence, a
/// reply that makes no sense, a refusal `e-[..]`, a fault, a restart, the end of the connection.
/// A damaged or late reply is answered by a resync (`x-nonce N`, everything before its echo is
/// dropped) and one repetition. Garbage between lines is skipped.
class Session : public QObject {
    Q_OBJECT

public:
    using Handler = std::function<void(const Result<Reply>&)>;

    /// `device` is open and outlives the session or is closed before it dies.
    Session(QIODevice* device, Peer peer, QObject* parent = nullptr);

    /// Finds out whether someone speaks the protocol, whatever was on the wire before: up to
    /// `attempts` resyncs of one second. Call it first.
    void greet(int attempts, Handler done);
    void exchange(Exchange exchange, Handler done);
    /// Ends the running exchange and all queued ones with `cancelledDiagnostic()`.
    void abort();

    bool isOpen() const { return m_phase != Phase::Closed; }
    Transcript& transcript() { return m_transcript; }

signals:
    void closed(); ///< the connection has ended; every pending handler has its error

private:
    enum class Phase { Idle, Resync, Exchange, Closed };

    struct Pending {
        Exchange exchange;
        Handler done;
        int resyncsLeft = 0;
        bool greeting = false;
        bool repeated = false;
        std::size_t sent = 0, answered = 0;
        qsizetype inFlight = 0; ///< bytes sent and not answered
        QByteArray refusal;     ///< first `e-[..]` line
        Reply reply;
        std::size_t replyBytes = 0;

        void rewind();
        std::string title() const;
    };

    void enqueue(Pending pending);
    void startNext();
    void beginResync(int attempts);
    void sendNonce();
    void beginExchange();
    void pump();
    void send(const QByteArray& text);

    void readDevice();
    void handleLine(const QByteArray& raw);
    void handleResyncLine(const QByteArray& line);
    void handleExchangeLine(const QByteArray& line);
    void handleReady();
    void completeReply();
    void retryOrFail(const Diagnostic& reason);
    void onLimit();
    void onClosed();
    void finish(const Result<Reply>& result);
    void answer(const Handler& done, const Result<Reply>& result);
    Diagnostic problem(const std::string& what, const std::string& mend) const;
    Diagnostic lostDiagnostic(const std::string& during) const;

    QPointer<QIODevice> m_device;
    Peer m_peer;
    Transcript m_transcript;
    Phase m_phase = Phase::Idle;
    std::deque<Pending> m_queue; ///< the front one runs unless Idle
    QByteArray m_rest;           ///< an unfinished line
    bool m_restTooLong = false;
    bool m_sawGarbage = false;
    std::uint32_t m_nonce = 0;
    bool m_nonceSeen = false;
    bool m_dirty = false; ///< something may still be on its way: resync first
    QTimer m_silence, m_whole;
};

} // namespace tidemark::bridge
