// SPDX-License-Identifier: GPL-3.0-or-later
// The part of MainWindow that needs the firmware bridge: the Device tab, fed into the Log.
#include "app/studio/document/device_controller.h"
#include "app/studio/panels/device_panel.h"

#include "app/studio/main_window.h"
#include "app/studio/panels/log_panel.h"

#include <QTabWidget>

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

} // namespace tidemark::studio
