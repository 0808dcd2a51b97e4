// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QString>

namespace tidemark::studio::testing {

/// Compares with tests/golden/studio/NAME.png: same size, and all but a few pixels (0.2 %) within
/// a small distance, so that another version of FreeType does not break it but a moved line does.
/// Returns why not, or an empty text. With TIDEMARK_UPDATE_GOLDENS=1 in the environment it writes
/// the golden instead. A picture that differs is kept as build/tests/NAME.png to look at.
QString compareWithGolden(const QImage& image, const QString& name);

} // namespace tidemark::studio::testing
