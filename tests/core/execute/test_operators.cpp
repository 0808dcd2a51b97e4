// SPDX-License-Identifier: Apache-2.0
// Every operator: kernels against the reference, the row contract, the forms a kernel has.
#include <QtTest> // first: moc 6.4 stumbles over <compare> otherwise

#include "core/execute/execute.h"
#include "core/execute/kernel_call.h"
#include "core/execute/kernel_fields.h"
#include "core/lower/kernel_tables.h"
#include "core/reference/reference.h"
#include "core/schedule/kernel_contract.h"
#include "operator_networks.h"
#include "tests/support/soak.h"

#include <cmath>
#include <cstring>
#include <memory>

using namespace tidemark;
using namespace tidemark::handmade;

namespace {

constexpr unsigned kSeeds = 40;

/// What a kernel may rely on: an element's own alignment, four at most.
std::size_t alignmentOf(DataType type)
{
    return std::min<std::size_t>(4, static_cast<std::size_t>(elementBytes(type).count()));
}

/// Bytes alone in their memory between guards; ASan sees their ends, too. They lie at a multiple of
/// their alignment that is none of twice as much, so that UBSan sees a kernel that wants more.
class Guarded {
public:
    Guarded(std::span<const std::byte> bytes, std::size_t alignment)
        : m_bytes(bytes.begin(), bytes.end()), m_alignment(alignment)
    {
        fill();
    }
    Guarded(std::size_t size, std::byte pattern, std::size_t alignment)
        : m_bytes(size, pattern), m_alignment(alignment)
    {
        fill();
    }

    std::byte* data() { return m_memory.get() + before(); }
    /// Guards intact, and the bytes still what they were.
    bool isUnchanged() const
    {
        return guardsIntact() &&
               std::memcmp(m_memory.get() + before(), m_bytes.data(), m_bytes.size()) == 0;
    }
    bool guardsIntact() const
    {
        const auto isMark = [](std::byte byte) { return byte == kMark; };
        const std::byte* const after = m_memory.get() + before() + m_bytes.size();
        return std::all_of(m_memory.get(), m_memory.get() + before(), isMark) &&
               std::all_of(after, after + kGuard, isMark);
    }
    std::vector<std::byte> bytes() const
    {
        return {m_memory.get() + before(), m_memory.get() + before() + m_bytes.size()};
    }

private:
    std::size_t before() const { return kGuard + m_alignment; }
    void fill()
    {
        const std::size_t size = m_bytes.size() + before() + kGuard;
        m_memory = std::make_unique<std::byte[]>(size);
        std::fill_n(m_memory.get(), size, kMark);
        std::copy(m_bytes.begin(), m_bytes.end(), data());
    }

    static constexpr std::size_t kGuard = 16;
    static constexpr std::byte kMark{0xa5};
    std::vector<std::byte> m_bytes;
    std::size_t m_alignment;
    std::unique_ptr<std::byte[]> m_memory;
};

/// One stage's call with every row of every input, and every constant, in memory of its own.
class TracedCall {
public:
    TracedCall(const Network& network, const KernelCall& call,
               const std::vector<std::vector<std::byte>>& inputs)
        : m_call(call), m_outputAlignment(alignmentOf(network[call.output].type))
    {
        for (const auto id : call.constants) {
            m_constants.push_back(id ? std::make_unique<Guarded>(network[*id].data.bytes(),
                                                                 alignmentOf(network[*id].type))
                                     : nullptr);
        }
        for (const KernelInput& input : call.inputs) {
            std::span<const std::byte> bytes;
            std::size_t alignment = 1;
            if (const auto* value = std::get_if<ValueId>(&input.source)) {
                const auto at = std::ranges::find(network.inputs, *value) - network.inputs.begin();
                bytes = inputs[static_cast<std::size_t>(at)];
                alignment = alignmentOf(network[*value].type);
            } else {
                const Constant& constant = network[std::get<ConstantId>(input.source)];
                bytes = constant.data.bytes();
                alignment = alignmentOf(constant.type);
            }
            auto& rows = m_rows.emplace_back();
            for (std::int32_t r = 0; r < input.window.rows; ++r) {
                const auto rowBytes = static_cast<std::size_t>(input.window.rowBytes);
                rows.push_back(std::make_unique<Guarded>(
                    bytes.subspan(static_cast<std::size_t>(r) * rowBytes, rowBytes), alignment));
            }
        }
    }

    std::vector<const void*> table(std::int64_t row)
    {
        std::vector<const void*> entries;
        for (std::size_t i = 0; i < m_rows.size(); ++i) {
            const RowWindow& window = m_call.inputs[i].window;
            for (std::int32_t k = 0; k < window.count; ++k) {
                const std::int32_t at = window.topRow(row) + k;
                entries.push_back(at < 0 || at >= window.rows
                                      ? nullptr
                                      : m_rows[i][static_cast<std::size_t>(at)]->data());
            }
        }
        return entries;
    }
    std::vector<const void*> constants()
    {
        std::vector<const void*> addresses;
        for (const auto& constant : m_constants) {
            addresses.push_back(constant ? constant->data() : nullptr);
        }
        return addresses;
    }
    std::vector<std::byte> run(std::int64_t row, std::byte pattern, bool& intact)
    {
        Guarded dst(static_cast<std::size_t>(m_call.outputRowBytes), pattern, m_outputAlignment);
        runKernel(m_call, dst.data(), table(row).data(), constants());
        intact = intact && dst.guardsIntact() && isUnchanged();
        return dst.bytes();
    }
    /// The scratch is what the kernel asks for and no byte more.
    std::vector<std::byte> runWithScratch(std::int64_t row, bool& intact)
    {
        Guarded dst(static_cast<std::size_t>(m_call.outputRowBytes), std::byte{0},
                    m_outputAlignment);
        Guarded scratch(scratchBytes(m_call), std::byte{0x55}, 8);
        runKernel(m_call, dst.data(), table(row).data(), constants(), scratch.data());
        intact = intact && dst.guardsIntact() && scratch.guardsIntact() && isUnchanged();
        return dst.bytes();
    }
    Guarded& row(std::size_t input, std::int64_t r)
    {
        return *m_rows[input][static_cast<std::size_t>(r)];
    }
    bool isUnchanged() const
    {
        for (const auto& rows : m_rows) {
            for (const auto& row : rows) {
                if (!row->isUnchanged()) {
                    return false;
                }
            }
        }
        return std::ranges::all_of(m_constants,
                                   [](const auto& c) { return !c || c->isUnchanged(); });
    }

private:
    const KernelCall& m_call;
    std::size_t m_outputAlignment;
    std::vector<std::unique_ptr<Guarded>> m_constants;
    std::vector<std::vector<std::unique_ptr<Guarded>>> m_rows;
};

QByteArray nameOf(const std::string& kind, DataType type, unsigned seed)
{
    return QByteArray::fromStdString(kind + " " + std::string(toString(type)) + " seed " +
                                     std::to_string(seed));
}

bool agree(DataType type, const std::vector<float>& got, const std::vector<float>& wanted)
{
    float largest = 1;
    for (const float x : wanted) {
        largest = std::isfinite(x) ? std::max(largest, std::abs(x)) : largest;
    }
    for (std::size_t i = 0; i < got.size(); ++i) {
        const bool same = got[i] == wanted[i] || (std::isnan(got[i]) && std::isnan(wanted[i]));
        const bool close =
            type == DataType::Float32 && std::abs(got[i] - wanted[i]) <= 1e-5F * largest;
        if (!same && !close) {
            qWarning("element %zu is %g, wanted %g", i, static_cast<double>(got[i]),
                     static_cast<double>(wanted[i]));
            return false;
        }
    }
    return got.size() == wanted.size();
}

std::vector<std::vector<float>> allNumbers(const Network& network,
                                           const std::vector<std::vector<std::byte>>& inputs)
{
    std::vector<std::vector<float>> numbers;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        numbers.push_back(numbersOf(network[network.inputs[i]].type, inputs[i]));
    }
    return numbers;
}

} // namespace

class TestOperators : public QObject {
    Q_OBJECT

private:
    static void addKinds()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<bool>("int8");
        for (const std::string& kind : operatorKinds()) {
            const QString name = QString::fromStdString(kind);
            QTest::newRow(qPrintable(name + " fp32")) << name << false;
            QTest::newRow(qPrintable(name + " int8")) << name << true;
        }
    }
    /// Calls `check` with many networks of the kind the data row names.
    template <class F> static void forNetworks(unsigned seeds, F check)
    {
        QFETCH(QString, kind);
        QFETCH(bool, int8);
        const DataType type = int8 ? DataType::Int8 : DataType::Float32;
        for (unsigned seed = 1, last = tidemark::test::soakRounds(seeds); seed <= last; ++seed) {
            const Extents extents = seed % 5 == 0 ? Extents::Odd : Extents::Small;
            const Network network =
                withKernelTables(operatorNetwork(kind.toStdString(), type, seed, extents));
            check(network, operatorInputs(network, seed), nameOf(kind.toStdString(), type, seed));
            if (QTest::currentTestFailed()) {
                return;
            }
        }
    }

private slots:
    void kernelsAgreeWithTheReference_data() { addKinds(); }
    void kernelsAgreeWithTheReference()
    {
        forNetworks(kSeeds, [](const Network& network, const auto& inputs, const QByteArray& name) {
            const auto values = runUnplanned(network, inputs);
            QVERIFY2(values, values ? "" : (name + values.error().text().c_str()).constData());
            const auto wanted = runReference(network, allNumbers(network, inputs));
            QVERIFY2(wanted, wanted ? "" : (name + wanted.error().text().c_str()).constData());
            const ValueId out = network.outputs.front();
            QVERIFY2(agree(network[out].type, numbersOf(network[out].type, (*values)[out.index()]),
                           (*wanted)[out.index()]),
                     name);
        });
    }

    /// Guards stay, sources stay, and every byte of dst is written, whatever was there.
    void kernelsTouchTheirRowsAlone_data() { addKinds(); }
    void kernelsTouchTheirRowsAlone()
    {
        forNetworks(kSeeds, [](const Network& network, const auto& inputs, const QByteArray& name) {
            const auto call = kernelCall(network, network.stages.front());
            QVERIFY2(call, call ? "" : call.error().text().c_str());
            TracedCall traced(network, *call, inputs);
            for (std::int32_t row = 0; row < call->outputRows; ++row) {
                bool intact = true;
                const auto first = traced.run(row, std::byte{0}, intact);
                const auto second = traced.run(row, std::byte{0xff}, intact);
                const auto third = traced.runWithScratch(row, intact);
                QVERIFY2(intact, name);
                QVERIFY2(first == second && first == third, name);
            }
        });
    }

    /// Rows that inputRows() says are not read may hold anything.
    void kernelsReadNoOtherRows_data() { addKinds(); }
    void kernelsReadNoOtherRows()
    {
        forNetworks(10, [](const Network& network, const auto& inputs, const QByteArray& name) {
            const Stage& stage = network.stages.front();
            const auto call = kernelCall(network, stage);
            QVERIFY(call);
            for (std::int32_t row = 0; row < call->outputRows; ++row) {
                TracedCall plain(network, *call, inputs);
                auto disturbed = inputs;
                for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
                    const RowRange range = inputRows(network, stage, i, row);
                    const Value& value = network[stage.inputs[i]];
                    const auto at =
                        std::ranges::find(network.inputs, stage.inputs[i]) - network.inputs.begin();
                    auto& bytes = disturbed[static_cast<std::size_t>(at)];
                    const auto rowBytes = static_cast<std::size_t>(value.rowBytes().count());
                    for (std::int64_t r = 0; r < value.rows; ++r) {
                        if (r < range.begin || r >= range.end) {
                            const auto begin =
                                bytes.begin() +
                                static_cast<std::ptrdiff_t>(static_cast<std::size_t>(r) * rowBytes);
                            std::fill_n(begin, rowBytes, std::byte{0x7f});
                        }
                    }
                }
                TracedCall other(network, *call, disturbed);
                bool intact = true;
                QVERIFY2(plain.run(row, std::byte{1}, intact) ==
                             other.run(row, std::byte{1}, intact),
                         name);
            }
        });
    }

    /// What the planner believes of in-place kernels: a row may be written where it is read.
    void claimedInPlace_data() { addKinds(); }
    void claimedInPlace()
    {
        forNetworks(10, [&](const Network& network, const auto& inputs, const QByteArray& name) {
            const Stage& stage = network.stages.front();
            const auto call = kernelCall(network, stage);
            QVERIFY(call);
            for (const std::size_t claimed : inPlaceInputs(network, stage)) {
                const auto at = std::ranges::find_if(call->inputs, [&](const KernelInput& input) {
                    const auto* value = std::get_if<ValueId>(&input.source);
                    return value && *value == stage.inputs[claimed];
                });
                QVERIFY(at != call->inputs.end());
                const auto input = static_cast<std::size_t>(at - call->inputs.begin());
                TracedCall apart(network, *call, inputs);
                TracedCall shared(network, *call, inputs);
                for (std::int32_t row = 0; row < call->outputRows; ++row) {
                    bool intact = true;
                    const auto wanted = apart.run(row, std::byte{0}, intact);
                    Guarded& both = shared.row(input, row);
                    const auto table = shared.table(row);
                    runKernel(*call, both.data(), table.data(), shared.constants());
                    QVERIFY2(both.guardsIntact() && both.bytes() == wanted, name);
                }
            }
        });
    }

    /// The longest sums of extreme numbers, against 64-bit arithmetic.
    void longSums_data()
    {
        QTest::addColumn<QString>("kind");
        for (const char* kind :
             {"conv", "depthwise conv", "pooled conv", "residual conv", "max pool", "average pool",
              "mean", "rounded mean", "sum", "fully connected", "matmul", "sequence fc", "add",
              "sub", "mul", "softmax", "log softmax"}) {
            QTest::newRow(kind) << kind;
        }
    }
    void longSums()
    {
        QFETCH(QString, kind);
        for (unsigned seed = 1; seed <= 12; ++seed) {
            const Network network = withKernelTables(
                operatorNetwork(kind.toStdString(), DataType::Int8, seed, Extents::Deep));
            auto inputs = operatorInputs(network, seed);
            for (auto& bytes : inputs) { // all lowest, all highest, or in turn
                for (std::size_t i = 0; i < bytes.size(); ++i) {
                    const bool isLow = seed % 3 == 0 ? i % 2 == 0 : seed % 3 == 1;
                    bytes[i] = isLow ? std::byte{0x80} : std::byte{0x7f};
                }
            }
            const auto values = runUnplanned(network, inputs);
            const auto wanted = runReference(network, allNumbers(network, inputs));
            QVERIFY2(values && wanted, nameOf(kind.toStdString(), DataType::Int8, seed));
            const std::size_t out = network.outputs.front().index();
            QVERIFY2(
                agree(DataType::Int8, numbersOf(DataType::Int8, (*values)[out]), (*wanted)[out]),
                nameOf(kind.toStdString(), DataType::Int8, seed));
        }
    }

    void gatheringGivesTheSameBits_data() { addKinds(); }
    void gatheringGivesTheSameBits()
    {
        QFETCH(QString, kind);
        const bool gathers =
            QStringList{"mean", "rounded mean", "sum", "maximum", "minimum", "fully connected"}
                .contains(kind);
        forNetworks(gathers ? kSeeds : 3, [&](const Network& network, const auto& inputs,
                                              const QByteArray& name) {
            const Stage& stage = network.stages.front();
            const auto* reduction = std::get_if<ReduceOp>(&stage.op);
            const auto call = kernelCall(network, stage, KernelForm::Gathering);
            QCOMPARE(bool(call), gathers && !(reduction && !reduction->rows));
            if (!call) {
                return;
            }
            const auto whole = kernelCall(network, stage);
            QVERIFY(whole);
            TracedCall rows(network, *call, inputs);
            TracedCall wholeRows(network, *whole, inputs);
            Guarded acc(static_cast<std::size_t>(accumulatorBytes(*call)), std::byte{0x33}, 4);
            Guarded dst(static_cast<std::size_t>(call->outputRowBytes), std::byte{0},
                        alignmentOf(network[call->output].type));
            beginGathering(*call, acc.data(), rows.constants());
            for (std::int32_t r = 0; r < call->inputs.front().window.rows; ++r) {
                gatherRow(*call, acc.data(), rows.row(0, r).data(), r, rows.constants());
            }
            endGathering(*call, dst.data(), acc.data(), rows.constants());
            bool intact = true;
            QVERIFY2(dst.bytes() == wholeRows.run(0, std::byte{0}, intact), name);
            QVERIFY2(intact && acc.guardsIntact() && dst.guardsIntact() && rows.isUnchanged(),
                     name);
        });
    }

    /// Generated code and the executor know a kernel's parameters by kernel_fields.h: none is
    /// missing there.
    void fieldsAreComplete()
    {
        std::size_t kernels = 0;
        const auto check = [&](auto params, const char* name) {
            std::size_t bytes = 0;
            forFields(params, [&](const char*, auto& field) { bytes += sizeof field; });
            const std::size_t alignment = alignof(decltype(params));
            QVERIFY2((bytes + alignment - 1) / alignment * alignment == sizeof params, name);
            ++kernels;
        };
#define CHECK_FIELDS(name) check(tm_##name##_params{}, #name);
        TIDEMARK_KERNELS(CHECK_FIELDS)
#undef CHECK_FIELDS
        QCOMPARE(kernels, std::variant_size_v<KernelParams> - 1); // one alternative is none
    }

    void viewsLieInTheirBases()
    {
        Network network = operatorNetwork("concat rows", DataType::Int8, 5);
        const Network plain = network;
        // A clamp that does nothing reads the last row of the concat's output as a view.
        Value view = network[network.outputs.front()];
        view.storage = Storage{network.outputs.front(), (view.rows - 1) * view.rowElements()};
        view.rows = 1;
        network.values.push_back(view);
        view.storage.reset();
        network.values.push_back(view);
        Stage stage;
        stage.name = "reader";
        stage.op = ClampOp{};
        stage.inputs = {ValueId(network.values.size() - 2)};
        stage.outputs = {ValueId(network.values.size() - 1)};
        network.stages.push_back(stage);
        const auto inputs = operatorInputs(network, 3);
        const auto values = runUnplanned(network, inputs);
        QVERIFY2(values, values ? "" : values.error().text().c_str());
        const auto& whole = (*values)[network.outputs.front().index()];
        const auto& last = values->back();
        QVERIFY(std::equal(last.begin(), last.end(), whole.end() - last.size()));
        QVERIFY((*values)[values->size() - 2] == last);
        const auto numbers = runReference(network, allNumbers(network, inputs));
        QVERIFY(numbers);
        QVERIFY(numbers->back() == numbersOf(DataType::Int8, last));
        network.values[network.values.size() - 2].storage->elementOffset += 1;
        QVERIFY(!runUnplanned(network, inputs));
    }
};

QTEST_APPLESS_MAIN(TestOperators)
#include "test_operators.moc"
