// SPDX-License-Identifier: Apache-2.0
// Layouts: System V ABI, "Object Files" (Elf32_Ehdr, Elf32_Shdr, Elf32_Phdr, Elf32_Sym).
#include "firmware_bridge/host/elf_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace tidemark::bridge {

namespace {

constexpr std::uintmax_t kLargestFile = 256U << 20;
constexpr std::size_t kHeaderBytes = 52, kSectionBytes = 40, kSegmentBytes = 32, kSymbolBytes = 16;
constexpr std::size_t kLongestName = 1024;
constexpr std::uint16_t kMachineArm = 40;
constexpr std::uint32_t kSymbolTable = 2, kLoadSegment = 1, kFunction = 2;

/// A range of the file; reads outside it give nothing.
class View {
public:
    explicit View(std::span<const std::byte> bytes) : m_bytes(bytes) {}

    std::size_t size() const { return m_bytes.size(); }
    bool holds(std::uint64_t offset, std::uint64_t length) const
    {
        return offset <= m_bytes.size() && length <= m_bytes.size() - offset;
    }
    std::optional<View> part(std::uint64_t offset, std::uint64_t length) const
    {
        return holds(offset, length) ? std::optional(View(m_bytes.subspan(offset, length)))
                                     : std::nullopt;
    }
    /// Little-endian; the caller has checked the range.
    std::uint16_t u16(std::size_t at) const
    {
        return static_cast<std::uint16_t>(u8(at) | u8(at + 1) << 8);
    }
    std::uint32_t u32(std::size_t at) const
    {
        return u16(at) | static_cast<std::uint32_t>(u16(at + 2)) << 16;
    }
    std::uint8_t u8(std::size_t at) const { return std::to_integer<std::uint8_t>(m_bytes[at]); }

    /// The string at `at`, ended by a NUL, by the view or by kLongestName.
    std::string text(std::size_t at) const
    {
        std::string s;
        for (; at < size() && u8(at) != 0 && s.size() < kLongestName; ++at) {
            s += static_cast<char>(u8(at));
        }
        return s;
    }

private:
    std::span<const std::byte> m_bytes;
};

struct SectionHeader {
    std::uint32_t name, type, flags, address, offset, size, link;

    static SectionHeader at(const View& v, std::size_t o)
    {
        return {v.u32(o),      v.u32(o + 4),  v.u32(o + 8), v.u32(o + 12),
                v.u32(o + 16), v.u32(o + 20), v.u32(o + 24)};
    }
};

Diagnostic badElf(const std::string& where, const std::string& why)
{
    return {ErrorKind::BadInput, "not a usable firmware image, " + why, where,
            "build the bundle again; it makes a 32-bit little-endian ELF"};
}

/// The rows of a table of the header, or nothing when it leaves the file.
std::optional<View> table(const View& file, std::uint32_t offset, std::size_t count,
                          std::size_t rowBytes, std::size_t wantedRowBytes)
{
    if (count == 0) {
        return View({});
    }
    return rowBytes == wantedRowBytes ? file.part(offset, count * rowBytes) : std::nullopt;
}

std::vector<ElfSymbol> readSymbols(const View& file, const std::vector<SectionHeader>& headers,
                                   bool thumb)
{
    std::vector<ElfSymbol> symbols;
    for (const SectionHeader& header : headers) {
        if (header.type != kSymbolTable || header.link >= headers.size()) {
            continue;
        }
        const auto rows = file.part(header.offset, header.size);
        const auto names = file.part(headers[header.link].offset, headers[header.link].size);
        if (!rows || !names) {
            continue;
        }
        for (std::size_t o = 0; o + kSymbolBytes <= rows->size(); o += kSymbolBytes) {
            ElfSymbol symbol{names->text(rows->u32(o)), rows->u32(o + 4), Bytes(rows->u32(o + 8)),
                             (rows->u8(o + 12) & 0xfU) == kFunction};
            if (thumb && symbol.isFunction) {
                symbol.address &= ~std::uint64_t{1};
            }
            if (!symbol.name.empty()) {
                symbols.push_back(std::move(symbol));
            }
        }
    }
    return symbols;
}

} // namespace

Result<ElfFile> ElfFile::read(const std::filesystem::path& path)
{
    const std::string where = printable(path.string());
    std::error_code failed;
    const std::uintmax_t size = std::filesystem::file_size(path, failed);
    if (failed || size > kLargestFile) {
        return badElf(where, failed ? "it cannot be read" : "it is over 256 MiB");
    }
    std::vector<std::byte> bytes(size);
    std::ifstream stream(path, std::ios::binary);
    stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (!stream) {
        return badElf(where, "it cannot be read");
    }
    return parse(bytes, where);
}

Result<ElfFile> ElfFile::parse(std::span<const std::byte> bytes, const std::string& where)
{
    const View file(bytes);
    if (!file.holds(0, kHeaderBytes) || file.u32(0) != 0x464c457fU || file.u8(4) != 1 ||
        file.u8(5) != 1) {
        return badElf(where, "its header is not that of one");
    }
    const auto segmentRows = table(file, file.u32(28), file.u16(44), file.u16(42), kSegmentBytes);
    const auto sectionRows = table(file, file.u32(32), file.u16(48), file.u16(46), kSectionBytes);
    if (!segmentRows || !sectionRows) {
        return badElf(where, "its tables lie outside the file");
    }

    std::vector<SectionHeader> headers;
    for (std::size_t o = 0; o < sectionRows->size(); o += kSectionBytes) {
        headers.push_back(SectionHeader::at(*sectionRows, o));
    }
    const std::size_t nameIndex = file.u16(50);
    const View names =
        nameIndex < headers.size()
            ? file.part(headers[nameIndex].offset, headers[nameIndex].size).value_or(View({}))
            : View({});

    ElfFile elf;
    for (const SectionHeader& h : headers) {
        elf.m_sections.push_back({names.text(h.name), h.address, Bytes(h.size), h.type, h.flags});
    }
    for (std::size_t o = 0; o < segmentRows->size(); o += kSegmentBytes) {
        if (segmentRows->u32(o) == kLoadSegment) {
            elf.m_segments.push_back({segmentRows->u32(o + 8), segmentRows->u32(o + 12),
                                      Bytes(segmentRows->u32(o + 16)),
                                      Bytes(segmentRows->u32(o + 20))});
        }
    }
    elf.m_symbols = readSymbols(file, headers, file.u16(18) == kMachineArm);
    return elf;
}

std::vector<ElfSection> ElfFile::linkedSections() const
{
    std::vector<ElfSection> linked;
    std::copy_if(m_sections.begin(), m_sections.end(), std::back_inserter(linked),
                 [](const ElfSection& s) { return s.isLinked(); });
    std::stable_sort(linked.begin(), linked.end(),
                     [](const auto& a, const auto& b) { return a.address < b.address; });
    return linked;
}

const ElfSymbol* ElfFile::findSymbol(const std::string& name) const
{
    const auto it = std::find_if(m_symbols.begin(), m_symbols.end(),
                                 [&](const ElfSymbol& s) { return s.name == name; });
    return it == m_symbols.end() ? nullptr : &*it;
}

const ElfSymbol* ElfFile::functionAt(std::uint64_t address) const
{
    const auto it = std::find_if(m_symbols.begin(), m_symbols.end(), [&](const ElfSymbol& s) {
        return s.isFunction && address >= s.address &&
               address - s.address < static_cast<std::uint64_t>(s.size.count());
    });
    return it == m_symbols.end() ? nullptr : &*it;
}

} // namespace tidemark::bridge
