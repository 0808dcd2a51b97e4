// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Ahead of the core: Qt 6.4's moc stumbles over the standard library where <compare> comes first.
#include <QObject>

#include "app/common/device_steps.h"
#include "app/studio/document/document.h"
#include "firmware_bridge/host/device_task.h"

#include <QTemporaryDir>
#include <memory>
#include <optional>
#include <vector>

namespace tidemark::studio {

/// What can be asked of a board; each does what has to be done before.
enum class DeviceAction { Build, Start, Run };

/// What an action ended with.
struct DeviceOutcome {
    std::vector<bridge::SectionMeasurement> sections; ///< of a build
    std::optional<StartedDevice> started;
    std::optional<bridge::Measurement> measured;
};

/// Runs the document's plan on its board: writes the bundle and builds it; starts the virtual board
/// or flashes the real one; runs, counts and checks. All off the GUI thread. What was built,
/// started and measured belongs to the plan it was done with; another plan makes it stale.
class DeviceController : public QObject {
    Q_OBJECT
public:
    enum class State { Idle, Preparing, Running };

    explicit DeviceController(Document& document, QObject* parent = nullptr);
    ~DeviceController() override; ///< cancels; no process is left behind

    State state() const { return m_state; }
    DeviceAction action() const { return m_action; } ///< the one under way, or the last one
    /// Why nothing can be done with the plan as it is; empty if it can be tried.
    QString obstacle() const;
    /// A virtual board of the same core, where the board itself cannot be driven from here.
    QString virtualTwin() const;
    bool isRealBoard() const;                  ///< to be flashed through a port
    bool isBuilt() const;                      ///< the firmware of the plan shown
    bool isStarted() const;                    ///< ... has answered, or is on the real board
    QString before(DeviceAction action) const; ///< what it has to do first, in words; may be empty

    /// Inputs from a seed, or from an .npy or image file.
    void setGeneratedInputs(int count);
    void setInputFile(const QString& path) { m_inputFile = path; }
    const QString& inputFile() const { return m_inputFile; }
    /// Of a real board: a port's name or a USB serial number; empty to find it.
    void setPort(const QString& port);
    const QString& port() const { return m_port; }

    void perform(DeviceAction action);
    void cancel(); ///< ends within 100 ms

    std::filesystem::path firmware() const; ///< the .elf of the last bundle; perhaps not built
    /// Of what was built last, planned against linked.
    const std::vector<bridge::SectionMeasurement>& sections() const { return m_sections; }
    const std::optional<StartedDevice>& started() const { return m_started; }
    const std::optional<bridge::Measurement>& measurement() const { return m_measurement; }
    const PlanPtr& measuredPlan() const { return m_measuredPlan; }
    bool isStale() const { return m_measuredPlan != m_document.plan(); }

signals:
    void stateChanged();
    void progress(const QString& text, int done, int total);
    void logLine(const QString& line);
    void done(tidemark::studio::DeviceAction action); ///< and how: see isBuilt(), started(), ...
    void measured();
    void cancelled();
    void failed(const tidemark::Diagnostic& reason);

private:
    void setState(State state);
    bool makeFolder();
    bridge::DeviceRequest request() const;
    void work(bridge::DeviceRequest request);
    void finish();
    void take(DeviceOutcome outcome);

    Document& m_document;
    State m_state = State::Idle;
    DeviceAction m_action = DeviceAction::Run;
    int m_generated = 1;
    QString m_inputFile, m_port;
    LatestJob m_preparing;
    std::unique_ptr<QTemporaryDir> m_folder; ///< the bundle; kept until another one is written
    std::unique_ptr<bridge::DeviceTask<DeviceOutcome>> m_task;
    PlanPtr m_plan; ///< of the action under way
    PlanPtr m_builtPlan, m_startedPlan, m_measuredPlan;
    std::vector<bridge::SectionMeasurement> m_sections;
    std::optional<StartedDevice> m_started;
    std::optional<bridge::Measurement> m_measurement;
};

} // namespace tidemark::studio
