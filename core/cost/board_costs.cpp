// SPDX-License-Identifier: Apache-2.0
#include "core/cost/board_costs.h"

namespace tidemark {

namespace {

constexpr double kMicrojoulesPerPicojoule = 1e-6; // 1 uW for 1 us is 1 pJ, too

} // namespace

double BoardCosts::cycles(double instructions, Ingredients& from) const
{
    return instructions * from.use(m_board.cyclesPerInstruction, "cycles_per_instruction");
}

double BoardCosts::waitCycles(const BufferWork& work, BankId bank, Ingredients& from) const
{
    double cycles = 0;
    if (work.accesses.read > 0) {
        cycles +=
            work.accesses.read * from.use(m_board[bank].readCycles, nameOf(bank, "read_cycles"));
    }
    if (work.accesses.written > 0) {
        cycles += work.accesses.written *
                  from.use(m_board[bank].writeCycles, nameOf(bank, "write_cycles"));
    }
    return cycles;
}

double BoardCosts::microseconds(double cycles, Ingredients& from) const
{
    if (m_board.isVirtual) {
        from.refuse("a virtual board counts instructions and bytes, never time");
        return 0;
    }
    const Parameter clock = m_board.clocksMhz.empty() ? Parameter{} : m_board.clocksMhz.front();
    const double megahertz = from.use(clock, "clocks[0]");
    return megahertz > 0 ? cycles / megahertz : 0;
}

double BoardCosts::activeMicrojoules(double cycles, Ingredients& from) const
{
    // 1 uA/MHz is 1 pC a cycle.
    double picojoules = from.use(m_board.activePower, "active_power");
    if (m_board.activePower.unit == "uA/MHz") {
        picojoules *= from.use(m_board.supplyVoltage, "supply_voltage");
    }
    return cycles * picojoules * kMicrojoulesPerPicojoule;
}

double BoardCosts::accessMicrojoules(const BufferWork& work, BankId bank, Ingredients& from) const
{
    double picojoules = 0;
    if (work.bytes.read > 0) {
        picojoules +=
            work.bytes.read * from.use(m_board[bank].readEnergy, nameOf(bank, "read_energy"));
    }
    if (work.bytes.written > 0) {
        picojoules +=
            work.bytes.written * from.use(m_board[bank].writeEnergy, nameOf(bank, "write_energy"));
    }
    return picojoules * kMicrojoulesPerPicojoule;
}

double BoardCosts::leakedMicrojoules(BankId bank, double microseconds, Ingredients& from) const
{
    return from.use(m_board[bank].leakage, nameOf(bank, "leakage")) * microseconds *
           kMicrojoulesPerPicojoule;
}

} // namespace tidemark
