// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schedule/row_plan.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// A constant staged around its stage: the original stays in its home bank, read only at run time;
/// just before the first event of the first stage that reads it, an event of its own copies it to a
/// buffer that lives from that event to the last event of the last stage that reads it. Kernels
/// read the copy. A constant of several stages has one copy for all of them.

/// What `--pin` calls the copy of a constant: "conv1.weights.staged".
std::string stagedName(const std::string& constant);
/// The constant that a staged copy of this name is of; nothing for other names.
std::optional<std::string> constantOfStaged(std::string_view name);

/// The events whose bytes a copy of a constant shares with nobody, on the time axis without copies:
/// during its copy event nothing lives that does not live at the event behind it. Nothing for a
/// constant that no stage reads.
std::optional<EventRange> stagedLife(const Buffer& constant, const Schedule& schedule);

/// The copy of a constant on the time axis without copies, which addCopyEvents() puts right.
Buffer stagedCopy(const Buffer& constant, EventRange life);

/// Those that have a copy.
std::set<ConstantId> stagedConstants(const std::vector<Buffer>& buffers);

/// Puts an event before the first stage of every staged copy, and moves what lives then. Nothing
/// that lives together before does not afterwards, and the other way round. Whether there are any.
bool addCopyEvents(const Network& network, RowPlan& plan);

/// The plan without its staged copies and their events; gives the buffers that stay, by the indices
/// that they had.
std::vector<std::size_t> removeCopies(const Network& network, RowPlan& plan);

} // namespace tidemark
