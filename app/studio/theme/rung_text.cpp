// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/theme/rung_text.h"

#include <QCoreApplication>
#include <QStringList>
#include <algorithm>
#include <iterator>

namespace tidemark::studio {

namespace {

struct RungText {
    const char* rung; ///< as core calls it
    const char* name;
    const char* explanation;
};
constexpr RungText kTexts[] = {
    {"unshared", QT_TRANSLATE_NOOP("Rungs", "Unshared"),
     QT_TRANSLATE_NOOP("Rungs", "Every tensor has bytes of its own")},
    {"fused", QT_TRANSLATE_NOOP("Rungs", "Fused"),
     QT_TRANSLATE_NOOP("Rungs", "Pools are done inside their convolution")},
    {"pingpong", QT_TRANSLATE_NOOP("Rungs", "Ping-pong"),
     QT_TRANSLATE_NOOP("Rungs", "Tensors alternate between a few slots")},
    {"liveness", QT_TRANSLATE_NOOP("Rungs", "Liveness"),
     QT_TRANSLATE_NOOP("Rungs", "Bytes are free after their last reader")},
    {"overlap", QT_TRANSLATE_NOOP("Rungs", "Overlap"),
     QT_TRANSLATE_NOOP("Rungs", "Output rows go where input rows are no longer needed")},
    {"rows", QT_TRANSLATE_NOOP("Rungs", "Rows"),
     QT_TRANSLATE_NOOP("Rungs", "Stages take turns row by row, a few rows of a tensor are kept")},
    {"stream", QT_TRANSLATE_NOOP("Rungs", "Stream"),
     QT_TRANSLATE_NOOP("Rungs", "The input arrives row by row as well")},
};

QString plainName(Technique technique)
{
    return QString::fromUtf8(toString(technique).data());
}

const RungText* textOf(Technique technique)
{
    const auto found = std::ranges::find_if(
        kTexts, [&](const RungText& text) { return text.rung == toString(technique); });
    return found == std::end(kTexts) ? nullptr : found;
}

} // namespace

QString rungName(Technique technique)
{
    const RungText* text = textOf(technique);
    if (text) {
        return QCoreApplication::translate("Rungs", text->name);
    }
    QString name = plainName(technique);
    name[0] = name[0].toUpper();
    return name;
}

QString rungExplanation(Technique technique)
{
    const RungText* text = textOf(technique);
    return text ? QCoreApplication::translate("Rungs", text->explanation) : QString();
}

QString rungChoices()
{
    QStringList names;
    for (const Technique technique : allTechniques()) {
        names += plainName(technique);
    }
    return names.join(QStringLiteral(", "));
}

} // namespace tidemark::studio
