// SPDX-License-Identifier: Apache-2.0
#include "tests/core/place/fixtures.h"

#include "tests/core/place/network_builder.h"

namespace tidemark::test {

namespace {

constexpr Window square(std::int64_t kernel, std::int64_t stride, std::int64_t before,
                        std::int64_t after)
{
    return {kernel, kernel, stride, stride, 1, 1, before, before, after, after};
}

} // namespace

std::shared_ptr<const Network> lenet5(DataType type)
{
    NetworkBuilder b("lenet5", type);
    ValueId x = b.input(32, 32, 1);
    x = b.pool("pool1", b.conv("conv1", x, 5, 1, 0, 6), 2, 2);
    x = b.pool("pool2", b.conv("conv2", x, 5, 1, 0, 16), 2, 2);
    x = b.fullyConnected("fc1", x, 120);
    x = b.fullyConnected("fc2", x, 84);
    b.output(b.fullyConnected("fc3", x, 10, false));
    return b.build();
}

std::shared_ptr<const Network> randomNetwork(std::mt19937& random)
{
    const auto pick = [&](int low, int high) {
        return std::uniform_int_distribution<int>(low, high)(random);
    };
    NetworkBuilder b("random");
    std::vector<ValueId> values{b.input(pick(4, 9), pick(4, 9), pick(1, 3))};
    const int stages = pick(1, 7);
    for (int s = 0; s < stages; ++s) {
        const std::string name = "s" + std::to_string(s);
        const ValueId from =
            values[static_cast<std::size_t>(pick(0, static_cast<int>(values.size()) - 1))];
        const bool small = b[from].rows < 2 || b[from].width < 2;
        switch (pick(0, 3)) {
        case 0:
            values.push_back(b.conv(name, from, small ? 1 : pick(1, 2), 1, pick(0, 1), pick(1, 4)));
            break;
        case 1:
            values.push_back(b.pool(name, from, small ? 1 : 2, small ? 1 : pick(1, 2)));
            break;
        case 2:
            values.push_back(b.fullyConnected(name, from, pick(1, 9)));
            break;
        default:
            values.push_back(b.join(name, {from, values.back()}));
            break;
        }
    }
    b.output(values.back());
    if (pick(0, 3) == 0) {
        b.output(values[values.size() / 2]);
    }
    return b.build();
}

std::shared_ptr<const Network> cifarNet(DataType type)
{
    NetworkBuilder b("cifar", type);
    ValueId x = b.input(32, 32, 3);
    x = b.pool("pool1", b.conv("conv1", x, 5, 1, 2, 32), 2, 2);
    x = b.pool("pool2", b.conv("conv2", x, 5, 1, 2, 16), 2, 2);
    x = b.pool("pool3", b.conv("conv3", x, 5, 1, 2, 32), 2, 2);
    b.output(b.fullyConnected("fc", x, 10, false));
    return b.build();
}

std::shared_ptr<const Network> keywordNet(DataType type)
{
    NetworkBuilder b("kws", type);
    ValueId x = b.input(49, 10, 1);
    x = b.conv("conv1", x, Window{10, 4, 2, 2, 1, 1, 4, 1, 5, 1}, 64);
    for (int i = 1; i <= 4; ++i) {
        x = b.conv("depthwise" + std::to_string(i), x, square(3, 1, 1, 1), 64, 64);
        x = b.conv("pointwise" + std::to_string(i), x, 1, 1, 0, 64);
    }
    x = b.globalAverage("average", x);
    b.output(b.softmax("softmax", b.fullyConnected("fc", x, 12, false)));
    return b.build();
}

std::shared_ptr<const Network> resNet8(DataType type)
{
    NetworkBuilder b("resnet8", type);
    ValueId x = b.conv("conv1", b.input(32, 32, 3), 3, 1, 1, 16);
    x = b.conv("conv3", b.conv("conv2", x, 3, 1, 1, 16), square(3, 1, 1, 1), 16, 1, 0, x);
    for (const std::int64_t channels : {32, 64}) {
        const std::string stack = "_" + std::to_string(channels);
        const ValueId skip = b.conv("skip" + stack, x, 1, 2, 0, channels);
        const ValueId down = b.conv("down" + stack, x, square(3, 2, 0, 1), channels);
        x = b.conv("conv" + stack, down, square(3, 1, 1, 1), channels, 1, 0, skip);
    }
    x = b.globalAverage("average", x);
    b.output(b.softmax("softmax", b.fullyConnected("fc", x, 10, false)));
    return b.build();
}

std::shared_ptr<const Network> wakeWordNet(DataType type)
{
    NetworkBuilder b("vww", type);
    ValueId x = b.conv("conv1", b.input(96, 96, 3), square(3, 2, 0, 1), 8);
    struct Layer {
        std::int64_t channels, stride;
    };
    int n = 0;
    for (const Layer& layer : {Layer{16, 1},
                               {32, 2},
                               {32, 1},
                               {64, 2},
                               {64, 1},
                               {128, 2},
                               {128, 1},
                               {128, 1},
                               {128, 1},
                               {128, 1},
                               {128, 1},
                               {256, 2},
                               {256, 1}}) {
        const std::string name = std::to_string(++n);
        const std::int64_t channels = b[x].channels;
        x = b.conv("depthwise" + name, x,
                   layer.stride == 2 ? square(3, 2, 0, 1) : square(3, 1, 1, 1), channels, channels);
        x = b.conv("pointwise" + name, x, 1, 1, 0, layer.channels);
    }
    x = b.globalAverage("average", x);
    b.output(b.softmax("softmax", b.fullyConnected("fc", x, 2, false)));
    return b.build();
}

std::shared_ptr<const Network> autoEncoder(DataType type)
{
    NetworkBuilder b("ad", type);
    ValueId x = b.input(1, 1, 640);
    int n = 0;
    for (const std::int64_t width : {128, 128, 128, 128, 8, 128, 128, 128, 128}) {
        x = b.fullyConnected("fc" + std::to_string(++n), x, width);
    }
    b.output(b.fullyConnected("fc10", x, 640, false));
    return b.build();
}

std::shared_ptr<const Network> tflm2513()
{
    NetworkBuilder b("tflm2513", DataType::Int8);
    const ValueId x = b.conv("conv", b.input(125, 90, 1), 3, 1, 1, 32);
    b.output(b.pool("pool", x, 4, 4));
    return b.build();
}

std::shared_ptr<const Board> board(std::int64_t tcm, std::int64_t ssram, std::int64_t mram)
{
    Board made;
    made.id = "test_board";
    made.name = "Test board";
    const auto add = [&](const char* id, BankKind kind, std::uint64_t base, std::int64_t bytes) {
        Bank bank;
        bank.id = id;
        bank.name = id;
        bank.kind = kind;
        bank.base = base;
        bank.capacity = Bytes(bytes);
        bank.readOnlyAtRunTime = kind == BankKind::Mram;
        made.banks.push_back(bank);
    };
    add("TCM", BankKind::Tcm, 0x10000000, tcm);
    add("SSRAM", BankKind::Ssram, 0x20000000, ssram);
    add("MRAM", BankKind::Mram, 0x0, mram);
    made.defaultRam = BankId(0);
    made.defaultConstants = BankId(2);
    made.codeBank = BankId(2);
    made.stackReserve = Bytes(1024);
    return std::make_shared<const Board>(std::move(made));
}

std::shared_ptr<const Board> costedBoard(std::int64_t tcm, std::int64_t ssram, double mramCycles)
{
    Board costed = *board(tcm, ssram);
    const double cycles[] = {0, 1, mramCycles};
    for (std::size_t b = 0; b < costed.banks.size(); ++b) {
        Bank& bank = costed.banks[b];
        for (Parameter* parameter : {&bank.readCycles, &bank.writeCycles}) {
            *parameter = {cycles[b], "cycles", Provenance::Illustrative, "a test"};
        }
        for (Parameter* parameter : {&bank.readEnergy, &bank.writeEnergy}) {
            *parameter = {1 + cycles[b], "pJ/byte", Provenance::Illustrative, "a test"};
        }
        bank.leakage = {100.0 * static_cast<double>(b), "uW", Provenance::Illustrative, "a test"};
    }
    costed.banks[1].powerGroup = "SSRAM";
    costed.core.name = "Cortex-M4F"; // whose kernels were counted
    costed.cyclesPerInstruction = {1, "cycles", Provenance::Illustrative, "a test"};
    costed.supplyVoltage = {1.8, "V", Provenance::Illustrative, "a test"};
    costed.clocksMhz = {{96, "MHz", Provenance::Illustrative, "a test"}};
    costed.activePower = {10, "uA/MHz", Provenance::Illustrative, "a test"};
    return std::make_shared<const Board>(std::move(costed));
}

} // namespace tidemark::test
