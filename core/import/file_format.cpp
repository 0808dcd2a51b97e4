// SPDX-License-Identifier: Apache-2.0
#include "core/import/file_format.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace tidemark {

namespace {

namespace fs = std::filesystem;

Diagnostic error(const std::string& what, const std::string& mend)
{
    return {ErrorKind::BadInput, what, "", mend};
}

constexpr const char* kExport = "export it to ONNX";

bool isText(std::string_view head)
{
    return std::ranges::all_of(head, [](char c) {
        return c == '\n' || c == '\r' || c == '\t' || (c >= 0x20 && c < 0x7f);
    });
}

std::optional<Diagnostic> otherFormat(std::string_view head, const std::string& suffix)
{
    if (suffix == ".tflite") {
        return error("the file is no TensorFlow Lite model (its identifier is not TFL3)", kExport);
    }
    if (head.starts_with("\x89HDF\r\n\x1a\n") || suffix == ".keras" || suffix == ".h5") {
        return error("the file is a Keras model",
                     "convert it to TensorFlow Lite or ONNX, see docs/pytorch.md");
    }
    const bool isZip = head.starts_with("PK\x03\x04");
    if (isZip || head.starts_with("\x80\x02") || suffix == ".pt" || suffix == ".pth") {
        return error(isZip && suffix != ".pt" && suffix != ".pth"
                         ? "the file is a zip archive or a PyTorch model"
                         : "the file is a PyTorch model",
                     "export it to ONNX with torch.onnx.export, see docs/pytorch.md");
    }
    if (isText(head)) {
        return error("the file is text, not a model", "give an ONNX or TensorFlow Lite file");
    }
    return std::nullopt;
}

} // namespace

Result<FileFormat> formatOf(const fs::path& path)
{
    std::error_code code;
    const fs::file_status status = fs::status(path, code);
    if (!fs::exists(status)) {
        return error("the model file does not exist", "check the path");
    }
    if (fs::is_directory(status)) {
        return error("the path is a folder", "give a model file");
    }
    std::ifstream file(path, std::ios::binary);
    if (!fs::is_regular_file(status) || !file) {
        return error("the model file cannot be read", "check its kind and permissions");
    }
    char buffer[512];
    file.read(buffer, sizeof buffer);
    const std::string_view head(buffer, static_cast<std::size_t>(file.gcount()));
    if (head.empty()) {
        return error("the model file is empty", "copy or export it again");
    }
    std::string suffix = path.extension().string();
    std::ranges::transform(suffix, suffix.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    });
    if (head.size() >= 8 && head.substr(4, 4) == "TFL3") {
        return FileFormat::Tflite;
    }
    if (const auto other = otherFormat(head, suffix)) {
        return *other;
    }
    return FileFormat::Onnx;
}

} // namespace tidemark
