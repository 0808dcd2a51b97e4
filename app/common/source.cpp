// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/source.h"

#include "app/common/quantize_source.h"
#include "core/lower/lower.h"

#include <algorithm>

namespace tidemark {

bool hasQuantizedValues(const Network& network)
{
    return std::ranges::any_of(network.values,
                               [](const Value& value) { return value.quantization.has_value(); });
}

Result<Source> openSource(const std::filesystem::path& path, ImportOptions options)
{
    Source source;
    source.model = path;
    if (path.extension() == ".tidemark") {
        Result<Project> project = readProject(path);
        if (!project) {
            return project.error();
        }
        source.model = project->model;
        options.dims.insert(project->dims.begin(), project->dims.end());
        source.project = std::move(*project);
    }
    const Result<Model> model = importModel(source.model, options);
    if (!model) {
        return model.error();
    }
    if (source.project && !source.project->modelSha256.empty()) {
        const Result<std::string> hash = fileSha256(source.model);
        source.modelChanged = hash && *hash != source.project->modelSha256;
    }
    Result<Network> network = lower(*model);
    if (!network) {
        return network.error();
    }
    // Exporters write names such as "torch_jit" into every file; people know their files.
    network->modelName = source.model.stem().string();
    source.fileNetwork = std::make_shared<const Network>(std::move(*network));
    source.network = source.fileNetwork;
    if (source.project && source.project->int8 && !hasQuantizedValues(*source.network)) {
        auto quantised =
            quantizeSource(*source.network, {source.project->calibration, std::nullopt, {}, 1});
        if (!quantised) {
            return quantised.error();
        }
        source.network = std::make_shared<const Network>(std::move(quantised->network));
    }
    return source;
}

} // namespace tidemark
