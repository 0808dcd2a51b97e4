// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schedule/schedule.h"

#include <span>
#include <vector>

namespace tidemark {

/// What a row schedule may do besides ordering its events.
struct RowForm {
    /// Stages run in one piece, values live as a whole, nothing is replaced in place: a schedule is
    /// an order of the stages and nothing else.
    bool wholeStages = false;
    bool streamsInput = false;        ///< rows of streamedInput() arrive as events
    std::vector<StageId> accumulates; ///< stages that take their input row by row
};

/// A network as rows alone: what every event reads, writes and replaces. Cells are the bytes that
/// live and die as one: a row of a value, an accumulator. A value that has views is cut where they
/// begin and end as well, and their rows are cells of it.
/// Tracks are what runs in a fixed order of its own: a stage's rows, the arriving input rows.
struct RowProgram {
    struct CellRange {
        int begin = 0, end = 0;
    };
    struct Tensor {
        std::optional<ValueId> value;
        std::optional<StageId> accumulates;
        CellRange cells;
        Bytes rowBytes;
        bool hasViews = false;
        int size() const { return cells.end - cells.begin; }
    };
    struct Cell {
        std::int64_t offset = 0, bytes = 0; ///< within the tensor
        int tensor = 0;
        int uses = 0;        ///< steps that touch it
        int writes = 0;      ///< steps that write it; its readers wait for all of them
        bool kept = false;   ///< an output: alive to the end
        bool waits = true;   ///< readers wait for its writes; else they wait for other cells
        bool given = false;  ///< an input that someone reads: there from the beginning
        bool filled = false; ///< written by the caller before the first event, read or not
    };
    struct Step {
        Event event;
        int reads = 0, writes = 0, end = 0; ///< into `ranges`
        int inPlace[2] = {-1, -1};          ///< cells that its (one) written cell may replace
    };
    struct Track {
        int first = 0, steps = 0; ///< into `steps`
    };

    std::vector<Tensor> tensors;
    std::vector<Cell> cells;
    std::vector<CellRange> ranges;
    std::vector<Step> steps;
    std::vector<Track> tracks; ///< arriving input first, then the stages in network order
    /// By track: those that touch a tensor that it touches, itself among them.
    std::vector<std::vector<int>> neighbours;
    std::int64_t givenBytes = 0;

    std::span<const CellRange> reads(const Step& step) const
    {
        return std::span(ranges).subspan(static_cast<std::size_t>(step.reads),
                                         static_cast<std::size_t>(step.writes - step.reads));
    }
    std::span<const CellRange> writes(const Step& step) const
    {
        return std::span(ranges).subspan(static_cast<std::size_t>(step.writes),
                                         static_cast<std::size_t>(step.end - step.writes));
    }
};

RowProgram rowProgram(const Network& network, const RowForm& form);

/// The events of a program in the order in which its tracks take turns.
std::vector<Event> eventsOf(const RowProgram& program, std::span<const int> turns);

/// When each cell lives, indexed by cell; invalid ids for cells that are never touched.
std::vector<EventRange> cellLives(const RowProgram& program, std::span<const int> turns);

} // namespace tidemark
