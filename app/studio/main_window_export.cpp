// SPDX-License-Identifier: GPL-3.0-or-later
// The part of MainWindow that hands things out: firmware, data, pictures.
#include "app/studio/export/plan_file.h"
#include "app/studio/export/view_file.h"
#include "app/studio/main_window.h"
#include "app/studio/map/map_widget.h"
#include "app/studio/panels/charts_panel.h"
#include "app/studio/panels/explain_panel.h"
#include "app/studio/panels/notice_bar.h"
#include "app/studio/panels/stage_panel.h"
#include "app/studio/theme/format.h"
#include "core/bundle/bundle.h"

#include <QDesktopServices>
#include <QFileDialog>
#include <QMenu>
#include <QUrl>

namespace tidemark::studio {

namespace {

constexpr const char* kDataFilter =
    QT_TRANSLATE_NOOP("MainWindow", "Plan as JSON (*.json);;Buffers as CSV (*.csv)");
constexpr const char* kPictureFilter =
    QT_TRANSLATE_NOOP("MainWindow", "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)");

std::filesystem::path toPath(const QString& path)
{
    return path.toStdString();
}

} // namespace

void MainWindow::makeExportMenu(QMenu& file)
{
    QMenu* menu = file.addMenu(tr("&Export"));
    menu->setToolTipsVisible(true);
    const auto firmware = [&](const QString& name, bool library) {
        QAction* action = menu->addAction(name, this, [this, library] {
            const QString folder =
                QFileDialog::getExistingDirectory(this, tr("An empty folder for the firmware"));
            if (!folder.isEmpty()) {
                exportFirmware(folder, library);
            }
        });
        m_needFittingPlan.append(action);
        return action;
    };
    firmware(tr("&Firmware bundle…"), false)->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_E));
    firmware(tr("Firmware &library…"), true);
    menu->addSeparator();
    menu->addAction(tr("Plan as &data…"), this, [this] {
        exportTo(tr("Write the plan"), "plan.json", kDataFilter,
                 [this](const QString& path) { exportPlan(path); });
    });
#ifdef TIDEMARK_WITH_BRIDGE
    makeReportAction(*menu);
#endif
    menu->addSeparator();
    const auto picture = [&](const QString& name, const char* fileName, QWidget* view) {
        menu->addAction(name, this, [this, fileName, view] {
            exportTo(tr("Draw into a file"), fileName, kPictureFilter,
                     [this, view](const QString& path) { exportView(*view, path); });
        });
    };
    picture(tr("Picture of the &map…"), "map.png", m_map);
    picture(tr("Picture of the &charts…"), "charts.png", m_charts);
    picture(tr("Picture of the &stages…"), "stages.png", m_stages);
    picture(tr("Picture of what is e&xplained…"), "explain.png", m_explain);
    picture(tr("Picture of the &window…"), "window.png", this);
}

void MainWindow::exportTo(const QString& title, const QString& fileName, const char* filter,
                          const std::function<void(const QString&)>& write)
{
    if (!m_document.isOpen()) {
        return;
    }
    QString chosen;
    QString path = QFileDialog::getSaveFileName(this, title, fileName, tr(filter), &chosen);
    if (path.isEmpty()) {
        return;
    }
    if (QFileInfo(path).suffix().isEmpty()) { // "PNG (*.png)": as chosen
        path += chosen.section(u'*', 1, 1).section(u')', 0, 0);
    }
    write(path);
}

void MainWindow::tellExport(const Status& written, const QString& path)
{
    if (!written) {
        showFailure(tr("Cannot write this file"), written.error());
        return;
    }
    const QString folder = QFileInfo(path).absolutePath();
    m_notice->offer(tr("Wrote %1.").arg(QFileInfo(path).fileName()), tr("Open folder"),
                    [folder] { QDesktopServices::openUrl(QUrl::fromLocalFile(folder)); });
}

void MainWindow::exportPlan(const QString& path)
{
    tellExport(writePlan(*m_document.plan(), toPath(path)), path);
}

void MainWindow::exportView(QWidget& view, const QString& path)
{
    tellExport(writeView(view, toPath(path)), path);
}

void MainWindow::exportFirmware(const QString& folder, bool library)
{
    if (!canExport()) {
        return;
    }
    BundleOptions options;
    options.library = library;
    m_notice->say(tr("Writing the firmware…"));
    m_exporting.start<Result<BundleSummary>>(
        [plan = m_document.plan(), path = toPath(folder), options](std::stop_token) {
            return writeBundle(*plan, path, options);
        },
        [this, folder](Result<BundleSummary> bundle) {
            if (!bundle) {
                m_notice->dismiss();
                showFailure(tr("Cannot export the firmware"), bundle.error());
                return;
            }
            m_notice->offer(tr("Wrote %1 files of firmware into %2.")
                                .arg(format::count(std::ssize(bundle->files)), folder),
                            tr("Open folder"),
                            [folder] { QDesktopServices::openUrl(QUrl::fromLocalFile(folder)); });
        });
}

#ifndef TIDEMARK_WITH_BRIDGE
Status MainWindow::runOnBoard(int)
{
    return Diagnostic{ErrorKind::Usage, "built without boards", "--run",
                      "build with TIDEMARK_BRIDGE=ON"};
}
#endif

/// Firmware is written of plans that are asked for and hold, and of no others.
bool MainWindow::canExport() const
{
    return m_document.isOpen() && !m_document.problem() && m_document.plan()->fits;
}

void MainWindow::showExportable()
{
    for (QAction* action : m_needFittingPlan) {
        action->setEnabled(canExport());
        action->setToolTip(canExport() ? QString() : tr("The plan has problems: see Problems"));
    }
}

} // namespace tidemark::studio
