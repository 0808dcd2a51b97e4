// SPDX-License-Identifier: GPL-3.0-or-later
// The part of MainWindow that helps: the welcome with its missions, the list of keys.
#include "app/studio/main_window.h"
#include "app/studio/map/map_widget.h"
#include "app/studio/panels/explain_panel.h"
#include "app/studio/panels/notice_bar.h"
#include "app/studio/panels/welcome.h"

#include <QMenuBar>
#include <QMessageBox>

namespace tidemark::studio {

namespace {

struct KeyHelp {
    const char* keys;
    const char* meaning;
};
constexpr KeyHelp kKeys[] = {
    {"W  S", QT_TRANSLATE_NOOP("MainWindow", "zoom in, out")},
    {"A  D", QT_TRANSLATE_NOOP("MainWindow", "earlier, later")},
    {"F", QT_TRANSLATE_NOOP("MainWindow", "the whole run")},
    {"P", QT_TRANSLATE_NOOP("MainWindow", "go to the peak")},
    {"← ↑ → ↓", QT_TRANSLATE_NOOP("MainWindow", "next buffer")},
    {"Alt+↑  Alt+↓", QT_TRANSLATE_NOOP("MainWindow", "move the buffer to another bank")},
    {"Alt+←  Alt+→", QT_TRANSLATE_NOOP("MainWindow", "move it to the next gap below, above")},
    {"Space", QT_TRANSLATE_NOOP("MainWindow", "pin the buffer where it is, or free it")},
    {"Alt+A", QT_TRANSLATE_NOOP("MainWindow", "place it anyway, where that was refused")},
    {"Esc", QT_TRANSLATE_NOOP("MainWindow", "let go, clear the selection")},
    {"Ctrl+Z  Ctrl+Y", QT_TRANSLATE_NOOP("MainWindow", "undo, redo")},
    {"Ctrl+F", QT_TRANSLATE_NOOP("MainWindow", "find a stage")},
};

} // namespace

void MainWindow::makeHelpMenu()
{
    QMenu* help = menuBar()->addMenu(tr("&Help"));
    help->addAction(tr("&Welcome"), this, &MainWindow::welcome);
    help->addAction(tr("&Keys"), QKeySequence(Qt::Key_F1), this, [this] {
        QString rows;
        for (const KeyHelp& key : kKeys) {
            rows += QStringLiteral("<tr><td style='padding-right:24px'><b>%1</b></td>"
                                   "<td>%2</td></tr>")
                        .arg(QString::fromUtf8(key.keys), tr(key.meaning));
        }
        auto* box = new QMessageBox(QMessageBox::NoIcon, tr("Keys"),
                                    QStringLiteral("<table>%1</table>").arg(rows),
                                    QMessageBox::Close, this);
        box->setAttribute(Qt::WA_DeleteOnClose);
        box->open();
    });
}

void MainWindow::welcome()
{
    if (!m_welcome) {
        m_welcome = new Welcome(m_map);
        connect(m_welcome, &Welcome::missionChosen, this, &MainWindow::startMission);
    }
    m_welcome->show();
}

void MainWindow::startMission(Welcome::Mission mission)
{
    m_map->setFocus();
    switch (mission) {
    case Welcome::Mission::SeePeak:
        m_map->jumpToPeak();
        break;
    case Welcome::Mission::StopSharing:
        m_document.setTechnique(Technique::Unshared);
        m_notice->say(tr("Pale bytes are occupied and hold nothing of use. Now switch to Fused."));
        break;
    case Welcome::Mission::MoveBuffer:
        m_map->jumpToPeak();
        m_notice->say(tr("Drag the marked buffer down into another bank, or press Alt+Down."));
        break;
    case Welcome::Mission::OpenFigure:
        m_selection.clear();
        m_explain->openFigure(QStringLiteral("activation_bytes"));
        break;
    case Welcome::Mission::SmallBoard:
        if (const Status set = m_document.setBoard("hifive1"); !set) {
            showFailure(tr("Cannot use this board"), set.error());
        }
        break;
    }
}

} // namespace tidemark::studio
