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
    : ScrolledPanel(parent), m_document(document), m_explorer(explorer),
      m_sweep(new QPushButton(tr("Explore"))), m_grid(new QPushButton(tr("Bank grid"))),
      m_cancel(new QPushButton(tr("Cancel"))), m_banksToo(new QCheckBox(tr("Every bank, too"))),
      m_against(new QComboBox), m_progress(new QProgressBar), m_message(new QLabel),
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
    m_grid->setFont(fonts::semiBold(12));
    m_grid->setProperty("boxed", true);
    m_grid->setToolTip(tr("Weights in each kind of bank by activations in each kind, against all "
                          "in the fastest"));
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
    buttons->addWidget(m_grid);
    buttons->addWidget(m_cancel);
    buttons->addStretch(1);
    auto* layout = new QVBoxLayout(controls);
    layout->setContentsMargins(0, 0, 0, 8);
    layout->setSpacing(7);
    layout->addLayout(buttons);
    layout->addWidget(m_banksToo);
    layout->addWidget(m_progress);
    layout->addWidget(m_against);
    layout->addWidget(m_message, 1);
    return controls;
}

void ExplorePanel::connectExplorer()
{
    connect(m_sweep, &QPushButton::clicked, this, [this] {
        start(m_banksToo->isChecked() ? Designs::TechniquesAndBanks : Designs::Techniques);
    });
    connect(m_grid, &QPushButton::clicked, this, [this] { start(Designs::BankGrid); });
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
        fillAxes();
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
    connect(m_bars, &BarChart::barClicked, this, [this](int bar) {
        if (bar >= 0 && bar < m_barPoints.size() && !m_explorer.isStale()) {
            m_explorer.take(m_explorer.result().points[m_barPoints[bar]]);
        }
    });
    connect(m_bars, &BarChart::barHovered, this,
            [this](int bar) { showPoint(bar >= 0 ? int(m_barPoints.value(bar, -1)) : -1); });
    connect(m_chart, &ScatterChart::brushed, this, &ExplorePanel::showBars);
    connect(&m_document, &Document::settingsChanged, this, &ExplorePanel::showState);
}

void ExplorePanel::start(Designs designs)
{
    m_explorer.start(designs);
    m_progress->setRange(0, 0);
    showState();
}

void ExplorePanel::fillAxes()
{
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
    m_grid->setEnabled(m_explorer.canGrid());
    m_grid->setVisible(!busy);
    m_cancel->setVisible(busy);
    m_progress->setVisible(busy);
    m_banksToo->setEnabled(!busy);
    const bool some = !m_explorer.result().points.empty();
    m_against->setVisible(some && !busy && m_explorer.designs() != Designs::BankGrid);
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
    const bool grid = m_explorer.designs() == Designs::BankGrid;
    QList<int> shown = points;
    if (shown.isEmpty() && grid) {
        shown.resize(std::ssize(result.points));
        std::iota(shown.begin(), shown.end(), 0);
    } else if (shown.isEmpty()) { // what is worth comparing without a choice
        for (const std::size_t index : result.front) {
            shown += static_cast<int>(index);
        }
    }
    if (shown.isEmpty()) {
        m_bars->setBars({});
        return;
    }
    m_chart->setVisible(!grid); // the bars of a grid are its result
    m_against->setVisible(!grid);
    const bool costed = grid && isWorthShowing(result, SweepAxis::Latency) &&
                        isWorthShowing(result, SweepAxis::Energy);
    const std::pair figures =
        costed
            ? std::pair(SweepAxis::Latency, SweepAxis::Energy)
            : std::pair(SweepAxis::Ram, static_cast<SweepAxis>(m_against->currentData().toInt()));
    const BarData bars = gridBars(
        result, shown, figures, [this](const SweepPoint& p) { return m_explorer.label(p); },
        *m_theme);
    m_barPoints = QList<qsizetype>(bars.positions.begin(), bars.positions.end());
    m_bars->setBars(bars);
}

void ExplorePanel::showPoint(int index)
{
    const SweepResult& result = m_explorer.result();
    if (index < 0 || index >= std::ssize(result.points)) {
        if (m_explorer.designs() == Designs::BankGrid) {
            say(tr("Weights/activations, all in the fastest RAM first. Click a bar to take its "
                   "plan."),
                "dim");
            return;
        }
        const QString best = result.front.size() == 1
                                 ? tr("one loses to no other")
                                 : tr("%1 lose to no other").arg(result.front.size());
        say(tr("%1 plans: %2. Click one to take it; drag over some to compare them as bars.")
                .arg(format::count(std::ssize(result.points)), best),
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
