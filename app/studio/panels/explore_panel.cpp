// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/explore_panel.h"

#include "app/studio/charts/bar_chart.h"
#include "app/studio/charts/scatter_chart.h"
#include "app/studio/charts/sweep_data.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/format.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>
#include <numeric>

namespace tidemark::studio {

namespace {
constexpr int kControlsWidth = 250;
} // namespace

ExplorePanel::ExplorePanel(Document& document, Explorer& explorer, QWidget* parent)
    : QWidget(parent), m_document(document), m_explorer(explorer),
      m_sweep(new QPushButton(tr("Explore"))), m_cancel(new QPushButton(tr("Cancel"))),
      m_banksToo(new QCheckBox(tr("Every bank, too"))), m_against(new QComboBox),
      m_progress(new QProgressBar), m_message(new QLabel),
      m_chart(new ScatterChart(tr("Designs by RAM and another figure"))),
      m_bars(new BarChart(tr("Designs against the first")))
{
    setProperty("ground", "panel");
    setAttribute(Qt::WA_StyledBackground);
    prepareWidgets();
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 8, 8, 0);
    layout->setSpacing(14);
    layout->addWidget(makeControls());
    layout->addWidget(m_chart, 3);
    layout->addWidget(m_bars, 2);
    connectExplorer();
    showState();
}

void ExplorePanel::prepareWidgets()
{
    m_sweep->setFont(fonts::semiBold(12));
    m_sweep->setProperty("primary", true);
    m_sweep->setToolTip(tr("Plans the model with every technique on its board"));
    m_cancel->setFont(fonts::semiBold(12));
    m_cancel->setProperty("boxed", true);
    m_banksToo->setFont(fonts::regular(12));
    m_banksToo->setToolTip(tr("Also with all weights and all activations in each bank"));
    m_against->setAccessibleName(tr("Figure against RAM"));
    m_progress->setTextVisible(false);
    m_progress->setFixedHeight(4);
    m_progress->setAccessibleName(tr("Progress of the sweep"));
    m_message->setFont(fonts::regular(11));
    m_message->setTextFormat(Qt::PlainText);
    m_message->setWordWrap(true);
    m_message->setAlignment(Qt::AlignTop | Qt::AlignLeft);
}

QWidget* ExplorePanel::makeControls()
{
    auto* controls = new QWidget;
    controls->setFixedWidth(kControlsWidth);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_sweep);
    buttons->addWidget(m_cancel);
    buttons->addWidget(m_banksToo);
    buttons->addStretch(1);
    auto* layout = new QVBoxLayout(controls);
    layout->setContentsMargins(0, 0, 0, 8);
    layout->setSpacing(7);
    layout->addLayout(buttons);
    layout->addWidget(m_progress);
    layout->addWidget(m_against);
    layout->addWidget(m_message, 1);
    return controls;
}

void ExplorePanel::connectExplorer()
{
    connect(m_sweep, &QPushButton::clicked, this, [this] {
        m_explorer.start(m_banksToo->isChecked());
        m_progress->setRange(0, 0);
        showState();
    });
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        m_explorer.cancel();
        showState();
    });
    connect(m_against, &QComboBox::activated, this, &ExplorePanel::showResult);
    connect(&m_explorer, &Explorer::progress, this, [this](int done, int total) {
        m_progress->setRange(0, total);
        m_progress->setValue(done);
        say(tr("%1 of %2 plans").arg(format::count(done), format::count(total)), "dim");
    });
    connect(&m_explorer, &Explorer::finished, this, [this] {
        m_against->clear();
        for (const auto axis :
             {SweepAxis::Latency, SweepAxis::Energy, SweepAxis::Instructions, SweepAxis::Flash}) {
            if (isWorthShowing(m_explorer.result(), axis)) {
                m_against->addItem(tr("RAM against %1").arg(axisName(axis).toLower()),
                                   static_cast<int>(axis));
            }
        }
        if (m_against->count() == 0) {
            m_against->addItem(tr("RAM against flash"), static_cast<int>(SweepAxis::Flash));
        }
        showState();
        showResult();
    });
    connect(&m_explorer, &Explorer::failed, this, [this](const Diagnostic& reason) {
        showState();
        say(QString::fromStdString(reason.text()), "bad");
    });
    connect(m_chart, &ScatterChart::currentChanged, this, &ExplorePanel::showPoint);
    connect(m_chart, &ScatterChart::taken, this, [this](int index) {
        m_explorer.take(m_explorer.result().points[static_cast<std::size_t>(index)]);
    });
    connect(m_chart, &ScatterChart::brushed, this, &ExplorePanel::showBars);
    connect(&m_document, &Document::settingsChanged, this, &ExplorePanel::showState);
}

void ExplorePanel::setTheme(const Theme& theme)
{
    m_theme = &theme;
    m_chart->setTheme(theme);
    m_bars->setTheme(theme);
    showResult();
}

void ExplorePanel::showState()
{
    const bool busy = m_explorer.isBusy();
    m_sweep->setEnabled(m_document.isOpen());
    m_sweep->setVisible(!busy);
    m_cancel->setVisible(busy);
    m_progress->setVisible(busy);
    m_banksToo->setEnabled(!busy);
    const bool some = !m_explorer.result().points.empty();
    m_against->setVisible(some && !busy);
    m_chart->setEnabled(some && !m_explorer.isStale());
    if (busy) {
        return;
    }
    if (!some) {
        say(tr("Plans the model in every way and shows which designs lose to no other. A click "
               "takes one."),
            "faint");
    } else if (m_explorer.isStale()) {
        say(tr("The designs beside are of other settings: explore again."), "dim");
    } else {
        showPoint(-1);
    }
}

void ExplorePanel::showResult()
{
    const SweepResult& result = m_explorer.result();
    if (result.points.empty()) {
        return;
    }
    const auto axis = static_cast<SweepAxis>(m_against->currentData().toInt());
    m_chart->setData(
        paretoData(result, axis, [this](const SweepPoint& p) { return m_explorer.label(p); }));
    showBars({});
}

void ExplorePanel::showBars(const QList<int>& points)
{
    const SweepResult& result = m_explorer.result();
    QList<int> shown = points;
    if (shown.isEmpty()) { // what is worth comparing without a choice
        for (const std::size_t index : result.front) {
            shown += static_cast<int>(index);
        }
    }
    if (shown.isEmpty()) {
        m_bars->setBars({});
        return;
    }
    m_bars->setBars(gridBars(
        result, shown, static_cast<SweepAxis>(m_against->currentData().toInt()),
        [this](const SweepPoint& p) { return m_explorer.label(p); }, *m_theme));
}

void ExplorePanel::showPoint(int index)
{
    const SweepResult& result = m_explorer.result();
    if (index < 0 || index >= std::ssize(result.points)) {
        say(tr("%1 plans, %2 of them lose to no other. Click one to take it; drag over some to "
               "compare them as bars.")
                .arg(format::count(std::ssize(result.points)),
                     format::count(std::ssize(result.front))),
            "dim");
        return;
    }
    const SweepPoint& point = result.points[static_cast<std::size_t>(index)];
    QStringList lines{m_explorer.label(point), tr("Peak RAM %1").arg(format::bytes(point.ram))};
    if (point.onFront) {
        lines += tr("Loses to no other.");
    } else if (point.dominatedBy) {
        lines += tr("Loses to: %1").arg(m_explorer.label(result.points[*point.dominatedBy]));
    }
    if (!point.reason.empty()) {
        lines += QString::fromStdString(printable(point.reason, 300));
    }
    say(lines.join(u'\n'), point.fits ? "dim" : "bad");
}

void ExplorePanel::say(const QString& text, const char* tone)
{
    m_message->setText(text);
    m_message->setProperty("tone", tone);
    m_message->style()->unpolish(m_message);
    m_message->style()->polish(m_message);
}

QString ExplorePanel::message() const
{
    return m_message->text();
}

} // namespace tidemark::studio
