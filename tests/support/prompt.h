// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tidemark::test {

/// Cancelling takes 100 ms where nothing else runs. Test machines stall, so a test only tells
/// "at once" from "when it was done anyway", which is far more than this. In milliseconds.
inline constexpr int kPromptMs = 5000;

} // namespace tidemark::test
