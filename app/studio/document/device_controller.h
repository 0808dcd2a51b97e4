// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Ahead of the core: Qt 6.4's moc stumbles over the standard library where <compare> comes first.
#include <QObject>

#include "app/studio/document/document.h"
#include "firmware_bridge/host/device_run.h"

#include <QTemporaryDir>
#include <memory>
#include <optional>

namespace tidemark::studio {

/// Runs the document's plan on its board: writes the bundle, builds, flashes or starts, runs,
/// counts and checks, all off the GUI thread. What was measured belongs to the plan it was
/// measured with; another plan makes it stale.
class DeviceController : public QObject {
    Q_OBJECT
public:
    enum class State { Idle, Preparing, Running };

    explicit DeviceController(Document& document, QObject* parent = nullptr);
    ~DeviceController() override; ///< cancels; no process is left behind

    State state() const { return m_state; }
    /// Why the plan cannot be run as it is; empty if it can be tried.
    QString obstacle() const;
    /// A virtual board of the same core, where the board itself cannot be driven from here.
    QString virtualTwin() const;

    /// Inputs from a seed, or from an .npy or image file.
    void setGeneratedInputs(int count);
    void setInputFile(const QString& path) { m_inputFile = path; }
    const QString& inputFile() const { return m_inputFile; }

    void start();
    void cancel(); ///< ends within 100 ms

    const std::optional<bridge::Measurement>& measurement() const { return m_measurement; }
    const PlanPtr& measuredPlan() const { return m_measuredPlan; }
    bool isStale() const { return m_measuredPlan != m_document.plan(); }

signals:
    void stateChanged();
    void progress(const QString& text, int done, int total);
    void logLine(const QString& line);
    void measured();
    void cancelled();
    void failed(const tidemark::Diagnostic& reason);

private:
    void setState(State state);
    void run(bridge::DeviceRequest request);
    void finish();

    Document& m_document;
    State m_state = State::Idle;
    int m_generated = 1;
    QString m_inputFile;
    LatestJob m_preparing;
    std::unique_ptr<QTemporaryDir> m_folder; ///< the bundle; kept until the next run
    std::unique_ptr<bridge::DeviceRun> m_run;
    PlanPtr m_runningPlan, m_measuredPlan;
    std::optional<bridge::Measurement> m_measurement;
};

} // namespace tidemark::studio
