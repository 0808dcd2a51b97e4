// SPDX-License-Identifier: Apache-2.0
#include "core/bundle/schedule_text.h"

#include <cstdlib>

namespace tidemark {

namespace {

std::string callText(const CallLoops::Call& call, const std::string& indent)
{
    std::string row = std::to_string(call.first);
    if (call.step != 0) {
        row += (call.step < 0 ? " - " : " + ") + std::to_string(std::abs(call.step)) + " * i";
    }
    const std::string stage = std::to_string(call.stage);
    return indent + "TM_ANNOUNCE(" + stage + ");\n" + indent + "tm_stage_" + stage + "(" + row +
           ", " + std::to_string(call.rows) + ");\n";
}

std::string loopText(const CallLoops::Loop& loop, const std::string& indent)
{
    const std::string inner = loop.times > 1 ? indent + "    " : indent;
    std::string text;
    for (const CallLoops::Call& call : loop.body) {
        text += callText(call, inner);
    }
    return loop.times > 1 ? indent + "for (int32_t i = 0; i < " + std::to_string(loop.times) +
                                "; ++i) {\n" + text + indent + "}\n"
                          : text;
}

} // namespace

std::string scheduleText(const CallLoops& calls, const std::string& indent)
{
    std::string text;
    for (const CallLoops::Loop& loop : calls.loops) {
        text += loopText(loop, indent);
    }
    return text;
}

} // namespace tidemark
