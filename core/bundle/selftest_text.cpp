// SPDX-License-Identifier: Apache-2.0
// selftest.h and selftest.c: a made-up input and the outputs the host's kernels make of it.
#include "core/bundle/bundle_content.h"
#include "core/bundle/c_text.h"

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
    float next()
    {
        m_state = m_state * 1664525U + 1013904223U;
        return static_cast<float>(m_state >> 8) * (1.0F / 16777216.0F);
    }

private:
    std::uint32_t m_state = kSeed;
};

std::vector<float> expectedOutputs(const BundleContent& content)
{
    std::vector<float> values(content.expectedOutput.size() / sizeof(float));
    std::memcpy(values.data(), content.expectedOutput.data(), values.size() * sizeof(float));
    values.resize(std::min(values.size(), kMostOutputs));
    return values;
}

/// 1e-5 of the outputs' range, for compilers that contract to fused multiply-add.
float tolerance(const std::vector<float>& values)
{
    float low = 0;
    float high = 0;
    for (const float value : values) {
        if (std::isfinite(value)) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    return 1e-5F * (high - low);
}

} // namespace

std::vector<std::byte> selftestInput(const Value& input)
{
    std::vector<std::byte> bytes(static_cast<std::size_t>(input.bytes().count()));
    Samples samples;
    for (std::size_t i = 0; i < bytes.size(); i += sizeof(float)) {
        const float value = samples.next();
        std::memcpy(&bytes[i], &value, sizeof value);
    }
    return bytes;
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
    const std::vector<float> expected = expectedOutputs(content);
    return fileHead(content, "Self-test") +
           filled(R"(#include "selftest.h"

#include "kernels/tm_kernels.h"
#include "model.h"

#define SEED @seed@U
#define TOLERANCE @tolerance@ /* 1e-5 of the range */

static const float expected[@count@] = {
@expected@};

/* In [0, 1), exact in float. */
static float sample(uint32_t* state)
{
    *state = *state * 1664525U + 1013904223U;
    return (float)(*state >> 8) * (1.0f / 16777216.0f);
}

static int differs(float got, float wanted)
{
    const float error = got < wanted ? wanted - got : got - wanted;
    const int both_nan = got != got && wanted != wanted;
    return !(got == wanted || both_nan || error <= TOLERANCE);
}

int tm_selftest(void)
{
    uint32_t state = SEED;
    float* input = tm_model_input();
    const float* output;
    int failures = 0;
    for (int32_t i = 0; i < TM_INPUT_ELEMENTS; ++i) {
        input[i] = sample(&state);
    }
    tm_model_run();
    output = tm_model_output();
    for (int32_t i = 0; i < @count@; ++i) {
        failures += differs(output[i], expected[i]);
    }
    return failures;
}
)",
                  {{"seed", std::to_string(kSeed)},
                   {"tolerance", floatConstant(tolerance(expected))},
                   {"count", std::to_string(expected.size())},
                   {"expected", floatConstants(expected, "    ")}});
}

} // namespace tidemark
