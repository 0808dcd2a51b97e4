// SPDX-License-Identifier: Apache-2.0
#include "core/place/bank_costs.h"

#include "core/model/format.h"

namespace tidemark {

namespace {

constexpr double kWordBytes = 4;
constexpr double kMicrojoulesPerPicojoule = 1e-6;

/// A parameter and what an objective needs it for.
struct Needed {
    const char* key; ///< in board files
    const Parameter Bank::*parameter;
};

constexpr Needed kLatency[]{{"read_cycles", &Bank::readCycles},
                            {"write_cycles", &Bank::writeCycles}};
constexpr Needed kEnergy[]{{"read_energy", &Bank::readEnergy},
                           {"write_energy", &Bank::writeEnergy}};

Diagnostic unknownParameter(const Board& board, Objective objective, const Bank* bank,
                            const std::string& key)
{
    const std::string where = bank != nullptr ? "bank " + bank->id + ", " + key : key;
    std::string mend = "give it in a board file, calibrate the board";
    if (bank != nullptr && !bank->readOnlyAtRunTime) {
        mend += ", leave the bank out with --budget " + bank->id + "=0";
    }
    return {ErrorKind::Usage,
            "the objective " + std::string(toString(objective)) + " needs a parameter that " +
                board.id + " does not have a number for",
            where, mend + " or use --objective ram"};
}

} // namespace

Result<BankCosts> bankCosts(const Board& board, const std::vector<Buffer>& buffers,
                            const Constraints& constraints, const std::vector<BankUse>& banks)
{
    const Objective objective = constraints.objective;
    const bool weighted = objective == Objective::Weighted;
    const double latencyWeight = weighted                          ? constraints.latencyWeight
                                 : objective == Objective::Latency ? 1
                                                                   : 0;
    const double energyWeight = weighted                         ? constraints.energyWeight
                                : objective == Objective::Energy ? 1
                                                                 : 0;
    const double mhz = board.clocksMhz.empty() ? 0 : board.clocksMhz.front().value.value_or(0);
    if (latencyWeight > 0 && mhz <= 0) {
        return unknownParameter(board, objective, nullptr, "clocks");
    }
    BankCosts costs;
    costs.unit = weighted ? "" : objective == Objective::Latency ? "us" : "uJ";
    costs.ramByte = weighted ? constraints.ramWeight : 0;
    costs.switchOn.assign(board.banks.size(), 0);
    costs.buffers.assign(buffers.size(), std::vector<double>(board.banks.size(), 0));
    for (std::size_t b = 0; b < board.banks.size(); ++b) {
        const Bank& bank = board.banks[b];
        if (banks[b].capacity == Bytes(0)) {
            continue;
        }
        double perByte[2] = {0, 0}; // read, written
        const auto add = [&](const Needed(&needed)[2], double weight) -> const char* {
            for (std::size_t i = 0; i < (bank.readOnlyAtRunTime ? 1U : 2U) && weight > 0; ++i) {
                const auto& value = (bank.*needed[i].parameter).value;
                if (!value) {
                    return needed[i].key;
                }
                perByte[i] += weight * *value;
            }
            return nullptr;
        };
        const char* unknown = add(kLatency, latencyWeight / (kWordBytes * std::max(mhz, 1.0)));
        unknown =
            unknown != nullptr ? unknown : add(kEnergy, energyWeight * kMicrojoulesPerPicojoule);
        if (unknown != nullptr) {
            return unknownParameter(board, objective, &bank, unknown);
        }
        for (std::size_t i = 0; i < buffers.size(); ++i) {
            for (const Access& access : buffers[i].accesses) {
                costs.buffers[i][b] += perByte[0] * static_cast<double>(access.read.count()) +
                                       perByte[1] * static_cast<double>(access.written.count());
            }
        }
    }
    return costs;
}

BankCosts displacedBytes(const Board& board, const std::vector<Buffer>& buffers)
{
    BankCosts costs;
    costs.unit = "B";
    costs.switchOn.assign(board.banks.size(), 0);
    for (const Buffer& buffer : buffers) {
        const BankId home = buffer.isConstant() ? board.defaultConstants : board.defaultRam;
        std::vector<double> byBank(board.banks.size(), static_cast<double>(buffer.bytes.count()));
        byBank[home.index()] = 0;
        costs.buffers.push_back(std::move(byBank));
    }
    return costs;
}

BankCosts readOnlyReads(const Board& board, const std::vector<Buffer>& buffers)
{
    BankCosts costs = displacedBytes(board, buffers);
    double all = 0; // no constant is worth moving the arena for
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        double read = 0;
        for (const Access& access : buffers[i].accesses) {
            read += static_cast<double>(access.read.count());
        }
        all += buffers[i].isConstant() ? read : 0;
        for (std::size_t b = 0; b < board.banks.size() && buffers[i].isConstant(); ++b) {
            costs.buffers[i][b] = board.banks[b].readOnlyAtRunTime ? read : 0;
        }
    }
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        for (double& cost : costs.buffers[i]) {
            cost *= buffers[i].isArena() ? all + 1 : 1;
        }
    }
    costs.unit = "B read from read-only banks";
    return costs;
}

} // namespace tidemark
