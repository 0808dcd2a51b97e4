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
    return fileHead(content, "Self-test") +
           "#ifndef TM_SELFTEST_H\n#define TM_SELFTEST_H\n\n"
           "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
           "/* Runs the model on a made-up input and compares with the outputs that the same\n"
           " * kernels made on the host. Overwrites input and output. 0 = passed. */\n"
           "int tm_selftest(void);\n\n"
           "#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

std::string selftestSource(const BundleContent& content)
{
    const std::vector<float> expected = expectedOutputs(content);
    const std::string count = std::to_string(expected.size());
    return fileHead(content, "Self-test") +
           "#include \"selftest.h\"\n\n#include \"kernels/tm_kernels.h\"\n#include \"model.h\"\n\n"
           "#define SEED " +
           std::to_string(kSeed) + "U\n#define TOLERANCE " + floatConstant(tolerance(expected)) +
           " /* 1e-5 of the range */\n\n" + "static const float expected[" + count + "] = {\n" +
           floatConstants(expected, "    ") +
           "};\n\n"
           "/* In [0, 1), exact in float. */\n"
           "static float sample(uint32_t* state)\n{\n"
           "    *state = *state * 1664525U + 1013904223U;\n"
           "    return (float)(*state >> 8) * (1.0f / 16777216.0f);\n}\n\n"
           "static int differs(float got, float wanted)\n{\n"
           "    const float error = got < wanted ? wanted - got : got - wanted;\n"
           "    const int both_nan = got != got && wanted != wanted;\n"
           "    return !(got == wanted || both_nan || error <= TOLERANCE);\n}\n\n"
           "int tm_selftest(void)\n{\n"
           "    uint32_t state = SEED;\n"
           "    float* input = tm_model_input();\n"
           "    const float* output;\n"
           "    int failures = 0;\n"
           "    for (int32_t i = 0; i < TM_INPUT_ELEMENTS; ++i) {\n"
           "        input[i] = sample(&state);\n    }\n"
           "    tm_model_run();\n"
           "    output = tm_model_output();\n"
           "    for (int32_t i = 0; i < " +
           count +
           "; ++i) {\n"
           "        failures += differs(output[i], expected[i]);\n    }\n"
           "    return failures;\n}\n";
}

} // namespace tidemark
