// SPDX-License-Identifier: Apache-2.0
// tidemark-fit-costs CORE OUT.json BOARD_fp32.json BOARD_int8.json: fits, for each kernel, what a
// turn of each of its loops costs, to the counts of tidemark-count-stages. See docs/cost-model.md.
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

using namespace tidemark;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t kFewest = 3; // stages that a rate may rest on

struct Sample {
    std::string name;
    std::vector<double> loops;
    double instructions = 0;
};
using Samples = std::map<std::string, std::vector<Sample>>; // by kernel

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
    Traffic arena, constants;
    for (const auto& value : work.values) {
        arena += value.traffic;
    }
    for (const auto& constant : work.constants) {
        constants += constant.traffic;
    }
    return {std::llround(arena.read), std::llround(arena.written), std::llround(constants.read)};
}

void printBytes(const Sample& sample, const std::string& kernel, const Stage& stage,
                const BankBytes& counted, const BankBytes& predicted)
{
    std::printf("%s %s %s:", sample.name.c_str(), kernel.c_str(), stage.kindText().c_str());
    const char* const names[] = {"arena read", "arena written", "constants read"};
    for (std::size_t i = 0; i < counted.size(); ++i) {
        if (counted[i] != predicted[i]) {
            std::printf(" %s %lld counted, %lld predicted;", names[i],
                        static_cast<long long>(counted[i]), static_cast<long long>(predicted[i]));
        }
    }
    for (const double loop : sample.loops) {
        std::printf(" %.0f", loop);
    }
    std::printf("\n");
}

void addSamples(const std::string& file, DataType type, bool listBytes, Samples& samples)
{
    std::ifstream in(file);
    for (const Json& count : Json::parse(in)) {
        const auto k = count["network"].get<unsigned>();
        const Network network = withKernelTables(test::trainingNetwork(type, k));
        const StageWork work = stageWork(network, network.stages.front());
        samples[work.kernel].push_back({std::string(toString(type)) + " " + std::to_string(k),
                                        work.loops, count["instructions"].get<double>()});
        const BankBytes counted = countedBytes(count["banks"]);
        const BankBytes predicted = predictedBytes(work);
        if (listBytes && counted != predicted) {
            printBytes(samples[work.kernel].back(), work.kernel, network.stages.front(), counted,
                       predicted);
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

} // namespace

int main(int argc, char** argv)
{
    if (argc < 4) {
        std::cerr
            << "usage: tidemark-fit-costs CORE OUT.json BOARD_TYPE.json... [--errors] [--bytes]\n";
        return 2;
    }
    Samples samples;
    std::string board;
    bool listErrors = false;
    bool listBytes = false;
    for (int i = 3; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--errors") {
            listErrors = true;
            continue;
        }
        if (argument == "--bytes") {
            listBytes = true;
            continue;
        }
        const std::string stem = std::filesystem::path(argument).stem().string();
        board = stem.substr(0, stem.rfind('_'));
        addSamples(argument, stem.ends_with("_int8") ? DataType::Int8 : DataType::Float32,
                   listBytes, samples);
    }
    Json kernels = Json::object();
    for (const auto& [kernel, all] : samples) {
        if (all.size() < kFewest) {
            continue;
        }
        const Fit fitted = fit(all);
        std::printf("%-28s %3zu samples  mean %5.1f %%  worst %5.1f %% :", kernel.c_str(),
                    all.size(), fitted.mean * 100, fitted.worst * 100);
        Json rates = Json::array();
        const auto names = loopNames(kernel);
        for (Eigen::Index j = 0; j < fitted.rates.size(); ++j) {
            rates.push_back(std::round(fitted.rates(j) * 1000) / 1000);
            std::printf(" %s %.2f", names[static_cast<std::size_t>(j)], fitted.rates(j));
        }
        std::printf("\n");
        kernels[kernel] = {{"rates", rates},
                           {"samples", all.size()},
                           {"worst_error", std::round(fitted.worst * 1000) / 1000}};
        for (const Sample& sample : all) {
            double predicted = 0;
            for (std::size_t j = 0; j < sample.loops.size(); ++j) {
                predicted += sample.loops[j] * fitted.rates(static_cast<Eigen::Index>(j));
            }
            const double error = predicted / sample.instructions - 1;
            if (listErrors && std::abs(error) > 0.05) {
                std::printf("    %-10s %8.0f %+6.1f %% ", sample.name.c_str(), sample.instructions,
                            error * 100);
                for (const double loop : sample.loops) {
                    std::printf(" %.0f", loop);
                }
                std::printf("\n");
            }
        }
    }
    std::ofstream out(argv[2]);
    out << "{\n \"format\": \"tidemark-costs\",\n \"version\": 1,\n \"core\": " << Json(argv[1])
        << ",\n \"board\": " << Json(board) << ",\n \"kernels\": {";
    const char* separator = "\n";
    for (const auto& [kernel, fitted] : kernels.items()) {
        out << separator << "  " << Json(kernel) << ": " << fitted;
        separator = ",\n";
    }
    out << "\n }\n}\n";
    return 0;
}
