// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/sweep_counts.h"

#include "app/cli/device.h"

namespace tidemark::cli {

namespace {

SweepCount sumOf(const bridge::Measurement& measured, std::size_t banks)
{
    SweepCount count;
    count.banks.resize(banks);
    count.problems = measured.problems;
    for (const bridge::StageMeasurement& stage : measured.stages) {
        count.instructions += static_cast<double>(stage.instructions.value_or(0));
        for (std::size_t b = 0; b < std::min(banks, stage.banks.size()); ++b) {
            count.banks[b] += {static_cast<double>(stage.banks[b].loaded.count()),
                               static_cast<double>(stage.banks[b].stored.count())};
        }
    }
    return count;
}

Result<SweepCount> countOne(const SweepSpace& space, const SweepPoint& point,
                            const Context& context)
{
    const auto& network = space.networks[point.settings.network].network;
    const auto& board = space.boards[point.settings.board];
    const auto made =
        plan(network, board, point.settings.constraints, space.effort, {}, space.scratchOf);
    if (!made) {
        return made.error();
    }
    DeviceChoices choices;
    choices.paint = false;
    const auto measured =
        runOnDevice(**made, {generatedSample(*network, context.seed)}, choices, context);
    if (!measured) {
        return measured.error();
    }
    if (measured->meter != bridge::Meter::CounterPlugin) {
        return Diagnostic{ErrorKind::Environment, "the bytes of banks were not counted", board->id,
                          measured->meterNote};
    }
    return sumOf(*measured, board->banks.size());
}

} // namespace

Result<SweepCounts> countPoints(const SweepSpace& space, const SweepResult& result,
                                const Context& context)
{
    SweepCounts counts(result.points.size());
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (!result.points[i].fits) {
            continue;
        }
        auto count = countOne(space, result.points[i], context);
        if (!count) {
            return count.error();
        }
        counts[i] = std::move(*count);
    }
    return counts;
}

} // namespace tidemark::cli
