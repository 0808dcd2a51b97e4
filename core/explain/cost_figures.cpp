// SPDX-License-Identifier: Apache-2.0
#include "core/explain/cost_figures.h"

#include "core/cost/board_costs.h"
#include "core/cost/cost_model.h"
#include "core/model/format.h"

#include <cmath>
#include <cstdio>

namespace tidemark {

namespace {

constexpr const char* kFormulas = "Formulas and how far to trust them: docs/cost-model.md.";

/// Three digits behind the point at most: "17.2", "0.25", "96".
std::string shortNumber(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

std::string count(double value)
{
    return formatCount(std::llround(value));
}

std::string factor(const Parameter& parameter)
{
    return shortNumber(parameter.value.value_or(0)) + " " + parameter.unit;
}

/// "TCM read_cycles: 0 cycles, illustrative (assumption, nobody measured it)".
std::string parameterNote(const std::string& name, const Parameter& parameter)
{
    return name + ": " + factor(parameter) + ", " + std::string(toString(parameter.provenance)) +
           (parameter.source.empty() ? "" : " (" + parameter.source + ")");
}

/// The cost figures of one plan. A figure is the sum of its terms, so that both agree to the bit.
class CostExplainer {
public:
    explicit CostExplainer(const Plan& plan)
        : m_plan(plan), m_network(*plan.network), m_board(*plan.board),
          m_model(m_network, m_board, plan.buffers), m_costs(m_board), m_banks(m_board.banks.size())
    {
        const auto work = m_model.bufferWork(plan.buffers);
        for (std::size_t i = 0; i < work.size(); ++i) {
            BufferWork& bank = m_banks[plan.placements[i].bank.index()];
            bank.bytes += work[i].bytes;
            bank.accesses += work[i].accesses;
        }
    }

    std::vector<Figure> run()
    {
        if (m_plan.cost.instructions.value) {
            add(instructions());
        }
        if (m_plan.cost.latency.value) {
            add(latency());
        }
        if (m_plan.cost.energy.value) {
            add(energy());
        }
        for (const StageId id : m_plan.schedule.order) {
            if (m_model.instructions(id).value) {
                add(instructionsOf(id));
            }
        }
        return std::move(m_figures);
    }

private:
    void add(Figure figure)
    {
        figure.value = 0;
        for (const Term& term : figure.terms) {
            figure.value += term.value;
        }
        m_figures.push_back(std::move(figure));
    }

    static Figure figureOf(std::string id, std::string title, std::string formula,
                           const Estimate& estimate)
    {
        return {std::move(id),
                std::move(title),
                std::move(formula),
                {},
                0,
                estimate.unit,
                std::string(toString(estimate.provenance)) + ": " + estimate.reason + ". " +
                    kFormulas,
                {}};
    }

    Figure instructions() const
    {
        Figure figure = figureOf("instructions", "Instructions",
                                 "sum over stages of the turns of their kernel's loops x "
                                 "instructions of a turn",
                                 m_plan.cost.instructions);
        for (const StageId id : m_plan.schedule.order) {
            figure.terms.push_back({m_network[id].name, m_model.work(id).kernel,
                                    m_model.instructions(id).value.value_or(0), std::nullopt, id});
        }
        addCopies(figure, std::nullopt);
        return figure;
    }

    Figure instructionsOf(StageId id) const
    {
        const std::string& name = m_network[id].name;
        Figure figure = figureOf("stage:" + name + ":instructions", "Instructions of " + name,
                                 "sum over the kernel's loops of turns x instructions of a turn",
                                 m_model.instructions(id));
        for (const InstructionTerm& term : m_model.terms(id)) {
            figure.terms.push_back({term.loop, count(term.turns) + "·" + shortNumber(term.rate),
                                    term.turns * term.rate, std::nullopt, id});
        }
        addCopies(figure, id);
        return figure;
    }

    /// What makes staged copies, of all stages or before one.
    void addCopies(Figure& figure, std::optional<StageId> stage) const
    {
        if (const auto copies = m_model.copying(m_plan.buffers, stage)) {
            figure.terms.push_back({"copying weights", "words of staged copies",
                                    copies->value.value_or(0), std::nullopt, stage});
        }
    }

    Figure latency() const
    {
        Figure figure = figureOf(
            "latency", "Latency",
            "(instructions x cycles per instruction + accesses x waiting of their bank) / clock",
            m_plan.cost.latency);
        const Parameter& clock = m_board.clocksMhz.front();
        const std::string perCycle = " / " + factor(clock);
        Ingredients from;
        for (const StageId id : m_plan.schedule.order) {
            const double done = m_model.instructions(id).value.value_or(0);
            figure.terms.push_back(
                {m_network[id].name,
                 count(done) + "·" + factor(m_board.cyclesPerInstruction) + perCycle,
                 m_costs.microseconds(m_costs.cycles(done, from), from), std::nullopt, id});
        }
        if (const auto copies = m_model.copying(m_plan.buffers, std::nullopt)) {
            const double done = copies->value.value_or(0);
            figure.terms.push_back(
                {"copying weights",
                 count(done) + "·" + factor(m_board.cyclesPerInstruction) + perCycle,
                 m_costs.microseconds(m_costs.cycles(done, from), from), std::nullopt,
                 std::nullopt});
        }
        note(figure, "cycles_per_instruction", m_board.cyclesPerInstruction);
        note(figure, "clocks[0]", clock);
        const Rate rate{"waiting for ",
                        " accesses",
                        {"read_cycles", &Bank::readCycles},
                        {"write_cycles", &Bank::writeCycles},
                        perCycle};
        for (std::size_t b = 0; b < m_banks.size(); ++b) {
            const double cycles = m_costs.waitCycles(m_banks[b], BankId(b), from);
            addBank(figure, m_board.banks[b], rate, m_banks[b].accesses,
                    m_costs.microseconds(cycles, from));
        }
        return figure;
    }

    Figure energy() const
    {
        Figure figure = figureOf(
            "energy", "Energy",
            "cycles x active power + bytes x energy of their bank + leakage of the banks that are "
            "on x latency",
            m_plan.cost.energy);
        Ingredients from;
        const double time = *m_plan.cost.latency.value;
        double cycles = m_costs.cycles(*m_plan.cost.instructions.value, from);
        for (std::size_t b = 0; b < m_banks.size(); ++b) {
            cycles += m_costs.waitCycles(m_banks[b], BankId(b), from);
        }
        const bool perMegahertz = m_board.activePower.unit == "uA/MHz";
        figure.terms.push_back({"the core",
                                count(cycles) + " cycles·" + factor(m_board.activePower) +
                                    (perMegahertz ? "·" + factor(m_board.supplyVoltage) : ""),
                                m_costs.activeMicrojoules(cycles, from), std::nullopt,
                                std::nullopt});
        note(figure, "active_power", m_board.activePower);
        const Rate rate{"accesses to ",
                        " B",
                        {"read_energy", &Bank::readEnergy},
                        {"write_energy", &Bank::writeEnergy},
                        ""};
        if (perMegahertz) {
            note(figure, "supply_voltage", m_board.supplyVoltage);
        }
        for (std::size_t b = 0; b < m_banks.size(); ++b) {
            addBank(figure, m_board.banks[b], rate, m_banks[b].bytes,
                    m_costs.accessMicrojoules(m_banks[b], BankId(b), from));
        }
        for (std::size_t b = 0; b < m_banks.size(); ++b) {
            addLeakage(figure, b, time);
        }
        return figure;
    }

    void addLeakage(Figure& figure, std::size_t b, double microseconds) const
    {
        const Bank& bank = m_board.banks[b];
        if (!m_plan.cost.switchedOn[b]) {
            figure.notes.push_back(bank.id + " is off: nothing lies in its power group");
            return;
        }
        Ingredients from;
        figure.terms.push_back(
            {"leakage of " + bank.id, factor(bank.leakage) + "·" + count(microseconds) + " us",
             m_costs.leakedMicrojoules(BankId(b), microseconds, from), std::nullopt, std::nullopt});
        note(figure, bank.id + " leakage", bank.leakage);
    }

    struct Priced {
        const char* key; ///< in board files
        const Parameter Bank::*parameter;
    };
    /// How a bank's traffic is paid for.
    struct Rate {
        const char* label; ///< "waiting for "
        const char* of;    ///< what is counted: " B"
        Priced read, written;
        std::string divisor;
    };

    /// What reading and writing a bank adds; nothing of a bank that is left alone.
    static void addBank(Figure& figure, const Bank& bank, const Rate& rate, const Traffic& traffic,
                        double value)
    {
        std::string expression;
        const auto addPart = [&](double done, const char* what, const Priced& priced) {
            if (done > 0) {
                const Parameter& parameter = bank.*priced.parameter;
                expression += (expression.empty() ? "" : " + ") + count(done) + rate.of + what +
                              "·" + factor(parameter);
                note(figure, bank.id + " " + priced.key, parameter);
            }
        };
        addPart(traffic.read, " read", rate.read);
        addPart(traffic.written, " written", rate.written);
        if (!expression.empty()) {
            figure.terms.push_back(
                {rate.label + bank.id,
                 rate.divisor.empty() ? expression : "(" + expression + ")" + rate.divisor, value,
                 std::nullopt, std::nullopt});
        }
    }

    static void note(Figure& figure, const std::string& name, const Parameter& parameter)
    {
        figure.notes.push_back(parameterNote(name, parameter));
    }

    const Plan& m_plan;
    const Network& m_network;
    const Board& m_board;
    const CostModel m_model;
    const BoardCosts m_costs;
    std::vector<BufferWork> m_banks; ///< all that is done in each
    std::vector<Figure> m_figures;
};

} // namespace

std::vector<Figure> costFigures(const Plan& plan)
{
    return CostExplainer(plan).run();
}

} // namespace tidemark
