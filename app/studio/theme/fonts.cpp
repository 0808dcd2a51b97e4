// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/theme/fonts.h"

#include <QFontDatabase>

// Resources of a static library must be asked for by name, outside any namespace.
static void initialiseResources()
{
    Q_INIT_RESOURCE(studio);
}

namespace tidemark::studio::fonts {

namespace {

QFont face(int pixels, QFont::Weight weight)
{
    QFont font{QString::fromLatin1(kFamily)};
    font.setPixelSize(pixels);
    font.setWeight(weight);
    // The same pixels whatever the machine's font settings: grabs are compared with goldens.
    font.setHintingPreference(QFont::PreferNoHinting);
    font.setStyleStrategy(
        static_cast<QFont::StyleStrategy>(QFont::PreferAntialias | QFont::NoSubpixelAntialias));
    return font;
}

} // namespace

bool load()
{
    static const bool kLoaded = [] {
        initialiseResources();
        const int regularId = QFontDatabase::addApplicationFont(
            QStringLiteral(":/tidemark/fonts/TidemarkSans-Regular.otf"));
        const int semiBoldId = QFontDatabase::addApplicationFont(
            QStringLiteral(":/tidemark/fonts/TidemarkSans-SemiBold.otf"));
        return regularId >= 0 && semiBoldId >= 0;
    }();
    return kLoaded;
}

QFont regular(int pixels)
{
    return face(pixels, QFont::Normal);
}

QFont semiBold(int pixels)
{
    return face(pixels, QFont::DemiBold);
}

} // namespace tidemark::studio::fonts
