// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/place/plan.h"
#include "firmware_bridge/host/measurement.h"

#include <QString>

class QTableWidget;

namespace tidemark::studio {

QTableWidget* makeDeviceTable(const QString& accessibleName);

/// Stage, instructions counted and predicted, per MAC; bytes loaded and stored as tool tip.
void fillStageTable(QTableWidget& table, const bridge::Measurement& measured, const Plan& plan);

void clearStageTable(QTableWidget& table);

/// Section by section planned against linked, and how far a bank was painted (nothing before a
/// run).
void fillByteTable(QTableWidget& table, const std::vector<bridge::SectionMeasurement>& sections,
                   const std::vector<bridge::PaintedBank>& painting);

/// "1 of 1 classes equal to the host reference, largest error 1.9e-07 of the range".
QString measurementSummary(const bridge::Measurement& measured);

} // namespace tidemark::studio
