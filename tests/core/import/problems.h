// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/import/import.h"
#include "core/lower/lower.h"

#include <QtTest>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace tidemark::test {

inline std::string contentOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Import and lowering together: what stands between a file and a plan.
inline std::optional<Diagnostic> problemOf(const std::filesystem::path& path)
{
    const auto model = importModel(path);
    if (!model) {
        return model.error();
    }
    const auto network = lower(*model);
    return network ? std::nullopt : std::optional(network.error());
}

/// One line that can be shown: not empty, no control characters, not endless.
inline bool isOneClearLine(const std::string& text)
{
    return text.size() > 10 && text.size() < 600 &&
           std::ranges::none_of(text, [](char c) { return static_cast<std::uint8_t>(c) < 0x20; });
}

/// The file is refused with a clear line that contains `expected`, or accepted if that is empty.
inline void verifyProblem(const std::filesystem::path& path, const std::string& content,
                          const QString& expected)
{
    std::ofstream(path, std::ios::binary) << content;
    const auto problem = problemOf(path);
    if (expected.isEmpty()) {
        QVERIFY2(!problem, problem ? problem->text().c_str() : "");
        return;
    }
    QVERIFY(problem);
    QVERIFY2(isOneClearLine(problem->text()), problem->text().c_str());
    QCOMPARE(problem->kind, ErrorKind::BadInput);
    QVERIFY2(QString::fromStdString(problem->what).contains(expected), problem->text().c_str());
    QVERIFY(!problem->mend.empty());
}

} // namespace tidemark::test
