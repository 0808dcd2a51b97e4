// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/place/plan.h"
#include "firmware_bridge/host/measurement.h"

#include <QString>

class QTableWidget;

namespace tidemark::studio {

QTableWidget* makeDeviceTable(const QString& accessibleName);

/// Stage, instructions, per MAC, bytes loaded and stored.
void fillStageTable(QTableWidget& table, const bridge::Measurement& measured, const Plan& plan);

/// Section by section planned against linked, then bank by bank planned end against painted end.
void fillByteTable(QTableWidget& table, const bridge::Measurement& measured);

/// "1 of 1 classes equal to the host reference, largest error 1.9e-07 of the range".
QString measurementSummary(const bridge::Measurement& measured);

} // namespace tidemark::studio
