// SPDX-License-Identifier: Apache-2.0
#include "core/import/attribute_parsers.h"

#include "core/import/onnx_types.h"

#include <array>
#include <limits>
#include <string>
#include <utility>

namespace tidemark {

namespace {

AutoPad parseAutoPad(AttributeReader& reader)
{
    const std::string text = reader.text("auto_pad", "NOTSET");
    constexpr std::array<std::pair<std::string_view, AutoPad>, 4> kModes{
        {{"NOTSET", AutoPad::Explicit},
         {"SAME_UPPER", AutoPad::SameUpper},
         {"SAME_LOWER", AutoPad::SameLower},
         {"VALID", AutoPad::Valid}}};
    for (const auto& [name, mode] : kModes) {
        if (text == name) {
            return mode;
        }
    }
    reader.refuse("has an unknown auto_pad '" + printable(text) + "'",
                  "it must be NOTSET, SAME_UPPER, SAME_LOWER or VALID");
    return AutoPad::Explicit;
}

/// Reads a per-dimension list of a window into `h` and `w`; 1-D windows run along H.
/// False when the list speaks of three or more dimensions.
bool parsePair(AttributeReader& reader, std::string_view name, std::int64_t& h, std::int64_t& w)
{
    const auto list = reader.integers(name);
    if (!list || list->empty()) {
        return true;
    }
    h = list->front();
    w = list->size() > 1 ? (*list)[1] : 1;
    return list->size() <= 2;
}

bool parsePads(AttributeReader& reader, Window& window)
{
    const auto pads = reader.integers("pads");
    if (!pads || pads->empty()) {
        return true;
    }
    if (pads->size() == 2) {
        window.padTop = (*pads)[0];
        window.padBottom = (*pads)[1];
    } else if (pads->size() == 4) {
        window.padTop = (*pads)[0];
        window.padLeft = (*pads)[1];
        window.padBottom = (*pads)[2];
        window.padRight = (*pads)[3];
    } else if (pads->size() % 2 != 0) {
        reader.refuse("has " + std::to_string(pads->size()) + " pads",
                      "there must be two for every spatial dimension");
    }
    return pads->size() <= 4;
}

/// Nothing for windows over three or more dimensions.
std::optional<Window> parseWindow(AttributeReader& reader)
{
    Window window;
    bool flat = parsePair(reader, "kernel_shape", window.kernelH, window.kernelW);
    flat = parsePair(reader, "strides", window.strideH, window.strideW) && flat;
    flat = parsePair(reader, "dilations", window.dilationH, window.dilationW) && flat;
    flat = parsePads(reader, window) && flat;
    return flat ? std::optional(window) : std::nullopt;
}

} // namespace

void parseConv(AttributeReader& reader, Operator& op)
{
    const auto window = parseWindow(reader);
    const AutoPad autoPad = parseAutoPad(reader);
    if (window) {
        op.attributes = ConvAttributes{*window, autoPad, reader.integer("group", 1),
                                       reader.has("kernel_shape")};
    }
}

void parsePool(AttributeReader& reader, Operator& op)
{
    const auto window = parseWindow(reader);
    const AutoPad autoPad = parseAutoPad(reader);
    const auto kernel = reader.integers("kernel_shape");
    if (!kernel) {
        reader.refuse("has no kernel_shape", "a pool must have one");
    }
    if (window) {
        op.attributes =
            PoolAttributes{*window, autoPad, reader.flag("ceil_mode", false),
                           reader.flag("count_include_pad", false), kernel && kernel->size() == 1};
    }
}

void parseGemm(AttributeReader& reader, Operator& op)
{
    op.attributes = GemmAttributes{reader.real("alpha", 1), reader.real("beta", 1),
                                   reader.flag("transA", false), reader.flag("transB", false)};
}

void parseFlatten(AttributeReader& reader, Operator& op)
{
    op.attributes = FlattenAttributes{reader.integer("axis", 1)};
}

void parseReshape(AttributeReader& reader, Operator& op)
{
    op.attributes = ReshapeAttributes{reader.flag("allowzero", false), reader.integers("shape")};
}

void parseClip(AttributeReader& reader, Operator& op)
{
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    op.attributes =
        ClipAttributes{reader.real("min", -kInfinity), reader.real("max", kInfinity), true};
}

void parseAxes(AttributeReader& reader, Operator& op)
{
    op.attributes = AxesAttributes{reader.integers("axes"), reader.flag("keepdims", true),
                                   reader.flag("noop_with_empty_axes", false)};
}

void parseTranspose(AttributeReader& reader, Operator& op)
{
    op.attributes = TransposeAttributes{reader.integers("perm")};
}

void parseCast(AttributeReader& reader, Operator& op)
{
    const auto type = dataTypeOfOnnx(reader.integer("to", 0));
    if (!type) {
        reader.refuse("casts to a type that is no number",
                      "use real numbers, integers or booleans of 8 to 64 bits");
    }
    op.attributes = CastAttributes{type.value_or(DataType::Float32)};
}

void parseQuantizedType(AttributeReader& reader, Operator& op)
{
    const auto given = reader.integer("output_dtype", 0);
    const auto type = given == 0 ? DataType::UInt8 : dataTypeOfOnnx(given);
    if (!type) {
        reader.refuse("quantises to a type of fewer than 8 bits", "use int8");
    }
    op.attributes = QuantizeAttributes{type.value_or(DataType::UInt8), reader.integer("axis", 1)};
}

void parseSlice(AttributeReader& reader, Operator& op)
{
    op.attributes = SliceAttributes{reader.integers("starts"), reader.integers("ends"),
                                    reader.integers("axes")};
}

void parseSplit(AttributeReader& reader, Operator& op)
{
    op.attributes = SplitAttributes{reader.integer("axis", 0), reader.integers("split")};
}

void parsePad(AttributeReader& reader, Operator& op)
{
    op.attributes =
        PadAttributes{reader.has("pads") ? reader.integers("pads") : reader.integers("paddings"),
                      reader.text("mode", "constant"), reader.real("value", 0)};
}

void parseResize(AttributeReader& reader, Operator& op)
{
    const std::string policy = reader.text("keep_aspect_ratio_policy", "stretch");
    ResizeAttributes resize;
    resize.scales = reader.reals("scales");
    resize.axes = reader.integers("axes");
    resize.stretch = policy == "stretch";
    resize.mode = reader.text("mode", "nearest");
    // Upsample and the first Resize knew one way to find coordinates.
    const bool isOld = reader.opset() < 11;
    resize.coordinates =
        reader.text("coordinate_transformation_mode", isOld ? "asymmetric" : "half_pixel");
    resize.rounding = reader.text("nearest_mode", isOld ? "floor" : "round_prefer_floor");
    resize.extrapolates = reader.flag("antialias", false) || reader.flag("exclude_outside", false);
    op.attributes = std::move(resize);
}

void parseBlock(AttributeReader& reader, Operator& op)
{
    op.attributes =
        BlockAttributes{reader.integer("blocksize", 1), reader.text("mode", "DCR") == "CRD"};
}

void parseConvTranspose(AttributeReader& reader, Operator& op)
{
    parseConv(reader, op);
    ConvTransposeAttributes attributes;
    if (const auto* conv = std::get_if<ConvAttributes>(&op.attributes)) {
        attributes.conv = *conv;
        attributes.outputShape = reader.integers("output_shape");
        parsePair(reader, "output_padding", attributes.outputPadH, attributes.outputPadW);
        op.attributes = std::move(attributes);
    }
}

void parseRecurrent(AttributeReader& reader, Operator& op)
{
    const bool isBidirectional = reader.text("direction", "forward") == "bidirectional";
    op.attributes = RecurrentAttributes{reader.integer("hidden_size", 0), isBidirectional ? 2 : 1,
                                        reader.flag("layout", false)};
}

void parseFill(AttributeReader& reader, Operator& op)
{
    FillAttributes fill;
    if (const Tensor* value = reader.tensor("value")) {
        const auto element = value->constant->bytes();
        fill.type = value->type;
        fill.element.assign(element.begin(), element.end());
        if (static_cast<std::int64_t>(element.size()) != elementBytes(fill.type).count()) {
            reader.refuse("has a value that is not one number", "give one number");
        }
    }
    op.attributes = std::move(fill);
}

void parseSoftmax(AttributeReader& reader, Operator& op)
{
    const bool flattens = reader.opset() < 13;
    op.attributes = SoftmaxAttributes{reader.integer("axis", flattens ? 1 : -1), flattens,
                                      op.typeName == "LogSoftmax"};
}

void parseGelu(AttributeReader& reader, Operator& op)
{
    op.attributes = ScaleAttributes{0, reader.text("approximate", "none") == "tanh" ? 1.0F : 0.0F};
}

void parseEpsilon(AttributeReader& reader, Operator& op)
{
    op.attributes = ScaleAttributes{reader.real("epsilon", 1e-5F)};
}

/// Selu's fallbacks have more digits than a thousandth.
void parseSelu(AttributeReader& reader, Operator& op)
{
    op.attributes = ScaleAttributes{reader.real("alpha", 1.67326319217681884765625F),
                                    reader.real("gamma", 1.05070102214813232421875F)};
}

} // namespace tidemark
