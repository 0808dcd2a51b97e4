// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/document/document.h"
#include "app/studio/document/placement_rules.h"
#include "app/studio/document/selection.h"
#include "app/studio/theme/theme.h"

#include <QMainWindow>

class QComboBox;

namespace tidemark::studio {

class ExplainPanel;
class MapWidget;
class NoticeBar;
class PinEditor;
class SegmentBar;
class StagePanel;
class StatusLine;

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
    /// Opens a file; a failure is shown and leaves the open document alone.
    void openFile(const QString& path);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    QWidget* makeCentre();
    void makeMenus();
    void makeBoardChooser();
    void connectDocument();
    void chooseFile();
    void showPlan();
    void showSettings();
    void showLadder();
    void showOpenFailure(const Diagnostic& reason);
    void connectEditor();
    void takeDrop(const PinTarget& target, const Verdict& verdict);

    Document m_document;
    Selection m_selection;
    StagePanel* m_stages;
    MapWidget* m_map;
    ExplainPanel* m_explain;
    SegmentBar* m_rungs;
    SegmentBar* m_scales;
    NoticeBar* m_notice;
    PinEditor* m_editor;
    StatusLine* m_status;
    QComboBox* m_boards;
};

} // namespace tidemark::studio
