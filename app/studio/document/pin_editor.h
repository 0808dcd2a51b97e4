// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/document/document.h"
#include "app/studio/document/placement_rules.h"

#include <QObject>
#include <optional>

namespace tidemark::studio {

/// Moves buffers of a document by pinning them: previews on a thread of its own, one undoable
/// step when committed. What a preview shows is what the commit gives: both are the planner's.
class PinEditor : public QObject {
    Q_OBJECT
public:
    explicit PinEditor(Document& document, QObject* parent = nullptr);

    /// Plans with the pin and reports it in previewReady(): at once with little effort, then, where
    /// that was not enough for a proof, with the effort of a commit. A newer request overtakes.
    void preview(const PinTarget& target);
    void endPreview();
    const PlanPtr& previewPlan() const { return m_preview; }
    bool isSettled() const { return !m_planning.isBusy(); } ///< a commit gives previewPlan()

    /// Pins; replaces an earlier pin of the buffer. Legality is not asked: see judge().
    void commit(const PinTarget& target);
    void unpin(BufferId buffer);
    void unpin(const std::string& bufferName);
    /// Space: pins the buffer where it is, or frees it.
    void togglePin(BufferId buffer);
    /// Alt+Up, Alt+Down: the next legal bank of `order`; the planner chooses the offset. False and
    /// nothing changed if there is none.
    bool moveToBank(BufferId buffer, const std::vector<BankId>& order, int step);
    /// Alt+Left, Alt+Right: the next gap of its bank below or above.
    bool moveToGap(BufferId buffer, int step);

signals:
    void previewReady(); ///< see previewPlan(); null when the preview has ended
    void refused(const QString& reason);
    /// The only place further on is not legal: it can be taken anyway.
    void refusedPlace(const tidemark::studio::PinTarget& target,
                      const tidemark::studio::Verdict& verdict);

private:
    Constraints with(const PinTarget& target) const;
    void planPreview(const Constraints& constraints, Effort effort);

    Document& m_document;
    LatestJob m_planning;
    PlanPtr m_preview;
    std::optional<PinTarget> m_target;
};

} // namespace tidemark::studio
