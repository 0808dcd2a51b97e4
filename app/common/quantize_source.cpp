// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/quantize_source.h"

#include <algorithm>

namespace tidemark {

namespace {

namespace fs = std::filesystem;

/// The file, or the .npy files of the folder by name.
std::vector<fs::path> sampleFiles(const fs::path& path)
{
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        return {path};
    }
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(path, error)) {
        if (entry.path().extension() == ".npy") {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

Result<std::vector<std::vector<float>>> readSamples(const Network& network,
                                                    const CalibrationChoice& choice)
{
    std::vector<std::vector<float>> samples;
    for (const fs::path& file : sampleFiles(choice.samples)) {
        const auto array = readNpy(file);
        if (!array) {
            return array.error();
        }
        auto some = cutSamples(std::vector<NpyArray>{*array}, network, choice.scaling);
        if (!some) {
            return some.error();
        }
        std::move(some->begin(), some->end(), std::back_inserter(samples));
    }
    if (samples.empty()) {
        return Diagnostic{ErrorKind::Usage, "there are no samples to calibrate with",
                          choice.samples.string(), "give an .npy file or a folder of them"};
    }
    return samples;
}

} // namespace

Result<QuantizedNetwork> quantizeSource(const Network& network, const CalibrationChoice& choice)
{
    QuantizeOptions options;
    options.stop = choice.stop;
    if (choice.method == "percentile") {
        options.method = RangeMethod::Percentile;
    } else if (choice.method == "mse") {
        options.method = RangeMethod::Mse;
    }
    std::vector<std::vector<float>> samples;
    if (choice.samples.empty()) {
        for (int i = 0; i < kGeneratedCalibration; ++i) {
            samples.push_back(
                generatedSample(network, choice.seed + static_cast<std::uint64_t>(i)));
        }
    } else {
        auto read = readSamples(network, choice);
        if (!read) {
            return read.error();
        }
        samples = std::move(*read);
    }
    std::vector<std::vector<std::vector<float>>> split;
    split.reserve(samples.size());
    for (const auto& sample : samples) {
        split.push_back(splitInputs(network, sample));
    }
    return quantize(network, split, options);
}

} // namespace tidemark
