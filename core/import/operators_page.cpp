// SPDX-License-Identifier: Apache-2.0
#include "core/import/operators_page.h"

#include "core/import/tflite_operators.h"

namespace tidemark {

std::string_view supportText(Support support)
{
    switch (support) {
    case Support::Runnable:
        return "runnable";
    case Support::PlanOnly:
        return "plan only";
    case Support::Refused:
        return "refused";
    }
    return "";
}

std::string operatorsPage()
{
    std::string page =
        "<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
        "# Operators\n\n"
        "Written by `tidemark check --operators --markdown`; a test compares it with the "
        "tables.\n\n"
        "- **runnable**: has a kernel, or goes into a neighbour's, in its usual forms. "
        "`tidemark check MODEL` says of every stage whether it is, and why not.\n"
        "- **plan only**: shapes, bytes and multiplications are known, so it is planned and drawn; "
        "it cannot be exported or run. Some forms run all the same: a Gather of evenly spaced "
        "constant indices is a slice.\n"
        "- **refused**: no static plan exists (control flow, text, sequences, variables, custom "
        "code).\n\n"
        "Reshapes and transposes cost nothing where their readers can follow; otherwise a stage "
        "`rearrange` copies. Operators of other ONNX domains are planned when the file says their "
        "shapes.\n\n"
        "## ONNX, opsets 7 to 23\n\n| operator | what becomes of it |\n|---|---|\n";
    for (const OperatorEntry& entry : operatorTable()) {
        page += "| " + std::string(entry.name) + " | " + std::string(supportText(entry.support)) +
                " |\n";
    }
    page += "\n## TensorFlow Lite\n\n| operator | as | what becomes of it |\n|---|---|---|\n";
    for (const TfliteEntry& entry : tfliteOperators()) {
        page += "| " + std::string(entry.name) + " | " + std::string(entry.same) + " | " +
                std::string(supportText(entry.support)) + " |\n";
    }
    return page;
}

} // namespace tidemark
