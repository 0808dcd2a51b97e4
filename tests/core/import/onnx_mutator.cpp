// SPDX-License-Identifier: Apache-2.0
#include "tests/core/import/onnx_mutator.h"

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace tidemark::test {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

/// A field that is set in one of the messages.
struct Place {
    Message* message;
    const FieldDescriptor* field;
};

class Mutator {
public:
    Mutator(onnx::ModelProto& model, std::mt19937& random) : m_random(random) { collect(model); }

    void run()
    {
        if (m_places.empty()) {
            return;
        }
        const Place place = m_places[below(m_places.size())];
        if (place.field->is_repeated()) {
            changeList(place);
        } else {
            changeOne(place);
        }
    }

private:
    void collect(Message& message)
    {
        std::vector<const FieldDescriptor*> fields;
        message.GetReflection()->ListFields(message, &fields);
        for (const FieldDescriptor* field : fields) {
            m_places.push_back({&message, field});
            if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field->is_repeated()) {
                m_texts.push_back(message.GetReflection()->GetString(message, field));
            }
            if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
                continue;
            }
            const auto* reflection = message.GetReflection();
            if (!field->is_repeated()) {
                collect(*reflection->MutableMessage(&message, field));
                continue;
            }
            for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
                collect(*reflection->MutableRepeatedMessage(&message, field, i));
            }
        }
    }

    std::int64_t number()
    {
        constexpr std::array<std::int64_t, 16> kNumbers{0,
                                                        1,
                                                        2,
                                                        3,
                                                        7,
                                                        -1,
                                                        -2,
                                                        1 << 16,
                                                        1LL << 31,
                                                        1LL << 32,
                                                        1LL << 40,
                                                        1LL << 62,
                                                        -(1LL << 62),
                                                        255,
                                                        100000,
                                                        std::numeric_limits<std::int64_t>::min()};
        return kNumbers[below(kNumbers.size())];
    }

    void changeOne(const Place& place)
    {
        Message* message = place.message;
        const auto* reflection = message->GetReflection();
        if (below(8) == 0) {
            reflection->ClearField(message, place.field);
            return;
        }
        switch (place.field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
            reflection->SetInt32(message, place.field, static_cast<std::int32_t>(below(24)));
            break;
        case FieldDescriptor::CPPTYPE_INT64:
            reflection->SetInt64(message, place.field, number());
            break;
        case FieldDescriptor::CPPTYPE_FLOAT:
            reflection->SetFloat(message, place.field, static_cast<float>(number()));
            break;
        case FieldDescriptor::CPPTYPE_STRING:
            if (place.field->name() != "raw_data") {
                reflection->SetString(message, place.field, m_texts[below(m_texts.size())]);
            }
            break;
        default:
            break;
        }
    }

    void changeList(const Place& place)
    {
        Message* message = place.message;
        const auto* reflection = message->GetReflection();
        const int size = reflection->FieldSize(*message, place.field);
        const int at = static_cast<int>(below(static_cast<std::size_t>(size)));
        const int change = static_cast<int>(below(4));
        if (change == 0) {
            reflection->RemoveLast(message, place.field);
        } else if (change == 1) {
            reflection->SwapElements(message, place.field, at, 0);
        } else if (place.field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
            change == 2 ? reflection->SetRepeatedInt64(message, place.field, at, number())
                        : reflection->AddInt64(message, place.field, number());
        } else if (place.field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
            const std::string text = m_texts.empty() ? "" : m_texts[below(m_texts.size())];
            change == 2 ? reflection->SetRepeatedString(message, place.field, at, text)
                        : reflection->AddString(message, place.field, text);
        } else if (place.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && change == 2) {
            Message* added = reflection->AddMessage(message, place.field);
            added->CopyFrom(reflection->GetRepeatedMessage(*message, place.field, at));
        }
    }

    std::size_t below(std::size_t end) { return m_random() % end; }

    std::mt19937& m_random;
    std::vector<Place> m_places;
    std::vector<std::string> m_texts;
};

} // namespace

void mutate(onnx::ModelProto& model, std::mt19937& random)
{
    Mutator(model, random).run();
}

} // namespace tidemark::test
