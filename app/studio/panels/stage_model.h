// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/place/plan.h"

#include <QAbstractListModel>

namespace tidemark::studio {

/// The stages of a plan in the order they run.
class StageModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role {
        NameRole = Qt::UserRole,
        KindRole,   ///< "conv+relu+maxpool"
        ShapeRole,  ///< "6×14×14": channels, height, width of the output
        BytesRole,  ///< of the output
        MacsRole,   ///< empty when it has none
        LiveRole,   ///< most live bytes during the stage
        PeakRole,   ///< bool: the stage of the peak
        StageIdRole ///< index of the StageId
    };

    using QAbstractListModel::QAbstractListModel;

    void setPlan(const PlanPtr& plan);
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QModelIndex indexOf(StageId stage) const;
    StageId stageAt(const QModelIndex& index) const;

private:
    PlanPtr m_plan;
    Bytes m_peak;        ///< most live bytes of any stage
    bool m_flat = false; ///< all stages have as many: none stands out
};

} // namespace tidemark::studio
