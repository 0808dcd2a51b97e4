// SPDX-License-Identifier: Apache-2.0
// What TensorFlow Lite's operators are in the words of the operator table.
#include "core/import/tflite_operators.h"

#include "core/import/tflite_translator.h"

#include <numeric>

namespace tidemark {

namespace {

AutoPad autoPadOf(int padding)
{
    return padding == 0 ? AutoPad::SameUpper : AutoPad::Valid;
}

} // namespace

/// A new tensor of another shape, otherwise like one there is.
TensorId TfliteTranslator::twin(TensorId like, Shape shape)
{
    Tensor tensor = m_model[like];
    tensor.shape = std::move(shape);
    tensor.constant.reset();
    m_model.tensors.push_back(std::move(tensor));
    return TensorId(m_model.tensors.size() - 1);
}

/// Adds the operator that a fused activation is.
void TfliteTranslator::activate(int activation)
{
    constexpr int kRelu = 1, kReluN1To1 = 2, kRelu6 = 3, kTanh = 4;
    if (activation < kRelu || activation > kTanh) {
        return;
    }
    Operator op;
    op.name = m_op.name + "_activation";
    op.typeName = activation == kRelu        ? "RELU"
                  : activation == kReluN1To1 ? "RELU_N1_TO_1"
                  : activation == kRelu6     ? "RELU6"
                                             : "TANH";
    op.kind = activation == kRelu   ? OperatorKind::Relu
              : activation == kTanh ? OperatorKind::Tanh
                                    : OperatorKind::Clip;
    if (activation == kReluN1To1) {
        op.attributes = ClipAttributes{-1, 1, true};
    } else if (activation == kRelu6) {
        op.attributes = ClipAttributes{0, 6, true};
    }
    op.outputs = {m_op.outputs[0]};
    m_op.outputs[0] = twin(m_op.outputs[0], *result().shape);
    op.inputs = {m_op.outputs[0]};
    m_after.insert(m_after.begin(), std::move(op));
}

/// Input number `input` seen under another shape.
void TfliteTranslator::reshapeInput(std::size_t input, Shape shape)
{
    Operator op;
    op.name = m_op.name + "_flatten";
    op.typeName = "RESHAPE";
    op.kind = OperatorKind::Reshape;
    op.attributes = ReshapeAttributes{false, shape};
    op.inputs = {m_op.inputs[input]};
    op.outputs = {twin(*m_op.inputs[input], std::move(shape))};
    m_op.inputs[input] = op.outputs[0];
    m_before.push_back(std::move(op));
}

/// The operator makes `inside`, which is then reshaped to what the file says.
void TfliteTranslator::reshapeOutput(std::size_t output, Shape inside)
{
    const TensorId made = m_op.outputs[output];
    Operator op;
    op.name = m_op.name + "_shape";
    op.typeName = "RESHAPE";
    op.kind = OperatorKind::Reshape;
    op.attributes = ReshapeAttributes{true, *m_model[made].shape};
    op.outputs = {made};
    m_op.outputs[output] = twin(made, std::move(inside));
    op.inputs = {m_op.outputs[output]};
    m_after.push_back(std::move(op));
}

/// An operand of a product whose last two axes the product exchanges.
void TfliteTranslator::transposeLast(std::size_t input)
{
    const std::size_t rank = shape(input).size();
    Integers permutation(rank);
    std::iota(permutation.begin(), permutation.end(), 0);
    std::swap(permutation[rank - 2], permutation[rank - 1]);
    Shape turned = shape(input);
    std::swap(turned[rank - 2], turned[rank - 1]);
    Operator op;
    op.name = m_op.name + "_transpose" + std::to_string(input);
    op.typeName = "TRANSPOSE";
    op.kind = OperatorKind::Transpose;
    op.attributes = TransposeAttributes{permutation};
    op.inputs = {m_op.inputs[input]};
    op.outputs = {twin(*m_op.inputs[input], std::move(turned))};
    m_op.inputs[input] = op.outputs[0];
    m_before.push_back(std::move(op));
}

bool TfliteTranslator::beConv()
{
    const auto* options = m_source.options_as_ConvOptions();
    if (!options || !has(1) || shape(1).size() != 4 || shape(0).size() != 4) {
        return false;
    }
    ConvAttributes conv;
    conv.weights = WeightLayout::OutputsHeightWidthInputs;
    conv.autoPad = autoPadOf(options->padding());
    conv.window.strideH = options->stride_h();
    conv.window.strideW = options->stride_w();
    conv.window.dilationH = options->dilation_h();
    conv.window.dilationW = options->dilation_w();
    const std::int64_t inputs = shape(1)[3];
    conv.groups = inputs > 0 && shape(0)[3] % inputs == 0 ? shape(0)[3] / inputs : 1;
    m_op.attributes = conv;
    activate(options->activation());
    return true;
}

bool TfliteTranslator::beDepthwise()
{
    const auto* options = m_source.options_as_DepthwiseConvOptions();
    if (!options || !has(1) || shape(1).size() != 4 || shape(0).size() != 4) {
        return false;
    }
    ConvAttributes conv;
    conv.weights = WeightLayout::HeightWidthOutputs;
    conv.autoPad = autoPadOf(options->padding());
    conv.window.strideH = options->stride_h();
    conv.window.strideW = options->stride_w();
    conv.window.dilationH = options->dilation_h();
    conv.window.dilationW = options->dilation_w();
    conv.groups = shape(0)[3];
    m_op.attributes = conv;
    activate(options->activation());
    return true;
}

bool TfliteTranslator::bePool()
{
    const auto* options = m_source.options_as_PoolOptions();
    if (!options) {
        return false;
    }
    PoolAttributes pool;
    pool.autoPad = autoPadOf(options->padding());
    pool.window.kernelH = options->filter_height();
    pool.window.kernelW = options->filter_width();
    pool.window.strideH = options->stride_h();
    pool.window.strideW = options->stride_w();
    m_op.attributes = pool;
    activate(options->activation());
    return true;
}

bool TfliteTranslator::beFullyConnected()
{
    const auto* options = m_source.options_as_FullyConnectedOptions();
    if (!options || options->weights_format() != 0 || !has(1) || shape(1).size() != 2) {
        return false;
    }
    const std::int64_t inputs = shape(1)[1];
    const auto elements = elementCount(shape(0));
    if (inputs < 1 || !elements || *elements % inputs != 0) {
        return false;
    }
    const Shape matrix{*elements / inputs, inputs};
    const Shape product{matrix[0], shape(1)[0]};
    m_op.attributes = GemmAttributes{1, 1, false, true};
    if (shape(0) != matrix) {
        reshapeInput(0, matrix);
    }
    if (*result().shape != product) {
        reshapeOutput(0, product);
    }
    if (m_op.inputs.size() > 2 && !m_op.inputs[2]) {
        m_op.inputs.resize(2);
    }
    activate(options->activation());
    return true;
}

bool TfliteTranslator::beReduce()
{
    const auto* options = m_source.options_as_ReducerOptions();
    const auto axes = integers(1);
    if (!axes) {
        return false;
    }
    keepInputs(1);
    m_op.attributes = AxesAttributes{axes, options && options->keep_dims(), true};
    return true;
}

bool TfliteTranslator::beArg()
{
    const auto axis = integers(1);
    if (!axis || axis->size() != 1) {
        return false;
    }
    keepInputs(1);
    m_op.attributes = AxisAttributes{axis->front(), false, false};
    return true;
}

bool TfliteTranslator::beResize()
{
    const auto sizes = integers(1);
    if (!sizes || sizes->size() != 2) {
        return false;
    }
    ResizeAttributes resize;
    bool alignCorners = false, halfPixel = false;
    if (const auto* bilinear = m_source.options_as_ResizeBilinearOptions()) {
        alignCorners = bilinear->align_corners();
        halfPixel = bilinear->half_pixel_centers();
        resize.mode = "linear";
    } else if (const auto* nearest = m_source.options_as_ResizeNearestOptions()) {
        alignCorners = nearest->align_corners();
        halfPixel = nearest->half_pixel_centers();
    } else {
        return false;
    }
    // Nearest: floor of the coordinate; with half pixels floor(x + 0.5) of ONNX's, which lies half
    // a pixel lower; rounded half up with aligned corners.
    resize.coordinates = alignCorners ? "align_corners" : halfPixel ? "half_pixel" : "asymmetric";
    resize.rounding = alignCorners || halfPixel ? "round_prefer_ceil" : "floor";
    resize.axes = Integers{1, 2};
    resize.sizes = sizes;
    keepInputs(1);
    m_op.attributes = resize;
    return true;
}

int TfliteTranslator::binaryActivation() const
{
    if (const auto* add = m_source.options_as_AddOptions()) {
        return add->activation();
    }
    if (const auto* sub = m_source.options_as_SubOptions()) {
        return sub->activation();
    }
    if (const auto* mul = m_source.options_as_MulOptions()) {
        return mul->activation();
    }
    const auto* div = m_source.options_as_DivOptions();
    return div ? div->activation() : 0;
}

bool TfliteTranslator::beBinary()
{
    if (m_entry.name == "SQUARED_DIFFERENCE") {
        if (result().type != DataType::Float32) {
            return false; // there is no scale between the two
        }
        Operator square;
        square.name = m_op.name + "_square";
        square.typeName = "SQUARE";
        square.kind = OperatorKind::Square;
        square.outputs = {m_op.outputs[0]};
        m_op.outputs[0] = twin(m_op.outputs[0], *result().shape);
        square.inputs = {m_op.outputs[0]};
        m_after.push_back(std::move(square));
        return true;
    }
    activate(binaryActivation());
    return true;
}

bool TfliteTranslator::beUnary()
{
    if (const auto* softmax = m_source.options_as_SoftmaxOptions()) {
        m_op.attributes = SoftmaxAttributes{-1, false, false, softmax->beta()};
    } else if (m_entry.name == "SOFTMAX" || m_entry.name == "LOG_SOFTMAX") {
        m_op.attributes = SoftmaxAttributes{-1, false, m_entry.name == "LOG_SOFTMAX", 1};
    } else if (const auto* leaky = m_source.options_as_LeakyReluOptions()) {
        m_op.attributes = ScaleAttributes{leaky->alpha(), 0};
    } else if (m_entry.name == "ADD_N") {
        return result().type == DataType::Float32; // there are no scales between its sums
    } else if (m_entry.name == "ELU") {
        m_op.attributes = ScaleAttributes{1, 0};
    } else if (const auto* gelu = m_source.options_as_GeluOptions()) {
        m_op.attributes = ScaleAttributes{0, gelu->approximate() ? 1.0F : 0.0F};
    } else if (m_entry.name == "RELU_N1_TO_1") {
        m_op.attributes = ClipAttributes{-1, 1, true};
    } else if (m_entry.name == "RELU6") {
        m_op.attributes = ClipAttributes{0, 6, true};
    } else if (m_entry.name == "RELU_0_TO_1") {
        m_op.attributes = ClipAttributes{0, 1, true};
    }
    return true;
}

bool TfliteTranslator::beBatchMatMul()
{
    const auto* options = m_source.options_as_BatchMatMulOptions();
    if (!options || !has(1) || shape(0).size() < 2 || shape(1).size() < 2) {
        return false;
    }
    if (options->adj_x()) {
        transposeLast(0);
    }
    if (options->adj_y()) {
        transposeLast(1);
    }
    return true;
}

bool TfliteTranslator::translate()
{
    const std::string_view name = m_entry.name;
    const bool hasData = has(0) && !m_op.outputs.empty() && m_op.outputs[0].isValid();
    if (!hasData) {
        return false;
    }
    if (m_entry.same == "Conv") {
        return name == "CONV_2D" ? beConv() : beDepthwise();
    }
    if (m_entry.same == "AveragePool" || m_entry.same == "MaxPool") {
        return bePool();
    }
    if (m_entry.same == "Gemm") {
        return beFullyConnected();
    }
    if (m_entry.same == "Reshape") {
        return beReshape();
    }
    if (m_entry.same.starts_with("Reduce")) {
        return beReduce();
    }
    if (m_entry.same.starts_with("Arg")) {
        return beArg();
    }
    if (m_entry.same == "Slice") {
        return name == "SLICE" ? beSlice() : name == "REVERSE_V2" ? beReverse() : beStridedSlice();
    }
    if (m_entry.same == "Split") {
        return name == "UNPACK" ? beUnpack() : beSplit(name == "SPLIT_V");
    }
    if (m_entry.same == "Pad") {
        return bePad();
    }
    if (m_entry.same == "Transpose") {
        return beTranspose();
    }
    if (m_entry.same == "Resize") {
        return beResize();
    }
    if (const auto* toDepth = m_source.options_as_SpaceToDepthOptions()) {
        return beBlocks(toDepth->block_size());
    }
    if (const auto* toSpace = m_source.options_as_DepthToSpaceOptions()) {
        return beBlocks(toSpace->block_size());
    }
    if (m_entry.same == "SpaceToDepth" || m_entry.same == "DepthToSpace") {
        return false;
    }
    if (m_entry.same == "Add" || m_entry.same == "Sub" || m_entry.same == "Mul" ||
        m_entry.same == "Div") {
        return beBinary();
    }
    if (m_entry.same == "Concat") {
        return name == "PACK" ? bePack() : beConcat();
    }
    if (m_entry.same == "Gather") {
        return beGather();
    }
    return m_entry.same == "MatMul" ? beBatchMatMul() : beUnary();
}

Status translateTflite(Model& model, const tflite::Operator& source, const TfliteEntry& entry,
                       Operator& op, std::vector<Operator>& before, std::vector<Operator>& after)
{
    const OperatorEntry* same = entry.same.empty() ? nullptr : findOperator(entry.same);
    if (!same) {
        return Done{};
    }
    if (!TfliteTranslator(model, source, entry, op, before, after).translate()) {
        return Done{}; // planned from its shapes
    }
    op.kind = entry.name == "RSQRT"    ? OperatorKind::Rsqrt
              : entry.name == "SQUARE" ? OperatorKind::Square
                                       : same->kind;
    // Where the table's operator is steered by inputs, this one's are attributes by now.
    op.controlInputs = op.inputs.size() > 1 ? same->controlInputs : 0;
    return Done{};
}

} // namespace tidemark
