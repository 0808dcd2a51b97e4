// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QIODevice>
#include <functional>
#include <optional>
#include <vector>

/// What goes wrong with the reply to a command.
enum class Fault {
    None,
    Silence,      ///< nothing comes
    Garbage,      ///< random bytes and lines around the reply, which is whole
    OnlyGarbage,  ///< random bytes without end marks in place of the reply
    Truncated,    ///< the first half of the reply
    LostLines,    ///< m-ready alone
    DamagedLines, ///< every digit of the reply is another one, m-ready is whole
    Late,         ///< the reply comes after 150 ms
    Refused,      ///< e-[..]
    Restarted,    ///< the boot text
    Stopped,      ///< e-[fault ..], then silence for ever
    Babble,       ///< lines without end, never m-ready
    Close,        ///< the device closes
    CloseInReply, ///< half of the reply, then the device closes
};

/// A board in memory that speaks docs/serial-protocol.md, with faults on order. Asynchronous: it
/// answers from the event loop, as a serial port would.
class FakeDevice : public QIODevice {
    Q_OBJECT

public:
    explicit FakeDevice(int inputBytes = 100, QObject* parent = nullptr);

    /// The fault for the `nth` (from 0) command that starts with its verb ("x-hash", "db load").
    std::function<Fault(const QByteArray& verb, int nth)> fault;
    QByteArray hash = QByteArray(64, 'a');
    bool knowsOwnVerbs = true;

    const QByteArray& input() const { return m_input; }
    const QList<QByteArray>& commands() const { return m_commands; }
    qsizetype mostUnanswered() const { return m_mostUnanswered; }

    void say(const QByteArray& bytes); ///< unasked

    bool isSequential() const override { return true; }
    qint64 bytesAvailable() const override { return m_toHost.size() + QIODevice::bytesAvailable(); }

protected:
    qint64 readData(char* data, qint64 size) override;
    qint64 writeData(const char* data, qint64 size) override;

private:
    void work();
    void obey(const QByteArray& command);
    QByteArray replyTo(const QByteArray& command);
    QByteArray load(const QByteArray& hex);
    void deliver(Fault what, const QByteArray& reply);
    void babble();

    int m_inputBytes;
    QByteArray m_fromHost, m_toHost, m_input, m_line;
    QList<QByteArray> m_commands;
    QList<QByteArray> m_counted; ///< verbs, for their numbers
    qsizetype m_mostUnanswered = 0;
    bool m_stopped = false, m_busy = false;
};
