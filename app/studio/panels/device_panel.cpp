// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/device_panel.h"

#include "app/studio/panels/device_tables.h"
#include "app/studio/theme/fonts.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QStyle>
#include <QTableWidget>
#include <QVBoxLayout>

namespace tidemark::studio {

namespace {

QPushButton* button(const QString& text, const char* property)
{
    auto* made = new QPushButton(text);
    made->setFont(fonts::semiBold(12));
    made->setProperty(property, true);
    return made;
}

} // namespace

DevicePanel::DevicePanel(Document& document, DeviceController& controller, QWidget* parent)
    : QWidget(parent), m_document(document), m_controller(controller), m_title(new QLabel),
      m_message(new QLabel), m_inputs(new QLabel), m_run(button(tr("Run"), "primary")),
      m_cancel(button(tr("Cancel"), "boxed")), m_twin(button({}, "boxed")),
      m_file(button(tr("From file…"), "boxed")), m_count(new QSpinBox),
      m_progress(new QProgressBar), m_stages(makeDeviceTable(tr("Instructions of each stage"))),
      m_bytes(makeDeviceTable(tr("Planned, linked and painted bytes")))
{
    setProperty("ground", "panel");
    setAttribute(Qt::WA_StyledBackground);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 12, 8, 0);
    layout->setSpacing(14);
    layout->addWidget(makeControls());
    layout->addWidget(m_stages, 2);
    layout->addWidget(m_bytes, 3);

    connect(m_run, &QPushButton::clicked, &m_controller, &DeviceController::start);
    connect(m_cancel, &QPushButton::clicked, &m_controller, &DeviceController::cancel);
    connect(m_twin, &QPushButton::clicked, this,
            [this] { emit boardWanted(m_controller.virtualTwin()); });
    connect(m_file, &QPushButton::clicked, this, &DevicePanel::chooseInputs);
    connect(m_count, &QSpinBox::valueChanged, this, [this](int count) {
        m_controller.setGeneratedInputs(count);
        showState();
    });
    connect(&m_controller, &DeviceController::stateChanged, this, &DevicePanel::showState);
    connect(&m_controller, &DeviceController::progress, this, &DevicePanel::showProgress);
    connect(&m_controller, &DeviceController::measured, this, &DevicePanel::showMeasurement);
    connect(&m_controller, &DeviceController::cancelled, this,
            [this] { say(tr("Cancelled."), "faint"); });
    connect(&m_controller, &DeviceController::failed, this, [this](const Diagnostic& reason) {
        say(QString::fromStdString(reason.text()), "bad");
    });
    connect(&m_document, &Document::planChanged, this, &DevicePanel::showState);
    connect(&m_document, &Document::problemChanged, this, &DevicePanel::showState);
    showState();
}

QWidget* DevicePanel::makeControls()
{
    m_title->setFont(fonts::semiBold(12));
    m_title->setTextFormat(Qt::PlainText);
    m_message->setFont(fonts::regular(11));
    m_message->setTextFormat(Qt::PlainText);
    m_message->setWordWrap(true);
    m_message->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_inputs->setFont(fonts::regular(11));
    m_inputs->setProperty("tone", "dim");
    m_count->setRange(1, 50);
    m_count->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_count->setFixedWidth(44);
    m_count->setFont(fonts::regular(12));
    m_count->setAccessibleName(tr("Number of generated inputs"));
    m_progress->setTextVisible(false);
    m_progress->setFixedHeight(4);
    m_progress->setAccessibleName(tr("Progress of the run"));

    auto* inputs = new QHBoxLayout;
    inputs->setSpacing(8);
    inputs->addWidget(m_count);
    inputs->addWidget(m_inputs, 1);
    inputs->addWidget(m_file);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(12);
    buttons->addWidget(m_run, 0, Qt::AlignTop);
    buttons->addWidget(m_cancel, 0, Qt::AlignTop);
    buttons->addWidget(m_message, 1);
    auto* controls = new QWidget;
    controls->setFixedWidth(236);
    auto* layout = new QVBoxLayout(controls);
    layout->setContentsMargins(0, 0, 0, 8);
    layout->setSpacing(7);
    layout->addWidget(m_title);
    layout->addLayout(inputs);
    layout->addWidget(m_progress);
    layout->addLayout(buttons, 1);
    layout->addWidget(m_twin, 0, Qt::AlignLeft);
    return controls;
}

void DevicePanel::chooseInputs()
{
    const QString path = QFileDialog::getOpenFileName(
        this, tr("Inputs of the model"), {}, tr("Arrays and pictures (*.npy *.png *.jpg *.bmp)"));
    if (!path.isEmpty()) {
        m_controller.setInputFile(path);
        showState();
    }
}

void DevicePanel::showState()
{
    const bool idle = m_controller.state() == DeviceController::State::Idle;
    const QString obstacle = m_controller.obstacle();
    const QString twin = m_controller.virtualTwin();
    const bool driven = m_document.isOpen() && m_document.plan()->board->transport.has_value();
    if (m_document.isOpen()) {
        m_title->setText(QString::fromStdString(printable(m_document.plan()->board->name)));
    }
    m_run->setEnabled(idle && obstacle.isEmpty());
    m_run->setVisible(idle);
    m_cancel->setVisible(!idle);
    m_twin->setText(tr("Use %1").arg(twin));
    m_twin->setVisible(idle && !obstacle.isEmpty() && !twin.isEmpty() && !driven);
    m_progress->setVisible(!idle);
    m_count->setEnabled(idle);
    m_file->setEnabled(idle);
    m_inputs->setText(m_controller.inputFile().isEmpty()
                          ? tr("generated inputs")
                          : QFileInfo(m_controller.inputFile()).fileName());
    if (!idle) {
        return;
    }
    if (!obstacle.isEmpty()) {
        say(obstacle, "dim");
    } else if (m_controller.measurement() && m_controller.isStale()) {
        say(tr("The figures beside are of an earlier plan."), "dim");
    } else if (!m_controller.measurement()) {
        say(tr("Writes the firmware, builds it, runs it on the board and counts: bytes against the "
               "plan, instructions of each stage, outputs against the reference."),
            "faint");
    }
}

void DevicePanel::showProgress(const QString& text, int done, int total)
{
    m_progress->setRange(0, total); // 0, 0: under way, nobody knows how long
    m_progress->setValue(done);
    say(text, "dim");
}

void DevicePanel::showMeasurement()
{
    const bridge::Measurement& measured = *m_controller.measurement();
    fillStageTable(*m_stages, measured, *m_controller.measuredPlan());
    fillByteTable(*m_bytes, measured);
    if (measured.passed()) {
        say(measurementSummary(measured), "good");
        return;
    }
    QStringList problems;
    for (const std::string& problem : measured.problems) {
        problems += QString::fromStdString(printable(problem, 300));
    }
    say(problems.join(u'\n'), "bad");
}

void DevicePanel::say(const QString& text, const char* tone)
{
    m_message->setText(text);
    m_message->setProperty("tone", tone);
    m_message->style()->unpolish(m_message);
    m_message->style()->polish(m_message);
}

QString DevicePanel::message() const
{
    return m_message->text();
}

} // namespace tidemark::studio
