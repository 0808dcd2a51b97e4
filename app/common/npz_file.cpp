// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/npz_file.h"

#include "core/io/npy_header.h"

#include <zip.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace tidemark {

namespace {

constexpr zip_uint64_t kMostBytes = zip_uint64_t{1} << 30;
constexpr zip_int64_t kMostEntries = 100'000;

struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
    void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Entry = std::unique_ptr<zip_file_t, Discard>;

/// An entry's bytes; nothing where it cannot be read whole.
std::optional<std::string> contentOf(zip_t* archive, zip_uint64_t index)
{
    zip_stat_t stat;
    if (zip_stat_index(archive, index, 0, &stat) != 0 || (stat.valid & ZIP_STAT_SIZE) == 0 ||
        stat.size > kMostBytes) {
        return std::nullopt;
    }
    const Entry entry(zip_fopen_index(archive, index, 0));
    std::string content(stat.size, '\0');
    if (!entry ||
        zip_fread(entry.get(), content.data(), stat.size) != static_cast<zip_int64_t>(stat.size)) {
        return std::nullopt;
    }
    return content;
}

std::optional<NpyArray> arrayOf(const std::string& content)
{
    std::size_t at = 0;
    const auto header = readNpyHeader([&](std::size_t bytes) {
        const std::string part = content.substr(std::min(at, content.size()), bytes);
        at += part.size();
        return part;
    });
    if (!header || header->columnsFirst) {
        return std::nullopt;
    }
    const auto count = elementCount(header->shape);
    const auto size =
        count ? checkedProduct(*count, elementBytes(header->type).count()) : std::nullopt;
    const auto begin = static_cast<std::size_t>(header->size.count());
    if (!size || begin > content.size() ||
        static_cast<std::size_t>(*size) > content.size() - begin) {
        return std::nullopt;
    }
    NpyArray array{header->type, header->shape,
                   std::vector<std::byte>(static_cast<std::size_t>(*size))};
    std::memcpy(array.bytes.data(), content.data() + begin, array.bytes.size());
    return array;
}

} // namespace

Result<std::map<std::string, NpyArray>> readNpz(const std::filesystem::path& path)
{
    const auto refusal = [&](std::string what) {
        return Diagnostic{ErrorKind::BadInput, std::move(what), path.string(),
                          "give a file of numpy.savez"};
    };
    int error = 0;
    const Archive archive(zip_open(path.c_str(), ZIP_RDONLY, &error));
    if (!archive) {
        return refusal("it is no zip archive of arrays");
    }
    const zip_int64_t entries = zip_get_num_entries(archive.get(), 0);
    if (entries > kMostEntries) {
        return refusal("it holds " + std::to_string(entries) + " entries");
    }
    std::map<std::string, NpyArray> arrays;
    for (zip_int64_t i = 0; i < entries; ++i) {
        const auto index = static_cast<zip_uint64_t>(i);
        const char* const raw = zip_get_name(archive.get(), index, 0);
        std::string name = raw != nullptr ? raw : "";
        const auto content = contentOf(archive.get(), index);
        auto array = content ? arrayOf(*content) : std::nullopt;
        if (!array) {
            return refusal("its entry '" + printable(name) + "' is no array that can be read");
        }
        constexpr std::string_view kEnding = ".npy";
        if (name.ends_with(kEnding)) {
            name.resize(name.size() - kEnding.size());
        }
        arrays.emplace(std::move(name), std::move(*array));
    }
    return arrays;
}

} // namespace tidemark
