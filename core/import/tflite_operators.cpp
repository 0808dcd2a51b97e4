// SPDX-License-Identifier: Apache-2.0
// What TensorFlow Lite's operators are in the words of the operator table.
#include "core/import/tflite_operators.h"

#include "core/model/constant_elements.h"

#include "tflite_generated.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace tidemark {

namespace {

using Integers = std::vector<std::int64_t>;

AutoPad autoPadOf(int padding)
{
    return padding == 0 ? AutoPad::SameUpper : AutoPad::Valid;
}

/// Translates one operator. Each `be...` returns false where the form has no translation.
class Translator {
public:
    Translator(Model& model, const tflite::Operator& source, const TfliteEntry& entry, Operator& op,
               std::vector<Operator>& before, std::vector<Operator>& after)
        : m_model(model), m_source(source), m_entry(entry), m_op(op), m_before(before),
          m_after(after)
    {
    }

    bool translate();

private:
    bool has(std::size_t input) const { return input < m_op.inputs.size() && m_op.inputs[input]; }
    const Tensor& tensor(std::size_t input) const { return m_model[*m_op.inputs[input]]; }
    const Shape& shape(std::size_t input) const { return *tensor(input).shape; }
    const Tensor& result() const { return m_model[m_op.outputs[0]]; }
    std::optional<Integers> integers(std::size_t input) const
    {
        return has(input) ? constantIntegers(tensor(input)) : std::nullopt;
    }
    void keepInputs(std::size_t count) { m_op.inputs.resize(std::min(count, m_op.inputs.size())); }
    TensorId twin(TensorId like, Shape shape);
    void activate(int activation);
    void reshapeInput(Shape shape);
    void reshapeOutput(Shape inside);

    bool beConv();
    bool beDepthwise();
    bool bePool();
    bool beFullyConnected();
    bool beReshape();
    bool beReduce();
    bool beArg();
    bool beSlice();
    bool beStridedSlice();
    bool beSplit(bool sizesGiven);
    bool bePad();
    bool beTranspose();
    bool beResize();
    bool beBlocks(int size);
    bool beBinary();
    bool beConcat();
    bool beUnary();
    bool beBatchMatMul();
    int binaryActivation() const;

    Model& m_model;
    const tflite::Operator& m_source;
    const TfliteEntry& m_entry;
    Operator& m_op;
    std::vector<Operator>& m_before;
    std::vector<Operator>& m_after;
};

/// A new tensor of another shape, otherwise like one there is.
TensorId Translator::twin(TensorId like, Shape shape)
{
    Tensor tensor = m_model[like];
    tensor.shape = std::move(shape);
    tensor.constant.reset();
    m_model.tensors.push_back(std::move(tensor));
    return TensorId(m_model.tensors.size() - 1);
}

/// Adds the operator that a fused activation is.
void Translator::activate(int activation)
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

void Translator::reshapeInput(Shape shape)
{
    Operator op;
    op.name = m_op.name + "_flatten";
    op.typeName = "RESHAPE";
    op.kind = OperatorKind::Reshape;
    op.attributes = ReshapeAttributes{false, shape};
    op.inputs = {m_op.inputs[0]};
    op.outputs = {twin(*m_op.inputs[0], std::move(shape))};
    m_op.inputs[0] = op.outputs[0];
    m_before.push_back(std::move(op));
}

/// The operator makes `inside`, which is then reshaped to what the file says.
void Translator::reshapeOutput(Shape inside)
{
    Operator op;
    op.name = m_op.name + "_shape";
    op.typeName = "RESHAPE";
    op.kind = OperatorKind::Reshape;
    op.attributes = ReshapeAttributes{true, *result().shape};
    op.outputs = {m_op.outputs[0]};
    m_op.outputs[0] = twin(m_op.outputs[0], std::move(inside));
    op.inputs = {m_op.outputs[0]};
    m_after.push_back(std::move(op));
}

bool Translator::beConv()
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

bool Translator::beDepthwise()
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

bool Translator::bePool()
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

bool Translator::beFullyConnected()
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
        reshapeInput(matrix);
    }
    if (*result().shape != product) {
        reshapeOutput(product);
    }
    if (m_op.inputs.size() > 2 && !m_op.inputs[2]) {
        m_op.inputs.resize(2);
    }
    activate(options->activation());
    return true;
}

/// Reshape, Squeeze and ExpandDims: the result's shape says it all.
bool Translator::beReshape()
{
    keepInputs(1);
    m_op.attributes = ReshapeAttributes{true, *result().shape};
    return true;
}

bool Translator::beReduce()
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

bool Translator::beArg()
{
    const auto axis = integers(1);
    if (!axis || axis->size() != 1) {
        return false;
    }
    keepInputs(1);
    m_op.attributes = AxisAttributes{axis->front(), false, false};
    return true;
}

bool Translator::beSlice()
{
    const auto begin = integers(1);
    const auto size = integers(2);
    const Shape& input = shape(0);
    if (!begin || !size || begin->size() != input.size() || size->size() != input.size()) {
        return false;
    }
    SliceAttributes slice;
    slice.starts = begin;
    slice.ends = Integers();
    for (std::size_t i = 0; i < input.size(); ++i) {
        const bool isInside = (*begin)[i] >= 0 && (*begin)[i] <= input[i] && (*size)[i] >= -1 &&
                              (*size)[i] <= input[i];
        if (!isInside) {
            return false;
        }
        slice.ends->push_back((*size)[i] == -1 ? input[i] : (*begin)[i] + (*size)[i]);
    }
    keepInputs(1);
    m_op.attributes = slice;
    return true;
}

bool Translator::beStridedSlice()
{
    const auto* options = m_source.options_as_StridedSliceOptions();
    const auto begin = integers(1);
    const auto end = integers(2);
    const auto steps = integers(3);
    const Shape& input = shape(0);
    if (!options || !begin || !end || !steps || options->ellipsis_mask() != 0 ||
        options->new_axis_mask() != 0 || options->offset() || begin->size() > input.size() ||
        end->size() != begin->size() || steps->size() != begin->size() || begin->size() > 31) {
        return false;
    }
    constexpr std::int64_t kFar = std::numeric_limits<std::int32_t>::max();
    SliceAttributes slice{Integers(), Integers(), Integers(), Integers()};
    Shape whole = input;
    for (std::size_t i = 0; i < begin->size(); ++i) {
        const auto isSet = [&](int mask) { return (mask >> i & 1) != 0; };
        const bool isForward = (*steps)[i] > 0;
        const bool shrinks = isSet(options->shrink_axis_mask());
        std::int64_t from = (*begin)[i];
        std::int64_t to = (*end)[i];
        if (shrinks) {
            from += from < 0 ? input[i] : 0;
            to = from + 1;
        } else {
            from = isSet(options->begin_mask()) ? (isForward ? 0 : kFar) : from;
            to = isSet(options->end_mask()) ? (isForward ? kFar : -kFar) : to;
        }
        slice.starts->push_back(from);
        slice.ends->push_back(to);
        slice.axes->push_back(static_cast<std::int64_t>(i));
        slice.steps->push_back(shrinks ? 1 : (*steps)[i]);
    }
    if (options->shrink_axis_mask() != 0) {
        // The cut has all axes; those of extent 1 that are shrunk away go with a reshape.
        Shape inside;
        std::size_t next = 0;
        for (std::size_t i = 0; i < input.size(); ++i) {
            const bool shrinks = i < 31 && (options->shrink_axis_mask() >> i & 1) != 0;
            if (!shrinks && next >= result().shape->size()) {
                return false;
            }
            inside.push_back(shrinks ? 1 : (*result().shape)[next++]);
        }
        reshapeOutput(std::move(inside));
    }
    keepInputs(1);
    m_op.attributes = slice;
    return true;
}

bool Translator::beSplit(bool sizesGiven)
{
    const auto axis = integers(sizesGiven ? 2 : 0);
    const auto sizes = sizesGiven ? integers(1) : std::nullopt;
    if (!axis || axis->size() != 1 || (sizesGiven && !sizes)) {
        return false;
    }
    const std::optional<TensorId> input = m_op.inputs[sizesGiven ? 0 : 1];
    if (!input) {
        return false;
    }
    m_op.inputs = {input};
    m_op.attributes = SplitAttributes{axis->front(), sizes};
    return true;
}

bool Translator::bePad()
{
    const auto pairs = integers(1);
    const std::size_t rank = shape(0).size();
    if (!pairs || pairs->size() != 2 * rank) {
        return false;
    }
    PadAttributes pad;
    pad.pads = Integers(2 * rank);
    for (std::size_t i = 0; i < rank; ++i) {
        (*pad.pads)[i] = (*pairs)[2 * i];
        (*pad.pads)[rank + i] = (*pairs)[2 * i + 1];
    }
    if (const auto* mirror = m_source.options_as_MirrorPadOptions()) {
        pad.mode = mirror->mode() == 0 ? "reflect" : "symmetric";
    } else if (m_entry.name == "MIRROR_PAD") {
        return false;
    }
    if (has(2)) { // PADV2
        const auto value = constantReals(tensor(2));
        if (!value || value->size() != 1) {
            return false;
        }
        const auto& q = tensor(2).quantization;
        pad.value = static_cast<float>(q ? (value->front() - q->zeroPoints[0]) *
                                               static_cast<double>(q->scales[0])
                                         : value->front());
    }
    keepInputs(1);
    m_op.attributes = pad;
    return true;
}

bool Translator::beTranspose()
{
    const auto permutation = integers(1);
    if (!permutation) {
        return false;
    }
    keepInputs(1);
    m_op.attributes = TransposeAttributes{permutation};
    return true;
}

bool Translator::beResize()
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

bool Translator::beBlocks(int size)
{
    m_op.attributes = BlockAttributes{size, false};
    return true;
}

int Translator::binaryActivation() const
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

bool Translator::beBinary()
{
    activate(binaryActivation());
    return true;
}

bool Translator::beConcat()
{
    const auto* options = m_source.options_as_ConcatOptions();
    if (!options) {
        return false;
    }
    m_op.attributes = AxisAttributes{options->axis(), true, false};
    activate(options->activation());
    return true;
}

bool Translator::beUnary()
{
    if (const auto* softmax = m_source.options_as_SoftmaxOptions()) {
        m_op.attributes = SoftmaxAttributes{-1, false, false, softmax->beta()};
    } else if (m_entry.name == "SOFTMAX" || m_entry.name == "LOG_SOFTMAX") {
        m_op.attributes = SoftmaxAttributes{-1, false, m_entry.name == "LOG_SOFTMAX", 1};
    } else if (const auto* leaky = m_source.options_as_LeakyReluOptions()) {
        m_op.attributes = ScaleAttributes{leaky->alpha(), 0};
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

bool Translator::beBatchMatMul()
{
    const auto* options = m_source.options_as_BatchMatMulOptions();
    return options && !options->adj_x() && !options->adj_y();
}

bool Translator::translate()
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
        return name == "SLICE" ? beSlice() : beStridedSlice();
    }
    if (m_entry.same == "Split") {
        return beSplit(name == "SPLIT_V");
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
        return beConcat();
    }
    return m_entry.same == "MatMul" ? beBatchMatMul() : beUnary();
}

} // namespace

Status translateTflite(Model& model, const tflite::Operator& source, const TfliteEntry& entry,
                       Operator& op, std::vector<Operator>& before, std::vector<Operator>& after)
{
    const OperatorEntry* same = entry.same.empty() ? nullptr : findOperator(entry.same);
    if (!same) {
        return Done{};
    }
    if (!Translator(model, source, entry, op, before, after).translate()) {
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
