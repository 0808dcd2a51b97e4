// SPDX-License-Identifier: Apache-2.0
#include "core/bundle/file_set.h"
#include "core/io/file.h"

#include <zip.h>

#include <memory>

namespace tidemark {

namespace {

/// 1 January 1980, 00:00: the first moment a .zip can tell.
constexpr zip_uint16_t kDosTime = 0;
constexpr zip_uint16_t kDosDate = (1 << 5) | 1;

struct SourceFree {
    void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Source = std::unique_ptr<zip_source_t, SourceFree>;

bool addFile(zip_t* archive, const std::string& path, const std::string& content)
{
    zip_source_t* source = zip_source_buffer(archive, content.data(), content.size(), 0);
    if (source == nullptr) {
        return false;
    }
    const zip_int64_t index = zip_file_add(archive, path.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return false;
    }
    const auto entry = static_cast<zip_uint64_t>(index);
    // A regular file that everybody may read, as a Unix archiver would say it.
    constexpr zip_uint32_t kAttributes = 0100644U << 16;
    return zip_file_set_dostime(archive, entry, kDosTime, kDosDate, 0) == 0 &&
           zip_file_set_external_attributes(archive, entry, 0, ZIP_OPSYS_UNIX, kAttributes) == 0 &&
           zip_set_file_compression(archive, entry, ZIP_CM_DEFLATE, 9) == 0;
}

/// The finished archive's bytes. `source` grows with what is written to it.
Result<std::string> readBack(zip_source_t* source)
{
    const Diagnostic failed{ErrorKind::Environment, "cannot pack the archive", "", "free memory"};
    zip_stat_t stat;
    if (zip_source_stat(source, &stat) != 0 || zip_source_open(source) != 0) {
        return failed;
    }
    std::string bytes(static_cast<std::size_t>(stat.size), '\0');
    const zip_int64_t read = zip_source_read(source, bytes.data(), bytes.size());
    zip_source_close(source);
    if (read != static_cast<zip_int64_t>(bytes.size())) {
        return failed;
    }
    return bytes;
}

} // namespace

Status writeZip(const FileSet& files, const std::string& root, const std::filesystem::path& path)
{
    const Diagnostic failed{ErrorKind::Environment, "cannot pack the archive",
                            printable(path.string()), "leave out the .zip"};
    // Built in memory, so that an archive on the disk is whole or not there.
    const Source source(zip_source_buffer_create(nullptr, 0, 0, nullptr));
    if (!source) {
        return failed;
    }
    zip_source_keep(source.get()); // one reference for the archive, one for reading back
    zip_t* archive = zip_open_from_source(source.get(), ZIP_TRUNCATE, nullptr);
    if (archive == nullptr) {
        zip_source_free(source.get());
        return failed;
    }
    for (const auto& [name, content] : files) {
        if (!addFile(archive, (std::filesystem::path(root) / name).generic_string(), content)) {
            zip_discard(archive);
            return failed;
        }
    }
    if (zip_close(archive) != 0) {
        zip_discard(archive);
        return failed;
    }
    const auto bytes = readBack(source.get());
    return bytes ? writeFileAtomically(path, *bytes) : Status(bytes.error());
}

} // namespace tidemark
