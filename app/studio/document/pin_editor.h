// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/document/document.h"
#include "app/studio/document/placement_rules.h"

#include <QObject>
#include <optional>

namespace tidemark::studio {

/// Moves buffers of a document by pinning them: previews on threads of its own, one undoable step
/// when committed. What a settled preview shows is what the commit gives: both are the planner's.
class PinEditor : public QObject {
    Q_OBJECT
public:
    explicit PinEditor(Document& document, QObject* parent = nullptr);

    /// Plans with the pin and reports it in previewReady(): at once the plan on screen placed
    /// again, then what a commit would give. A newer request overtakes.
    void preview(const PinTarget& target);
    void endPreview();
    const PlanPtr& previewPlan() const { return m_preview; }
    /// A commit gives previewPlan().
    bool isSettled() const { return !m_glancing.isBusy() && !m_planning.isBusy(); }

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
    void planPreview(const Constraints& constraints);
    void show(const Result<PlanPtr>& plan);

    Document& m_document;
    LatestJob m_glancing; ///< never waits for a search that is to stop
    LatestJob m_planning;
    PlanPtr m_preview;
    std::optional<PinTarget> m_target;
};

} // namespace tidemark::studio
