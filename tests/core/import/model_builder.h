// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/import/attribute_reader.h"
#include "core/model/model.h"
#include "core/model/result.h"

#include <random>
#include <string>
#include <vector>

namespace tidemark::test {

using Integers = std::vector<std::int64_t>;

/// Builds models by hand, as the ONNX reader would: operators go through the operator table.
class ModelBuilder {
public:
    TensorId input(const std::string& name, Shape shape, DataType type = DataType::Float32);
    TensorId constant(const std::string& name, Shape shape, const std::vector<float>& elements);
    TensorId integers(const std::string& name, const Integers& elements);
    /// A constant of int8 or uint8.
    TensorId bytes(const std::string& name, Shape shape, DataType type, const Integers& elements);
    /// A constant with elements from -1 to 1, always the same ones.
    TensorId weights(const std::string& name, Shape shape);
    /// A constant whose data is not there.
    TensorId absent(const std::string& name, Shape shape);
    /// Adds an operator (named `name`, or TYPE_INDEX) and gives its first output, TYPE_INDEX_out.
    TensorId add(const std::string& type, std::vector<std::optional<TensorId>> inputs,
                 AttributeMap attributes = {}, const std::string& name = "");
    /// One more output for the operator added last.
    TensorId secondOutput();
    void output(TensorId id) { m_model.outputs.push_back(id); }
    Model& model() { return m_model; }

    /// The model with its operators in order and its shapes inferred.
    Result<Model> tryBuild() const;
    Model build() const; ///< aborts the test program on an error

private:
    TensorId add(Tensor tensor);

    Model m_model;
    std::mt19937 m_random{1};
};

} // namespace tidemark::test
