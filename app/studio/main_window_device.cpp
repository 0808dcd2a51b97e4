// SPDX-License-Identifier: GPL-3.0-or-later
// The part of MainWindow that needs the firmware bridge: the Device tab, fed into the Log.
#include "app/studio/document/device_controller.h"
#include "app/studio/panels/device_panel.h"

#include "app/common/report.h"
#include "app/studio/main_window.h"
#include "app/studio/map/map_widget.h"
#include "app/studio/panels/log_panel.h"

#include "core/io/file.h"

#include <QEventLoop>
#include <QMenu>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTimer>

namespace tidemark::studio {

void MainWindow::makeDeviceTab()
{
    auto* controller = new DeviceController(m_document, this);
    auto* panel = new DevicePanel(m_document, *controller);
    m_tabs->addTab(panel, tr("Device"));
    connect(controller, &DeviceController::logLine, m_log, &LogPanel::addLine);
    connect(panel, &DevicePanel::boardWanted, this, [this](const QString& id) {
        if (const Status set = m_document.setBoard(id.toStdString()); !set) {
            showFailure(tr("Cannot use this board"), set.error());
        }
    });
}

Status MainWindow::runOnBoard(int milliseconds)
{
    auto* controller = findChild<DeviceController*>();
    if (const QString obstacle = controller->obstacle(); !obstacle.isEmpty()) {
        return Diagnostic{ErrorKind::Usage, obstacle.toStdString(), "--run",
                          "choose another board with --board"};
    }
    Status ended = Diagnostic{ErrorKind::Environment, "the run took too long", "--run",
                              "run it in the window, with its log"};
    QEventLoop loop;
    connect(controller, &DeviceController::measured, &loop, [&] {
        ended = Done{};
        loop.quit();
    });
    connect(controller, &DeviceController::failed, &loop, [&](const Diagnostic& reason) {
        ended = reason;
        loop.quit();
    });
    QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
    controller->perform(DeviceAction::Run);
    loop.exec();
    return ended;
}

void MainWindow::makeReportAction(QMenu& menu)
{
    menu.addAction(tr("&Report…"), this, [this] {
        exportTo(tr("Write a report"), "report.html",
                 QT_TRANSLATE_NOOP("MainWindow", "One HTML file (*.html)"),
                 [this](const QString& path) { exportReport(path); });
    });
}

void MainWindow::exportReport(const QString& path)
{
    const QTemporaryDir folder;
    const QString picture = folder.filePath("map.png");
    m_map->grab().save(picture);
    ReportParts parts;
    parts.plan = m_document.plan().get();
    parts.ladder = m_document.ladder();
    parts.picture = picture.toStdString();
    const auto* controller = findChild<DeviceController*>();
    if (!controller->isStale()) { // what was measured with another plan proves nothing here
        parts.measurement = controller->measurement();
    }
    tellExport(writeFileAtomically(path.toStdString(), htmlReport(parts)), path);
}

} // namespace tidemark::studio
