// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/bundle_build.h"

#include "firmware_bridge/host/event_wait.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace tidemark::bridge {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLargestLog = 1U << 20;
constexpr auto kBuildLimit = 10min;

} // namespace

bool isBuildError(const std::string& line)
{
    static constexpr std::array<std::string_view, 8> kMarks{
        ": error:",        ": fatal error:", "undefined reference", "overflowed by",
        "will not fit in", "cannot find -l", "*** No rule",         "multiple definition of"};
    return std::any_of(kMarks.begin(), kMarks.end(),
                       [&](std::string_view mark) { return line.find(mark) != std::string::npos; });
}

BundleBuild::BundleBuild(Bundle bundle, QObject* parent)
    : QObject(parent), m_bundle(std::move(bundle)), m_make(std::make_unique<ChildProcess>())
{
    m_limit.setSingleShot(true);
    connect(m_make.get(), &ChildProcess::outputLine, this, &BundleBuild::takeLine);
    connect(m_make.get(), &ChildProcess::errorLine, this, &BundleBuild::takeLine);
    connect(m_make.get(), &ChildProcess::ended, this, &BundleBuild::onEnded);
    connect(&m_limit, &QTimer::timeout, this, [this] {
        m_make->kill();
        end(Diagnostic{ErrorKind::Environment, "the build did not end within 10 minutes",
                       m_bundle.directory.string(), "run `make` there by hand to see why"});
    });
}

BundleBuild::~BundleBuild() = default;

void BundleBuild::start()
{
    m_clock.start();
    for (const std::string& program : {std::string("make"), m_bundle.compiler}) {
        if (!findProgram(program)) {
            const Diagnostic missing =
                programMissing(program, "it builds the firmware for " + m_bundle.board);
            post(this, [this, missing] { end(missing); });
            return;
        }
    }
    const ProgramCall call{
        "make", {"-j2"}, QString::fromStdString(m_bundle.directory.string()), SIGTERM};
    if (Status started = m_make->start(call); !started) {
        post(this, [this, started] { end(started.error()); });
        return;
    }
    m_limit.start(kBuildLimit);
}

void BundleBuild::cancel()
{
    m_make->kill();
    end(cancelledDiagnostic());
}

void BundleBuild::takeLine(const QByteArray& line)
{
    const std::string text = line.toStdString();
    if (m_log.size() + text.size() < kLargestLog) {
        m_log += text + "\n";
    }
    if (m_firstError.empty() && isBuildError(text)) {
        m_firstError = text;
    }
    m_lastLine = text;
    emit logLine(QString::fromStdString(printable(text, 500)));
}

void BundleBuild::onEnded()
{
    const ProgramEnd& ended = *m_make->end();
    if (!ended.ok()) {
        const std::string& said = m_firstError.empty() ? m_lastLine : m_firstError;
        end(Diagnostic{ErrorKind::Environment,
                       "the bundle does not build, `" + printable(said, 300) + "`",
                       printable(m_bundle.directory.string()),
                       "export it again if it was edited; the whole log is shown with --verbose"});
        return;
    }
    if (!std::filesystem::is_regular_file(m_bundle.elf)) {
        end(Diagnostic{ErrorKind::Environment, "the build made no firmware",
                       printable(m_bundle.elf.string()), "export the bundle again"});
        return;
    }
    end(BuiltFirmware{m_bundle.elf, m_log, static_cast<double>(m_clock.nsecsElapsed()) / 1e6});
}

void BundleBuild::end(Result<BuiltFirmware> result)
{
    m_limit.stop();
    if (!m_result) {
        m_result = std::move(result);
        emit finished();
    }
}

} // namespace tidemark::bridge
