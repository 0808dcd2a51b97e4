// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace tidemark {

/// What kind of thing went wrong; front ends map it to exit codes (docs/architecture.md, 12).
enum class ErrorKind {
    Usage,       ///< bad option, unknown board, a pin to nowhere: exit 2
    BadInput,    ///< a rejected model, project, board or data file: exit 3
    DoesNotFit,  ///< a plan that does not fit, a check that failed: exit 1
    Environment, ///< a missing tool, an unplugged board, a full disk: exit 1
};

/// One message for a person: what is wrong, where (tensor, operator, file), how to mend it.
/// Rendered as `error: WHAT (WHERE): HOW TO MEND`. Text from files is escaped by the maker
/// through `printable()`.
struct Diagnostic {
    ErrorKind kind = ErrorKind::BadInput;
    std::string what;
    std::string where;
    std::string mend;

    /// "WHAT (WHERE): HOW TO MEND" in one line, without the "error: " in front.
    std::string text() const;
};

/// Untrusted text made safe for a terminal, a log and a C comment: control characters and
/// invalid UTF-8 escaped as \xHH, cut after `maxBytes` with an ellipsis.
std::string printable(const std::string& untrusted, std::size_t maxBytes = 120);

} // namespace tidemark
