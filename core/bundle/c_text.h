// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tidemark {

/// A text with its `@name@` marks replaced; a lone '@' stays. Every mark must have a value.
///
///     filled("int @name@ = @value@;\n", {{"name", "n"}, {"value", "3"}})
std::string filled(std::string_view text,
                   std::initializer_list<std::pair<std::string_view, std::string>> values);

/// Untrusted text for a C, linker-script, make or Markdown comment of one line: letters, digits,
/// spaces and a few signs that can neither end a comment nor join lines; everything else is '_'.
std::string commentText(std::string_view untrusted);

/// Untrusted text as a name of the serial protocol, [A-Za-z0-9_.-], at most 48 characters.
std::string protocolName(std::string_view untrusted);

/// The exact value as a C99 hexadecimal constant of type float ("0x1.8p+1f"); TM_INFINITY and
/// TM_NAN, with a sign where it has one, for what has no constant.
std::string floatConstant(float value);

/// `values` as constants, a few to a line, indented by `indent` and ending with a newline.
std::string floatConstants(std::span<const float> values, std::string_view indent);

/// "0x20000000".
std::string hexConstant(std::uint64_t value);

} // namespace tidemark
