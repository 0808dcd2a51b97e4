// SPDX-License-Identifier: GPL-3.0-or-later
// Ahead of the core: Qt 6.4's moc stumbles over the standard library where <compare> comes first.
#include "app/studio/panels/objective_box.h"

namespace tidemark::studio {

QString objectiveName(Objective objective)
{
    switch (objective) {
    case Objective::Latency:
        return ObjectiveBox::tr("least latency");
    case Objective::Energy:
        return ObjectiveBox::tr("least energy");
    case Objective::Weighted:
        return ObjectiveBox::tr("weighted");
    case Objective::Ram:
        break;
    }
    return ObjectiveBox::tr("least RAM");
}

ObjectiveBox::ObjectiveBox(QWidget* parent) : QComboBox(parent)
{
    setObjectName("objective");
    setAccessibleName(tr("Objective"));
    for (const auto& [objective, meaning] :
         {std::pair{Objective::Ram, tr("Banks are chosen so that the peak RAM is least")},
          std::pair{Objective::Latency,
                    tr("Banks are chosen so that an inference takes least time, as far as the "
                       "board's figures are known")},
          std::pair{Objective::Energy,
                    tr("Banks are chosen so that an inference takes least energy, as far as the "
                       "board's figures are known")},
          std::pair{Objective::Weighted,
                    tr("All three count; how much is set on the Constraints tab")}}) {
        QString name = objectiveName(objective);
        name[0] = name[0].toUpper();
        addItem(name, static_cast<int>(objective));
        setItemData(count() - 1, meaning, Qt::ToolTipRole);
    }
    connect(this, &QComboBox::activated, this,
            [this](int index) { emit chosen(static_cast<Objective>(itemData(index).toInt())); });
}

void ObjectiveBox::setObjective(Objective objective)
{
    setCurrentIndex(findData(static_cast<int>(objective)));
    setToolTip(itemData(currentIndex(), Qt::ToolTipRole).toString());
}

} // namespace tidemark::studio
