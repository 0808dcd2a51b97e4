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

} // namespace tidemark
