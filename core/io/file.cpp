// SPDX-License-Identifier: Apache-2.0
#include "core/io/file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tidemark {

namespace {

constexpr std::size_t kChunk = 65536;

/// A file descriptor that is closed, and a temporary file that is removed unless it was kept.
class TemporaryFile {
public:
    /// Made beside `target`, so that the rename stays within one file system.
    explicit TemporaryFile(const std::filesystem::path& target)
    {
        constexpr int kTries = 100;
        for (int i = 0; i < kTries && m_descriptor < 0; ++i) {
            m_path = target;
            m_path += "." + std::to_string(::getpid()) + "-" + std::to_string(i) + ".tmp";
            m_descriptor = ::open(m_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            if (m_descriptor < 0 && errno != EEXIST) {
                return;
            }
        }
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile()
    {
        if (m_descriptor >= 0) {
            ::close(m_descriptor);
            if (!m_kept) {
                ::unlink(m_path.c_str());
            }
        }
    }

    bool isOpen() const { return m_descriptor >= 0; }

    bool write(std::string_view content) const
    {
        while (!content.empty()) {
            const ssize_t written = ::write(m_descriptor, content.data(), content.size());
            if (written < 0 && errno != EINTR) {
                return false;
            }
            content.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
        }
        return true;
    }

    bool takePermissionsOf(const std::filesystem::path& target) const
    {
        struct stat old {};
        return ::stat(target.c_str(), &old) != 0 ||
               ::fchmod(m_descriptor, old.st_mode & 07777) == 0;
    }

    bool renameOver(const std::filesystem::path& target)
    {
        m_kept = ::fsync(m_descriptor) == 0 && ::rename(m_path.c_str(), target.c_str()) == 0;
        return m_kept;
    }

private:
    std::filesystem::path m_path;
    int m_descriptor = -1;
    bool m_kept = false;
};

/// A rename survives a power cut once its folder is on the disk.
void flushFolder(const std::filesystem::path& folder)
{
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        ::fsync(descriptor); // not every file system can; the file itself is safe already
        ::close(descriptor);
    }
}

} // namespace

Result<std::string> readFile(const std::filesystem::path& path, Bytes limit)
{
    const std::string where = printable(path.string(), 400);
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) {
        return Diagnostic{ErrorKind::BadInput, "no such file", where, "check the path"};
    }
    if (!std::filesystem::is_regular_file(status)) {
        return Diagnostic{ErrorKind::BadInput, "not a regular file", where,
                          "give a file, not a folder or device"};
    }
    std::ifstream stream(path, std::ios::binary);
    std::string text;
    // Room for all of it at once: growing step by step would hold large files nearly twice.
    const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
    text.reserve(error ? 0
                       : static_cast<std::size_t>(std::clamp<std::int64_t>(size, 0, limit.count()) +
                                                  kChunk + 1));
    // In pieces up to the limit, not by the size the file system tells: the file may be growing.
    while (stream && static_cast<std::int64_t>(text.size()) <= limit.count()) {
        const std::size_t before = text.size();
        text.resize(before + kChunk);
        stream.read(text.data() + before, kChunk);
        text.resize(before + static_cast<std::size_t>(stream.gcount()));
    }
    if (static_cast<std::int64_t>(text.size()) > limit.count()) {
        return Diagnostic{ErrorKind::BadInput, "the file is too large", where,
                          "at most " + std::to_string(limit.count()) + " bytes are read"};
    }
    if (!stream.eof()) {
        return Diagnostic{ErrorKind::BadInput, "the file cannot be read", where,
                          "check its permissions"};
    }
    return text;
}

Status writeFileAtomically(const std::filesystem::path& path, std::string_view content)
{
    const auto failure = [&](const std::string& what) {
        return Diagnostic{ErrorKind::Environment, what, printable(path.string(), 400),
                          std::generic_category().message(errno)};
    };
    std::error_code error;
    const bool exists = std::filesystem::exists(path, error);
    if (exists && !std::filesystem::is_regular_file(path, error)) {
        return Diagnostic{ErrorKind::Usage, "not a regular file", printable(path.string(), 400),
                          "give the name of a file"};
    }
    const std::filesystem::path canonical = std::filesystem::canonical(path, error);
    const std::filesystem::path& target = error ? path : canonical;
    TemporaryFile file(target);
    if (!file.isOpen()) {
        return failure("no file can be made in this folder");
    }
    if (!file.write(content) || !file.takePermissionsOf(target) || !file.renameOver(target)) {
        return failure("the file cannot be written");
    }
    flushFolder(target.has_parent_path() ? target.parent_path() : ".");
    return Done{};
}

} // namespace tidemark
