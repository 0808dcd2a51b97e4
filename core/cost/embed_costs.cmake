# SPDX-License-Identifier: Apache-2.0
# cmake -DOUTPUT=... -DFILES="a|b|..." -P embed_costs.cmake
# Writes a C++ file with the texts of FILES: predictions need no folder of resources.
string(REPLACE "|" ";" files "${FILES}")
set(text "// Made by core/cost/embed_costs.cmake.\n#include \"core/cost/embedded_costs.h\"\n\n")
string(APPEND text "namespace tidemark {\n\nconst std::vector<std::string_view>& embeddedCosts()\n{\n")
string(APPEND text "    static const std::vector<std::string_view> costs{\n")
foreach(file IN LISTS files)
    file(READ "${file}" content)
    string(APPEND text "        R\"EMBEDDED(${content})EMBEDDED\",\n")
endforeach()
string(APPEND text "    };\n    return costs;\n}\n\n} // namespace tidemark\n")
file(WRITE "${OUTPUT}" "${text}")
