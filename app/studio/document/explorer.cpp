// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/explorer.h"

#include "core/execute/kernel_call.h"

#include <algorithm>
#include <optional>

namespace tidemark::studio {

namespace {

/// All banks, and the planner's choice.
std::vector<std::string> banksOf(const Board& board, bool writableOnly)
{
    std::vector<std::string> banks{std::string()};
    for (const Bank& bank : board.banks) {
        if (writableOnly ? bank.mayHoldArena() : bank.mayHoldConstants()) {
            banks.push_back(bank.id);
        }
    }
    return banks;
}

/// The RAM with the fewest cycles for a read; the default one where they are unknown.
BankId fastestRam(const Board& board)
{
    BankId fastest = board.defaultRam;
    for (std::size_t b = 0; b < board.banks.size(); ++b) {
        const auto cycles = board.banks[b].readCycles.value;
        const auto least = board[fastest].readCycles.value;
        if (board.banks[b].mayHoldArena() && cycles && least && *cycles < *least) {
            fastest = BankId(b);
        }
    }
    return fastest;
}

/// The fastest RAM and the largest other one; `withConstants`: also the bank of constants.
std::vector<std::string> gridBanks(const Board& board, bool withConstants)
{
    const BankId fastest = fastestRam(board);
    std::optional<BankId> largest;
    for (std::size_t b = 0; b < board.banks.size(); ++b) {
        const Bank& bank = board.banks[b];
        if (BankId(b) != fastest && bank.mayHoldArena() &&
            (!largest || bank.capacity > board[*largest].capacity)) {
            largest = BankId(b);
        }
    }
    std::vector<std::string> ids{board[fastest].id};
    if (largest) {
        ids.push_back(board[*largest].id);
    }
    const std::string& constants = board[board.defaultConstants].id;
    if (withConstants && std::ranges::find(ids, constants) == ids.end()) {
        ids.push_back(constants);
    }
    return ids;
}

SweepSpace spaceOf(const Settings& settings, Designs designs)
{
    SweepSpace space;
    const Board& board = *settings.board;
    space.boards = {settings.board};
    space.base = settings.constraints;
    space.scratchOf = kernelScratch;
    if (designs == Designs::BankGrid) {
        space.weightBanks = gridBanks(board, true);
        space.activationBanks = gridBanks(board, false);
        return space;
    }
    space.techniques = allTechniques();
    if (designs == Designs::TechniquesAndBanks) {
        space.weightBanks = banksOf(board, false);
        space.activationBanks = banksOf(board, true);
    }
    return space;
}

} // namespace

Explorer::Explorer(Document& document, QObject* parent) : QObject(parent), m_document(document)
{
    connect(&document, &Document::opened, this, &Explorer::cancel);
}

bool Explorer::canGrid() const
{
    return m_document.isOpen() && gridBanks(*m_document.settings().board, true).size() > 1;
}

void Explorer::start(Designs designs)
{
    if (!m_document.isOpen()) {
        return;
    }
    const Settings& settings = m_document.settings();
    SweepSpace space = spaceOf(settings, designs);
    space.networks = {{m_document.network(), settings.int8 ? "int8" : "as in the file"}};
    const auto tell = [this](std::size_t done, std::size_t total) {
        QMetaObject::invokeMethod(this, [this, done, total] {
            if (m_sweeping.isBusy()) {
                emit progress(static_cast<int>(done), static_cast<int>(total));
            }
        });
    };
    m_sweeping.start<Result<SweepResult>>(
        [space, tell](const std::stop_token& stop) { return sweep(space, tell, stop); },
        [this, space, designs](Result<SweepResult> result) {
            if (!result) {
                emit failed(result.error());
                return;
            }
            m_space = space;
            m_designs = designs;
            m_result = std::move(*result);
            emit finished();
        });
}

void Explorer::cancel()
{
    m_sweeping.cancel();
}

QString Explorer::label(const SweepPoint& point) const
{
    if (m_designs == Designs::BankGrid) {
        return QString::fromStdString(printable(point.settings.weightBank, 60)) + u'/' +
               QString::fromStdString(printable(point.settings.activationBank, 60));
    }
    return QString::fromStdString(printable(sweepLabel(m_space, point.settings), 200));
}

bool Explorer::isStale() const
{
    return m_space.networks.empty() || m_space.networks[0].network != m_document.network() ||
           m_space.boards[0] != m_document.settings().board;
}

void Explorer::take(const SweepPoint& point)
{
    if (!isStale()) {
        m_document.setConstraints(point.settings.constraints, tr("Take %1").arg(label(point)));
    }
}

} // namespace tidemark::studio
