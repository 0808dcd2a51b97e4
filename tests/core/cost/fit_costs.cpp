// SPDX-License-Identifier: Apache-2.0
// tidemark-fit-costs CORE OUT.json BOARD_fp32.json BOARD_int8.json: fits, for each kernel, what a
// turn of each of its loops costs, to the counts of tidemark-count-stages, and lists the stages
// whose bytes are not those that the shapes say. See docs/cost-model.md.
#include "core/cost/stage_work.h"
#include "core/lower/kernel_tables.h"
#include "tests/core/cost/training_networks.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

using namespace tidemark;
using Json = nlohmann::ordered_json;

namespace {

// Stages that rates may rest on; convolutions have more loops, and more general kinds to fall back
// on.
std::size_t fewest(const std::string& kernel)
{
    return kernel.starts_with("conv_") ? 6 : 3;
}

struct Sample {
    std::string name;
    std::vector<double> loops;
    double instructions = 0;
};
using Samples = std::map<std::string, std::vector<Sample>>; // by kernel

struct Options {
    std::string core, out, bytesFile;
    std::vector<std::string> counts; ///< BOARD_TYPE.json
    bool listErrors = false;
};

std::optional<Options> parse(const std::vector<std::string>& arguments)
{
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--errors") {
            options.listErrors = true;
        } else if (arguments[i] == "--bytes" && i + 1 < arguments.size()) {
            options.bytesFile = arguments[++i];
        } else if (options.core.empty()) {
            options.core = arguments[i];
        } else if (options.out.empty()) {
            options.out = arguments[i];
        } else {
            options.counts.push_back(arguments[i]);
        }
    }
    return options.counts.empty() ? std::nullopt : std::optional(options);
}

/// Traffic of the bank that held nothing but the arena (read, written), and of the one with the
/// constants (read).
using BankBytes = std::array<std::int64_t, 3>;

BankBytes countedBytes(const Json& banks)
{
    BankBytes bytes{};
    for (const char* arena : {"ARENA", "ISRAM", "PSRAM"}) { // as tidemark-count-stages pins them
        if (banks.contains(arena)) {
            bytes[0] = banks[arena][0];
            bytes[1] = banks[arena][1];
        }
    }
    bytes[2] = banks[banks.contains("CONSTANTS") ? "CONSTANTS" : "QSPI"][0];
    return bytes;
}

BankBytes predictedBytes(const StageWork& work)
{
    Traffic arena = work.valueBytes();
    arena += work.scratch;
    return {std::llround(arena.read), std::llround(arena.written),
            std::llround(work.constantBytes().read)};
}

void printBytes(const Sample& sample, const std::string& kernel, const BankBytes& counted,
                const BankBytes& predicted)
{
    std::printf("%s %s:", sample.name.c_str(), kernel.c_str());
    const char* const names[] = {"arena read", "arena written", "constants read"};
    for (std::size_t i = 0; i < counted.size(); ++i) {
        if (counted[i] != predicted[i]) {
            std::printf(" %s %lld counted, %lld predicted;", names[i],
                        static_cast<long long>(counted[i]), static_cast<long long>(predicted[i]));
        }
    }
    std::printf("\n");
}

/// Reads one file of counts; `bytes` gets the counted bytes of each network.
void addSamples(const std::string& file, DataType type, Samples& samples, Json& bytes)
{
    std::ifstream in(file);
    for (const Json& count : Json::parse(in)) {
        const auto k = count["network"].get<unsigned>();
        const Network network = withKernelTables(test::trainingNetwork(type, k));
        const bool scratch = count.value("scratch", false);
        const StageWork work = stageWork(network, network.stages.front(), scratch);
        samples[work.kernel].push_back({std::string(toString(type)) + " " + std::to_string(k),
                                        work.loops, count["instructions"].get<double>()});
        const BankBytes counted = countedBytes(count["banks"]);
        const BankBytes predicted = predictedBytes(work);
        const std::string with = scratch ? "scratch" : std::string(toString(type));
        bytes[with][std::to_string(k)] = counted;
        if (counted != predicted) {
            printBytes(samples[work.kernel].back(), work.kernel, counted, predicted);
        }
    }
}

/// Least squares with no negative rate, by coordinate descent.
Eigen::VectorXd solve(const Eigen::MatrixXd& a, const Eigen::VectorXd& b)
{
    const Eigen::MatrixXd gram = a.transpose() * a;
    const Eigen::VectorXd right = a.transpose() * b;
    Eigen::VectorXd x = Eigen::VectorXd::Zero(a.cols());
    for (int round = 0; round < 100'000; ++round) {
        double moved = 0;
        for (Eigen::Index j = 0; j < x.size(); ++j) {
            if (gram(j, j) > 0) {
                const double to =
                    std::max(0.0, x(j) + (right(j) - gram.row(j).dot(x)) / gram(j, j));
                moved = std::max(moved, std::abs(to - x(j)) * std::sqrt(gram(j, j)));
                x(j) = to;
            }
        }
        if (moved < 1e-10) {
            break;
        }
    }
    return x;
}

struct Fit {
    Eigen::VectorXd rates;
    double worst = 0, mean = 0; ///< relative errors
};

/// Relative errors count; those that stay large count more in the next of a few rounds, so that the
/// largest shrinks.
Fit fit(const std::vector<Sample>& samples)
{
    const auto rows = static_cast<Eigen::Index>(samples.size());
    const auto columns = static_cast<Eigen::Index>(samples.front().loops.size());
    Eigen::MatrixXd a(rows, columns);
    for (Eigen::Index i = 0; i < rows; ++i) {
        for (Eigen::Index j = 0; j < columns; ++j) {
            a(i, j) = samples[static_cast<std::size_t>(i)].loops[static_cast<std::size_t>(j)] /
                      samples[static_cast<std::size_t>(i)].instructions;
        }
    }
    Eigen::VectorXd weight = Eigen::VectorXd::Ones(rows);
    Fit best;
    best.worst = 1e9;
    for (int round = 0; round < 8; ++round) {
        const Eigen::VectorXd rates = solve(weight.asDiagonal() * a, weight);
        const Eigen::VectorXd errors = (a * rates - Eigen::VectorXd::Ones(rows)).cwiseAbs();
        if (errors.maxCoeff() < best.worst) {
            best = {rates, errors.maxCoeff(), errors.mean()};
        }
        weight = (errors / std::max(errors.mean(), 1e-9)).cwiseSqrt().cwiseMax(0.3);
    }
    return best;
}

double predicted(const Sample& sample, const Eigen::VectorXd& rates)
{
    double sum = 0;
    for (std::size_t j = 0; j < sample.loops.size(); ++j) {
        sum += sample.loops[j] * rates(static_cast<Eigen::Index>(j));
    }
    return sum;
}

void printFit(const std::string& kernel, const std::vector<Sample>& all, const Fit& fitted,
              bool listErrors)
{
    std::printf("%-34s %3zu samples  mean %5.1f %%  worst %5.1f %% :", kernel.c_str(), all.size(),
                fitted.mean * 100, fitted.worst * 100);
    const auto names = loopNames(kernel);
    for (Eigen::Index j = 0; j < fitted.rates.size(); ++j) {
        std::printf(" %s %.2f", names[static_cast<std::size_t>(j)], fitted.rates(j));
    }
    std::printf("\n");
    for (const Sample& sample : all) {
        const double error = predicted(sample, fitted.rates) / sample.instructions - 1;
        if (listErrors && std::abs(error) > 0.05) {
            std::printf("    %-10s %8.0f %+6.1f %%\n", sample.name.c_str(), sample.instructions,
                        error * 100);
        }
    }
}

/// One kernel a line.
void save(const Options& options, const std::string& board, const Json& kernels)
{
    std::ofstream out(options.out);
    out << "{\n \"format\": \"tidemark-costs\",\n \"version\": 1,\n \"core\": "
        << Json(options.core) << ",\n \"board\": " << Json(board) << ",\n \"kernels\": {";
    const char* separator = "\n";
    for (const auto& [kernel, fitted] : kernels.items()) {
        out << separator << "  " << Json(kernel) << ": " << fitted;
        separator = ",\n";
    }
    out << "\n }\n}\n";
}

/// What copies staged weights is no stage of these counts: its rates stay as they were.
void keepCopies(const std::string& file, Json& kernels)
{
    constexpr const char* kCopy = "staged_copy";
    std::ifstream in(file);
    const Json before = in ? Json::parse(in, nullptr, false) : Json();
    if (before.is_object() && before.contains("kernels") && before["kernels"].contains(kCopy)) {
        kernels[kCopy] = before["kernels"][kCopy];
    }
}

} // namespace

int main(int argc, char** argv)
{
    const auto options = parse({argv + 1, argv + argc});
    if (!options) {
        std::cerr << "usage: tidemark-fit-costs CORE OUT.json BOARD_TYPE.json... [--errors] "
                     "[--bytes OUT.json]\n";
        return 2;
    }
    Samples samples;
    std::string board;
    Json bytes;
    for (const std::string& file : options->counts) {
        // BOARD_int8.json, or BOARD_int8_scratch.json for more of them
        const std::string stem = std::filesystem::path(file).stem().string();
        const bool int8 = stem.find("_int8") != std::string::npos;
        board = stem.substr(0, stem.find(int8 ? "_int8" : "_fp32"));
        addSamples(file, int8 ? DataType::Int8 : DataType::Float32, samples, bytes);
    }
    Json kernels = Json::object();
    for (const auto& [kernel, all] : samples) {
        if (all.size() < fewest(kernel)) {
            continue;
        }
        const Fit fitted = fit(all);
        printFit(kernel, all, fitted, options->listErrors);
        Json rates = Json::array();
        for (const double rate : fitted.rates) {
            rates.push_back(std::round(rate * 1000) / 1000);
        }
        kernels[kernel] = {{"rates", rates},
                           {"samples", all.size()},
                           {"worst_error", std::round(fitted.worst * 1000) / 1000}};
    }
    keepCopies(options->out, kernels);
    save(*options, board, kernels);
    if (!options->bytesFile.empty()) {
        std::ofstream(options->bytesFile) << bytes.dump() << '\n';
    }
    return 0;
}
