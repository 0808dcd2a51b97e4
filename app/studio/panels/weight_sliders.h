// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <array>

class QLabel;
class QSlider;

namespace tidemark::studio {

/// How much RAM, latency and energy count against each other: three sliders from 0 to 10.
class WeightSliders : public QWidget {
    Q_OBJECT
public:
    using Weights = std::array<double, 3>; ///< RAM, latency, energy

    explicit WeightSliders(const Weights& weights, QWidget* parent = nullptr);

signals:
    void chosen(const std::array<double, 3>& weights); ///< a slider was let go, or a key pressed

private:
    void showShares();
    Weights weights() const;

    std::array<QSlider*, 3> m_sliders{};
    std::array<QLabel*, 3> m_shares{};
};

} // namespace tidemark::studio
