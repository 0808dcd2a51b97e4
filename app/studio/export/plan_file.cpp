// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/export/plan_file.h"

#include "core/io/file.h"
#include "core/place/plan_json.h"

#include <nlohmann/json.hpp>

namespace tidemark::studio {

namespace {

std::string quoted(const std::string& untrusted)
{
    std::string text = printable(untrusted, 400);
    if (!text.empty() && std::string_view("=+-@").find(text[0]) != std::string_view::npos) {
        text.insert(0, 1, '\''); // spreadsheets would run it
    }
    std::string field = "\"";
    for (const char c : text) {
        field += c == '"' ? "\"\"" : std::string(1, c);
    }
    return field + '"';
}

} // namespace

std::string planCsv(const Plan& plan)
{
    std::string csv = "name,kind,bank,offset,bytes,alignment,first_event,last_event,pinned\r\n";
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        const Buffer& buffer = plan.buffers[i];
        const Placement& placement = plan.placements[i];
        csv += quoted(buffer.name) + ',' + std::string(toString(buffer.kind)) + ',' +
               quoted((*plan.board)[placement.bank].id);
        for (const std::int64_t number :
             {placement.offset.count(), buffer.bytes.count(), buffer.alignment.count(),
              static_cast<std::int64_t>(buffer.residency.first.index()),
              static_cast<std::int64_t>(buffer.residency.last.index())}) {
            csv += ',' + std::to_string(number);
        }
        csv += placement.pinned ? ",true\r\n" : ",false\r\n";
    }
    return csv;
}

Status writePlan(const Plan& plan, const std::filesystem::path& path)
{
    if (path.extension() == ".csv") {
        return writeFileAtomically(path, planCsv(plan));
    }
    if (path.extension() == ".json") {
        return writeFileAtomically(path, planToJson(plan).dump(2) + '\n');
    }
    return Diagnostic{ErrorKind::Usage, "unknown form of data", printable(path.string()),
                      "name a .json or .csv file"};
}

} // namespace tidemark::studio
