// SPDX-License-Identifier: Apache-2.0
#include "core/import/tflite_operators.h"

#include <algorithm>

namespace tidemark {

namespace {

constexpr Support kRuns = Support::Runnable;
constexpr Support kPlans = Support::PlanOnly;
constexpr Support kRefused = Support::Refused;

constexpr TfliteEntry kTable[] = {
    {0, "ADD", "Add", kRuns},
    {1, "AVERAGE_POOL_2D", "AveragePool", kRuns},
    {2, "CONCATENATION", "Concat", kRuns},
    {3, "CONV_2D", "Conv", kRuns},
    {4, "DEPTHWISE_CONV_2D", "Conv", kRuns},
    {5, "DEPTH_TO_SPACE", "DepthToSpace", kRuns},
    {6, "DEQUANTIZE", "DequantizeLinear", kRuns},
    {7, "EMBEDDING_LOOKUP"},
    {8, "FLOOR"},
    {9, "FULLY_CONNECTED", "Gemm", kRuns},
    {11, "L2_NORMALIZATION"},
    {12, "L2_POOL_2D"},
    {13, "LOCAL_RESPONSE_NORMALIZATION"},
    {14, "LOGISTIC", "Sigmoid", kRuns},
    {16, "LSTM"},
    {17, "MAX_POOL_2D", "MaxPool", kRuns},
    {18, "MUL", "Mul", kRuns},
    {19, "RELU", "Relu", kRuns},
    {20, "RELU_N1_TO_1", "Clip", kRuns},
    {21, "RELU6", "Clip", kRuns},
    {22, "RESHAPE", "Reshape", kRuns},
    {23, "RESIZE_BILINEAR", "Resize", kRuns},
    {24, "RNN"},
    {25, "SOFTMAX", "Softmax", kRuns},
    {26, "SPACE_TO_DEPTH", "SpaceToDepth", kRuns},
    {27, "SVDF"},
    {28, "TANH", "Tanh", kRuns},
    {31, "CALL", {}, kRefused},
    {32, "CUSTOM", {}, kRefused},
    {34, "PAD", "Pad", kRuns},
    {35, "UNIDIRECTIONAL_SEQUENCE_RNN"},
    {36, "GATHER", "Gather"},
    {37, "BATCH_TO_SPACE_ND"},
    {38, "SPACE_TO_BATCH_ND"},
    {39, "TRANSPOSE", "Transpose", kRuns},
    {40, "MEAN", "ReduceMean", kRuns},
    {41, "SUB", "Sub", kRuns},
    {42, "DIV", "Div", kRuns},
    {43, "SQUEEZE", "Reshape", kRuns},
    {44, "UNIDIRECTIONAL_SEQUENCE_LSTM"},
    {45, "STRIDED_SLICE", "Slice", kRuns},
    {46, "BIDIRECTIONAL_SEQUENCE_RNN"},
    {47, "EXP", "Exp", kRuns},
    {48, "TOPK_V2"},
    {49, "SPLIT", "Split", kRuns},
    {50, "LOG_SOFTMAX", "LogSoftmax", kRuns},
    {51, "DELEGATE", {}, kRefused},
    {52, "BIDIRECTIONAL_SEQUENCE_LSTM"},
    {53, "CAST"},
    {54, "PRELU", "PRelu", kRuns},
    {55, "MAXIMUM", "Max", kRuns},
    {56, "ARG_MAX", "ArgMax", kRuns},
    {57, "MINIMUM", "Min", kRuns},
    {58, "LESS"},
    {59, "NEG", "Neg", kRuns},
    {60, "PADV2", "Pad", kRuns},
    {61, "GREATER"},
    {62, "GREATER_EQUAL"},
    {63, "LESS_EQUAL"},
    {64, "SELECT"},
    {65, "SLICE", "Slice", kRuns},
    {66, "SIN"},
    {67, "TRANSPOSE_CONV"},
    {68, "SPARSE_TO_DENSE"},
    {69, "TILE"},
    {70, "EXPAND_DIMS", "Reshape", kRuns},
    {71, "EQUAL"},
    {72, "NOT_EQUAL"},
    {73, "LOG", "Log", kRuns},
    {74, "SUM", "ReduceSum", kRuns},
    {75, "SQRT", "Sqrt", kRuns},
    {76, "RSQRT", "Sqrt", kRuns},
    {77, "SHAPE"},
    {78, "POW", "Pow", kRuns},
    {79, "ARG_MIN", "ArgMin", kRuns},
    {80, "FAKE_QUANT"},
    {81, "REDUCE_PROD"},
    {82, "REDUCE_MAX", "ReduceMax", kRuns},
    {83, "PACK", "Concat", kRuns},
    {84, "LOGICAL_OR"},
    {85, "ONE_HOT"},
    {86, "LOGICAL_AND"},
    {87, "LOGICAL_NOT"},
    {88, "UNPACK", "Split", kRuns},
    {89, "REDUCE_MIN", "ReduceMin", kRuns},
    {90, "FLOOR_DIV"},
    {91, "REDUCE_ANY"},
    {92, "SQUARE", "Abs", kRuns},
    {93, "ZEROS_LIKE"},
    {94, "FILL"},
    {95, "FLOOR_MOD"},
    {96, "RANGE"},
    {97, "RESIZE_NEAREST_NEIGHBOR", "Resize", kRuns},
    {98, "LEAKY_RELU", "LeakyRelu", kRuns},
    {99, "SQUARED_DIFFERENCE", "Sub", kRuns},
    {100, "MIRROR_PAD", "Pad", kRuns},
    {101, "ABS", "Abs", kRuns},
    {102, "SPLIT_V", "Split", kRuns},
    {104, "CEIL"},
    {105, "REVERSE_V2", "Slice", kRuns},
    {106, "ADD_N", "Sum", kRuns},
    {107, "GATHER_ND"},
    {108, "COS"},
    {109, "WHERE"},
    {110, "RANK"},
    {111, "ELU", "Elu", kRuns},
    {112, "REVERSE_SEQUENCE"},
    {114, "QUANTIZE", "QuantizeLinear", kRuns},
    {116, "ROUND"},
    {117, "HARD_SWISH", "HardSwish", kRuns},
    {118, "IF", {}, kRefused},
    {119, "WHILE", {}, kRefused},
    {122, "SCATTER_ND"},
    {123, "SELECT_V2"},
    {126, "BATCH_MATMUL", "MatMul", kRuns},
    {128, "CUMSUM"},
    {129, "CALL_ONCE", {}, kRefused},
    {130, "BROADCAST_TO", "Expand", kRuns},
    {132, "CONV_3D"},
    {140, "REDUCE_ALL"},
    {142, "VAR_HANDLE", {}, kRefused},
    {143, "READ_VARIABLE", {}, kRefused},
    {144, "ASSIGN_VARIABLE", {}, kRefused},
    {145, "BROADCAST_ARGS"},
    {150, "GELU", "Gelu", kRuns},
    {151, "DYNAMIC_UPDATE_SLICE"},
    {152, "RELU_0_TO_1", "Clip", kRuns},
    {158, "SIGN"},
};

static_assert(std::ranges::is_sorted(kTable, {}, &TfliteEntry::code));
static_assert(kPlans == TfliteEntry{}.support);

} // namespace

std::span<const TfliteEntry> tfliteOperators()
{
    return kTable;
}

const TfliteEntry* findTfliteOperator(int code)
{
    const auto* found = std::ranges::lower_bound(kTable, code, {}, &TfliteEntry::code);
    return found != std::end(kTable) && found->code == code ? found : nullptr;
}

const TfliteEntry* findTfliteOperator(std::string_view name)
{
    const auto* found = std::ranges::find(kTable, name, &TfliteEntry::name);
    return found != std::end(kTable) ? found : nullptr;
}

} // namespace tidemark
