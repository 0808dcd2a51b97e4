// SPDX-License-Identifier: Apache-2.0
// Library bundles of every operator, several at once: built with the host's compiler they give the
// executor's bits.
#include <QtTest> // first: moc 6.4 stumbles over <compare> otherwise

#include "bundle_tools.h"
#include "core/board/board_file.h"
#include "core/bundle/bundle.h"
#include "core/place/plan.h"
#include "tests/core/execute/operator_networks.h"

#include <QStandardPaths>
#include <QTemporaryDir>

using namespace tidemark;
using namespace tidemark::bundletools;
using namespace tidemark::handmade;

namespace {

constexpr std::size_t kTogether = 14;

} // namespace

class TestOperatorBundles : public QObject {
    Q_OBJECT

private slots:
    void librariesGiveTheSameBits_data()
    {
        QTest::addColumn<int>("first");
        QTest::addColumn<bool>("int8");
        QTest::addColumn<bool>("byRows");
        for (std::size_t first = 0; first < operatorKinds().size(); first += kTogether) {
            for (const int form : {0, 1, 2, 3}) {
                const bool int8 = form % 2 == 1;
                const bool byRows = form >= 2;
                QTest::addRow("%s from %s%s", int8 ? "int8" : "fp32",
                              operatorKinds()[first].c_str(), byRows ? " by rows" : "")
                    << static_cast<int>(first) << int8 << byRows;
            }
        }
    }
    void librariesGiveTheSameBits()
    {
        QFETCH(int, first);
        QFETCH(bool, int8);
        QFETCH(bool, byRows);
        if (QStandardPaths::findExecutable("cc").isEmpty()) {
            QSKIP("there is no host compiler");
        }
        std::vector<Network> parts;
        const auto begin = static_cast<std::size_t>(first);
        for (std::size_t k = begin; k < std::min(begin + kTogether, operatorKinds().size()); ++k) {
            parts.push_back(operatorNetwork(operatorKinds()[k],
                                            int8 ? DataType::Int8 : DataType::Float32,
                                            static_cast<unsigned>(k) + 7));
        }
        const auto network = std::make_shared<const Network>(sideBySide(parts));
        const auto board = findBoard("qemu_mps2_an386", TIDEMARK_SOURCE_DIR "/resources/boards");
        QVERIFY(board);
        Constraints constraints;
        constraints.technique = byRows ? Technique::Rows : Technique::Liveness;
        const auto planned = plan(network, std::make_shared<const Board>(*board), constraints);
        QVERIFY(planned);
        QCOMPARE((*planned)->techniqueApplied >= Technique::Overlap, byRows);
        const auto inputs = operatorInputs(*network, 5);
        QTemporaryDir folder;
        const fs::path directory = folder.filePath("bundle").toStdString();
        BundleOptions options;
        options.library = true;
        const auto bundle = writeBundle(**planned, directory, options);
        QVERIFY2(bundle, bundle ? "" : bundle.error().text().c_str());
        QCOMPARE(builtAndRun(directory, wholeProgram(*network), inputs,
                             {"-O1", "-fsanitize=undefined", "-fno-sanitize-recover"}),
                 unplanned(*network, inputs));
    }
};

QTEST_GUILESS_MAIN(TestOperatorBundles)
#include "test_operator_bundles.moc"
