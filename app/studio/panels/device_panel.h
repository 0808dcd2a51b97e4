// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Ahead of the core: Qt 6.4's moc stumbles over the standard library where <compare> comes first.
#include <QWidget>

#include "app/studio/document/device_controller.h"

class QLabel;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QTableWidget;

namespace tidemark::studio {

/// Runs the plan on its board and shows planned against linked against painted bytes and the
/// instructions of every stage.
class DevicePanel : public QWidget {
    Q_OBJECT
public:
    DevicePanel(Document& document, DeviceController& controller, QWidget* parent = nullptr);

    QPushButton* runButton() { return m_run; }
    QPushButton* cancelButton() { return m_cancel; }
    QTableWidget* stageTable() { return m_stages; }
    QTableWidget* byteTable() { return m_bytes; }
    QString message() const;

signals:
    void boardWanted(const QString& id);

private:
    QWidget* makeControls();
    void showState();
    void showProgress(const QString& text, int done, int total);
    void showMeasurement();
    void say(const QString& text, const char* tone);
    void chooseInputs();

    Document& m_document;
    DeviceController& m_controller;
    QLabel *m_title, *m_message, *m_inputs;
    QPushButton *m_run, *m_cancel, *m_twin, *m_file;
    QSpinBox* m_count;
    QProgressBar* m_progress;
    QTableWidget *m_stages, *m_bytes;
};

} // namespace tidemark::studio
