// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Ahead of the core: Qt 6.4's moc stumbles over the standard library where <compare> comes first.
#include <QObject>

#include "app/studio/document/document.h"
#include "core/explore/sweep.h"

#include <optional>

namespace tidemark::studio {

/// What a sweep goes through.
enum class Designs {
    Techniques,         ///< every rung
    TechniquesAndBanks, ///< also every bank for all weights and for all activations
    /// The rung as it is: weights in the fastest RAM, the largest other one and the bank of
    /// constants, by activations in the two RAMs.
    BankGrid,
};

/// Sweeps over the designs of the open model on its board, off the GUI thread.
class Explorer : public QObject {
    Q_OBJECT
public:
    explicit Explorer(Document& document, QObject* parent = nullptr);

    void start(Designs designs);
    Designs designs() const { return m_designs; } ///< of the result
    bool canGrid() const;                         ///< the board has several banks
    void cancel();                                ///< at once; the result before stays
    bool isBusy() const { return m_sweeping.isBusy(); }

    const SweepResult& result() const { return m_result; }
    /// "rows, weights MRAM, activations TCM"; of a bank grid "MRAM/TCM"
    QString label(const SweepPoint& point) const;
    /// The settings have changed since: points are of another model, board or number format.
    bool isStale() const;
    /// Plans with the constraints of a point: an undoable step.
    void take(const SweepPoint& point);

signals:
    void progress(int done, int total);
    void finished();
    void failed(const tidemark::Diagnostic& reason);

private:
    Document& m_document;
    SweepSpace m_space; ///< of the result
    SweepResult m_result;
    Designs m_designs = Designs::Techniques;
    LatestJob m_sweeping;
};

} // namespace tidemark::studio
