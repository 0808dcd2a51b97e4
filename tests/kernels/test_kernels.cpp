// SPDX-License-Identifier: Apache-2.0
// The row kernels against naive loops in double precision, with guard bytes around every row.
#include "kernels/tm_kernels.h"
#include "tests/support/soak.h"

#include <QtTest>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <vector>

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// A row of floats alone in its memory, with guards on both sides; ASan sees its ends too.
class GuardedRow {
public:
    explicit GuardedRow(std::size_t elements)
        : m_elements(elements), m_memory(elements + 2 * kGuards, kGuard)
    {
    }
    float* data() { return m_memory.data() + kGuards; }
    bool guardsIntact() const
    {
        for (std::size_t i = 0; i < kGuards; ++i) {
            if (m_memory[i] != kGuard || m_memory[kGuards + m_elements + i] != kGuard) {
                return false;
            }
        }
        return true;
    }

private:
    static constexpr std::size_t kGuards = 4;
    static constexpr float kGuard = 12345.5F;
    std::size_t m_elements;
    std::vector<float> m_memory;
};

struct Tensor {
    int rows, width, channels;
    std::vector<float> data;

    Tensor(int r, int w, int c)
        : rows(r), width(w), channels(c), data(static_cast<std::size_t>(r) * w * c)
    {
    }
    float at(int y, int x, int c) const { return data[(y * width + x) * channels + c]; }
    bool has(int y, int x) const { return y >= 0 && y < rows && x >= 0 && x < width; }
};

class Random {
public:
    explicit Random(unsigned seed) : m_engine(seed) {}
    int range(int low, int high) // closed
    {
        return low + static_cast<int>(m_engine() % static_cast<unsigned>(high - low + 1));
    }
    float real() { return static_cast<float>(range(-1000, 1000)) / 500.0F; }
    std::vector<float> reals(std::size_t n)
    {
        std::vector<float> values(n);
        for (float& value : values) {
            value = real();
        }
        return values;
    }

private:
    std::mt19937 m_engine;
};

/// A tensor's rows in separate memories, shuffled over the heap as rings and arenas may have them.
class Rows {
public:
    explicit Rows(const Tensor& t) : m_original(t)
    {
        for (int y = 0; y < t.rows; ++y) {
            m_rows.push_back(std::make_unique<GuardedRow>(t.width * t.channels));
            std::memcpy(m_rows.back()->data(), &t.data[static_cast<std::size_t>(y) * rowElements()],
                        rowElements() * sizeof(float));
        }
    }
    std::size_t rowElements() const
    {
        return static_cast<std::size_t>(m_original.width) * m_original.channels;
    }
    /// src_rows of `count` entries from row `top`; NULL for padding.
    std::vector<const void*> table(int top, int count)
    {
        std::vector<const void*> entries;
        for (int y = top; y < top + count; ++y) {
            entries.push_back(y < 0 || y >= m_original.rows ? nullptr : m_rows[y]->data());
        }
        return entries;
    }
    std::vector<void*> pointers()
    {
        std::vector<void*> entries;
        for (auto& row : m_rows) {
            entries.push_back(row->data());
        }
        return entries;
    }
    float at(int y, int x, int c) { return m_rows[y]->data()[x * m_original.channels + c]; }
    bool guardsIntact() const
    {
        return std::all_of(m_rows.begin(), m_rows.end(),
                           [](const auto& row) { return row->guardsIntact(); });
    }
    bool unchanged() const
    {
        for (int y = 0; y < m_original.rows; ++y) {
            if (std::memcmp(m_rows[y]->data(),
                            &m_original.data[static_cast<std::size_t>(y) * rowElements()],
                            rowElements() * sizeof(float)) != 0) {
                return false;
            }
        }
        return guardsIntact();
    }

private:
    Tensor m_original;
    std::vector<std::unique_ptr<GuardedRow>> m_rows;
};

struct ConvCase {
    int inRows, convRows, convWidth, outRows;
    int padTop;
    tm_conv_f32_params p;
};

/// A convolution of random geometry, weights and bias; `pooled` adds a pool.
ConvCase randomConv(Random& random, bool pooled)
{
    const auto pick = [&](std::initializer_list<int> values) {
        return *(values.begin() + random.range(0, static_cast<int>(values.size()) - 1));
    };
    ConvCase c{};
    c.p.groups = pick({1, 1, 1, 2, 3});
    c.p.in_channels = c.p.groups * (c.p.groups == 1 ? pick({1, 3, 6, 7}) : pick({1, 2}));
    c.p.out_channels = c.p.groups * random.range(1, 4);
    c.p.kernel_h = random.range(1, 4);
    c.p.kernel_w = random.range(1, 4);
    c.p.stride_h = random.range(1, 3);
    c.p.stride_w = random.range(1, 3);
    c.p.dilation_h = random.range(1, 3);
    c.p.dilation_w = pick({1, 1, 2, 3});
    c.padTop = random.range(0, c.p.kernel_h);
    c.p.pad_left = random.range(0, c.p.kernel_w + 1);
    const int padBottom = random.range(0, 2);
    const int padRight = random.range(0, 2);
    c.p.pool_h = pooled ? random.range(1, 3) : 1;
    c.p.pool_w = pooled ? random.range(1, 3) : 1;
    c.p.pool_stride_h = pooled ? random.range(1, 3) : 1;
    c.p.pool_stride_w = pooled ? random.range(1, 3) : 1;
    c.p.pool_dilation_h = pooled ? random.range(1, 2) : 1;
    c.p.pool_dilation_w = pooled ? random.range(1, 2) : 1;
    const int spanH = (c.p.kernel_h - 1) * c.p.dilation_h + 1;
    const int spanW = (c.p.kernel_w - 1) * c.p.dilation_w + 1;
    const int poolSpanH = (c.p.pool_h - 1) * c.p.pool_dilation_h + 1;
    const int poolSpanW = (c.p.pool_w - 1) * c.p.pool_dilation_w + 1;
    c.outRows = random.range(1, 3);
    c.p.out_width = random.range(1, 3);
    c.convRows = (c.outRows - 1) * c.p.pool_stride_h + poolSpanH;
    c.convWidth = (c.p.out_width - 1) * c.p.pool_stride_w + poolSpanW;
    c.inRows = std::max(1, (c.convRows - 1) * c.p.stride_h + spanH - c.padTop - padBottom);
    c.p.in_width = std::max(1, (c.convWidth - 1) * c.p.stride_w + spanW - c.p.pad_left - padRight);
    c.p.act_min = pick({0, 1, 2}) == 0 ? -kInfinity : 0.0F;
    c.p.act_max = pick({0, 1, 2}) == 0 ? 6.0F : kInfinity;
    c.p.sum_act_min = -kInfinity;
    c.p.sum_act_max = kInfinity;
    return c;
}

double naiveConv(const Tensor& in, const ConvCase& c, int y, int x, int oc)
{
    const auto& p = c.p;
    const int depth = p.in_channels / p.groups;
    const int group = oc / (p.out_channels / p.groups);
    double sum = p.bias == nullptr ? 0.0 : p.bias[oc];
    for (int ky = 0; ky < p.kernel_h; ++ky) {
        for (int kx = 0; kx < p.kernel_w; ++kx) {
            const int iy = y * p.stride_h - c.padTop + ky * p.dilation_h;
            const int ix = x * p.stride_w - p.pad_left + kx * p.dilation_w;
            for (int d = 0; in.has(iy, ix) && d < depth; ++d) {
                const double w = p.weights[((oc * p.kernel_h + ky) * p.kernel_w + kx) * depth + d];
                sum += w * in.at(iy, ix, group * depth + d);
            }
        }
    }
    return sum;
}

double naivePooledConv(const Tensor& in, const ConvCase& c, int y, int x, int oc)
{
    double best = -std::numeric_limits<double>::infinity();
    for (int py = 0; py < c.p.pool_h; ++py) {
        for (int px = 0; px < c.p.pool_w; ++px) {
            best = std::max(best, naiveConv(in, c, y * c.p.pool_stride_h + py * c.p.pool_dilation_h,
                                            x * c.p.pool_stride_w + px * c.p.pool_dilation_w, oc));
        }
    }
    return std::min<double>(std::max<double>(best, c.p.act_min), c.p.act_max);
}

bool near(float got, double wanted)
{
    return std::abs(got - wanted) <= 2e-5 * std::max(1.0, std::abs(wanted));
}

} // namespace

class TestKernels : public QObject {
    Q_OBJECT

private slots:
    void convolution_data()
    {
        QTest::addColumn<bool>("pooled");
        QTest::newRow("plain") << false;
        QTest::newRow("pooled") << true;
    }
    void convolution()
    {
        QFETCH(bool, pooled);
        for (unsigned seed = 1, last = tidemark::test::soakRounds(300); seed <= last; ++seed) {
            Random random(seed);
            ConvCase c = randomConv(random, pooled);
            Tensor in(c.inRows, c.p.in_width, c.p.in_channels);
            in.data = random.reals(in.data.size());
            const auto weights = random.reals(static_cast<std::size_t>(
                c.p.out_channels * c.p.kernel_h * c.p.kernel_w * c.p.in_channels / c.p.groups));
            const auto bias = random.reals(static_cast<std::size_t>(c.p.out_channels));
            c.p.weights = weights.data();
            c.p.bias = seed % 4 == 0 ? nullptr : bias.data();
            checkConvolution(in, c, seed);
            if (QTest::currentTestFailed()) {
                return;
            }
        }
    }

    void maxPool()
    {
        for (unsigned seed = 1, last = tidemark::test::soakRounds(300); seed <= last; ++seed) {
            Random random(seed);
            tm_maxpool_f32_params p{};
            p.channels = random.range(1, 7);
            p.kernel_h = random.range(1, 4);
            p.kernel_w = random.range(1, 4);
            p.stride_h = random.range(1, 3);
            p.stride_w = random.range(1, 3);
            p.dilation_h = random.range(1, 2);
            p.dilation_w = random.range(1, 2);
            p.pad_left = random.range(0, p.kernel_w - 1);
            p.out_width = random.range(1, 4);
            p.act_min = -kInfinity;
            p.act_max = kInfinity;
            const int padTop = random.range(0, p.kernel_h - 1);
            const int outRows = random.range(1, 3);
            const int spanH = (p.kernel_h - 1) * p.dilation_h + 1;
            const int spanW = (p.kernel_w - 1) * p.dilation_w + 1;
            p.in_width = std::max(1, (p.out_width - 1) * p.stride_w + spanW - p.pad_left - 1);
            Tensor in(std::max(1, (outRows - 1) * p.stride_h + spanH - padTop - 1), p.in_width,
                      p.channels);
            in.data = random.reals(in.data.size());
            Rows src(in);
            Rows dst(Tensor(outRows, p.out_width, p.channels));
            const auto table = src.table(-padTop, (outRows - 1) * p.stride_h + spanH);
            tm_maxpool_f32(dst.pointers().data(), outRows, table.data(), &p);
            QVERIFY(src.unchanged() && dst.guardsIntact());
            for (int y = 0; y < outRows; ++y) {
                for (int x = 0; x < p.out_width; ++x) {
                    for (int ch = 0; ch < p.channels; ++ch) {
                        float best = -kInfinity;
                        for (int k = 0; k < p.kernel_h * p.kernel_w; ++k) {
                            const int iy = y * p.stride_h - padTop + k / p.kernel_w * p.dilation_h;
                            const int ix =
                                x * p.stride_w - p.pad_left + k % p.kernel_w * p.dilation_w;
                            best = in.has(iy, ix) ? std::max(best, in.at(iy, ix, ch)) : best;
                        }
                        QCOMPARE(dst.at(y, x, ch), best);
                    }
                }
            }
        }
    }

    void fullyConnected()
    {
        for (unsigned seed = 1; seed <= 100; ++seed) {
            Random random(seed);
            const int rows = random.range(1, 4);
            const int elements = random.range(1, 9);
            const int outputs = random.range(1, 9);
            Tensor in(rows, elements, 1);
            in.data = random.reals(in.data.size());
            const auto weights = random.reals(static_cast<std::size_t>(rows * elements * outputs));
            const auto bias = random.reals(static_cast<std::size_t>(outputs));
            const tm_fc_f32_params p{
                weights.data(), seed % 3 == 0 ? nullptr : bias.data(), rows, elements,
                outputs,        seed % 2 == 0 ? 0.0F : -kInfinity,     5.0F};
            Rows src(in);
            Rows dst(Tensor(1, 1, outputs));
            tm_fc_f32(dst.pointers().data(), 1, src.table(0, rows).data(), &p);
            QVERIFY(src.unchanged() && dst.guardsIntact());
            for (int o = 0; o < outputs; ++o) {
                double sum = p.bias == nullptr ? 0.0 : bias[o];
                for (int i = 0; i < rows * elements; ++i) {
                    sum += static_cast<double>(in.data[i]) * weights[o * rows * elements + i];
                }
                QVERIFY(
                    near(dst.at(0, 0, o), std::min<double>(std::max<double>(sum, p.act_min), 5)));
            }
        }
    }

    void clampAlsoInPlace()
    {
        Random random(7);
        Tensor in(3, 5, 3);
        in.data = random.reals(in.data.size());
        in.data[4] = -0.0F;
        in.data[5] = kInfinity;
        Rows src(in);
        Rows dst(Tensor(3, 5, 3));
        const tm_clamp_f32_params p{15, -0.5F, 1.0F};
        tm_clamp_f32(dst.pointers().data(), 3, src.table(0, 3).data(), &p);
        QVERIFY(src.unchanged() && dst.guardsIntact());
        Rows both(in);
        tm_clamp_f32(both.pointers().data(), 3, both.table(0, 3).data(), &p);
        QVERIFY(both.guardsIntact());
        for (int i = 0; i < 45; ++i) {
            const float wanted = std::min(std::max(in.data[i], -0.5F), 1.0F);
            QCOMPARE(dst.at(i / 15, i % 15 / 3, i % 3), wanted);
            QCOMPARE(both.at(i / 15, i % 15 / 3, i % 3), wanted);
        }
    }

    /// The order of a sum is part of the contract: bias first, then left to right.
    void sumsInTheOrderTheContractGives()
    {
        const std::vector<float> weights{1e8F, 1.0F, -1e8F, 1.0F};
        const std::vector<float> ones{1, 1, 1, 1};
        const float bias = 3;
        const tm_fc_f32_params p{weights.data(), &bias, 1, 4, 1, -kInfinity, kInfinity};
        float out = 0;
        void* dst = &out;
        const void* src = ones.data();
        tm_fc_f32(&dst, 1, &src, &p);
        float wanted = bias;
        for (const float w : weights) {
            wanted = wanted + w; // one rounding each
        }
        QCOMPARE(out, wanted);
        QVERIFY(out != 5.0F); // the exact sum: another order would come nearer to it
    }

    void windowRowsAreNullOutside()
    {
        const char tensor[12] = {};
        const void* table[6];
        tm_window_rows(table, 6, tensor, 3, 4, -2);
        QVERIFY(table[0] == nullptr && table[1] == nullptr && table[5] == nullptr);
        QVERIFY(table[2] == tensor && table[3] == tensor + 4 && table[4] == tensor + 8);
    }

    void genericKernelsNeedNoScratch()
    {
        Random random(1);
        const ConvCase c = randomConv(random, true);
        QCOMPARE(tm_conv_f32_scratch_bytes(&c.p), std::size_t{0});
    }

private:
    /// All rows in one call and each row alone, both against the naive loops.
    static void checkConvolution(const Tensor& in, const ConvCase& c, unsigned seed)
    {
        const auto& p = c.p;
        Rows src(in);
        Rows dst(Tensor(c.outRows, p.out_width, p.out_channels));
        Rows single(Tensor(c.outRows, p.out_width, p.out_channels));
        const int step = p.stride_h * p.pool_stride_h;
        const int span =
            (p.pool_h - 1) * p.pool_dilation_h * p.stride_h + (p.kernel_h - 1) * p.dilation_h + 1;
        const auto all = src.table(-c.padTop, (c.outRows - 1) * step + span);
        tm_conv_f32(dst.pointers().data(), c.outRows, all.data(), &p);
        for (int y = 0; y < c.outRows; ++y) {
            const auto table = src.table(y * step - c.padTop, span);
            tm_conv_f32(single.pointers().data() + y, 1, table.data(), &p);
        }
        QVERIFY2(src.unchanged() && dst.guardsIntact() && single.guardsIntact(),
                 qPrintable(QString::number(seed)));
        for (int y = 0; y < c.outRows; ++y) {
            for (int x = 0; x < p.out_width; ++x) {
                for (int oc = 0; oc < p.out_channels; ++oc) {
                    QVERIFY2(near(dst.at(y, x, oc), naivePooledConv(in, c, y, x, oc)),
                             qPrintable(QString::number(seed)));
                    QCOMPARE(single.at(y, x, oc), dst.at(y, x, oc));
                }
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestKernels)
#include "test_kernels.moc"
