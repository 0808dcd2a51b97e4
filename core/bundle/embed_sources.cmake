# SPDX-License-Identifier: Apache-2.0
# cmake -DROOT=... -DOUTPUT=... -DFILES="a|b|..." -P embed_sources.cmake
# Writes a C++ file with the text of FILES (relative to ROOT): bundles are written by programs that
# may be far from the checkout.
string(REPLACE "|" ";" files "${FILES}")
set(text "// Made by core/bundle/embed_sources.cmake.\n#include \"core/bundle/embedded_sources.h\"\n\n")
string(APPEND text "namespace tidemark {\n\nconst std::vector<EmbeddedSource>& embeddedSources()\n{\n")
string(APPEND text "    static const std::vector<EmbeddedSource> sources{\n")
foreach(file IN LISTS files)
    file(READ "${ROOT}/${file}" content)
    if(content MATCHES "\\)EMBEDDED\"")
        message(FATAL_ERROR "${file} holds the mark that ends its text")
    endif()
    string(APPEND text "        {\"${file}\",\n         R\"EMBEDDED(${content})EMBEDDED\"},\n")
endforeach()
string(APPEND text "    };\n    return sources;\n}\n\n} // namespace tidemark\n")
file(WRITE "${OUTPUT}" "${text}")
