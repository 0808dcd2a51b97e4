// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"
#include "firmware_bridge/host/bundle.h"
#include "firmware_bridge/host/child_process.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <memory>
#include <string>

namespace tidemark::bridge {

struct BuiltFirmware {
    std::filesystem::path elf;
    std::string log; ///< everything make and the compiler said, at most 1 MiB
    double milliseconds = 0;
};

/// Runs `make -j2` in a bundle's folder, beside the caller's event loop.
class BundleBuild : public QObject {
    Q_OBJECT

public:
    explicit BundleBuild(Bundle bundle, QObject* parent = nullptr);
    ~BundleBuild() override;

    /// finished() follows, from the event loop.
    void start();
    /// Kills make and its compilers at once; finished() follows with `cancelledDiagnostic()`.
    void cancel();

    bool isFinished() const { return m_result.has_value(); }
    /// Errors (Environment): make or the cross compiler missing (with the Debian package), the
    /// first error line of a build that failed, longer than 10 minutes, cancelled.
    const Result<BuiltFirmware>& result() const { return *m_result; }
    const std::string& log() const { return m_log; } ///< also of a build that failed

signals:
    void logLine(const QString& line);
    void finished();

private:
    void takeLine(const QByteArray& line);
    void onEnded();
    void end(Result<BuiltFirmware> result);

    Bundle m_bundle;
    std::unique_ptr<ChildProcess> m_make;
    QTimer m_limit;
    QElapsedTimer m_clock;
    std::string m_log;
    std::string m_firstError, m_lastLine;
    std::optional<Result<BuiltFirmware>> m_result;
};

/// A line with which a compiler, a linker or make says what is wrong.
bool isBuildError(const std::string& line);

} // namespace tidemark::bridge
