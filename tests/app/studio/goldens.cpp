// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/studio/goldens.h"

#include <QDir>
#include <QFile>
#include <algorithm>
#include <cstdlib>

namespace tidemark::studio::testing {

namespace {

constexpr int kSameChannel = 24;
constexpr double kMostDifferent = 0.002;

int distance(QRgb a, QRgb b)
{
    return std::max({std::abs(qRed(a) - qRed(b)), std::abs(qGreen(a) - qGreen(b)),
                     std::abs(qBlue(a) - qBlue(b))});
}

/// 5 bits a channel: half the size, and well within the distance allowed.
QImage coarse(QImage image)
{
    for (int y = 0; y < image.height(); ++y) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(y));
        std::transform(line, line + image.width(), line,
                       [](QRgb pixel) { return (pixel & 0xfff8f8f8U) | 0x00040404U; });
    }
    return image;
}

} // namespace

QString compareWithGolden(const QImage& image, const QString& name)
{
    const QString path =
        QStringLiteral(TIDEMARK_SOURCE_DIR "/tests/golden/studio/%1.png").arg(name);
    const QImage made = image.convertToFormat(QImage::Format_RGB32);
    if (qEnvironmentVariableIntValue("TIDEMARK_UPDATE_GOLDENS") == 1) {
        return coarse(made).save(path, "PNG", 0) ? QString()
                                                 : QStringLiteral("cannot write ") + path;
    }
    const QImage golden = QImage(path).convertToFormat(QImage::Format_RGB32);
    if (golden.isNull()) {
        return QStringLiteral("no golden %1").arg(path);
    }
    QString reason;
    if (golden.size() != made.size()) {
        reason = QStringLiteral("size %1x%2").arg(made.width()).arg(made.height());
    } else {
        qint64 different = 0;
        for (int y = 0; y < made.height(); ++y) {
            const auto* a = reinterpret_cast<const QRgb*>(made.constScanLine(y));
            const auto* b = reinterpret_cast<const QRgb*>(golden.constScanLine(y));
            for (int x = 0; x < made.width(); ++x) {
                different += distance(a[x], b[x]) > kSameChannel ? 1 : 0;
            }
        }
        const double share =
            static_cast<double>(different) / (static_cast<double>(made.width()) * made.height());
        if (share > kMostDifferent) {
            reason = QStringLiteral("%1 of its pixels differ").arg(share);
        }
    }
    if (!reason.isEmpty()) {
        const QString kept = QStringLiteral(TIDEMARK_BINARY_DIR "/tests/%1.png").arg(name);
        made.save(kept);
        reason += QStringLiteral(", see ") + kept;
    }
    return reason;
}

} // namespace tidemark::studio::testing
