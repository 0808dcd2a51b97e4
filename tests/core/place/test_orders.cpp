// SPDX-License-Identifier: Apache-2.0
#include <QtTest> // first: moc 6.4 stumbles over <compare> otherwise

#include "core/lower/lower.h"
#include "core/place/row_candidates.h"
#include "core/schedule/cascades.h"
#include "core/schedule/kernel_contract.h"
#include "tests/core/place/fixtures.h"
#include "tests/core/place/network_builder.h"
#include "tests/support/soak.h"

#include <functional>
#include <set>

using namespace tidemark;

namespace {

/// The least peak over every order of stages, from the definition: while one runs, everything made
/// that it or a later one touches is there, whole.
class AllOrders {
public:
    explicit AllOrders(const Network& network)
        : m_network(network), m_done(network.stages.size()), m_made(network.values.size())
    {
        for (const ValueId input : network.inputs) {
            m_made[base(input)] = true;
        }
        descend(Bytes(0), 0);
    }

    Bytes least = Bytes(1 << 30);

private:
    std::size_t base(ValueId id) const
    {
        return (m_network[id].storage ? m_network[id].storage->base : id).index();
    }

    bool isReady(const Stage& stage) const
    {
        return std::all_of(stage.inputs.begin(), stage.inputs.end(), [&](ValueId input) {
            for (std::size_t s = 0; s < m_done.size(); ++s) { // all who write any part of it
                for (const ValueId output : m_network.stages[s].outputs) {
                    const bool feeds = output == input ||
                                       (base(output) == base(input) && !overlapsNot(output, input));
                    if (feeds && !m_done[s]) {
                        return false;
                    }
                }
            }
            return true;
        });
    }
    bool overlapsNot(ValueId a, ValueId b) const
    {
        const auto first = [&](ValueId id) {
            return m_network[id].storage ? m_network[id].storage->elementOffset : 0;
        };
        return first(a) + m_network[a].elements() <= first(b) ||
               first(b) + m_network[b].elements() <= first(a);
    }

    bool isNeeded(std::size_t value) const
    {
        for (std::size_t s = 0; s < m_done.size(); ++s) {
            for (const ValueId id : m_network.stages[s].inputs) {
                if (!m_done[s] && base(id) == value) {
                    return true;
                }
            }
            for (const ValueId id : m_network.stages[s].outputs) {
                if (!m_done[s] && base(id) == value) {
                    return true;
                }
            }
        }
        return std::any_of(m_network.outputs.begin(), m_network.outputs.end(),
                           [&](ValueId id) { return base(id) == value; });
    }

    void descend(Bytes peak, std::size_t count)
    {
        if (count == m_done.size()) {
            least = std::min(least, peak);
            return;
        }
        for (std::size_t s = 0; s < m_done.size(); ++s) {
            if (m_done[s] || !isReady(m_network.stages[s])) {
                continue;
            }
            const std::vector<bool> made = m_made;
            for (const ValueId output : m_network.stages[s].outputs) {
                m_made[base(output)] = true;
            }
            Bytes live;
            for (std::size_t v = 0; v < m_made.size(); ++v) {
                live += m_made[v] && isNeeded(v) ? m_network.values[v].bytes() : Bytes(0);
            }
            m_done[s] = true;
            descend(std::max(peak, live), count + 1);
            m_done[s] = false;
            m_made = made;
        }
    }

    const Network& m_network;
    std::vector<bool> m_done, m_made;
};

/// The least peak of any row schedule: breadth first over all that can be reached within a peak.
std::int64_t leastByBruteForce(const RowProgram& program)
{
    std::set<std::int64_t> peaks{program.givenBytes};
    while (true) {
        const std::int64_t peak = *peaks.begin();
        peaks.erase(peaks.begin());
        std::set<std::vector<int>> seen;
        bool done = false;
        RowState state(program);
        const int tracks = static_cast<int>(program.tracks.size());
        const std::function<void()> explore = [&] {
            std::vector<int> key;
            for (int track = 0; track < tracks; ++track) {
                key.push_back(state.position(track));
            }
            if (done || !seen.insert(key).second) {
                return;
            }
            done = state.isDone();
            for (int track = 0; track < tracks && !done; ++track) {
                if (!state.isReady(track)) {
                    continue;
                }
                const std::int64_t during = state.effect(track).during;
                if (during > peak) {
                    peaks.insert(during);
                    continue;
                }
                state.run(track);
                explore();
                state.undo(track);
            }
        };
        explore();
        if (done) {
            return peak;
        }
    }
}

} // namespace

class TestOrders : public QObject {
    Q_OBJECT

private slots:
    void ordersEqualBruteForce()
    {
        std::mt19937 random(3);
        int improved = 0;
        for (int round = 0; round < test::soakRounds(80); ++round) {
            const auto network = test::randomRunnable(random, 1 + static_cast<int>(random() % 7));
            if (network->stages.size() > 7) {
                continue;
            }
            const OrderChoice choice = chooseOrder(*network, {}, {});
            QVERIFY(choice.proven);
            QCOMPARE(choice.best.count(), network->stages.empty()
                                              ? choice.given.count()
                                              : AllOrders(*network).least.count());
            improved += choice.best < choice.given ? 1 : 0;
        }
        QVERIFY(improved > 0);
    }

    void branchesAreOrderedBySize()
    {
        // Two branches that end small: the one that swells most goes first.
        test::NetworkBuilder b("branches");
        const ValueId in = b.input(8, 8, 1);
        const ValueId modest = b.conv("modest", in, 1, 1, 0, 4);
        const ValueId small = b.conv("small", modest, 1, 1, 0, 3);
        const ValueId huge = b.conv("huge", in, 1, 1, 0, 40);
        const ValueId tiny = b.conv("tiny", huge, 1, 1, 0, 1);
        b.output(b.join("join", {small, tiny}));
        const auto network = b.build();
        const OrderChoice choice = chooseOrder(*network, {}, {});
        QVERIFY(choice.proven);
        QCOMPARE(choice.given.count(), (1 + 3 + 40) * 64 * 4 - 64 * 4 + 64 * 4);
        QCOMPARE(choice.best.count(), (1 + 40 + 1) * 64 * 4);
        Constraints constraints;
        constraints.technique = Technique::Liveness;
        const auto p = plan(network, test::board(), constraints);
        QCOMPARE((*p)->activationBytes, choice.best);
        QVERIFY((*p)->orderArgument.find("another order") != std::string::npos);
    }

    void rowSchedulesEqualBruteForce()
    {
        std::mt19937 random(5);
        for (int round = 0; round < test::soakRounds(40); ++round) {
            const auto network = test::randomRunnable(random, 1 + static_cast<int>(random() % 4));
            RowForm form;
            form.streamsInput = random() % 2 == 0;
            for (std::size_t s = 0; s < network->stages.size(); ++s) {
                if (canAccumulate(*network, network->stages[s]) && random() % 2 == 0) {
                    form.accumulates.emplace_back(s);
                }
            }
            const RowProgram program = rowProgram(*network, form);
            std::int64_t states = 1;
            for (const RowProgram::Track& track : program.tracks) {
                states *= track.steps + 1;
            }
            if (program.steps.empty() || states > 20'000) {
                continue;
            }
            std::int64_t nodes = 10'000'000;
            const RowOptimum optimum =
                leastPeak(program, lazyCascades(program, oneGroup(program)), nodes, {});
            QVERIFY(optimum.isProven());
            QCOMPARE(optimum.best.peak, leastByBruteForce(program));
            QCOMPARE(peakOf(program, optimum.best.turns), optimum.best.peak);
        }
    }
};

QTEST_APPLESS_MAIN(TestOrders)
#include "test_orders.moc"
