// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bundle/bundle.h"
#include "core/bundle/driver_text.h"
#include "core/bundle/file_set.h"
#include "core/bundle/memory_layout.h"
#include "core/execute/kernel_call.h"
#include "core/place/plan.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace tidemark {

/// A plan as the writers of a bundle's files see it: checked, with everything they share.
struct BundleContent {
    const Plan& plan;
    MemoryLayout layout;
    std::vector<KernelCall> calls; ///< by StageId
    Driver driver;
    BundleOptions options;
    std::string modelName;                               ///< fit for the serial protocol
    std::vector<std::vector<std::byte>> expectedOutputs; ///< of the self-test's inputs

    const Network& network() const { return *plan.network; }
    const Board& board() const { return *plan.board; }
    /// Where a value lies; a view lies in its base.
    std::string addressOf(ValueId value) const;
    /// Where kernels read a constant.
    std::string addressOf(ConstantId constant) const
    {
        const auto copy = layout.copyOf(constant);
        return copy ? "(const void*)" + layout.address(*copy)
                    : layout.address(layout.bufferOf(constant));
    }
    /// The buffer of a value whose rows lie apart; null: they follow each other, or take turns.
    const Buffer* rowsApart(ValueId value) const;
    /// Rows of a value that its buffer holds where they take turns in it; 0: it holds all.
    std::int64_t ringRows(ValueId value) const;
    /// Bytes of all inputs, of all outputs.
    Bytes inputBytes() const { return bytesOf(network().inputs); }
    Bytes outputBytes() const { return bytesOf(network().outputs); }

private:
    Bytes bytesOf(const std::vector<ValueId>& values) const;
};

/// "/* SPDX... */" and a line about the file, for generated C, and for linker scripts.
std::string fileHead(const BundleContent& content, const std::string& what);

/// The functions of all stages, with what they need.
std::string stageFunctions(const BundleContent& content);
/// Of a value whose rows lie apart: its member of the row tables.
std::string rowTableName(ValueId value);
/// The address of row `row`, an expression, of the first input.
std::string inputRowAddress(const BundleContent& content, const std::string& row);

// One function for each generated file.
std::string modelHeader(const BundleContent& content);
std::string modelSource(const BundleContent& content);
std::string weightsHeader(const BundleContent& content);
std::string weightsSource(const BundleContent& content);
std::string selftestHeader(const BundleContent& content);
std::string selftestSource(const BundleContent& content);
std::string mainSource(const BundleContent& content);
std::string boardHeader(const BundleContent& content);
std::string linkerScript(const BundleContent& content);
std::string readme(const BundleContent& content, bool library);
std::string manifest(const BundleContent& content, const std::string& hash, const FileSet& files);

/// Makefile, CMakeLists.txt and toolchain.cmake that build the `.c` files among `files`.
void addBuildFiles(const BundleContent& content, bool library, FileSet& files);

/// Device sources for the board's core and port; an error where the board has no toolchain or no
/// driver.
Status addDeviceFiles(const Board& board, FileSet& files);
/// The contract header and the kernels that are called, no others.
void addKernelFiles(const std::vector<KernelCall>& calls, FileSet& files);

/// Inputs of the self-test: made on the device by the same arithmetic, so that no flash is spent.
std::vector<std::vector<std::byte>> selftestInputs(const Network& network);

} // namespace tidemark
