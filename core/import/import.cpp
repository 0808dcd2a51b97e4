// SPDX-License-Identifier: Apache-2.0
#include "core/import/import.h"

#include "core/import/file_format.h"
#include "core/import/onnx_reader.h"
#include "core/import/shape_inference.h"
#include "core/import/tflite_reader.h"

namespace tidemark {

namespace {

Result<Model> import(const std::filesystem::path& path, const ImportOptions& options)
{
    const auto format = formatOf(path);
    if (!format) {
        return format.error();
    }
    auto model =
        *format == FileFormat::Tflite ? readTflite(path, options) : readOnnx(path, options);
    if (!model) {
        return model;
    }
    if (model->name.empty()) {
        model->name = path.stem().string();
    }
    if (const Status status = inferShapes(*model, options.stop); !status) {
        return status.error();
    }
    return model;
}

} // namespace

Result<Model> importModel(const std::filesystem::path& path, const ImportOptions& options)
{
    auto model = import(path, options);
    if (model) {
        if (options.progress) {
            options.progress(1);
        }
        return model;
    }
    Diagnostic error = model.error();
    error.where = printable(path.string(), 240);
    return error;
}

} // namespace tidemark
