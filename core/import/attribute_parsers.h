// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/import/attribute_reader.h"
#include "core/model/operator.h"

namespace tidemark {

// One parser per kind of Attributes: each reads what the ONNX operator specification names and sets
// `op.attributes`. Windows over three spatial dimensions leave the attributes empty.
void parseConv(AttributeReader& reader, Operator& op);
void parsePool(AttributeReader& reader, Operator& op);
void parseGemm(AttributeReader& reader, Operator& op);
void parseFlatten(AttributeReader& reader, Operator& op);
void parseReshape(AttributeReader& reader, Operator& op);
void parseClip(AttributeReader& reader, Operator& op);
void parseAxes(AttributeReader& reader, Operator& op);
void parseTranspose(AttributeReader& reader, Operator& op);
void parseCast(AttributeReader& reader, Operator& op);
void parseQuantizedType(AttributeReader& reader, Operator& op); ///< DequantizeLinear, too
void parseSlice(AttributeReader& reader, Operator& op);
void parseSplit(AttributeReader& reader, Operator& op);
void parsePad(AttributeReader& reader, Operator& op);
void parseResize(AttributeReader& reader, Operator& op);
void parseBlock(AttributeReader& reader, Operator& op);
void parseConvTranspose(AttributeReader& reader, Operator& op);
void parseRecurrent(AttributeReader& reader, Operator& op);
void parseFill(AttributeReader& reader, Operator& op);
void parseSoftmax(AttributeReader& reader, Operator& op); ///< LogSoftmax, too
void parseGelu(AttributeReader& reader, Operator& op);
void parseEpsilon(AttributeReader& reader, Operator& op);
/// `alpha` and `beta` (`gamma` of Selu), where the fallbacks are thousandths of what the
/// specification says.
template <int Alpha, int Beta = 0> void parseScale(AttributeReader& reader, Operator& op)
{
    op.attributes = ScaleAttributes{reader.real("alpha", static_cast<float>(Alpha) / 1000.0F),
                                    reader.real("beta", static_cast<float>(Beta) / 1000.0F)};
}
void parseSelu(AttributeReader& reader, Operator& op);
/// `axis`, where `Fallback` is what the specification says.
template <int Fallback> void parseAxis(AttributeReader& reader, Operator& op)
{
    op.attributes = AxisAttributes{reader.integer("axis", Fallback), reader.flag("keepdims", true),
                                   reader.flag("select_last_index", false)};
}

} // namespace tidemark
