// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/document/document.h"
#include "app/studio/document/placement_rules.h"
#include "app/studio/document/selection.h"
#include "app/studio/panels/welcome.h"
#include "app/studio/theme/theme.h"

#include <QElapsedTimer>
#include <QList>
#include <QMainWindow>
#include <functional>

class QAction;
class QComboBox;
class QMenu;
class QSplitter;
class QTabWidget;

namespace tidemark::studio {

class ChartsPanel;
class ComparePanel;
class ExplainPanel;
class ExplorePanel;
class LogPanel;
class MapWidget;
class NoticeBar;
class ObjectiveBox;
class PinEditor;
class ProblemsPanel;
class SegmentBar;
class StagePanel;
class StatusLine;
class TrainingPanel;

/// Puts the panels together. Knows who shows what; how is theirs.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(ThemeMode theme = ThemeMode::System, QWidget* parent = nullptr);

    Document& document() { return m_document; }
    Selection& selection() { return m_selection; }
    MapWidget& map() { return *m_map; }
    NoticeBar& notice() { return *m_notice; }
    StatusLine& status() { return *m_status; }

    void setTheme(ThemeMode mode);
    /// The look of the last time; System at first.
    static ThemeMode rememberedTheme();
    /// Opens a file; a failure is shown and leaves the open document alone. What is not saved is
    /// asked about first.
    void openFile(const QString& path);
    /// Window and panels as they were the last time, and for the next.
    void restoreLook();
    void rememberFile(); ///< among the recent ones
    void keepLook() const;
    /// True if it was written.
    bool saveTo(const QString& path);
    void welcome();
    bool showTab(const QString& name); ///< "savings", ...; false if there is none

    /// Writes a bundle off this thread and says so; nothing while the plan has problems.
    void exportFirmware(const QString& folder, bool library);
    void exportPlan(const QString& path);                ///< .json or .csv
    void exportView(QWidget& view, const QString& path); ///< .png, .svg or .pdf
    void exportReport(const QString& path);              ///< .html
    Status runOnBoard(int milliseconds);                 ///< and waits for its end
    bool canExport() const;                              ///< the plan asked for, and it fits

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void closeEvent(QCloseEvent* event) override;

private:
    QWidget* makeCentre();
    void makeTabs();
    void makeAnalysisTabs();
    void showBefore(const PlanPtr& before); ///< its map above the one of now
    void dimUnmoved(); ///< while plans are compared and only what moved is wanted
    void followView(MapWidget& from, MapWidget& to);
    void makeDeviceTab(); ///< in a build with the firmware bridge
    void makeMenus();
    void makeFileMenu();
    void makeFormatChooser();
    void makeBoardChooser();
    void makeExportMenu(QMenu& file);
    void makeReportAction(QMenu& menu); ///< in a build with the firmware bridge
    void exportTo(const QString& title, const QString& fileName, const char* filter,
                  const std::function<void(const QString&)>& write);
    void tellExport(const Status& written, const QString& path);
    void showExportable();
    void connectDocument();
    void connectEditor();
    void showPlan();
    void showSettings();
    void showLadder();
    void showProblems();
    void makeHelpMenu();
    void startMission(Welcome::Mission mission);
    void takeDrop(const PinTarget& target, const Verdict& verdict);

    void chooseFile();
    void openFailed(const Diagnostic& reason);
    void showOpening(int percent);
    void askForSize(const std::string& dimension);
    void showRecentFiles();
    bool save(); ///< true if it was written
    bool saveAs();
    bool hasUnsaved() const; ///< something that would be missed
    void showTitle();
    void showFailure(const QString& title, const Diagnostic& reason);
    void offerAutosave();
    /// `next` once nothing unsaved can be lost: at once, after saving, or never.
    void whenSaved(std::function<void()> next);

    const Theme* m_theme = &Theme::dark();
    Document m_document;
    Selection m_selection;
    StagePanel* m_stages;
    MapWidget* m_map;
    Selection m_beforeSelection;
    MapWidget* m_beforeMap = nullptr; ///< while plans are compared
    ComparePanel* m_compare = nullptr;
    ExplorePanel* m_explore = nullptr;
    TrainingPanel* m_training = nullptr;
    ExplainPanel* m_explain;
    SegmentBar* m_rungs;
    SegmentBar* m_scales;
    NoticeBar* m_notice;
    QTabWidget* m_tabs;
    ChartsPanel* m_charts;
    ProblemsPanel* m_problems;
    LogPanel* m_log;
    PinEditor* m_editor;
    StatusLine* m_status;
    QComboBox* m_format; ///< of numbers: float or int8
    ObjectiveBox* m_objective;
    QComboBox* m_boards;
    QList<QAction*> m_needFittingPlan;
    LatestJob m_exporting;
    Welcome* m_welcome = nullptr;
    QMenu* m_recent = nullptr;
    QElapsedTimer m_openingSince;
    QString m_wanted;              ///< the file asked for last
    OpenOverrides m_wantedOptions; ///< what it takes to read it
    bool m_closing = false;        ///< asked and answered
};

} // namespace tidemark::studio
