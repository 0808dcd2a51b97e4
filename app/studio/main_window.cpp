// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/main_window.h"

#include "app/common/resources.h"
#include "app/studio/document/pin_editor.h"
#include "app/studio/document/problems.h"
#include "app/studio/map/map_widget.h"
#include "app/studio/panels/charts_panel.h"
#include "app/studio/panels/compare_panel.h"
#include "app/studio/panels/constraints_panel.h"
#include "app/studio/panels/explain_panel.h"
#include "app/studio/panels/explore_panel.h"
#include "app/studio/panels/log_panel.h"
#include "app/studio/panels/notice_bar.h"
#include "app/studio/panels/objective_box.h"
#include "app/studio/panels/problems_panel.h"
#include "app/studio/panels/segment_bar.h"
#include "app/studio/panels/stage_panel.h"
#include "app/studio/panels/status_line.h"
#include "app/studio/panels/tool_row.h"
#include "app/studio/panels/training_panel.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/format.h"
#include "app/studio/theme/rung_text.h"
#include "core/board/board_file.h"

#include <QActionGroup>
#include <QApplication>
#include <QComboBox>
#include <QHBoxLayout>
#include <QMenuBar>
#include <QSettings>
#include <QSplitter>
#include <QTabWidget>
#include <QVBoxLayout>
#include <algorithm>

namespace tidemark::studio {

namespace {

constexpr const char* kThemeSetting = "look/theme";

} // namespace

MainWindow::MainWindow(ThemeMode theme, QWidget* parent)
    : QMainWindow(parent), m_stages(new StagePanel(m_selection)), m_map(new MapWidget(m_selection)),
      m_explain(new ExplainPanel(m_selection)),
      m_rungs(new SegmentBar(tr("Technique"), SegmentForm::WithFigures)),
      m_scales(new SegmentBar(tr("Address scale"))), m_notice(new NoticeBar),
      m_tabs(new QTabWidget), m_charts(new ChartsPanel(m_selection)),
      m_problems(new ProblemsPanel(m_selection)), m_log(new LogPanel),
      m_editor(new PinEditor(m_document, this)), m_status(new StatusLine(this)),
      m_format(new QComboBox), m_objective(new ObjectiveBox), m_boards(new QComboBox)
{
    Theme::of(ThemeMode::System); // sees the desktop's colours before ours replace them
    setWindowTitle(tr("Tidemark"));
    setAcceptDrops(true);
    setFont(fonts::regular(12));
    setStatusBar(m_status);

    makeTabs();
    auto* down = new QSplitter(Qt::Vertical);
    down->setObjectName("down");
    down->setHandleWidth(1);
    down->addWidget(makeCentre());
    down->addWidget(m_tabs);
    down->setCollapsible(0, false);
    down->setSizes({630, 220});
    down->setStretchFactor(0, 4);
    down->setStretchFactor(1, 1);

    auto* across = new QSplitter(Qt::Horizontal, this);
    across->setObjectName("across");
    across->setHandleWidth(1);
    across->setChildrenCollapsible(false);
    across->addWidget(m_stages);
    across->addWidget(down);
    across->addWidget(m_explain);
    across->setSizes({288, 820, 332});
    across->setStretchFactor(0, 1);
    across->setStretchFactor(1, 4);
    across->setStretchFactor(2, 1);
    m_stages->setMinimumWidth(200);
    m_explain->setMinimumWidth(260);
    setCentralWidget(across);

    makeFormatChooser();
    makeBoardChooser();
    makeMenus();
    connectDocument();
    connectEditor();
    setTheme(theme);
    resize(1440, 900);
    m_map->setFocus();
}

QWidget* MainWindow::makeCentre()
{
    for (const Technique rung : allTechniques()) {
        m_rungs->add(rungName(rung), static_cast<int>(rung), rungExplanation(rung));
    }
    m_scales->add(tr("Auto"), static_cast<int>(ScaleMode::Auto),
                  tr("Linear where that shows the buffers, logarithmic where most would vanish"));
    m_scales->add(tr("Peak"), static_cast<int>(ScaleMode::Peak),
                  tr("Addresses up to what is used"));
    m_scales->add(tr("Capacity"), static_cast<int>(ScaleMode::Capacity),
                  tr("Addresses up to the whole bank"));
    m_scales->add(tr("Log"), static_cast<int>(ScaleMode::Log),
                  tr("Every buffer as high as the logarithm of its bytes"));
    m_scales->setCurrent(static_cast<int>(ScaleMode::Auto));
    connect(m_scales, &SegmentBar::chosen, this,
            [this](int id) { m_map->setScale(static_cast<ScaleMode>(id)); });
    connect(m_map, &MapWidget::scaleChanged, this,
            [this](ScaleMode scale) { m_scales->setCurrent(static_cast<int>(scale)); });
    connect(m_rungs, &SegmentBar::chosen, this,
            [this](int id) { m_document.setTechnique(static_cast<Technique>(id)); });

    auto* bar = new QHBoxLayout;
    bar->setContentsMargins(14, 10, 14, 4);
    bar->addWidget(new ToolRow(m_rungs, m_scales));
    auto* centre = new QWidget;
    centre->setProperty("ground", "window");
    centre->setAttribute(Qt::WA_StyledBackground);
    auto* layout = new QVBoxLayout(centre);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto* notice = new QHBoxLayout;
    notice->setContentsMargins(14, 2, 14, 2);
    notice->addWidget(m_notice);
    layout->addLayout(bar);
    layout->addLayout(notice);
    layout->addWidget(m_map, 1);
    return centre;
}

void MainWindow::makeTabs()
{
    m_tabs->setDocumentMode(true);
    m_tabs->setFont(fonts::regular(12));
    m_tabs->addTab(m_charts, tr("Savings"));
    m_tabs->addTab(m_problems, tr("Problems"));
    auto* constraints = new ConstraintsPanel(m_document);
    m_tabs->addTab(constraints, tr("Constraints"));
    connect(constraints, &ConstraintsPanel::refused, m_notice, &NoticeBar::say);
    connect(constraints, &ConstraintsPanel::unpinWanted, this,
            [this](const QString& buffer) { m_editor->unpin(buffer.toStdString()); });
    makeAnalysisTabs();
#ifdef TIDEMARK_WITH_BRIDGE
    makeDeviceTab();
#endif
    m_tabs->addTab(m_log, tr("Log"));
    connect(m_charts, &ChartsPanel::techniqueChosen, &m_document, &Document::setTechnique);
    connect(m_problems, &ProblemsPanel::remedyChosen, this, [this](const Remedy& remedy) {
        m_document.setConstraints(remedy.constraints, remedy.name);
    });
}

void MainWindow::makeFormatChooser()
{
    m_format->setObjectName("format");
    m_format->setAccessibleName(tr("Number format"));
    m_format->addItem(tr("float"));
    m_format->addItem(tr("int8"));
    m_format->setItemData(0, tr("As the model has it"), Qt::ToolTipRole);
    m_format->setItemData(1,
                          tr("Quantised after training: a quarter of the bytes. Samples to "
                             "calibrate with are given on the Constraints tab"),
                          Qt::ToolTipRole);
    connect(m_format, &QComboBox::activated, this,
            [this](int index) { m_document.setInt8(index == 1); });
}

void MainWindow::makeBoardChooser()
{
    m_boards->setObjectName("boards");
    m_boards->setAccessibleName(tr("Board"));
    m_boards->setMinimumWidth(260);
    const auto boards = readBoards(resourceDir() / "boards");
    if (boards) {
        for (const Board& board : *boards) {
            m_boards->addItem(QString::fromStdString(printable(board.name)),
                              QString::fromStdString(board.id));
            m_boards->setItemData(m_boards->count() - 1,
                                  QString::fromStdString(printable(board.description, 400)),
                                  Qt::ToolTipRole);
        }
    }
    connect(m_objective, &ObjectiveBox::chosen, this, [this](Objective objective) {
        m_document.setObjective(objective, objectiveName(objective));
        if (objective == Objective::Weighted) {
            showTab("constraints"); // there are the weights
        }
    });
    connect(m_boards, &QComboBox::activated, this, [this](int index) {
        const auto set = m_document.setBoard(m_boards->itemData(index).toString().toStdString());
        if (!set) {
            showFailure(tr("Cannot use this board"), set.error());
            showSettings();
        }
    });
}

void MainWindow::makeMenus()
{
    makeFileMenu();
    QMenu* edit = menuBar()->addMenu(tr("&Edit"));
    QAction* undo = m_document.undoStack().createUndoAction(this);
    undo->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Z));
    QAction* redo = m_document.undoStack().createRedoAction(this);
    redo->setShortcuts(
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
    edit->addAction(undo);
    edit->addAction(redo);
    edit->addSeparator();
    edit->addAction(tr("&Find stage"), QKeySequence(Qt::CTRL | Qt::Key_F), m_stages,
                    &StagePanel::focusSearch);

    QMenu* view = menuBar()->addMenu(tr("&View"));
    view->addAction(tr("Go to the &peak	P"), m_map, &MapWidget::jumpToPeak);
    view->addAction(tr("Show the whole &run	F"), m_map, &MapWidget::showAll);
    view->addSeparator();
    auto* themes = new QActionGroup(this);
    const auto addTheme = [&](const QString& name, ThemeMode mode) {
        QAction* action = view->addAction(name, this, [this, mode] {
            setTheme(mode);
            QSettings().setValue(kThemeSetting, static_cast<int>(mode));
        });
        action->setCheckable(true);
        action->setChecked(mode == rememberedTheme());
        themes->addAction(action);
    };
    addTheme(tr("&Dark"), ThemeMode::Dark);
    addTheme(tr("&Light"), ThemeMode::Light);
    addTheme(tr("&System"), ThemeMode::System);
    makeHelpMenu();
    menuBar()->setFont(fonts::regular(12));
    auto* corner = new QWidget;
    auto* layout = new QHBoxLayout(corner);
    layout->setContentsMargins(0, 4, 12, 4);
    layout->setSpacing(8);
    layout->addWidget(m_format);
    layout->addWidget(m_objective);
    layout->addWidget(m_boards);
    menuBar()->setCornerWidget(corner);
}

void MainWindow::connectDocument()
{
    connect(&m_document, &Document::planChanged, this, &MainWindow::showPlan);
    connect(&m_document, &Document::settingsChanged, this, &MainWindow::showSettings);
    connect(&m_document, &Document::ladderChanged, this, &MainWindow::showLadder);
    connect(&m_document, &Document::opened, this, &MainWindow::offerAutosave);
    connect(&m_document, &Document::opened, this, &MainWindow::rememberFile);
    connect(&m_document, &Document::openFailed, this, &MainWindow::openFailed);
    connect(&m_document, &Document::openProgress, this, &MainWindow::showOpening);
    connect(&m_document, &Document::problemChanged, this, &MainWindow::showProblems);
    connect(&m_document, &Document::modifiedChanged, this, &MainWindow::showTitle);
    connect(&m_document, &Document::busyChanged, this,
            [this] { m_status->setBusy(m_document.isBusy()); });
}

void MainWindow::connectEditor()
{
    connect(m_map, &MapWidget::previewWanted, m_editor, &PinEditor::preview);
    connect(m_map, &MapWidget::dragEnded, m_editor, &PinEditor::endPreview);
    connect(m_map, &MapWidget::dropped, this, &MainWindow::takeDrop);
    connect(m_map, &MapWidget::budgetChosen, this,
            [this](BankId bank, const std::optional<Bytes>& limit) {
                const Bank& chosen = (*m_document.settings().board)[bank];
                // The whole bank is no budget.
                m_document.setBudget(chosen.id,
                                     limit && *limit < chosen.capacity ? limit : std::nullopt);
            });
    connect(m_map, &MapWidget::pinToggled, m_editor, &PinEditor::togglePin);
    connect(m_map, &MapWidget::bankStepped, this, [this](BufferId buffer, int step) {
        m_editor->moveToBank(buffer, m_map->bankOrder(), step);
    });
    connect(m_map, &MapWidget::gapStepped, this,
            [this](BufferId buffer, int step) { m_editor->moveToGap(buffer, step); });
    connect(m_editor, &PinEditor::previewReady, this,
            [this] { m_map->setPreview(m_editor->previewPlan()); });
    connect(m_status, &StatusLine::figureWanted, m_explain, &ExplainPanel::openFigure);
    connect(m_map, &MapWidget::figureWanted, m_explain, &ExplainPanel::openFigure);
    connect(m_editor, &PinEditor::refused, m_notice, &NoticeBar::say);
    connect(m_editor, &PinEditor::refusedPlace, this, &MainWindow::takeDrop);
}

void MainWindow::takeDrop(const PinTarget& target, const Verdict& verdict)
{
    if (verdict.legal) {
        m_notice->dismiss();
        m_editor->commit(target);
        return;
    }
    const std::string name = (*m_document.plan())[target.buffer].name;
    m_notice->offer(tr("%1 stays where it is: %2.")
                        .arg(QString::fromStdString(printable(name)), verdict.reason),
                    tr("Place &anyway"), [this, name, target] {
                        // Ids belong to a plan; the one in hand may be another by now.
                        const auto buffer = m_document.plan()->findBuffer(name);
                        if (buffer && target.bank.index() < m_document.plan()->banks.size()) {
                            m_editor->commit({*buffer, target.bank, target.offset});
                        }
                    });
}

ThemeMode MainWindow::rememberedTheme()
{
    const int mode = QSettings().value(kThemeSetting, static_cast<int>(ThemeMode::System)).toInt();
    return mode >= 0 && mode <= static_cast<int>(ThemeMode::System) ? static_cast<ThemeMode>(mode)
                                                                    : ThemeMode::System;
}

bool MainWindow::showTab(const QString& name)
{
    for (int i = 0; i < m_tabs->count(); ++i) {
        const QString text = m_tabs->tabText(i).section(u' ', 0, 0); // "Problems (2)"
        if (text.compare(name, Qt::CaseInsensitive) == 0) {
            m_tabs->setCurrentIndex(i);
            return true;
        }
    }
    return false;
}

void MainWindow::setTheme(ThemeMode mode)
{
    const Theme& theme = Theme::of(mode);
    m_theme = &theme;
    QApplication::setPalette(theme.palette());
    setStyleSheet(theme.styleSheet());
    m_map->setTheme(theme);
    m_stages->setTheme(theme);
    m_explain->setTheme(theme);
    m_charts->setTheme(theme);
    m_compare->setTheme(theme);
    m_explore->setTheme(theme);
    m_training->setTheme(theme);
    if (m_beforeMap) {
        m_beforeMap->setTheme(theme);
    }
    m_rungs->setTheme(theme);
    m_scales->setTheme(theme);
}

void MainWindow::showPlan()
{
    const PlanPtr& plan = m_document.plan();
    m_selection.setPlan(plan);
    m_map->setView(m_document.view());
    m_stages->setPlan(plan);
    m_explain->setView(m_document.view());
    m_status->setPlan(plan);
    m_charts->setView(m_document.view());
    showTitle();
}

void MainWindow::showSettings()
{
    const Settings& settings = m_document.settings();
    m_notice->dismiss(); // what it offered was about the settings before
    m_rungs->setCurrent(static_cast<int>(settings.constraints.technique));
    m_format->setCurrentIndex(settings.int8 || !m_document.canQuantize() ? 1 : 0);
    m_format->setEnabled(m_document.canQuantize());
    m_format->setToolTip(m_document.canQuantize() ? tr("Number format of the plan")
                                                  : tr("The model is quantised already"));
    m_objective->setObjective(settings.constraints.objective);
    const int known = m_boards->findData(QString::fromStdString(settings.board->id));
    if (known >= 0) {
        m_boards->setCurrentIndex(known);
        return;
    }
    m_boards->addItem(QString::fromStdString(printable(settings.board->name)),
                      QString::fromStdString(settings.boardName));
    m_boards->setCurrentIndex(m_boards->count() - 1);
}

void MainWindow::showProblems()
{
    const auto problems =
        findProblems(*m_document.plan(), m_document.settings().constraints, m_document.problem());
    m_problems->setProblems(problems, m_document.plan());
    const bool blocked = std::ranges::any_of(problems, &Problem::blocks);
    m_tabs->setTabText(m_tabs->indexOf(m_problems),
                       problems.empty()
                           ? tr("Problems")
                           : tr("Problems (%1)").arg(format::count(std::ssize(problems))));
    if (blocked) {
        m_tabs->setCurrentWidget(m_problems);
    }
    showExportable();
    m_status->setProblem(m_document.problem() ? tr("The plan shown is an earlier one: see Problems")
                                              : QString());
}

void MainWindow::showLadder()
{
    for (const Rung& rung : m_document.ladder()) {
        if (SegmentButton* button = m_rungs->button(static_cast<int>(rung.technique))) {
            button->setFigure(format::bytes(rung.activationBytes),
                              format::bytesShort(rung.activationBytes), !rung.fits);
        }
    }
    m_charts->setLadder(m_document.ladder());
}

} // namespace tidemark::studio
