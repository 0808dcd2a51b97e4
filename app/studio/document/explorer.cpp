// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/explorer.h"

#include <algorithm>

namespace tidemark::studio {

namespace {

/// All banks, and the planner's choice.
std::vector<std::string> banksOf(const Board& board, bool writableOnly)
{
    std::vector<std::string> banks{std::string()};
    for (const Bank& bank : board.banks) {
        if (!writableOnly || !bank.readOnlyAtRunTime) {
            banks.push_back(bank.id);
        }
    }
    return banks;
}

} // namespace

Explorer::Explorer(Document& document, QObject* parent) : QObject(parent), m_document(document)
{
    connect(&document, &Document::opened, this, &Explorer::cancel);
}

void Explorer::start(bool banksToo)
{
    if (!m_document.isOpen()) {
        return;
    }
    SweepSpace space;
    const Settings& settings = m_document.settings();
    space.networks = {{m_document.network(), settings.int8 ? "int8" : "as in the file"}};
    space.boards = {settings.board};
    space.techniques = allTechniques();
    space.base = settings.constraints;
    if (banksToo) {
        space.weightBanks = banksOf(*settings.board, false);
        space.activationBanks = banksOf(*settings.board, true);
    }
    const auto tell = [this](std::size_t done, std::size_t total) {
        QMetaObject::invokeMethod(this, [this, done, total] {
            if (m_sweeping.isBusy()) {
                emit progress(static_cast<int>(done), static_cast<int>(total));
            }
        });
    };
    m_sweeping.start<Result<SweepResult>>(
        [space, tell](const std::stop_token& stop) { return sweep(space, tell, stop); },
        [this, space](Result<SweepResult> result) {
            if (!result) {
                emit failed(result.error());
                return;
            }
            m_space = space;
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
