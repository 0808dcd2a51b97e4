// SPDX-License-Identifier: Apache-2.0
#include "tests/core/import/model_builder.h"

#include "core/import/operator_order.h"
#include "core/import/operator_table.h"
#include "core/import/shape_inference.h"

#include <iostream>

namespace tidemark::test {

TensorId ModelBuilder::add(Tensor tensor)
{
    m_model.tensors.push_back(std::move(tensor));
    return TensorId(m_model.tensors.size() - 1);
}

TensorId ModelBuilder::input(const std::string& name, Shape shape, DataType type)
{
    m_model.inputs.push_back(add({name, type, std::move(shape), {}, {}}));
    return m_model.inputs.back();
}

TensorId ModelBuilder::constant(const std::string& name, Shape shape,
                                const std::vector<float>& elements)
{
    return add({name, DataType::Float32, std::move(shape), {}, ConstantData::of(elements)});
}

TensorId ModelBuilder::integers(const std::string& name, const Integers& elements)
{
    return add({name,
                DataType::Int64,
                Shape{static_cast<std::int64_t>(elements.size())},
                {},
                ConstantData::of(elements)});
}

TensorId ModelBuilder::bytes(const std::string& name, Shape shape, DataType type,
                             const Integers& elements)
{
    const std::vector<std::uint8_t> stored(elements.begin(), elements.end());
    return add({name, type, std::move(shape), {}, ConstantData::of(stored)});
}

TensorId ModelBuilder::weights(const std::string& name, Shape shape)
{
    std::vector<float> elements(static_cast<std::size_t>(*elementCount(shape)));
    for (float& element : elements) {
        element = static_cast<float>(m_random() % 2001) / 1000.0F - 1.0F;
    }
    return constant(name, std::move(shape), elements);
}

TensorId ModelBuilder::absent(const std::string& name, Shape shape)
{
    return add({name, DataType::Float32, std::move(shape), {}, ConstantData()});
}

TensorId ModelBuilder::add(const std::string& type, std::vector<std::optional<TensorId>> inputs,
                           AttributeMap attributes, const std::string& name)
{
    const std::string number = type + "_" + std::to_string(m_model.operators.size());
    Operator op;
    op.name = name.empty() ? number : name;
    op.typeName = type;
    op.inputs = std::move(inputs);
    op.outputs = {add({number + "_out", {}, {}, {}, {}})};
    if (const OperatorEntry* entry = findOperator(type)) {
        op.kind = entry->kind;
        op.controlInputs = entry->controlInputs;
        AttributeReader reader(attributes);
        if (entry->parse) {
            entry->parse(reader, op);
        }
    }
    m_model.operators.push_back(std::move(op));
    return m_model.operators.back().outputs[0];
}

TensorId ModelBuilder::secondOutput()
{
    const std::string name = m_model[m_model.operators.back().outputs[0]].name + "2";
    m_model.operators.back().outputs.push_back(add({name, {}, {}, {}, {}}));
    return m_model.operators.back().outputs.back();
}

Result<Model> ModelBuilder::tryBuild() const
{
    Model model = m_model;
    if (const Status sorted = sortOperators(model); !sorted) {
        return sorted.error();
    }
    if (const Status inferred = inferShapes(model); !inferred) {
        return inferred.error();
    }
    return model;
}

Model ModelBuilder::build() const
{
    auto model = tryBuild();
    if (!model) {
        std::cerr << model.error().text() << '\n';
        std::abort();
    }
    return *model;
}

} // namespace tidemark::test
