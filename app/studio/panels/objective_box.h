// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/place/constraints.h"

#include <QComboBox>

namespace tidemark::studio {

/// What the planner makes small: RAM, latency, energy, or all three weighted.
class ObjectiveBox : public QComboBox {
    Q_OBJECT
public:
    explicit ObjectiveBox(QWidget* parent = nullptr);

    void setObjective(Objective objective); ///< without chosen()

signals:
    void chosen(tidemark::Objective objective); ///< by the user
};

/// What an objective is called in undo texts and choosers.
QString objectiveName(Objective objective);

} // namespace tidemark::studio
