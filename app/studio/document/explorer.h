// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Ahead of the core: Qt 6.4's moc stumbles over the standard library where <compare> comes first.
#include <QObject>

#include "app/studio/document/document.h"
#include "core/explore/sweep.h"

#include <optional>

namespace tidemark::studio {

/// Sweeps over the designs of the open model on its board, off the GUI thread: every technique,
/// and, if wanted, every bank for the weights and for the activations.
class Explorer : public QObject {
    Q_OBJECT
public:
    explicit Explorer(Document& document, QObject* parent = nullptr);

    void start(bool banksToo);
    void cancel(); ///< at once; the result before stays
    bool isBusy() const { return m_sweeping.isBusy(); }

    const SweepResult& result() const { return m_result; }
    /// "rows, weights MRAM, activations TCM"
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
    LatestJob m_sweeping;
};

} // namespace tidemark::studio
