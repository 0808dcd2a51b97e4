// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <onnx/onnx_pb.h>

#include <random>

namespace tidemark::test {

/// Changes one field somewhere in the message, so that the file still parses: a number to one that
/// is likely to hurt, a text to another of the message, an element of a list copied, dropped or
/// exchanged. Bytes of weights are left alone.
void mutate(onnx::ModelProto& model, std::mt19937& random);

} // namespace tidemark::test
