// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/explain/figure.h"
#include "core/lower/network.h"
#include "core/model/result.h"

#include <cstdint>
#include <vector>

namespace tidemark {

/// What training multiplies: elements, for one sample.
struct TrainingCounts {
    std::int64_t input = 0;           ///< of all network inputs
    std::int64_t activations = 0;     ///< outputs of all layers
    std::int64_t parameters = 0;      ///< weights and biases
    std::vector<std::int64_t> layers; ///< outputs of each layer, in order; empty = only sums known
    /// Most elements of an input and an output together, over the layers; 0 = not known.
    std::int64_t largestPair = 0;
    /// Most elements alive at once when each value dies with its last reader; 0 = not known.
    std::int64_t mostAlive = 0;
};

/// Layers are the stages of a network in base form: bias and activation work in place, pools are
/// layers of their own.
TrainingCounts trainingCounts(const Network& network);

enum class Optimizer {
    Sgd,      ///< no state
    Momentum, ///< one velocity a parameter
    Adam      ///< two moments a parameter
};

enum class TrainingType {
    Fp32,
    Fp16,
    Mixed ///< fp16 weights, activations and gradients; fp32 master weights and optimizer state
};

/// What backpropagation finds again.
enum class Recompute {
    None, ///< every layer's output is kept
    Sqrt  ///< the outputs of about every sqrt(n)-th layer are; one segment at a time is made anew
};

/// How the bytes are counted. Sources count differently and all are called "the memory".
enum class TrainingConvention {
    /// What a framework holds at its peak: parameters, gradients, optimizer state, kept activations
    /// (with the input) and the gradients of one layer's input and output.
    Framework,
    /// Course notes (Stanford CS231n): each activation with its gradient, each parameter with its
    /// gradient and the optimizer's state, the batch's inputs as "miscellaneous".
    Notes,
    /// The same in MiB, each summand rounded to two places before it is multiplied by the batch:
    /// how 742.34 MB came to be printed.
    NotesRounded,
    /// Weights and their updates, gradients, optimizer state, and every feature map once
    /// (Data Science Stack Exchange 16292).
    FeatureMaps
};

struct TrainingOptions {
    std::int64_t batch = 1;
    Optimizer optimizer = Optimizer::Momentum;
    TrainingType type = TrainingType::Fp32;
    Recompute recompute = Recompute::None;
    TrainingConvention convention = TrainingConvention::Framework;
};

/// Memory to train, as a figure with its terms, in bytes. Errors (ErrorKind::Usage): a batch below
/// 1, a total beyond exact counting (2^53 bytes), recomputation where the layers are not known or
/// the convention keeps everything.
Result<Figure> trainingMemory(const TrainingCounts& counts, const TrainingOptions& options);

/// Memory to infer one sample as classrooms count it: the parameters and the two largest successive
/// layers; its notes say what is really needed at least. `layers` must be known.
Figure inferenceMemory(const TrainingCounts& counts, TrainingType type);

} // namespace tidemark
