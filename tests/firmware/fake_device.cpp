// SPDX-License-Identifier: Apache-2.0
#include "fake_device.h"

#include <QTimer>
#include <algorithm>
#include <cstring>

namespace {

QByteArray randomBytes(int count)
{
    static quint32 state = 12345;
    QByteArray bytes;
    for (int i = 0; i < count; ++i) {
        state = state * 1664525 + 1013904223;
        bytes += static_cast<char>(state >> 24);
    }
    return bytes;
}

/// "db 0011" -> "db", "db load 3" -> "db load", "infer 1 0" -> "infer".
QByteArray verbOf(const QByteArray& command)
{
    return command.startsWith("db load") ? QByteArray("db load") : command.split(' ').constFirst();
}

} // namespace

FakeDevice::FakeDevice(int inputBytes, QObject* parent)
    : QIODevice(parent), m_inputBytes(inputBytes)
{
    open(QIODevice::ReadWrite | QIODevice::Unbuffered);
}

void FakeDevice::say(const QByteArray& bytes)
{
    m_toHost += bytes;
    QMetaObject::invokeMethod(this, &QIODevice::readyRead, Qt::QueuedConnection);
}

qint64 FakeDevice::readData(char* data, qint64 size)
{
    const qint64 n = std::min<qint64>(size, m_toHost.size());
    std::memcpy(data, m_toHost.constData(), static_cast<std::size_t>(n));
    m_toHost.remove(0, n);
    return n;
}

qint64 FakeDevice::writeData(const char* data, qint64 size)
{
    m_fromHost.append(data, size);
    m_mostUnanswered = std::max(m_mostUnanswered, m_fromHost.size());
    QMetaObject::invokeMethod(this, &FakeDevice::work, Qt::QueuedConnection);
    return size;
}

void FakeDevice::work()
{
    const qsizetype end = m_fromHost.indexOf('%');
    if (end < 0 || m_busy || !isOpen()) {
        return;
    }
    const QByteArray command = m_fromHost.left(end);
    m_fromHost.remove(0, end + 1);
    if (!command.isEmpty() && !m_stopped) {
        obey(command);
    }
    QMetaObject::invokeMethod(this, &FakeDevice::work, Qt::QueuedConnection);
}

void FakeDevice::obey(const QByteArray& command)
{
    m_commands.append(command);
    const QByteArray verb = verbOf(command);
    const int nth = static_cast<int>(m_counted.count(verb));
    m_counted.append(verb);
    const QByteArray reply = replyTo(command) + "m-ready\r\n";
    deliver(fault ? fault(verb, nth) : Fault::None, reply);
}

QByteArray FakeDevice::load(const QByteArray& hex)
{
    m_input += QByteArray::fromHex(hex);
    return m_input.size() == m_inputBytes ? "m-load-done\r\n" : "";
}

QByteArray FakeDevice::replyTo(const QByteArray& command)
{
    if (command.startsWith("x-") && !knowsOwnVerbs) {
        return "e-[Unknown command: " + command + "]\r\n";
    }
    if (command.startsWith("x-nonce ")) {
        return "m-x-nonce-" + command.mid(8) + "\r\n";
    }
    if (command.startsWith("db load ")) {
        m_input.clear();
        return "m-[Expecting " + command.mid(8) + " bytes]\r\n";
    }
    if (command.startsWith("db ")) {
        return load(command.mid(3));
    }
    if (command.startsWith("infer ")) {
        return "m-warmup-start-0\r\nm-warmup-done\r\nm-infer-start-1\r\nm-lap-us-4294967290\r\n"
               "m-lap-us-4\r\nm-infer-done\r\nm-results-[1.5,-2.0]\r\n";
    }
    const QList<std::pair<QByteArray, QByteArray>> replies{
        {"name", "m-name-dut-[tidemark]\r\n"},
        {"x-hash", "m-x-hash-[" + hash + "]\r\n"},
        {"x-info", "m-x-stages-2\r\nm-x-input-100\r\nm-x-output-8\r\nm-x-keeps-input-1\r\n"},
        {"x-output", "m-x-data-0-0000c03f\r\nm-x-data-4-000000c0\r\n"},
        {"x-layers", "m-x-timer-[systick]-25000000\r\nm-x-layer-0-100\r\nm-x-layer-1-200\r\n"},
        {"x-paint 55", "m-x-arena-[TCM]-20000000-64\r\nm-x-range-[TCM]-0-10\r\n"
                       "m-x-range-[TCM]-20-44\r\nm-x-outside-[TCM]-20000100-1000-0\r\n"},
        {"x-stack", "m-x-stack-1024-300\r\n"},
    };
    for (const auto& [known, reply] : replies) {
        if (command == known) {
            return reply;
        }
    }
    return "e-[Unknown command: " + command + "]\r\n";
}

void FakeDevice::deliver(Fault what, const QByteArray& reply)
{
    switch (what) {
    case Fault::None:
        return say(reply);
    case Fault::Silence:
        return;
    case Fault::Garbage:
        return say(randomBytes(200) + "\r\n\xff\xfe%%%\r\n\r\nm-\r\n" + reply + randomBytes(20) +
                   '\n');
    case Fault::OnlyGarbage:
        return say(randomBytes(500));
    case Fault::Truncated:
        return say(reply.left(reply.size() / 2));
    case Fault::LostLines:
        return say("m-ready\r\n");
    case Fault::DamagedLines: {
        QByteArray damaged = reply;
        std::replace_if(
            damaged.begin(), damaged.end(), [](char c) { return c >= '0' && c <= '9'; }, 'z');
        return say(damaged);
    }
    case Fault::Late:
        m_busy = true; // replies keep their order
        QTimer::singleShot(150, this, [this, reply] {
            m_busy = false;
            say(reply);
            work();
        });
        return;
    case Fault::Refused:
        return say("e-[No, not now]\r\nm-ready\r\n");
    case Fault::Restarted:
        m_input.clear();
        return say("m-timestamp-mode-performance\r\nm-lap-us-3\r\nm-init-done\r\nm-ready\r\n");
    case Fault::Stopped:
        m_stopped = true;
        return say("e-[fault hard pc=00000124 addr=e000ed2c]\r\n");
    case Fault::Babble:
        return babble();
    case Fault::CloseInReply:
        say(reply.left(reply.size() / 2));
        QTimer::singleShot(5, this, [this] { close(); });
        return;
    case Fault::Close:
        return close();
    }
}

void FakeDevice::babble()
{
    if (isOpen()) {
        say("lorem ipsum\r\n");
        QTimer::singleShot(10, this, &FakeDevice::babble);
    }
}
