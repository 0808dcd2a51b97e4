// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/theme/theme.h"
#include "core/explain/figure.h"

#include <QSet>
#include <QString>

namespace tidemark::studio {

/// Figures as the rich text of the Explain panel. The first is open; the others are a line each
/// that opens when clicked. All text from files is escaped.
///
/// Links: "figure:ID" opens or closes, "buffer:N" and "stage:N" select.
struct ExplainHtml {
    const Theme& theme;
    const QSet<QString>& open; ///< ids of the figures that are open besides the first

    QString page(const std::vector<const Figure*>& figures, const Plan& plan) const;

    /// One figure with its headline, opened; bytes in MiB as well.
    QString alone(const Figure& figure) const;

    /// Name of the place of a figure in the page.
    static QString anchor(const std::string& id);

private:
    /// The value as a line shows it: latency and energy scaled, and labelled where illustrative.
    static QString valueOf(const Figure& figure, const PlanCost& cost);
    QString headline(const Figure& figure, const Plan& plan) const;
    QString opened(const Figure& figure) const;
    QString closedLine(const std::string& id, const std::string& title, const QString& value,
                       bool isOpen) const;
    /// Latency and energy, which may be unknown and say why.
    QString estimates(const std::vector<const Figure*>& figures, const PlanCost& cost) const;
    QString termRow(const Term& term, const QString& unit) const;
    QString proof(const Plan& plan) const;
};

} // namespace tidemark::studio
