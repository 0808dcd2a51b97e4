// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/weight_sliders.h"

#include "app/studio/theme/fonts.h"
#include "app/studio/theme/format.h"

#include <QGridLayout>
#include <QLabel>
#include <QSlider>
#include <algorithm>
#include <cmath>

namespace tidemark::studio {

namespace {
constexpr int kMost = 10;
constexpr int kSliderWidth = 150, kShareWidth = 46;
} // namespace

WeightSliders::WeightSliders(const Weights& weights, QWidget* parent) : QWidget(parent)
{
    const std::array<QString, 3> names{tr("RAM"), tr("Latency"), tr("Energy")};
    // Weights from a command line may be anything: shown against the largest.
    const double most = std::max({weights[0], weights[1], weights[2]});
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(3);
    for (int i = 0; i < 3; ++i) {
        const auto at = static_cast<std::size_t>(i);
        auto* name = new QLabel(names[at]);
        auto* slider = new QSlider(Qt::Horizontal);
        slider->setRange(0, kMost);
        slider->setPageStep(2);
        slider->setFixedWidth(kSliderWidth);
        slider->setAccessibleName(tr("Weight of %1").arg(names[at]));
        const bool whole = most <= kMost;
        slider->setValue(static_cast<int>(
            std::lround(most > 0 ? (whole ? weights[at] : weights[at] * kMost / most) : 0)));
        auto* share = new QLabel;
        for (QLabel* label : {name, share}) {
            label->setFont(fonts::regular(12));
        }
        share->setProperty("tone", "faint");
        share->setFixedWidth(kShareWidth);
        share->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        m_sliders[at] = slider;
        m_shares[at] = share;
        grid->addWidget(name, i, 0);
        grid->addWidget(slider, i, 1);
        grid->addWidget(share, i, 2);
        connect(slider, &QSlider::valueChanged, this, [this, slider] {
            showShares();
            if (!slider->isSliderDown()) { // by key: one step is one choice
                emit chosen(this->weights());
            }
        });
        connect(slider, &QSlider::sliderReleased, this, [this] { emit chosen(this->weights()); });
    }
    showShares();
}

WeightSliders::Weights WeightSliders::weights() const
{
    Weights weights{};
    std::ranges::transform(m_sliders, weights.begin(),
                           [](const QSlider* s) { return static_cast<double>(s->value()); });
    return weights;
}

void WeightSliders::showShares()
{
    const Weights all = weights();
    const double sum = all[0] + all[1] + all[2];
    for (std::size_t i = 0; i < all.size(); ++i) {
        m_shares[i]->setText(sum > 0 ? format::percent(all[i] / sum) : QString());
    }
}

} // namespace tidemark::studio
