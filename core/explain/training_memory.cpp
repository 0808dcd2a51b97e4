// SPDX-License-Identifier: Apache-2.0
#include "core/explain/training_memory.h"

#include "core/model/format.h"
#include "core/schedule/lifetimes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tidemark {

namespace {

constexpr double kMostBytes = 9007199254740992.0; // 2^53: whole numbers of a double end there
constexpr double kMebi = 1024.0 * 1024.0;

std::string counted(double count)
{
    return formatCount(static_cast<std::int64_t>(count));
}

struct Widths {
    std::int64_t weight, activation, gradient, state;
    bool masterWeights = false;
};

Widths widthsOf(TrainingType type)
{
    switch (type) {
    case TrainingType::Fp32:
        return {4, 4, 4, 4};
    case TrainingType::Fp16:
        return {2, 2, 2, 2};
    case TrainingType::Mixed:
        return {2, 2, 2, 4, true};
    }
    return {4, 4, 4, 4};
}

int statesOf(Optimizer optimizer)
{
    return optimizer == Optimizer::Sgd ? 0 : optimizer == Optimizer::Momentum ? 1 : 2;
}

std::string nameOf(Optimizer optimizer)
{
    switch (optimizer) {
    case Optimizer::Sgd:
        return "SGD";
    case Optimizer::Momentum:
        return "momentum";
    case Optimizer::Adam:
        return "Adam";
    }
    return "";
}

/// Elements kept for one sample, and how that came about.
struct Kept {
    std::int64_t elements = 0;
    std::string how;
};

/// Checkpoints at the end of every segment of `length` layers, and the largest segment made anew.
std::int64_t keptWithSegments(const TrainingCounts& counts, std::size_t length)
{
    const auto& layers = counts.layers;
    std::int64_t checkpoints = counts.input, largest = 0;
    for (std::size_t begin = 0; begin < layers.size(); begin += length) {
        const std::size_t end = std::min(begin + length, layers.size());
        const auto first = layers.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto last = layers.begin() + static_cast<std::ptrdiff_t>(end);
        largest = std::max(largest, std::accumulate(first, last - 1, std::int64_t{0}));
        checkpoints += *(last - 1);
    }
    return checkpoints + largest;
}

Kept keptOf(const TrainingCounts& counts, Recompute recompute)
{
    if (recompute == Recompute::None) {
        return {counts.input + counts.activations, "input and every layer's output"};
    }
    const auto length = static_cast<std::size_t>(
        std::max(1.0, std::round(std::sqrt(static_cast<double>(counts.layers.size())))));
    return {keptWithSegments(counts, length),
            "input, the output of every " + std::to_string(length) +
                (length == 1   ? "st"
                 : length == 2 ? "nd"
                 : length == 3 ? "rd"
                               : "th") +
                " layer, and the largest segment between, made anew"};
}

/// Sums terms up. Products are taken in double, exact up to kMostBytes.
class FigureMaker {
public:
    FigureMaker(const TrainingCounts& counts, const TrainingOptions& options)
        : m_counts(counts), m_options(options), m_widths(widthsOf(options.type))
    {
        m_figure.id = "train_memory_bytes";
        m_figure.title = "Memory to train";
        m_figure.unit = "B";
    }

    Figure make()
    {
        switch (m_options.convention) {
        case TrainingConvention::Framework:
            addFramework();
            break;
        case TrainingConvention::Notes:
            addNotes();
            break;
        case TrainingConvention::NotesRounded:
            addNotes();
            roundAsPrinted();
            break;
        case TrainingConvention::FeatureMaps:
            addFeatureMaps();
            break;
        }
        for (const Term& term : m_figure.terms) {
            m_figure.value += term.value;
        }
        return std::move(m_figure);
    }

private:
    double batch() const { return static_cast<double>(m_options.batch); }

    void add(const std::string& label, std::int64_t elements, std::int64_t width, double times,
             const std::string& factor)
    {
        Term term;
        term.label = label;
        term.expression =
            factor + counted(static_cast<double>(elements)) + "·" + std::to_string(width);
        term.value = times * static_cast<double>(elements) * static_cast<double>(width);
        m_figure.terms.push_back(term);
    }
    std::string batchFactor() const { return counted(batch()) + "·"; }

    void addParameters(const std::string& label, std::int64_t width, int copies = 1)
    {
        add(label, m_counts.parameters, width, copies,
            copies == 1 ? "" : std::to_string(copies) + "·");
    }
    void addState()
    {
        if (const int states = statesOf(m_options.optimizer); states > 0) {
            addParameters(nameOf(m_options.optimizer) + " state", m_widths.state, states);
        }
    }
    void addMaster()
    {
        if (m_widths.masterWeights) {
            addParameters("fp32 master weights", 4);
        }
    }

    void addFramework()
    {
        const Kept kept = keptOf(m_counts, m_options.recompute);
        addParameters("parameters", m_widths.weight);
        addMaster();
        addParameters("their gradients", m_widths.gradient);
        addState();
        add("kept activations", kept.elements, m_widths.activation, batch(), batchFactor());
        if (m_counts.largestPair > 0) {
            add("gradients of one layer's input and output", m_counts.largestPair,
                m_widths.gradient, batch(), batchFactor());
        }
        m_figure.formula = "parameters + gradients + optimizer state + batch · (kept activations + "
                           "gradients of one layer)";
        m_figure.source = "What a framework holds at its peak, without its own overhead and "
                          "workspaces. Kept: " +
                          kept.how + ".";
    }

    void addNotes()
    {
        const int copies = 2 + statesOf(m_options.optimizer);
        add("activations and their gradients", m_counts.activations, m_widths.activation,
            2 * batch(), batchFactor() + "2·");
        addParameters("parameters, gradients, " + nameOf(m_options.optimizer) + " state",
                      m_widths.weight, copies);
        addMaster();
        add("miscellaneous: the batch's inputs", m_counts.input, m_widths.activation, batch(),
            batchFactor());
        m_figure.formula =
            "batch · 2 · activations + " + std::to_string(copies) + " · parameters + batch · input";
        m_figure.source = "Counted as the CS231n course notes do. A framework frees most "
                          "activation gradients earlier.";
    }

    /// Two places of MiB first, the batch after: what a pocket calculator did.
    void roundAsPrinted()
    {
        double exact = 0;
        for (std::size_t i = 0; i < m_figure.terms.size(); ++i) {
            Term& term = m_figure.terms[i];
            exact += term.value;
            const double times = i == 0 ? batch() : 1; // the inputs were rounded with their batch
            const double rounded = std::round(term.value / times / kMebi * 100) / 100;
            char text[64];
            std::snprintf(text, sizeof text, "%.2f MiB", rounded);
            term.expression = (i == 0 ? batchFactor() : "") + text;
            term.value = rounded * times * kMebi;
        }
        char text[96];
        std::snprintf(text, sizeof text, "Without rounding to two places first it is %.2f MiB.",
                      exact / kMebi);
        m_figure.notes.push_back(text);
    }

    void addFeatureMaps()
    {
        addParameters("weights and their updates", m_widths.weight, 2);
        addMaster();
        addParameters("gradients", m_widths.gradient);
        // "Learning rates for each weight": one number, where Adam really keeps two moments and
        // applies its update in place. The sums are the same.
        if (m_options.optimizer != Optimizer::Sgd) {
            addParameters(m_options.optimizer == Optimizer::Adam ? "learning rates (Adam)"
                                                                 : "velocities",
                          m_widths.state);
        }
        add("all feature maps", m_counts.activations, m_widths.activation, batch(), batchFactor());
        m_figure.formula = "2w + w + optimizer + batch · feature maps";
        m_figure.source = "Counted as in question 16292 of Data Science Stack Exchange: no input, "
                          "no gradients of feature maps.";
    }

    const TrainingCounts& m_counts;
    const TrainingOptions& m_options;
    Widths m_widths;
    Figure m_figure;
};

Diagnostic usage(const std::string& what, const std::string& mend)
{
    return {ErrorKind::Usage, what, "", mend};
}

} // namespace

TrainingCounts trainingCounts(const Network& network)
{
    TrainingCounts counts;
    counts.parameters = network.parameters();
    for (const ValueId id : network.inputs) {
        counts.input += network[id].elements();
    }
    const auto sum = [&](const std::vector<ValueId>& ids) {
        return std::accumulate(
            ids.begin(), ids.end(), std::int64_t{0},
            [&](std::int64_t total, ValueId id) { return total + network[id].elements(); });
    };
    for (const Stage& stage : network.stages) {
        counts.layers.push_back(sum(stage.outputs));
        counts.activations += counts.layers.back();
        counts.largestPair = std::max(counts.largestPair, sum(stage.inputs) + sum(stage.outputs));
    }
    const Schedule schedule = stageByStage(network);
    const std::vector<EventRange> lives = valueLifetimes(network, schedule);
    for (const EventRange& stage : schedule.stageEvents) {
        std::int64_t alive = 0;
        for (std::size_t i = 0; i < lives.size(); ++i) {
            alive += lives[i].intersects(stage) ? network.values[i].elements() : 0;
        }
        counts.mostAlive = std::max(counts.mostAlive, alive);
    }
    return counts;
}

Result<Figure> trainingMemory(const TrainingCounts& counts, const TrainingOptions& options)
{
    if (options.batch < 1) {
        return usage("a batch of " + std::to_string(options.batch) + " samples",
                     "train with at least one");
    }
    if (counts.input < 0 || counts.activations < 0 || counts.parameters < 0) {
        return usage("a negative number of elements", "give counts of 0 and above");
    }
    if (options.recompute != Recompute::None) {
        if (counts.layers.empty()) {
            return usage("recomputing needs the layers, and only their sum is known",
                         "give a model");
        }
        if (options.convention != TrainingConvention::Framework) {
            return usage("this convention keeps every activation",
                         "recompute under the framework convention");
        }
    }
    Figure figure = FigureMaker(counts, options).make();
    if (!(figure.value < kMostBytes)) {
        return usage("more bytes than can be counted exactly", "use a smaller batch");
    }
    return figure;
}

Figure inferenceMemory(const TrainingCounts& counts, TrainingType type)
{
    const Widths widths = widthsOf(type);
    Figure figure;
    figure.id = "inference_memory_bytes";
    figure.title = "Memory to infer one sample";
    figure.unit = "B";
    figure.formula = "parameters + the two largest successive layers";
    figure.source = "Max over layers of input plus output: enough for a chain, where two arena "
                    "ends alternate.";
    const auto add = [&](const std::string& label, std::int64_t elements, std::int64_t width) {
        Term term;
        term.label = label;
        term.expression = formatCount(elements) + "·" + std::to_string(width);
        term.value = static_cast<double>(elements) * static_cast<double>(width);
        figure.value += term.value;
        figure.terms.push_back(term);
    };
    add("parameters", counts.parameters, widths.weight);
    add("two largest successive layers", counts.largestPair, widths.activation);
    const auto bytes = [&](std::int64_t elements) {
        return formatBytes(Bytes(elements * widths.activation));
    };
    if (counts.mostAlive > counts.largestPair) {
        figure.notes.push_back("This network branches: " + bytes(counts.mostAlive) +
                               " of activations are alive at once, so two layers are not enough.");
    } else {
        figure.notes.push_back(
            "Activations alive at once, layer by layer: " + bytes(counts.mostAlive) +
            ". Fusing, overlapping and working row by row go below it: see "
            "`tidemark plan`.");
    }
    return figure;
}

} // namespace tidemark
