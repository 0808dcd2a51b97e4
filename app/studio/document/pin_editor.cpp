// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/pin_editor.h"

#include "core/schedule/staging.h"

#include <algorithm>

namespace tidemark::studio {

namespace {

/// Drops what pins a buffer. Under `around` a constant that is pinned to RAM means its copy there.
void dropPins(Constraints& constraints, const Board& board, const std::string& buffer)
{
    const auto constant = constantOfStaged(buffer);
    const auto isOfCopy = [&](const Pin& pin) {
        const auto bank = board.findBank(pin.bank);
        return constraints.staging == Staging::Around && pin.buffer == constant && bank &&
               !board[*bank].readOnlyAtRunTime;
    };
    std::erase_if(constraints.pins,
                  [&](const Pin& pin) { return pin.buffer == buffer || isOfCopy(pin); });
}

} // namespace

PinEditor::PinEditor(Document& document, QObject* parent) : QObject(parent), m_document(document)
{
    // A preview compares with the plan that is shown: a new one makes it meaningless.
    connect(&document, &Document::planChanged, this, &PinEditor::endPreview);
}

Constraints PinEditor::with(const PinTarget& target) const
{
    const Plan& plan = *m_document.plan();
    Constraints constraints = m_document.settings().constraints;
    const std::string& name = plan[target.buffer].name;
    dropPins(constraints, *plan.board, name);
    constraints.pins.push_back({name, (*plan.board)[target.bank].id, target.offset});
    return constraints;
}

void PinEditor::preview(const PinTarget& target)
{
    if (m_target == target) {
        return;
    }
    m_target = target;
    m_preview.reset();
    m_planning.cancel();
    m_glancing.start<Result<PlanPtr>>(
        [plan = m_document.plan(), constraints = with(target)](const std::stop_token&) {
            return tidemark::preview(*plan, constraints);
        },
        [this, constraints = with(target)](const Result<PlanPtr>& glance) {
            planPreview(constraints);
            show(glance);
        });
}

void PinEditor::planPreview(const Constraints& constraints)
{
    if (!m_document.session()) {
        return; // another plan is on its way and ends this preview
    }
    m_planning.start<Result<PlanPtr>>(
        [session = *m_document.session(), board = m_document.plan()->board, constraints](
            const std::stop_token& stop) { return session.plan(board, constraints, stop); },
        [this](const Result<PlanPtr>& plan) { show(plan); });
}

void PinEditor::show(const Result<PlanPtr>& plan)
{
    m_preview = plan ? *plan : PlanPtr();
    emit previewReady();
}

void PinEditor::endPreview()
{
    m_glancing.cancel();
    m_planning.cancel();
    m_target.reset();
    if (m_preview) {
        m_preview.reset();
        emit previewReady();
    }
}

void PinEditor::commit(const PinTarget& target)
{
    const Plan& plan = *m_document.plan();
    const QString buffer = QString::fromStdString(printable(plan[target.buffer].name));
    const QString bank = QString::fromStdString(printable((*plan.board)[target.bank].id));
    const Constraints constraints = with(target);
    endPreview();
    m_document.setConstraints(constraints, tr("Pin %1 to %2").arg(buffer, bank));
}

void PinEditor::unpin(BufferId buffer)
{
    unpin((*m_document.plan())[buffer].name);
}

void PinEditor::unpin(const std::string& bufferName)
{
    Constraints constraints = m_document.settings().constraints;
    dropPins(constraints, *m_document.settings().board, bufferName);
    m_document.setConstraints(constraints,
                              tr("Unpin %1").arg(QString::fromStdString(printable(bufferName))));
}

void PinEditor::togglePin(BufferId buffer)
{
    const Placement& placement = m_document.plan()->placement(buffer);
    if (placement.pinned) {
        unpin(buffer);
    } else {
        const bool constant = (*m_document.plan())[buffer].isConstant();
        commit({buffer, placement.bank, constant ? std::nullopt : std::optional(placement.offset)});
    }
}

bool PinEditor::moveToBank(BufferId buffer, const std::vector<BankId>& order, int step)
{
    const Plan& plan = *m_document.plan();
    const auto here = std::ranges::find(order, plan.placement(buffer).bank);
    std::optional<std::pair<PinTarget, Verdict>> nearest; // of those that are not legal
    for (auto at = here - order.begin() + step;
         here != order.end() && at >= 0 && at < std::ssize(order); at += step) {
        const PinTarget target{buffer, order[static_cast<std::size_t>(at)], std::nullopt};
        const Verdict verdict = judge(plan, target);
        if (verdict.legal) {
            commit(target);
            return true;
        }
        if (!nearest) {
            nearest = {target, verdict};
        }
    }
    if (nearest) {
        emit refusedPlace(nearest->first, nearest->second);
    } else {
        emit refused(tr("there is no bank further on"));
    }
    return false;
}

bool PinEditor::moveToGap(BufferId buffer, int step)
{
    const Plan& plan = *m_document.plan();
    const Placement& placement = plan.placement(buffer);
    if (plan[buffer].isConstant()) {
        emit refused(tr("constants stand one above the other: there are no gaps between them"));
        return false;
    }
    std::vector<Bytes> offsets = gaps(plan, buffer, placement.bank);
    std::erase_if(offsets, [&](Bytes offset) {
        return step > 0 ? offset <= placement.offset : offset >= placement.offset;
    });
    if (offsets.empty()) {
        emit refused(step > 0 ? tr("no gap above takes it") : tr("no gap below takes it"));
        return false;
    }
    commit({buffer, placement.bank, step > 0 ? offsets.front() : offsets.back()});
    return true;
}

} // namespace tidemark::studio
