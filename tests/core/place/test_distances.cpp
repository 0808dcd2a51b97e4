// SPDX-License-Identifier: Apache-2.0
#include <QtTest> // first: moc 6.4 stumbles over <compare> otherwise

#include "core/place/distances.h"
#include "tests/support/soak.h"

#include <optional>
#include <random>

using namespace tidemark;

namespace {

struct Case {
    std::vector<Block> blocks;
    std::vector<Distance> distances;
};

/// Some buffers with signed distances between most pairs, as rows that die and are born leave them.
Case randomCase(std::mt19937& random)
{
    const auto pick = [&](int low, int high) {
        return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
    };
    Case made;
    const int count = pick(2, random() % 8 == 0 ? 6 : 5);
    const bool aligned = pick(0, 2) == 0;
    for (int i = 0; i < count; ++i) {
        Block block{Bytes(pick(1, 12)), Bytes(aligned ? 1 << pick(0, 2) : 1), {}, std::nullopt};
        block.life = {EventId(static_cast<std::size_t>(pick(0, 3))),
                      EventId(static_cast<std::size_t>(pick(4, 8)))};
        if (pick(0, 9) == 0) {
            block.fixed = Bytes(pick(0, 8) * block.alignment.count());
        }
        made.blocks.push_back(block);
    }
    for (int a = 0; a < count; ++a) {
        for (int b = a + 1; b < count; ++b) {
            if (pick(0, 3) == 0) {
                continue;
            }
            const auto size = [&](int i) {
                return made.blocks[static_cast<std::size_t>(i)].size.count();
            };
            Distance d;
            d.a = a;
            d.b = b;
            // At most the size; at least so that one of the two is in the other's way.
            d.aboveA = size(a) - pick(0, static_cast<int>(size(a)) + 4);
            d.aboveB = std::max<std::int64_t>(1 - d.aboveA, size(b) - pick(0, 6));
            d.mayCoincide = size(a) == size(b) && pick(0, 2) == 0;
            made.distances.push_back(d);
        }
    }
    return made;
}

bool keeps(const Case& c, const std::vector<Bytes>& offsets)
{
    for (std::size_t i = 0; i < c.blocks.size(); ++i) {
        const Block& block = c.blocks[i];
        if (offsets[i] < Bytes(0) || offsets[i].count() % block.alignment.count() != 0 ||
            (block.fixed && offsets[i] != *block.fixed)) {
            return false;
        }
    }
    return std::all_of(c.distances.begin(), c.distances.end(), [&](const Distance& d) {
        const std::int64_t apart =
            (offsets[static_cast<std::size_t>(d.b)] - offsets[static_cast<std::size_t>(d.a)])
                .count();
        return apart >= d.aboveA || -apart >= d.aboveB || (d.mayCoincide && apart == 0);
    });
}

/// Every way to decide the pairs; the lowest offsets of each are longest paths.
class EveryWay {
public:
    explicit EveryWay(const Case& c) : m_case(c), m_ways(c.distances.size()) { decide(0); }

    std::optional<std::int64_t> least;

private:
    void decide(std::size_t pair)
    {
        if (pair == m_ways.size()) {
            settle();
            return;
        }
        for (m_ways[pair] = 0; m_ways[pair] < (m_case.distances[pair].mayCoincide ? 3 : 2);
             ++m_ways[pair]) {
            decide(pair + 1);
        }
    }

    void settle()
    {
        constexpr std::int64_t kTooHigh = 1000;
        std::vector<std::int64_t> low;
        for (const Block& block : m_case.blocks) {
            low.push_back(block.fixed.value_or(Bytes(0)).count());
        }
        const auto raise = [&](int i, std::int64_t offset) {
            std::int64_t& there = low[static_cast<std::size_t>(i)];
            const Block& block = m_case.blocks[static_cast<std::size_t>(i)];
            const std::int64_t a = block.alignment.count();
            offset = offset <= there ? there : (offset + a - 1) / a * a;
            const bool moved = offset > there;
            there = offset;
            return moved;
        };
        for (bool moved = true; moved;) {
            moved = false;
            for (std::size_t p = 0; p < m_ways.size(); ++p) {
                const Distance& d = m_case.distances[p];
                const auto at = [&](int i) { return low[static_cast<std::size_t>(i)]; };
                if (m_ways[p] == 0) {
                    moved |= raise(d.b, at(d.a) + d.aboveA);
                } else if (m_ways[p] == 1) {
                    moved |= raise(d.a, at(d.b) + d.aboveB);
                } else {
                    moved |= raise(d.a, at(d.b)) || raise(d.b, at(d.a));
                }
            }
            if (*std::max_element(low.begin(), low.end()) > kTooHigh) {
                return; // the decisions contradict each other
            }
        }
        std::int64_t extent = 0;
        for (std::size_t i = 0; i < low.size(); ++i) {
            const Block& block = m_case.blocks[i];
            if (block.fixed && block.fixed->count() != low[i]) {
                return;
            }
            extent = std::max(extent, low[i] + block.size.count());
        }
        least = std::min(least.value_or(extent), extent);
    }

    const Case& m_case;
    std::vector<int> m_ways;
};

} // namespace

class TestDistances : public QObject {
    Q_OBJECT

private slots:
    void packingsEqualBruteForce()
    {
        std::mt19937 random(31);
        int tight = 0;
        for (int round = 0; round < test::soakRounds(400); ++round) {
            const Case c = randomCase(random);
            const EveryWay every(c);
            const Packing packing = packDistances(c.blocks, c.distances, Bytes(0), 1'000'000);
            if (!every.least) { // fixed offsets that contradict each other stay as they are
                QVERIFY(!keeps(c, packing.offsets));
                continue;
            }
            QVERIFY2(keeps(c, packing.offsets), qPrintable(QString::number(round)));
            QCOMPARE(packing.extent.count(), *every.least);
            QVERIFY(packing.optimal && packing.bound == packing.extent);
            tight += packing.extent > c.blocks.front().size ? 1 : 0;
        }
        QVERIFY(tight > test::soakRounds(200));
    }

    /// With hardly any effort a packing is still one, and its bound still holds.
    void aGlanceIsValidToo()
    {
        std::mt19937 random(32);
        for (int round = 0; round < test::soakRounds(300); ++round) {
            Case c = randomCase(random);
            for (Block& block : c.blocks) {
                block.fixed.reset();
            }
            const EveryWay every(c);
            std::vector<Bytes> near;
            for (const Block& block : c.blocks) {
                near.emplace_back(block.alignment * static_cast<std::int64_t>(random() % 5));
            }
            const auto nodes = static_cast<std::int64_t>(random() % 20);
            const Packing packing = packDistances(c.blocks, c.distances, Bytes(0), nodes, {}, near);
            QVERIFY(keeps(c, packing.offsets));
            QVERIFY(packing.extent.count() >= *every.least);
            QVERIFY(packing.bound.count() <= *every.least);
        }
    }
};

QTEST_APPLESS_MAIN(TestDistances)
#include "test_distances.moc"
