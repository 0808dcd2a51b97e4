// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/device_panel.h"

#include "app/studio/panels/device_tables.h"
#include "app/studio/panels/log_panel.h"
#include "app/studio/panels/port_chooser.h"
#include "app/studio/theme/fonts.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QStackedWidget>
#include <QStyle>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>

namespace tidemark::studio {

namespace {

constexpr int kControlsWidth = 228, kLeastHeight = 120;

QPushButton* makeButton(const QString& text, const char* property)
{
    auto* made = new QPushButton(text);
    made->setFont(fonts::semiBold(12));
    made->setProperty(property, true);
    return made;
}

} // namespace

DevicePanel::DevicePanel(Document& document, DeviceController& controller, QWidget* parent)
    : QWidget(parent), m_document(document), m_controller(controller), m_title(new QLabel),
      m_message(new QLabel), m_inputs(new QLabel), m_actions{makeButton(tr("Build"), "boxed"),
                                                             makeButton(tr("Start"), "boxed"),
                                                             makeButton(tr("Run"), "primary")},
      m_cancel(makeButton(tr("Cancel"), "boxed")), m_twin(makeButton({}, "boxed")),
      m_file(makeButton(tr("From file…"), "boxed")), m_count(new QSpinBox), m_port(new PortChooser),
      m_progress(new QProgressBar), m_results(new QStackedWidget), m_transcript(new LogPanel),
      m_stages(makeDeviceTable(tr("Instructions of each stage"))),
      m_bytes(makeDeviceTable(tr("Planned, linked and painted bytes")))
{
    setProperty("ground", "panel");
    setAttribute(Qt::WA_StyledBackground);
    setMinimumHeight(kLeastHeight); // the map is worth more than a long message
    prepareWidgets();
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 12, 8, 0);
    layout->setSpacing(14);
    layout->addWidget(makeControls());
    layout->addWidget(makeResults(), 1);
    connectController();
    showState();
}

void DevicePanel::connectController()
{
    for (const auto action : {DeviceAction::Build, DeviceAction::Start, DeviceAction::Run}) {
        connect(button(action), &QPushButton::clicked, this,
                [this, action] { m_controller.perform(action); });
    }
    connect(m_cancel, &QPushButton::clicked, &m_controller, &DeviceController::cancel);
    connect(m_twin, &QPushButton::clicked, this,
            [this] { emit boardWanted(m_controller.virtualTwin()); });
    connect(m_file, &QPushButton::clicked, this, &DevicePanel::chooseInputs);
    connect(m_count, &QSpinBox::valueChanged, this, [this](int count) {
        m_controller.setGeneratedInputs(count);
        showState();
    });
    connect(m_port, &PortChooser::portChanged, &m_controller, &DeviceController::setPort);
    connect(&m_controller, &DeviceController::stateChanged, this, &DevicePanel::showState);
    connect(&m_controller, &DeviceController::progress, this, &DevicePanel::showProgress);
    connect(&m_controller, &DeviceController::logLine, m_transcript, &LogPanel::addLine);
    connect(&m_controller, &DeviceController::done, this, &DevicePanel::showDone);
    connect(&m_controller, &DeviceController::cancelled, this,
            [this] { say(tr("Cancelled."), "faint"); });
    connect(&m_controller, &DeviceController::failed, this, [this](const Diagnostic& reason) {
        say(QString::fromStdString(reason.text()), "bad");
    });
    connect(&m_document, &Document::planChanged, this, &DevicePanel::showState);
    connect(&m_document, &Document::problemChanged, this, &DevicePanel::showState);
}

void DevicePanel::prepareWidgets()
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
    m_transcript->setAccessibleName(tr("Transcript of the board"));
}

QWidget* DevicePanel::makeControls()
{
    auto* inputs = new QHBoxLayout;
    inputs->setSpacing(8);
    inputs->addWidget(m_count);
    inputs->addWidget(m_inputs, 1);
    inputs->addWidget(m_file);
    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(m_title);
    head->addWidget(m_port, 1);
    auto* controls = new QWidget;
    controls->setFixedWidth(kControlsWidth);
    auto* layout = new QVBoxLayout(controls);
    layout->setContentsMargins(0, 0, 0, 8);
    layout->setSpacing(7);
    layout->addLayout(head);
    layout->addLayout(inputs);
    layout->addLayout(makeButtons());
    layout->addWidget(m_progress);
    layout->addWidget(m_message, 1);
    layout->addWidget(m_twin, 0, Qt::AlignLeft);
    return controls;
}

QBoxLayout* DevicePanel::makeButtons()
{
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    for (QPushButton* action : m_actions) {
        buttons->addWidget(action);
    }
    buttons->addStretch(1);
    buttons->addWidget(m_cancel);
    return buttons;
}

QWidget* DevicePanel::makeResults()
{
    auto* tables = new QWidget;
    auto* layout = new QHBoxLayout(tables);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(14);
    layout->addWidget(m_stages, 1);
    layout->addWidget(m_bytes, 1);
    m_results->addWidget(tables);
    m_results->addWidget(m_transcript);
    return m_results;
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
    if (m_document.isOpen()) {
        m_title->setText(QString::fromStdString(printable(m_document.plan()->board->name)));
    }
    showActions();
    m_cancel->setVisible(!idle);
    m_twin->setText(tr("Use %1").arg(twin));
    m_twin->setVisible(idle && !obstacle.isEmpty() && !twin.isEmpty() &&
                       m_controller.isRealBoard());
    m_progress->setVisible(!idle);
    m_count->setEnabled(idle);
    m_file->setEnabled(idle);
    m_port->setEnabled(idle);
    m_port->setVisible(m_controller.isRealBoard() && obstacle.isEmpty());
    m_inputs->setText(m_controller.inputFile().isEmpty()
                          ? tr("generated inputs")
                          : QFileInfo(m_controller.inputFile()).fileName());
    if (!idle) {
        return;
    }
    const QString before = m_controller.before(DeviceAction::Run);
    if (!obstacle.isEmpty()) {
        say(obstacle, "dim");
    } else if (m_controller.measurement() && m_controller.isStale()) {
        say(tr("The figures beside are of an earlier plan."), "dim");
    } else if (!m_controller.measurement()) {
        say(tr("Run counts on the board: bytes against the plan, instructions of each stage, "
               "outputs against the reference.") +
                (before.isEmpty() ? QString() : tr(" It %1.").arg(before)),
            "faint");
    }
}

void DevicePanel::showActions()
{
    const bool ready =
        m_controller.state() == DeviceController::State::Idle && m_controller.obstacle().isEmpty();
    const auto show = [&](DeviceAction action, const QString& what, bool enabled) {
        const QString before = m_controller.before(action);
        const QString text = before.isEmpty() ? what : tr("%1; %2").arg(what, before);
        button(action)->setEnabled(enabled);
        button(action)->setToolTip(text);
        button(action)->setAccessibleDescription(text);
    };
    const bool real = m_controller.isRealBoard(), built = m_controller.isBuilt();
    button(DeviceAction::Start)->setText(real ? tr("Flash") : tr("Start"));
    show(DeviceAction::Build,
         built ? tr("The firmware of this plan is built")
               : tr("Writes the firmware's sources and compiles them"),
         ready && !built);
    show(DeviceAction::Start,
         real ? tr("Puts the firmware onto the board and asks it what it runs")
              : tr("Starts the virtual board and asks it what it runs"),
         ready);
    show(DeviceAction::Run, tr("Runs the inputs on the board, counts and checks"), ready);
}

void DevicePanel::showProgress(const QString& text, int done, int total)
{
    if (m_results->currentWidget() != m_transcript) {
        m_transcript->clear();
        m_results->setCurrentWidget(m_transcript);
    }
    m_progress->setRange(0, total); // 0, 0: under way, nobody knows how long
    m_progress->setValue(done);
    say(text, "dim");
}

void DevicePanel::showDone(DeviceAction action)
{
    const bridge::Measurement* measured = m_controller.isStale() || !m_controller.measurement()
                                              ? nullptr
                                              : &*m_controller.measurement();
    fillByteTable(*m_bytes, m_controller.sections(),
                  measured ? measured->painting : std::vector<bridge::PaintedBank>());
    if (!measured) {
        clearStageTable(*m_stages);
    }
    if (action == DeviceAction::Run) {
        m_results->setCurrentIndex(0);
        showMeasurement();
    } else if (action == DeviceAction::Build) {
        m_results->setCurrentIndex(0);
        const bool asPlanned =
            std::ranges::all_of(m_controller.sections(), [](const bridge::SectionMeasurement& s) {
                return s.planned == s.linked;
            });
        say(asPlanned ? tr("Built. Every section is linked as planned.")
                      : tr("Built, but not as planned: see the sections beside."),
            asPlanned ? "good" : "bad");
    } else if (const auto& started = m_controller.started()) {
        const QString where = QString::fromStdString(printable(started->port));
        say(m_controller.isRealBoard()
                ? tr("Flashed. The board answers on %1 and runs this firmware.").arg(where)
                : tr("Started. It answers on %1 and runs this firmware; Run starts it afresh.")
                      .arg(where),
            "good");
    }
}

void DevicePanel::showMeasurement()
{
    const bridge::Measurement& measured = *m_controller.measurement();
    fillStageTable(*m_stages, measured, *m_controller.measuredPlan());
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
