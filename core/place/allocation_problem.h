// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"
#include "core/place/offsets.h"

#include <filesystem>
#include <string>

namespace tidemark {

/// One row of an allocation problem: `size` bytes alive from `lower` up to, not at, `upper`.
struct AllocationRow {
    std::string id;
    std::int64_t lower = 0, upper = 0;
    Bytes size;
    Bytes alignment{1};
};

/// Buffers whose offsets are wanted, as the minimalloc benchmarks write them (CSV).
struct AllocationProblem {
    std::vector<AllocationRow> rows;

    /// The same as blocks, indexed like the rows; times become events by their rank.
    std::vector<Block> blocks() const;
    /// "id,lower,upper,size,offset" and a line for every row.
    std::string solutionCsv(const std::vector<Bytes>& offsets) const;
};

/// CSV with a header: `id`, `lower`, `upper` (exclusive) and `size` in any order, perhaps
/// `alignment`; an `offset` is ignored. BadInput names the line: a missing, unknown or repeated
/// column, a field too many or too few, no whole number, `lower` not below `upper`, a number out of
/// range, an id twice, more than 50,000 rows.
Result<AllocationProblem> parseAllocationProblem(const std::string& text, const std::string& where);
Result<AllocationProblem> readAllocationProblem(const std::filesystem::path& path);

} // namespace tidemark
