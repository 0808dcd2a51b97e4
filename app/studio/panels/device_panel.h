// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Ahead of the core: Qt 6.4's moc stumbles over the standard library where <compare> comes first.
#include <QWidget>

#include "app/studio/document/device_controller.h"

#include <array>

class QBoxLayout;
class QLabel;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QStackedWidget;
class QTableWidget;

namespace tidemark::studio {

class LogPanel;
class PortChooser;

/// Builds, flashes or starts, and runs the plan on its board. What the board says is shown as it
/// comes; then planned against linked against painted bytes, and the instructions of every stage.
class DevicePanel : public QWidget {
    Q_OBJECT
public:
    DevicePanel(Document& document, DeviceController& controller, QWidget* parent = nullptr);

    QPushButton* button(DeviceAction action) { return m_actions[static_cast<std::size_t>(action)]; }
    QPushButton* cancelButton() { return m_cancel; }
    PortChooser* portChooser() { return m_port; }
    QTableWidget* stageTable() { return m_stages; }
    QTableWidget* byteTable() { return m_bytes; }
    QString message() const;

signals:
    void boardWanted(const QString& id);

private:
    QWidget* makeControls();
    QBoxLayout* makeButtons();
    void prepareWidgets();
    QWidget* makeResults();
    void connectController();
    void showState();
    void showActions();
    void showProgress(const QString& text, int done, int total);
    void showDone(DeviceAction action);
    void showMeasurement();
    void say(const QString& text, const char* tone);
    void chooseInputs();

    Document& m_document;
    DeviceController& m_controller;
    QLabel *m_title, *m_message, *m_inputs;
    std::array<QPushButton*, 3> m_actions; ///< by DeviceAction
    QPushButton *m_cancel, *m_twin, *m_file;
    QSpinBox* m_count;
    PortChooser* m_port;
    QProgressBar* m_progress;
    QStackedWidget* m_results; ///< the tables, or the transcript while something is under way
    LogPanel* m_transcript;
    QTableWidget *m_stages, *m_bytes;
};

} // namespace tidemark::studio
