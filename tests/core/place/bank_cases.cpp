// SPDX-License-Identifier: Apache-2.0
#include "tests/core/place/bank_cases.h"

#include <random>

namespace tidemark::test {

AssignmentProblem hundredBuffers(std::uint32_t seed)
{
    std::mt19937 random(seed);
    AssignmentProblem problem;
    problem.banks = {{Bytes(64 * 1024), 0}, {Bytes(2 * 1024 * 1024), 0}};
    for (std::size_t i = 0; i < 100; ++i) {
        const bool weight = i % 2 == 0;
        const auto size = static_cast<std::int64_t>(64 + random() % 8192);
        const std::size_t first = weight ? 0 : i;
        const std::size_t last = weight ? 200 : first + 2 + random() % 4;
        const double reads = static_cast<double>(size) * (1 + random() % 30);
        problem.blocks.push_back(
            {Bytes(size), Bytes(4), {EventId(first), EventId(last)}, {reads, reads * 2.5}});
    }
    return problem;
}

} // namespace tidemark::test
