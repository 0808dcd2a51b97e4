// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/explain_html.h"

#include "app/studio/theme/estimate_text.h"
#include "app/studio/theme/format.h"

#include <algorithm>

namespace tidemark::studio {

namespace {

/// As people say it; the terms keep the exact numbers.
QString shortValue(const Figure& figure)
{
    const QString unit = QString::fromStdString(figure.unit);
    const bool isLarge = unit == u"us" || unit == u"uJ" || unit == u"instructions";
    return isLarge ? format::scaled(figure.value, unit) : format::quantity(figure.value, unit);
}

QString escaped(const std::string& text)
{
    return QString::fromStdString(printable(text, 400)).toHtmlEscaped();
}

QString span(const QColor& color, int pixels, const QString& text, bool strong = false)
{
    return QStringLiteral("<span style=\"color:%1;font-size:%2px;font-weight:%3\">%4</span>")
        .arg(color.name())
        .arg(pixels)
        .arg(strong ? 600 : 400)
        .arg(text);
}

QString paragraph(const QString& text, int above, int below)
{
    return QStringLiteral("<p style=\"margin-top:%1px;margin-bottom:%2px\">%3</p>")
        .arg(above)
        .arg(below)
        .arg(text);
}

QString link(const QString& target, const QColor& color, const QString& text)
{
    return QStringLiteral("<a href=\"%1\" style=\"color:%2;text-decoration:none\">%3</a>")
        .arg(target.toHtmlEscaped(), color.name(), text);
}

QString rule(const QColor& color, int above, int below)
{
    return QStringLiteral("<table width=\"100%\" cellspacing=\"0\" cellpadding=\"0\" "
                          "style=\"margin-top:%1px;margin-bottom:%2px\"><tr><td bgcolor=\"%3\" "
                          "style=\"font-size:1px;line-height:1px\" height=\"1\"></td></tr></table>")
        .arg(above)
        .arg(below)
        .arg(color.name());
}

} // namespace

QString ExplainHtml::page(const std::vector<const Figure*>& figures, const Plan& plan) const
{
    QString html;
    for (std::size_t i = 0; i < figures.size(); ++i) {
        const Figure& figure = *figures[i];
        if (i == 0) {
            html += headline(figure, plan);
            html += opened(figure);
            html += paragraph(span(theme.faint, 11, QStringLiteral("OTHER FIGURES"), true), 22, 2);
            continue;
        }
        const bool isOpen = open.contains(QString::fromStdString(figure.id));
        html += rule(theme.hairline, 4, 4);
        html += QStringLiteral("<a name=\"%1\"></a>").arg(anchor(figure.id));
        html += closedLine(figure.id, figure.title, valueOf(figure, plan.cost), isOpen);
        if (isOpen) {
            html += opened(figure);
        }
    }
    return html + estimates(figures, plan.cost);
}

QString ExplainHtml::valueOf(const Figure& figure, const PlanCost& cost)
{
    if (figure.id == "latency") {
        return estimateText(cost.latency);
    }
    if (figure.id == "energy") {
        return estimateText(cost.energy);
    }
    return shortValue(figure);
}

QString ExplainHtml::alone(const Figure& figure) const
{
    const QString value = shortValue(figure);
    QString html = paragraph(span(theme.dim, 12, escaped(figure.title), true), 0, 0);
    if (figure.unit == "B") {
        html += paragraph(span(theme.text, 20, format::mebibytes(figure.value), true) +
                              span(theme.faint, 12, QStringLiteral("&nbsp; ") + value),
                          0, 2);
    } else {
        html += paragraph(span(theme.text, 20, value.toHtmlEscaped(), true), 0, 2);
    }
    return html + opened(figure);
}

QString ExplainHtml::estimates(const std::vector<const Figure*>& figures,
                               const PlanCost& cost) const
{
    struct Row {
        const char *id, *title;
        const Estimate& estimate;
    };
    QString html;
    for (const Row& row :
         {Row{"latency", "Latency", cost.latency}, Row{"energy", "Energy", cost.energy}}) {
        if (std::ranges::any_of(figures, [&](const Figure* f) { return f->id == row.id; })) {
            continue; // opened into its terms already
        }
        const bool isOpen = open.contains(QLatin1String(row.id));
        html += rule(theme.hairline, 4, 4);
        html += QStringLiteral("<a name=\"%1\"></a>").arg(anchor(row.id));
        html += closedLine(row.id, row.title, estimateText(row.estimate), isOpen);
        if (isOpen) {
            html +=
                paragraph(span(theme.dim, 12, estimateReason(row.estimate).toHtmlEscaped()), 6, 6);
        }
    }
    return html;
}

QString ExplainHtml::anchor(const std::string& id)
{
    return QStringLiteral("at-") + QString::fromStdString(printable(id)).toHtmlEscaped();
}

QString ExplainHtml::headline(const Figure& figure, const Plan& plan) const
{
    const bool peak = figure.id == "peak_ram_bytes";
    const QString value =
        format::quantity(figure.value, QString::fromStdString(figure.unit)).toHtmlEscaped();
    QString html = paragraph(span(theme.dim, 13, escaped(figure.title), true), 0, 0);
    html += paragraph(span(peak ? theme.peak : theme.text, 26, value, true), 0, 2);
    return peak ? html + proof(plan) : html;
}

QString ExplainHtml::proof(const Plan& plan) const
{
    const Bytes gap = plan.activationBytes - plan.lowerBound.bytes;
    const bool optimal = plan.lowerBound.status == ProofStatus::Optimal;
    return paragraph(
        optimal
            ? span(theme.good, 12, QStringLiteral("Proven optimal"), true)
            : span(
                  theme.dim, 12,
                  QStringLiteral("Activations %1 above their lower bound").arg(format::bytes(gap))),
        0, 2);
}

QString ExplainHtml::closedLine(const std::string& id, const std::string& title,
                                const QString& value, bool isOpen) const
{
    const QString target = QStringLiteral("figure:") + QString::fromStdString(id);
    const QString arrow = isOpen ? QStringLiteral("▾") : QStringLiteral("▸");
    return QStringLiteral(
               "<table width=\"100%\" cellspacing=\"0\" cellpadding=\"0\"><tr><td>%1</td>"
               "<td align=\"right\">%2</td></tr></table>")
        .arg(link(target, theme.text,
                  span(theme.faint, 12, arrow + QStringLiteral("  ")) +
                      span(theme.text, 12, escaped(title))),
             span(theme.text, 12, value.toHtmlEscaped()));
}

QString ExplainHtml::termRow(const Term& term, const QString& unit) const
{
    QString label = span(theme.text, 12, escaped(term.label));
    if (term.buffer) {
        label = link(QStringLiteral("buffer:%1").arg(term.buffer->index()), theme.accent,
                     span(theme.accent, 12, escaped(term.label)));
    } else if (term.stage) {
        label = link(QStringLiteral("stage:%1").arg(term.stage->index()), theme.accent,
                     span(theme.accent, 12, escaped(term.label)));
    }
    return QStringLiteral("<tr><td style=\"padding:2px 10px 2px 0\">%1</td>"
                          "<td style=\"padding:2px 10px 2px 0\">%2</td>"
                          "<td align=\"right\" style=\"padding:2px 0\">%3</td></tr>")
        .arg(label, span(theme.faint, 11, escaped(term.expression)),
             span(theme.text, 12, format::quantity(term.value, unit).toHtmlEscaped()));
}

QString ExplainHtml::opened(const Figure& figure) const
{
    const QString unit = QString::fromStdString(figure.unit);
    QString html = paragraph(span(theme.dim, 12, escaped(figure.formula)), 8, 6);
    if (!figure.terms.empty()) {
        html += QStringLiteral("<table width=\"100%\" cellspacing=\"0\" cellpadding=\"0\" "
                               "style=\"margin-top:6px\">");
        for (const Term& term : figure.terms) {
            html += termRow(term, unit);
        }
        html += QStringLiteral("</table>");
    }
    if (figure.terms.size() > 1) {
        html += rule(theme.line, 4, 4);
        html += QStringLiteral("<table width=\"100%\" cellspacing=\"0\" cellpadding=\"0\"><tr>"
                               "<td></td><td align=\"right\">%1</td></tr></table>")
                    .arg(span(theme.text, 12, format::quantity(figure.value, unit).toHtmlEscaped(),
                              true));
    }
    for (const std::string& note : figure.notes) {
        html += paragraph(span(theme.dim, 12, escaped(note)), 6, 0);
    }
    if (!figure.source.empty()) {
        html += paragraph(span(theme.faint, 11, escaped(figure.source)), 8, 6);
    }
    return html;
}

} // namespace tidemark::studio
