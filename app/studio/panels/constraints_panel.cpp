// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/constraints_panel.h"

#include "app/common/quantize_source.h"
#include "app/studio/panels/weight_sliders.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/format.h"

#include <QComboBox>
#include <QFileDialog>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <algorithm>

namespace tidemark::studio {

namespace {

constexpr int kFieldWidth = 110, kFieldHeight = 24;

QString text(const std::string& untrusted)
{
    return QString::fromStdString(printable(untrusted, 80));
}

/// "16,384 B", "16384", "0x4000"; nothing for anything else.
std::optional<Bytes> readBytes(QString typed)
{
    typed.remove(u',').remove(u' ').remove(QChar(0x00a0));
    if (typed.endsWith(u'B') && !typed.startsWith(u"0x")) {
        typed.chop(1);
    }
    return parseBytes(typed.toStdString());
}

} // namespace

ConstraintsPanel::ConstraintsPanel(Document& document, QWidget* parent)
    : QScrollArea(parent), m_document(document)
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setAccessibleName(tr("Constraints"));
    connect(&m_document, &Document::settingsChanged, this, &ConstraintsPanel::rebuild);
}

QLabel* ConstraintsPanel::label(const QString& text, const char* tone)
{
    auto* made = new QLabel(text);
    made->setFont(fonts::regular(12));
    made->setTextFormat(Qt::PlainText);
    made->setProperty("tone", tone);
    return made;
}

void ConstraintsPanel::rebuild()
{
    const QWidget* focused = m_inside ? m_inside->focusWidget() : nullptr;
    const QString field = focused && focused->hasFocus() ? focused->accessibleName() : QString();
    if (m_inside) {
        takeWidget()->deleteLater(); // the field that was edited may be on the stack
    }
    m_inside = new QWidget;
    m_inside->setProperty("ground", "panel");
    m_inside->setAttribute(Qt::WA_StyledBackground);
    auto* across = new QHBoxLayout(m_inside);
    across->setContentsMargins(16, 10, 16, 10);
    across->setSpacing(32);
    m_limits = new QGridLayout;
    m_limits->setHorizontalSpacing(14);
    m_limits->setVerticalSpacing(3);
    m_pins = new QVBoxLayout;
    m_pins->setSpacing(6);
    addLimits();
    addPins();
    across->addLayout(m_limits);
    addTechniques(*across);
    addWeights(*across);
    addCalibration(*across);
    across->addLayout(m_pins, 1);
    setWidget(m_inside);
    for (QWidget* child : m_inside->findChildren<QWidget*>()) {
        if (!field.isEmpty() && child->accessibleName() == field) {
            child->setFocus(); // on with the next one by Tab
        }
    }
}

void ConstraintsPanel::addLimits()
{
    const Settings& settings = m_document.settings();
    int row = 0;
    m_limits->addWidget(label(tr("May be used of"), "faint"), row++, 0, 1, 3);
    for (const Bank& bank : settings.board->banks) {
        const auto& budgets = settings.constraints.budgets;
        const auto budget = std::ranges::find(budgets, bank.id, &Budget::bank);
        QLineEdit* edit =
            addLimit(row++, text(bank.id), tr("of %1").arg(format::bytes(bank.capacity)),
                     budget == budgets.end() ? QString() : format::bytes(budget->limit));
        edit->setPlaceholderText(tr("all"));
        connect(edit, &QLineEdit::editingFinished, this,
                [this, id = bank.id, edit] { setBudget(id, *edit); });
    }
    const auto stack = settings.constraints.stack;
    QLineEdit* edit =
        addLimit(row++, tr("Stack reserve"), {}, stack ? format::bytes(*stack) : QString());
    edit->setPlaceholderText(tr("the board's"));
    connect(edit, &QLineEdit::editingFinished, this, [this, edit] { setStack(*edit); });
    m_limits->setRowStretch(row, 1);
}

QLineEdit* ConstraintsPanel::addLimit(int row, const QString& name, const QString& usual,
                                      const QString& text)
{
    auto* edit = new QLineEdit(text);
    edit->setFont(fonts::regular(12));
    edit->setFixedSize(kFieldWidth, kFieldHeight);
    edit->setAccessibleName(tr("Bytes that may be used: %1").arg(name));
    m_limits->addWidget(label(name, "text"), row, 0);
    m_limits->addWidget(edit, row, 1);
    m_limits->addWidget(label(usual, "faint"), row, 2);
    return edit;
}

void ConstraintsPanel::addTechniques(QBoxLayout& across)
{
    const Constraints& now = m_document.settings().constraints;
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(14);
    grid->setVerticalSpacing(3);
    grid->addWidget(label(tr("What the plan may do"), "faint"), 0, 0, 1, 2);
    addChoice(*grid, tr("Weights"),
              tr("Copies of weights in RAM; the originals stay where they are"),
              {tr("As the objective asks"), tr("Stay in place"), tr("Copied at start-up"),
               tr("Copied around their stage")},
              static_cast<int>(now.staging), [](Constraints& constraints, int chosen) {
                  constraints.staging = static_cast<Staging>(chosen);
              });
    addChoice(*grid, tr("Rings"),
              tr("Rows of tensors that are never whole: in turn in a window, or each at an address "
                 "out of a table in flash, which saves RAM"),
              {tr("Windows"), tr("Rows with addresses")}, static_cast<int>(now.rings),
              [](Constraints& constraints, int chosen) {
                  constraints.rings = static_cast<RingForm>(chosen);
              });
    addChoice(*grid, tr("Scratch"),
              tr("What kernels that need room of their own get; the result is the same without"),
              {tr("Placed"), tr("Left out")}, static_cast<int>(now.scratch),
              [](Constraints& constraints, int chosen) {
                  constraints.scratch = static_cast<ScratchPolicy>(chosen);
              });
    grid->setRowStretch(grid->rowCount(), 1);
    across.addLayout(grid);
}

void ConstraintsPanel::addChoice(QGridLayout& grid, const QString& name, const QString& hint,
                                 const QStringList& options, int current,
                                 const std::function<void(Constraints&, int)>& set)
{
    auto* box = new QComboBox;
    box->setFont(fonts::regular(12));
    box->addItems(options);
    box->setCurrentIndex(current);
    box->setAccessibleName(name);
    box->setToolTip(hint);
    const int row = grid.rowCount();
    grid.addWidget(label(name, "text"), row, 0);
    grid.addWidget(box, row, 1);
    connect(box, &QComboBox::activated, this, [this, name, set](int chosen) {
        Constraints constraints = m_document.settings().constraints;
        set(constraints, chosen);
        m_document.setConstraints(constraints, name);
    });
}

void ConstraintsPanel::addWeights(QBoxLayout& across)
{
    const Constraints& now = m_document.settings().constraints;
    if (now.objective != Objective::Weighted) {
        return;
    }
    auto* sliders = new WeightSliders({now.ramWeight, now.latencyWeight, now.energyWeight});
    auto* column = new QVBoxLayout;
    column->setSpacing(6);
    column->addWidget(label(tr("What counts"), "faint"));
    column->addWidget(sliders);
    column->addStretch(1);
    across.addLayout(column);
    connect(sliders, &WeightSliders::chosen, this, [this](const WeightSliders::Weights& weights) {
        if (weights[0] + weights[1] + weights[2] <= 0) {
            emit refused(tr("one of the three has to count"));
            rebuild();
            return;
        }
        Constraints constraints = m_document.settings().constraints;
        constraints.ramWeight = weights[0];
        constraints.latencyWeight = weights[1];
        constraints.energyWeight = weights[2];
        m_document.setConstraints(constraints, tr("Weights of the objective"));
    });
}

void ConstraintsPanel::addCalibration(QBoxLayout& across)
{
    const Settings& settings = m_document.settings();
    if (!settings.int8) {
        return;
    }
    auto* column = new QVBoxLayout;
    column->setSpacing(6);
    column->addWidget(label(tr("Calibrated with"), "faint"));
    column->addWidget(label(settings.calibration.empty()
                                ? tr("%1 generated inputs").arg(kGeneratedCalibration)
                                : text(settings.calibration.filename().string()),
                            "text"));
    const auto choice = [&](const QString& name, auto chosen) {
        auto* made = new QPushButton(name);
        made->setFont(fonts::semiBold(11));
        made->setProperty("boxed", true);
        column->addWidget(made, 0, Qt::AlignLeft);
        connect(made, &QPushButton::clicked, this, chosen);
    };
    choice(tr("Samples from file…"), [this] {
        const QString path = QFileDialog::getOpenFileName(this, tr("Samples to calibrate with"), {},
                                                          tr("Arrays (*.npy)"));
        if (!path.isEmpty()) {
            m_document.setCalibration(path.toStdString());
        }
    });
    if (!settings.calibration.empty()) {
        choice(tr("Generated inputs"), [this] { m_document.setCalibration({}); });
    }
    column->addStretch(1);
    across.addLayout(column);
}

void ConstraintsPanel::addPins()
{
    const auto& pins = m_document.settings().constraints.pins;
    QLabel* title =
        label(pins.empty() ? tr("Nothing is pinned: drag a buffer, or press Space.") : tr("Pinned"),
              "faint");
    title->setWordWrap(pins.empty());
    m_pins->addWidget(title);
    for (const Pin& pin : pins) {
        auto* row = new QHBoxLayout;
        QString place = QStringLiteral("%1 → %2").arg(text(pin.buffer), text(pin.bank));
        if (pin.offset) {
            place += tr(" at %1").arg(format::offset(*pin.offset));
        }
        row->addWidget(label(place, "text"), 1);
        auto* unpin = new QPushButton(tr("Unpin"));
        unpin->setFont(fonts::semiBold(11));
        unpin->setProperty("boxed", true);
        unpin->setAccessibleName(tr("Unpin %1").arg(text(pin.buffer)));
        row->addWidget(unpin);
        m_pins->addLayout(row);
        connect(unpin, &QPushButton::clicked, this,
                [this, buffer = pin.buffer] { emit unpinWanted(QString::fromStdString(buffer)); });
    }
    m_pins->addStretch(1);
}

void ConstraintsPanel::setBudget(const std::string& bank, QLineEdit& edit)
{
    const std::optional<Bytes> limit = readBytes(edit.text());
    if (!edit.text().trimmed().isEmpty() && !limit) {
        emit refused(tr("%1 is no number of bytes").arg(edit.text()));
        rebuild();
        return;
    }
    m_document.setBudget(bank, limit);
}

void ConstraintsPanel::setStack(QLineEdit& edit)
{
    const std::optional<Bytes> stack = readBytes(edit.text());
    if (!edit.text().trimmed().isEmpty() && !stack) {
        emit refused(tr("%1 is no number of bytes").arg(edit.text()));
        rebuild();
        return;
    }
    Constraints constraints = m_document.settings().constraints;
    constraints.stack = stack;
    m_document.setConstraints(constraints, tr("Stack reserve"));
}

} // namespace tidemark::studio
