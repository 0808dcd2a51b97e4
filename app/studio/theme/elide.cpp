// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/theme/elide.h"

#include <algorithm>

namespace tidemark::studio {

QString elidedName(const QString& name, double room,
                   const std::function<double(const QString&)>& width)
{
    if (width(name) <= room) {
        return name;
    }
    qsizetype digits = 0;
    while (digits < std::min<qsizetype>(3, name.size()) &&
           name[name.size() - 1 - digits].isDigit()) {
        ++digits;
    }
    const QString tail = QChar(0x2026) + name.right(digits);
    qsizetype fits = 0, tooLong = name.size() - digits;
    while (fits + 1 < tooLong) {
        const qsizetype middle = (fits + tooLong) / 2;
        (width(name.left(middle) + tail) <= room ? fits : tooLong) = middle;
    }
    return fits > 1 ? name.left(fits) + tail : QString();
}

} // namespace tidemark::studio
