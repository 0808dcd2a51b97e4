// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/schedule/buffer.h"

#include <QString>
#include <cstdint>

/// The one number formatter of the studio: every figure on every screen is made here, so that the
/// same number looks the same everywhere. English digits whatever the locale, a no-break space
/// before the unit, a true minus sign. KiB are 1,024 bytes: capacities of banks are powers of two.
namespace tidemark::studio::format {

QString count(std::int64_t number);      ///< "416,520"
QString countShort(std::int64_t number); ///< "416.5 k", "7.4 M", exact below 10,000
QString bytes(Bytes amount);             ///< "8,800 B"
QString bytesOf(const Buffer& buffer);   ///< "8,000 B"; of rows that lie apart "25 × 320 B"
QString bytesShort(Bytes amount);        ///< "35.6 KiB", "384 KiB", exact below 1,024
QString mebibytes(double amount);        ///< "742.34 MiB": of bytes, two places
QString bytesDelta(Bytes change);        ///< "+24 B", "−4,704 B", "±0 B"
QString percent(double ratio);           ///< 0.537 -> "53.7 %"; "< 0.1 %" instead of "0.0 %"
QString milliseconds(double time);       ///< "0.02 ms", "12 ms"
QString address(std::uint64_t value);    ///< "0x1000_0000"
QString offset(Bytes value);             ///< "4,096": an offset is a plain number

/// A time in "us" or an energy in "uJ", in the largest unit it reaches: "12.3 ms", "840 nJ". Any
/// other unit as quantity() has it, rounded to whole numbers.
QString scaled(double value, const QString& unit);
QString scaledDelta(double change, const QString& unit); ///< "+1.2 ms", "±0"

/// A value with any unit ("B", "MAC", ""), as Figure and Term carry them. Whole numbers stay whole.
QString quantity(double value, const QString& unit);

} // namespace tidemark::studio::format
