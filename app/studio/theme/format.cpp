// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/theme/format.h"

#include <QLocale>
#include <array>
#include <cmath>
#include <utility>

namespace tidemark::studio::format {

namespace {

constexpr QChar kNoBreakSpace(0x00a0);
constexpr QChar kMinus(0x2212);

QString withUnit(const QString& number, const QString& unit)
{
    return unit.isEmpty() ? number : number + kNoBreakSpace + unit;
}

/// `value` with one decimal, without a trailing ".0".
QString oneDecimal(double value)
{
    QString text = QLocale::c().toString(value, 'f', 1);
    if (text.endsWith(QLatin1String(".0"))) {
        text.chop(2);
    }
    return text;
}

struct Step {
    double size;
    const char* unit;
};

/// `value` in the largest step it reaches.
template <std::size_t N>
QString stepped(std::int64_t value, const std::array<Step, N>& steps, const char* smallest)
{
    const double magnitude = std::abs(static_cast<double>(value));
    for (const Step& step : steps) {
        if (magnitude >= step.size) {
            QString text = oneDecimal(magnitude / step.size);
            return withUnit(value < 0 ? kMinus + text : text, QLatin1String(step.unit));
        }
    }
    return withUnit(count(value), QLatin1String(smallest));
}

struct Scale {
    const char* unit; ///< as the core has it
    double size;      ///< of the shown unit, in the core's
    const char* shown;
};
constexpr std::array<Scale, 7> kScales{{{"us", 1e6, "s"},
                                        {"us", 1e3, "ms"},
                                        {"us", 1, "µs"},
                                        {"us", 1e-3, "ns"},
                                        {"uJ", 1e3, "mJ"},
                                        {"uJ", 1, "µJ"},
                                        {"uJ", 1e-3, "nJ"}}};

/// The largest unit that the value reaches, else the smallest there is.
const Scale* scaleOf(double magnitude, const QString& unit)
{
    const Scale* last = nullptr;
    for (const Scale& scale : kScales) {
        if (unit == QLatin1String(scale.unit)) {
            last = &scale;
            if (magnitude >= scale.size) {
                break;
            }
        }
    }
    return last;
}

/// Three digits that count: "1.23", "12.3", "123", "1,234".
QString threeDigits(double magnitude)
{
    if (magnitude >= 99.95) {
        return count(std::llround(magnitude));
    }
    return QLocale::c().toString(magnitude, 'f', magnitude >= 9.995 ? 1 : 2);
}

} // namespace

QString count(std::int64_t number)
{
    const QString digits = QString::number(number);
    const qsizetype sign = number < 0 ? 1 : 0;
    QString text = sign ? QString(kMinus) : QString();
    for (qsizetype i = sign; i < digits.size(); ++i) {
        if (i > sign && (digits.size() - i) % 3 == 0) {
            text += QLatin1Char(',');
        }
        text += digits[i];
    }
    return text;
}

QString countShort(std::int64_t number)
{
    if (std::abs(static_cast<double>(number)) < 10'000) {
        return count(number);
    }
    static constexpr std::array<Step, 3> kSteps{{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}}};
    return stepped(number, kSteps, "");
}

QString bytes(Bytes amount)
{
    return withUnit(count(amount.count()), QStringLiteral("B"));
}

QString bytesOf(const Buffer& buffer)
{
    return buffer.hasRowsApart() ? QStringLiteral("%1 × %2").arg(
                                       count(std::ssize(buffer.rowOffsets)), bytes(buffer.rowBytes))
                                 : bytes(buffer.bytes);
}

QString bytesShort(Bytes amount)
{
    static constexpr std::array<Step, 3> kSteps{
        {{1073741824.0, "GiB"}, {1048576.0, "MiB"}, {1024.0, "KiB"}}};
    return stepped(amount.count(), kSteps, "B");
}

QString mebibytes(double amount)
{
    return withUnit(QLocale::c().toString(amount / 1048576.0, 'f', 2), QStringLiteral("MiB"));
}

QString bytesDelta(Bytes change)
{
    const QChar sign = change.count() > 0   ? QLatin1Char('+')
                       : change.count() < 0 ? kMinus
                                            : QChar(0x00b1);
    return sign + bytes(Bytes(std::abs(change.count())));
}

QString percent(double ratio)
{
    const double hundredths = ratio * 100;
    if (hundredths > 0 && hundredths < 0.1) {
        return QStringLiteral("<") + kNoBreakSpace + withUnit(QStringLiteral("0.1"), "%");
    }
    QString text = QLocale::c().toString(std::abs(hundredths), 'f', 1);
    return withUnit(hundredths < 0 ? kMinus + text : text, QStringLiteral("%"));
}

QString milliseconds(double time)
{
    return withUnit(QLocale::c().toString(time, 'f', time < 10 ? 2 : 0), QStringLiteral("ms"));
}

QString address(std::uint64_t value)
{
    const QString digits = QString::number(value, 16).rightJustified(value >> 32 ? 16 : 8, u'0');
    QString text = QStringLiteral("0x");
    for (qsizetype i = 0; i < digits.size(); ++i) {
        if (i > 0 && i % 4 == 0) {
            text += QLatin1Char('_');
        }
        text += digits[i];
    }
    return text;
}

QString offset(Bytes value)
{
    return count(value.count());
}

QString scaled(double value, const QString& unit)
{
    const double magnitude = std::abs(value);
    const Scale* scale = scaleOf(magnitude, unit);
    const QString text = !scale           ? withUnit(count(std::llround(magnitude)), unit)
                         : magnitude == 0 ? withUnit("0", QString::fromUtf8(scale->shown))
                                          : withUnit(threeDigits(magnitude / scale->size),
                                                     QString::fromUtf8(scale->shown));
    return value < 0 ? kMinus + text : text;
}

QString scaledDelta(double change, const QString& unit)
{
    if (change == 0) {
        return QString(QChar(0x00b1)) + QLatin1Char('0');
    }
    return change > 0 ? QLatin1Char('+') + scaled(change, unit) : scaled(change, unit);
}

QString quantity(double value, const QString& unit)
{
    constexpr double kExact = 9007199254740992.0; // 2^53: beyond it doubles skip whole numbers
    constexpr double kDigitsAreEnough = 10'000;   // nobody reads a fraction behind five digits
    if (value == std::floor(value) && std::abs(value) < kExact) {
        return withUnit(count(static_cast<std::int64_t>(value)), unit);
    }
    const double magnitude = std::abs(value);
    if (magnitude >= kDigitsAreEnough && magnitude < kExact) {
        return withUnit(count(std::llround(value)), unit);
    }
    const QString text = QLocale::c().toString(magnitude, 'f', magnitude < 10 ? 3 : 1);
    return withUnit(value < 0 ? kMinus + text : text, unit);
}

} // namespace tidemark::studio::format
