// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/compare_panel.h"

#include "app/studio/charts/bar_chart.h"
#include "app/studio/document/selection.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/format.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <set>

namespace tidemark::studio {

namespace {

constexpr int kControlsWidth = 206, kRow = 20, kWidestName = 110;

QString text(const std::string& untrusted)
{
    return QString::fromStdString(printable(untrusted, 120));
}

QPushButton* button(const QString& text)
{
    auto* made = new QPushButton(text);
    made->setFont(fonts::semiBold(12));
    made->setProperty("boxed", true);
    return made;
}

QString place(const PlacedBuffer& placed)
{
    return ComparePanel::tr("%1 at %2, %3")
        .arg(text(placed.bank), format::offset(placed.offset), format::bytes(placed.bytes));
}

/// Only what is not as on the other side: four buffers in five stay in their bank.
QString difference(const std::optional<PlacedBuffer>& placed,
                   const std::optional<PlacedBuffer>& other)
{
    if (!placed || !other) {
        return placed ? place(*placed) : QStringLiteral("—");
    }
    const QString offset = format::offset(placed->offset), bytes = format::bytes(placed->bytes);
    if (placed->bank != other->bank) {
        return ComparePanel::tr("%1 at %2").arg(text(placed->bank), offset);
    }
    if (placed->bytes == other->bytes) {
        return ComparePanel::tr("at %1").arg(offset);
    }
    return placed->offset == other->offset ? bytes
                                           : ComparePanel::tr("%1 at %2").arg(bytes, offset);
}

} // namespace

ComparePanel::ComparePanel(Document& document, Selection& selection, QWidget* parent)
    : ScrolledPanel(parent), m_document(document), m_selection(selection),
      m_keep(button(tr("Keep this plan"))), m_open(button(tr("Open other…"))),
      m_end(button(tr("End"))), m_movedOnly(new QCheckBox(tr("Moved only"))), m_bank(new QComboBox),
      m_summary(new QLabel), m_table(new QTableWidget),
      m_waterfall(new BarChart(tr("Difference of a bank's use")))
{
    setProperty("ground", "panel");
    setAttribute(Qt::WA_StyledBackground);
    m_table->setAccessibleName(tr("Buffers that changed"));
    m_table->setShowGrid(false);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(kRow);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setFont(fonts::regular(11));
    m_table->horizontalHeader()->setFont(fonts::regular(11));
    m_table->setMinimumHeight(60);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 8, 8, 0);
    layout->setSpacing(14);
    layout->addWidget(makeControls());
    layout->addWidget(m_table, 2);
    layout->addWidget(m_waterfall, 1);
    connect(m_keep, &QPushButton::clicked, this, &ComparePanel::keepCurrent);
    connect(m_open, &QPushButton::clicked, this, &ComparePanel::chooseFile);
    connect(m_end, &QPushButton::clicked, this, &ComparePanel::end);
    connect(m_movedOnly, &QCheckBox::toggled, this, &ComparePanel::fillTable);
    connect(m_bank, &QComboBox::activated, this, &ComparePanel::showWaterfall);
    connect(m_table, &QTableWidget::currentCellChanged, this, [this](int row) {
        const QTableWidgetItem* item = row >= 0 ? m_table->item(row, 0) : nullptr;
        const auto name = item ? item->data(Qt::UserRole).toString().toStdString() : std::string();
        if (const auto buffer = m_document.plan()->findBuffer(name)) {
            m_selection.selectBuffer(*buffer);
        }
    });
    connect(&m_document, &Document::planChanged, this, &ComparePanel::compare);
    connect(&m_file, &Document::opened, this, [this] { setBefore(m_file.plan()); });
    connect(&m_file, &Document::openFailed, this, &ComparePanel::openFailed);
    compare();
}

QWidget* ComparePanel::makeControls()
{
    m_summary->setFont(fonts::regular(11));
    m_summary->setTextFormat(Qt::PlainText);
    m_summary->setWordWrap(true);
    m_summary->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_summary->setProperty("tone", "dim");
    m_bank->setAccessibleName(tr("Bank of the waterfall"));
    auto* controls = new QWidget;
    controls->setFixedWidth(kControlsWidth);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_keep);
    buttons->addWidget(m_open);
    buttons->addStretch(1);
    auto* filters = new QHBoxLayout;
    filters->addWidget(m_movedOnly, 1);
    filters->addWidget(m_end);
    auto* layout = new QVBoxLayout(controls);
    layout->setContentsMargins(0, 0, 0, 8);
    layout->setSpacing(7);
    layout->addLayout(buttons);
    layout->addLayout(filters);
    layout->addWidget(m_bank);
    layout->addWidget(m_summary, 1);
    return controls;
}

void ComparePanel::setTheme(const Theme& theme)
{
    m_theme = &theme;
    m_waterfall->setTheme(theme);
    showWaterfall();
}

void ComparePanel::chooseFile()
{
    const QString path = QFileDialog::getOpenFileName(
        this, tr("Compare with"), {}, tr("Models and projects (*.onnx *.tflite *.tidemark)"));
    if (!path.isEmpty()) {
        openBefore(path.toStdString());
    }
}

void ComparePanel::openBefore(const std::filesystem::path& file)
{
    m_file.open(file);
}

void ComparePanel::keepCurrent()
{
    setBefore(m_document.plan());
}

void ComparePanel::end()
{
    setBefore(nullptr);
}

void ComparePanel::setBefore(const PlanPtr& before)
{
    m_before = before;
    compare();
    emit beforeChanged(before);
}

void ComparePanel::compare()
{
    const bool both = m_before && m_document.plan();
    m_diff = both ? diffPlans(*m_before, *m_document.plan()) : PlanDiff();
    m_end->setEnabled(both);
    m_movedOnly->setEnabled(both);
    m_keep->setEnabled(m_document.plan() != nullptr);
    m_bank->clear();
    int changed = -1;
    for (const BankChange& bank : m_diff.banks) {
        if (changed < 0 && bank.before != bank.after) {
            changed = m_bank->count();
        }
        m_bank->addItem(text(bank.id));
    }
    m_bank->setCurrentIndex(std::max(changed, m_bank->count() > 0 ? 0 : -1));
    m_bank->setVisible(m_bank->count() > 0);
    if (!both) {
        m_summary->setText(tr("Keep the plan as it is, change something, and see here what moved. "
                              "Or open another plan to compare with."));
    } else {
        QStringList lines{
            tr("%1 against %2").arg(text(m_diff.titleAfter), text(m_diff.titleBefore))};
        for (const FigureChange& figure : m_diff.figures) {
            if (figure.before != figure.after) {
                lines += tr("%1 %2 (%3)")
                             .arg(text(figure.title), format::bytes(figure.after),
                                  format::bytesDelta(figure.after - figure.before));
            }
        }
        if (m_diff.isSame()) {
            lines += tr("Nothing differs.");
        }
        m_summary->setText(lines.join(u'\n'));
    }
    fillTable();
    showWaterfall();
}

void ComparePanel::fillTable()
{
    const QSignalBlocker quiet(m_table); // a row that appears selects nothing
    m_table->clear();
    m_table->setRowCount(0);
    m_table->setColumnCount(4);
    m_table->setHorizontalHeaderLabels({tr("buffer"), tr("change"), tr("before"), tr("now")});
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_table->horizontalHeader()->setStretchLastSection(true);
    for (const BufferChange& change : m_diff.buffers) {
        if (m_movedOnly->isChecked() && change.word() != "moved") {
            continue;
        }
        const int row = m_table->rowCount();
        m_table->insertRow(row);
        const QStringList texts{text(change.name), QString::fromUtf8(change.word().data()),
                                difference(change.before, change.after),
                                difference(change.after, change.before)};
        const QString all =
            tr("%1\nbefore: %2\nnow: %3")
                .arg(texts[0], change.before ? place(*change.before) : QStringLiteral("—"),
                     change.after ? place(*change.after) : QStringLiteral("—"));
        for (int column = 0; column < texts.size(); ++column) {
            auto* item = new QTableWidgetItem(texts[column]);
            item->setData(Qt::UserRole, QString::fromStdString(change.name));
            item->setToolTip(all);
            m_table->setItem(row, column, item);
        }
    }
    m_table->resizeColumnsToContents();
    m_table->setColumnWidth(0, std::min(m_table->columnWidth(0), kWidestName));
    emit dimmedChanged();
}

std::vector<bool> ComparePanel::dimmed(const Plan& plan) const
{
    if (!m_before || !m_movedOnly->isChecked()) {
        return {};
    }
    std::set<std::string> moved;
    for (const BufferChange& change : m_diff.buffers) {
        if (change.word() == "moved") {
            moved.insert(change.name);
        }
    }
    std::vector<bool> dimmed;
    for (const Buffer& buffer : plan.buffers) {
        dimmed.push_back(!moved.contains(buffer.name));
    }
    return dimmed;
}

void ComparePanel::showWaterfall()
{
    const int bank = m_bank->currentIndex();
    m_waterfall->setBars(bank >= 0 && bank < std::ssize(m_diff.banks)
                             ? diffWaterfall(m_diff.banks[static_cast<std::size_t>(bank)], *m_theme)
                             : BarData());
}

QString ComparePanel::summary() const
{
    return m_summary->text();
}

} // namespace tidemark::studio
