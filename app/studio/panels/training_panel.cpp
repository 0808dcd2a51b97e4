// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/training_panel.h"

#include "app/studio/panels/explain_html.h"
#include "app/studio/theme/fonts.h"

#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QSpinBox>
#include <QTextBrowser>
#include <QTextDocument>

namespace tidemark::studio {

namespace {
constexpr int kLargestBatch = 1'000'000;
constexpr int kControlsWidth = 260;
} // namespace

TrainingPanel::TrainingPanel(QWidget* parent)
    : ScrolledPanel(parent), m_batch(new QSpinBox), m_training(page(tr("Memory to train"))),
      m_inference(page(tr("Memory to infer")))
{
    setProperty("ground", "panel");
    setAttribute(Qt::WA_StyledBackground);
    auto* controls = new QWidget;
    controls->setFixedWidth(kControlsWidth);
    auto* grid = new QGridLayout(controls);
    grid->setContentsMargins(0, 0, 0, 8);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(4);
    m_batch->setRange(1, kLargestBatch);
    m_batch->setFont(fonts::regular(12));
    m_batch->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_batch->setAccessibleName(tr("Batch"));
    auto* label = new QLabel(tr("Batch"));
    label->setFont(fonts::regular(12));
    grid->addWidget(label, 0, 0);
    grid->addWidget(m_batch, 0, 1);
    connect(m_batch, &QSpinBox::valueChanged, this, &TrainingPanel::showFigures);
    // In the order of the enumerations.
    m_optimizer = choice(*grid, tr("Optimizer"),
                         {{tr("SGD"), tr("No state")},
                          {tr("Momentum"), tr("One velocity a parameter")},
                          {tr("Adam"), tr("Two moments a parameter")}});
    m_optimizer->setCurrentIndex(static_cast<int>(Optimizer::Momentum));
    m_type = choice(*grid, tr("Numbers"),
                    {{tr("fp32"), {}},
                     {tr("fp16"), {}},
                     {tr("mixed"), tr("fp16, with fp32 master weights and optimizer state")}});
    m_recompute =
        choice(*grid, tr("Kept"),
               {{tr("every layer"), tr("Every layer's output is kept for the way back")},
                {tr("every √n-th"), tr("One segment at a time is computed anew on the way back")}});
    m_convention = choice(
        *grid, tr("Counted as"),
        {{tr("a framework holds it"), tr("Parameters, gradients, optimizer state, kept "
                                         "activations, the gradients of one layer")},
         {tr("course notes do"),
          tr("Stanford CS231n: each activation and parameter with its gradient, the optimizer's "
             "state, the inputs of the batch")},
         {tr("notes, rounded"),
          tr("The same in MiB, each summand rounded before it is multiplied by the batch")},
         {tr("feature maps once"),
          tr("Weights and their updates, gradients, optimizer state, every feature map once")}});
    grid->setRowStretch(grid->rowCount(), 1);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 8, 8, 0);
    layout->setSpacing(14);
    layout->addWidget(controls);
    layout->addWidget(m_training, 1);
    layout->addWidget(m_inference, 1);
}

QComboBox* TrainingPanel::choice(QGridLayout& grid, const QString& name,
                                 const std::vector<std::pair<QString, QString>>& choices)
{
    auto* box = new QComboBox;
    box->setAccessibleName(name);
    for (const auto& [text, meaning] : choices) {
        box->addItem(text);
        box->setItemData(box->count() - 1, meaning, Qt::ToolTipRole);
    }
    auto* label = new QLabel(name);
    label->setFont(fonts::regular(12));
    const int row = grid.rowCount();
    grid.addWidget(label, row, 0);
    grid.addWidget(box, row, 1);
    connect(box, &QComboBox::currentIndexChanged, this, &TrainingPanel::showFigures);
    return box;
}

QTextBrowser* TrainingPanel::page(const QString& name)
{
    auto* made = new QTextBrowser;
    made->setAccessibleName(name);
    made->setFrameShape(QFrame::NoFrame);
    made->setOpenLinks(false);
    made->setFont(fonts::regular(12));
    made->document()->setDefaultFont(fonts::regular(12));
    made->setMinimumHeight(60);
    return made;
}

void TrainingPanel::setNetwork(const Network& network)
{
    m_counts = trainingCounts(network);
    showFigures();
}

void TrainingPanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    showFigures();
}

void TrainingPanel::setTheme(const Theme& theme)
{
    m_theme = &theme;
    showFigures();
}

TrainingOptions TrainingPanel::options() const
{
    return {m_batch->value(), static_cast<Optimizer>(m_optimizer->currentIndex()),
            static_cast<TrainingType>(m_type->currentIndex()),
            static_cast<Recompute>(m_recompute->currentIndex()),
            static_cast<TrainingConvention>(m_convention->currentIndex())};
}

void TrainingPanel::showFigures()
{
    if (m_counts.layers.empty() || !m_convention || !isVisible()) {
        return; // pages of thousands of layers are made when somebody looks
    }
    const QSet<QString> none;
    const ExplainHtml html{*m_theme, none};
    const Result<Figure> training = trainingMemory(m_counts, options());
    if (training) {
        m_training->setHtml(html.alone(*training));
    } else {
        m_training->setPlainText(QString::fromStdString(training.error().text()));
    }
    m_inference->setHtml(html.alone(inferenceMemory(m_counts, options().type)));
}

QString TrainingPanel::trainingText() const
{
    return m_training->toPlainText();
}

QString TrainingPanel::inferenceText() const
{
    return m_inference->toPlainText();
}

} // namespace tidemark::studio
