// SPDX-License-Identifier: Apache-2.0
// selftest.h and selftest.c: a made-up input and the outputs the host's kernels make of it.
#include "core/bundle/bundle_content.h"
#include "core/bundle/c_text.h"
#include "core/bundle/element_text.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tidemark {

namespace {

constexpr std::uint32_t kSeed = 20240229;
/// More would tell little and cost flash.
constexpr std::size_t kMostOutputs = 1024;

/// The generator's twin in C is in selftestSource(): the same integers, the same exact division.
class Samples {
public:
    explicit Samples(std::size_t input) : m_state(kSeed + static_cast<std::uint32_t>(input)) {}

    std::uint32_t next()
    {
        m_state = m_state * 1664525U + 1013904223U;
        return m_state >> 8;
    }

private:
    std::uint32_t m_state;
};

/// 1e-5 of the outputs' range, for compilers that contract to fused multiply-add.
float tolerance(std::span<const std::byte> bytes)
{
    float low = 0;
    float high = 0;
    for (std::size_t i = 0; i + sizeof(float) <= bytes.size(); i += sizeof(float)) {
        float value = 0;
        std::memcpy(&value, &bytes[i], sizeof value);
        if (std::isfinite(value)) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    return 1e-5F * (high - low);
}

/// The expected elements of output i, and the check of them.
struct OutputCheck {
    std::string table, check;
};

OutputCheck checkOf(const BundleContent& content, std::size_t i)
{
    const DataType type = content.network()[content.network().outputs[i]].type;
    const auto width = static_cast<std::size_t>(elementBytes(type).count());
    std::span<const std::byte> bytes = content.expectedOutputs[i];
    bytes = bytes.first(std::min(bytes.size(), kMostOutputs * width));
    const bool isFloat = type == DataType::Float32;
    const std::string index = std::to_string(i);
    const std::string suffix = i == 0 ? "" : "_" + index;
    const std::string count = std::to_string(bytes.size() / width);
    const std::string test = isFloat
                                 ? "differs(output@suffix@[i], expected@suffix@[i], " +
                                       floatConstant(tolerance(bytes)) + " /* 1e-5 of the range */)"
                                 : "output@suffix@[i] != expected@suffix@[i]";
    OutputCheck made;
    made.table = filled("\nstatic const @type@ expected@suffix@[@count@] = {\n@values@};\n",
                        {{"type", std::string(cType(type))},
                         {"suffix", suffix},
                         {"count", count},
                         {"values", elementConstants(type, bytes, "    ")}});
    made.check = filled(filled(R"(    {
        const @type@* output@suffix@ = tm_model_output@suffix@();
        for (int32_t i = 0; i < @count@; ++i) {
            failures += @test@;
        }
    }
)",
                               {{"type", std::string(cType(type))},
                                {"count", count},
                                {"test", test},
                                {"suffix", "@suffix@"}}),
                        {{"suffix", suffix}});
    return made;
}

/// Statements that make input i and, for the first of a streamed model, push it.
std::string fillText(const BundleContent& content, std::size_t i)
{
    const DataType type = content.network()[content.network().inputs[i]].type;
    const std::string cName(cType(type));
    const bool isFloat = type == DataType::Float32;
    constexpr std::string_view kWhole = R"(    state = SEED + @index@U;
    for (int32_t i = 0; i < TM_INPUT@suffix@_ELEMENTS; ++i) {
        tm_model_input@suffix@()[i] = @sample@;
    }
)";
    constexpr std::string_view kRows = R"(    state = SEED;
    tm_model_begin();
    for (int32_t row = 1; row <= TM_INPUT_ROWS; ++row) {
        @type@* const to = tm_model_input();
        for (int32_t i = 0; i < TM_INPUT_WIDTH * TM_INPUT_CHANNELS; ++i) {
            to[i] = @sample@;
        }
        failures += tm_model_push_row(to) != TM_INPUT_ROWS - row;
    }
)";
    return filled(i == 0 && content.driver.streams() ? kRows : kWhole,
                  {{"index", std::to_string(i)},
                   {"suffix", i == 0 ? "" : "_" + std::to_string(i)},
                   {"type", cName},
                   {"sample", isFloat ? "(float)sample(&state) * (1.0f / 16777216.0f)"
                                      : "(" + cName + ")(sample(&state) >> 16)"}});
}

} // namespace

std::vector<std::vector<std::byte>> selftestInputs(const Network& network)
{
    std::vector<std::vector<std::byte>> inputs;
    for (const ValueId id : network.inputs) {
        Samples samples(inputs.size());
        const Value& input = network[id];
        const auto width = static_cast<std::size_t>(elementBytes(input.type).count());
        std::vector<std::byte> bytes(static_cast<std::size_t>(input.bytes().count()));
        for (std::size_t i = 0; i + width <= bytes.size(); i += width) {
            const std::uint32_t sample = samples.next();
            const float real = static_cast<float>(sample) * (1.0F / 16777216.0F);
            std::uint64_t whole = sample >> 16;
            if (input.type == DataType::Int8 && whole > 127) {
                whole |= ~std::uint64_t{0xff}; // int8_t keeps the low byte
            }
            if (input.type == DataType::Float32) {
                std::memcpy(&bytes[i], &real, sizeof real);
            } else {
                std::memcpy(&bytes[i], &whole, width);
            }
        }
        inputs.push_back(std::move(bytes));
    }
    return inputs;
}

std::string selftestHeader(const BundleContent& content)
{
    return fileHead(content, "Self-test") + R"(#ifndef TM_SELFTEST_H
#define TM_SELFTEST_H

#ifdef __cplusplus
extern "C" {
#endif

/* Runs the model on a made-up input and compares with the outputs that the same kernels made on
 * the host. Overwrites input and output. 0 = passed. */
int tm_selftest(void);

#ifdef __cplusplus
}
#endif

#endif
)";
}

std::string selftestSource(const BundleContent& content)
{
    std::string tables, checks, fills;
    bool hasFloats = false;
    for (std::size_t i = content.network().inputs.size(); i-- > 0;) {
        fills += fillText(content, i); // the first one last: it may be streamed
    }
    fills += content.driver.streams() ? "" : "    tm_model_run();\n";
    for (std::size_t i = 0; i < content.network().outputs.size(); ++i) {
        const OutputCheck check = checkOf(content, i);
        tables += check.table;
        checks += check.check;
        hasFloats =
            hasFloats || content.network()[content.network().outputs[i]].type == DataType::Float32;
    }
    constexpr const char* kDiffers = R"(
static int differs(float got, float wanted, float tolerance)
{
    const float error = got < wanted ? wanted - got : got - wanted;
    const int both_nan = got != got && wanted != wanted;
    return !(got == wanted || both_nan || error <= tolerance);
}
)";
    return fileHead(content, "Self-test") + filled(R"(#include "selftest.h"

#include "kernels/tm_kernels.h"
#include "model.h"

#define SEED @seed@U
@tables@
/* 24 bits: as a fraction of 2^24 exact in float, their upper 8 bits a byte. */
static uint32_t sample(uint32_t* state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}
@differs@
int tm_selftest(void)
{
    uint32_t state;
    int failures = 0;
@fills@@checks@    return failures;
}
)",
                                                   {{"seed", std::to_string(kSeed)},
                                                    {"tables", tables},
                                                    {"differs", hasFloats ? kDiffers : ""},
                                                    {"fills", fills},
                                                    {"checks", checks}});
}

} // namespace tidemark
