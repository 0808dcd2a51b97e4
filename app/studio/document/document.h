// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/common/source.h"
#include "app/studio/document/latest_job.h"
#include "app/studio/view_model/plan_view.h"
#include "core/place/planning_session.h"

#include <QObject>
#include <QString>
#include <QTimer>
#include <QUndoStack>
#include <functional>
#include <map>
#include <optional>

namespace tidemark::studio {

/// What the user decides about a model: saved in a project, undone as a whole.
struct Settings {
    std::string boardName; ///< as given: an id, or the path of a board file
    std::shared_ptr<const Board> board;
    Constraints constraints;
    bool int8 = false;                 ///< a float model is quantised after training
    std::filesystem::path calibration; ///< with these samples; empty: generated inputs

    bool operator==(const Settings& other) const
    {
        return boardName == other.boardName && constraints == other.constraints &&
               int8 == other.int8 && calibration == other.calibration;
    }
};

/// Given on the command line; overrides what a project says.
struct OpenOverrides {
    std::string board;
    std::optional<Technique> technique;
    std::map<std::string, std::int64_t> dims; ///< values of symbolic dimensions
};

/// The open model with its settings, its plan and its undo stack. Everything slow runs on a thread
/// of its own; the document that is open stays as it is until another one is complete.
class Document : public QObject {
    Q_OBJECT
public:
    explicit Document(QObject* parent = nullptr);

    bool isOpen() const { return m_source.network != nullptr; }
    const Source& source() const { return m_source; }
    const Settings& settings() const { return m_settings; }
    QString title() const; ///< file name of the project or model
    const std::filesystem::path& path() const { return m_path; }
    bool isProject() const { return m_source.project.has_value(); }
    bool isModified() const { return isOpen() && !m_undo.isClean(); }
    /// The plan of the settings, or the last one that could be made: see problem().
    PlanPtr plan() const { return m_view ? m_view->plan : nullptr; }
    /// What is shown of plan().
    const PlanViewPtr& view() const { return m_view; }
    const std::vector<Rung>& ladder() const { return m_ladder; }
    /// Why there is no plan for the settings as they are.
    const std::optional<Diagnostic>& problem() const { return m_problem; }
    /// What is planned: the network of the file, or its int8 form where that is wanted.
    const std::shared_ptr<const Network>& network() const;
    /// Of that network; nothing while it is being made.
    const std::optional<PlanningSession>& session() const;
    bool canQuantize() const; ///< a float model, whatever is wanted of it
    QUndoStack& undoStack() { return m_undo; }
    bool isBusy() const
    {
        return m_opening.isBusy() || m_quantizing.isBusy() || m_planning.isBusy();
    }

    /// Reads a model or project and makes its first plan. Ends in opened() or openFailed(), unless
    /// it is cancelled; openProgress() tells how far it is.
    void open(const std::filesystem::path& path, OpenOverrides overrides = {});
    bool isOpening() const { return m_opening.isBusy(); }
    void cancelOpening(); ///< at once; what is open stays
    /// The same on this thread: for start-up and grabs. On an error nothing has changed.
    Status openNow(const std::filesystem::path& path, const OpenOverrides& overrides = {});

    /// Writes the project, atomically, and goes on in that file.
    Status saveAs(const std::filesystem::path& path);
    Status save() { return saveAs(m_path); } ///< of a project only

    /// What was changed since the last save, kept beside the project while it is not saved.
    static std::filesystem::path autosavePath(const std::filesystem::path& project);
    bool hasAutosave() const; ///< newer than the project: its program ended before it was saved
    Status restoreAutosave(); ///< as an undoable step
    Status autosave();
    void dropAutosave();

    /// Each an undoable step.
    Status setBoard(const std::string& idOrFile);
    void setConstraints(Constraints constraints, const QString& what);
    void setTechnique(Technique technique);
    void setBudget(const std::string& bank, std::optional<Bytes> limit); ///< nothing: all of it
    void setInt8(bool int8);
    void setCalibration(const std::filesystem::path& samples); ///< empty: generated inputs
    void setObjective(Objective objective, const QString& name);

    /// Waits until nothing is under way, at most `milliseconds`; false if it took longer.
    bool waitUntilIdle(int milliseconds);

signals:
    void opened();
    void openFailed(const tidemark::Diagnostic& reason);
    void openProgress(int percent); ///< of reading the file
    void settingsChanged();
    void planChanged();
    void ladderChanged();
    void problemChanged();
    void busyChanged();
    void modifiedChanged();

private:
    friend class SettingsCommand;

    /// What is worked out once for the network of the file and for its int8 form; kept for undo
    /// and redo.
    struct Sessions {
        std::optional<PlanningSession> file, int8;
        std::filesystem::path calibration; ///< what `int8` was made with
    };
    /// Everything a new document consists of, made before anything of the old one goes.
    struct Opened {
        std::filesystem::path path;
        Source source;
        Settings settings;
        std::map<std::string, std::int64_t> dims;
        Sessions sessions;
        PlanViewPtr view;
    };
    using Progress = std::function<void(double)>;
    static Result<Opened> read(const std::filesystem::path& path, const OpenOverrides& overrides,
                               const Progress& progress, const std::stop_token& stop);
    static Settings settingsFor(const Source& source, const OpenOverrides& overrides);
    static Status planFirst(Opened& opened, const std::stop_token& stop);
    void take(Opened made);
    void edit(Settings settings, const QString& what);
    void apply(const Settings& settings); ///< by SettingsCommand: sets and plans
    void replan();
    bool wantsInt8() const { return m_settings.int8 && canQuantize(); }
    void quantize(); ///< then makes the plan
    void makePlan();
    void tell(const Diagnostic& problem);
    Project toProject() const;
    void climb(); ///< the ladder of all rungs, after the plan

    std::filesystem::path m_path;
    Source m_source;
    Settings m_settings;
    std::map<std::string, std::int64_t> m_dims; ///< what the model was read with
    Sessions m_sessions;
    PlanViewPtr m_view;
    std::vector<Rung> m_ladder;
    std::optional<Diagnostic> m_problem;
    QUndoStack m_undo;
    QTimer m_autosave;
    LatestJob m_opening;
    LatestJob m_quantizing; ///< a stage of it may take long: on its own, so that no plan waits
    LatestJob m_planning;
};

} // namespace tidemark::studio
