// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/bytes.h"
#include "core/model/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tidemark::bridge {

struct ElfSection {
    std::string name;
    std::uint64_t address = 0;
    Bytes size;
    std::uint32_t type = 0;
    std::uint32_t flags = 0;

    bool isLinked() const { return (flags & 2) != 0; } ///< SHF_ALLOC: occupies memory on the board
    bool hasBytes() const { return type != 8; } ///< not SHT_NOBITS: its bytes are in the file
};

struct ElfSymbol {
    std::string name;
    std::uint64_t address = 0; ///< of a Thumb function without its lowest bit
    Bytes size;
    bool isFunction = false;
};

/// What is loaded where: `fileBytes` of the image at `loadAddress`, `memoryBytes` at run time.
struct ElfSegment {
    std::uint64_t address = 0, loadAddress = 0;
    Bytes fileBytes, memoryBytes;
};

/// A 32-bit little-endian ELF executable, read whole. Untrusted: every offset and count is checked
/// against the file, so a hostile file gives an error or fewer names, never a stray read.
class ElfFile {
public:
    /// Errors (BadInput): missing, over 256 MiB, not such an ELF, tables outside the file.
    static Result<ElfFile> read(const std::filesystem::path& path);
    static Result<ElfFile> parse(std::span<const std::byte> bytes, const std::string& where);

    const std::vector<ElfSection>& sections() const { return m_sections; }
    const std::vector<ElfSymbol>& symbols() const { return m_symbols; }
    const std::vector<ElfSegment>& segments() const { return m_segments; }

    /// The sections that occupy memory on the board, by address.
    std::vector<ElfSection> linkedSections() const;
    const ElfSymbol* findSymbol(const std::string& name) const;
    /// The function that holds `address`; nothing when no symbol covers it.
    const ElfSymbol* functionAt(std::uint64_t address) const;

private:
    std::vector<ElfSection> m_sections;
    std::vector<ElfSymbol> m_symbols;
    std::vector<ElfSegment> m_segments;
};

} // namespace tidemark::bridge
