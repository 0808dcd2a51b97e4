// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/device_tables.h"

#include "app/studio/theme/fonts.h"
#include "app/studio/theme/format.h"

#include <QHeaderView>
#include <QTableWidget>
#include <cmath>

namespace tidemark::studio {

namespace {

constexpr int kRow = 22, kWidestColumn = 160;

QString text(const std::string& untrusted)
{
    return QString::fromStdString(printable(untrusted));
}

void setHeader(QTableWidget& table, const QStringList& names)
{
    table.clear();
    table.setRowCount(0);
    table.setColumnCount(static_cast<int>(names.size()));
    table.setHorizontalHeaderLabels(names);
    table.horizontalHeader()->setMaximumSectionSize(kWidestColumn); // names come from files
    for (int column = 0; column < table.columnCount(); ++column) {
        table.horizontalHeaderItem(column)->setTextAlignment(
            (column == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
        table.horizontalHeader()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    }
}

void addRow(QTableWidget& table, const QStringList& texts)
{
    const int row = table.rowCount();
    table.insertRow(row);
    for (int column = 0; column < texts.size(); ++column) {
        auto* item = new QTableWidgetItem(texts[column]);
        item->setTextAlignment((column == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
        table.setItem(row, column, item);
    }
}

QString perMac(std::uint64_t instructions, std::int64_t macs)
{
    return macs > 0 ? QString::number(static_cast<double>(instructions) / static_cast<double>(macs),
                                      'f', 2)
                    : QString();
}

/// "SSRAM23: 12,345 B loaded, 678 B stored", a line for each bank that was touched.
QString trafficText(const bridge::StageMeasurement& stage, const std::vector<std::string>& banks)
{
    QStringList lines;
    for (std::size_t b = 0; b < stage.banks.size(); ++b) {
        const bridge::BankTraffic& traffic = stage.banks[b];
        if (traffic.loads + traffic.stores > 0) {
            lines += QTableWidget::tr("%1: %2 loaded, %3 stored")
                         .arg(b < banks.size() ? text(banks[b]) : QTableWidget::tr("elsewhere"),
                              format::bytes(traffic.loaded), format::bytes(traffic.stored));
        }
    }
    return lines.join(u'\n');
}

/// What the cost model expects of a stage; no text where it does not know, and why.
struct Prediction {
    QString text, reason;
};

Prediction predictionOf(const Plan& plan, std::size_t stage)
{
    const bool costed = stage < plan.cost.stages.size();
    const Estimate& estimate =
        costed ? plan.cost.stages[stage].instructions : plan.cost.instructions;
    const QString reason =
        estimate.reason.empty()
            ? QTableWidget::tr("the cost model has no figures of this board's kernels")
            : QString::fromStdString(printable(estimate.reason, 300));
    return {costed && estimate.value
                ? format::count(static_cast<std::int64_t>(std::llround(*estimate.value)))
                : QString(),
            reason};
}

/// ".tm_arena.SSRAM23" -> "arena SSRAM23".
QString sectionName(const std::string& section)
{
    QString name = text(section);
    return name.startsWith(u".tm_") ? name.mid(4).replace(u'.', u' ') : name;
}

} // namespace

QTableWidget* makeDeviceTable(const QString& accessibleName)
{
    auto* table = new QTableWidget;
    table->setAccessibleName(accessibleName);
    table->setFont(fonts::regular(11));
    table->horizontalHeader()->setFont(fonts::regular(11));
    table->horizontalHeader()->setHighlightSections(false);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(kRow);
    table->verticalHeader()->setMinimumSectionSize(kRow);
    table->setShowGrid(false);
    table->setFrameShape(QFrame::NoFrame);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    return table;
}

void fillStageTable(QTableWidget& table, const bridge::Measurement& measured, const Plan& plan)
{
    setHeader(table, {QTableWidget::tr("stage"), QTableWidget::tr("counted"),
                      QTableWidget::tr("predicted"), QTableWidget::tr("/MAC")});
    table.horizontalHeaderItem(1)->setToolTip(QTableWidget::tr("Instructions that ran"));
    table.horizontalHeaderItem(3)->setToolTip(
        QTableWidget::tr("Instructions for each multiply-accumulate"));
    table.horizontalHeaderItem(2)->setToolTip(
        QTableWidget::tr("Instructions that the cost model expects"));
    for (std::size_t s = 0; s < measured.stages.size(); ++s) {
        const bridge::StageMeasurement& stage = measured.stages[s];
        const std::int64_t macs =
            s < plan.network->stages.size() ? plan.network->stages[s].macs : 0;
        const bool counted = stage.instructions.has_value();
        const Prediction predicted = predictionOf(plan, s);
        addRow(table, {text(stage.name),
                       counted ? format::count(static_cast<std::int64_t>(*stage.instructions))
                               : QTableWidget::tr("unknown"),
                       predicted.text, counted ? perMac(*stage.instructions, macs) : QString()});
        const int row = table.rowCount() - 1;
        const QString tip = trafficText(stage, measured.bankIds);
        for (int column = 0; column < table.columnCount(); ++column) {
            table.item(row, column)->setToolTip(column == 2 ? predicted.reason : tip);
        }
    }
}

void clearStageTable(QTableWidget& table)
{
    table.clear();
    table.setRowCount(0);
    table.setColumnCount(0);
}

void fillByteTable(QTableWidget& table, const std::vector<bridge::SectionMeasurement>& sections,
                   const std::vector<bridge::PaintedBank>& painting)
{
    setHeader(table, {QTableWidget::tr("section"), QTableWidget::tr("planned"),
                      QTableWidget::tr("linked"), QTableWidget::tr("painted")});
    for (const bridge::SectionMeasurement& section : sections) {
        QString painted;
        for (const bridge::PaintedBank& bank : painting) {
            if (section.name == ".tm_arena." + bank.bank) {
                painted = format::bytes(bank.paintedEnd);
            }
        }
        addRow(table, {sectionName(section.name), format::bytes(section.planned),
                       format::bytes(section.linked), painted});
    }
}

QString measurementSummary(const bridge::Measurement& measured)
{
    QString summary = QTableWidget::tr("Every check passed.");
    if (measured.match) {
        summary =
            QTableWidget::tr("%1 of %2 classes equal to the %3, largest error %4 of the range.")
                .arg(format::count(static_cast<std::int64_t>(measured.match->classesEqual)),
                     format::count(static_cast<std::int64_t>(measured.match->runs)),
                     text(measured.match->reference),
                     QString::number(measured.match->maxRelError, 'g', 2));
    }
    return summary + QTableWidget::tr(" Counted by: %1.")
                         .arg(QString::fromUtf8(toString(measured.meter).data()));
}

} // namespace tidemark::studio
