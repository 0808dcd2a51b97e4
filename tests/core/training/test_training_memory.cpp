// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "core/explain/training_memory.h"
#include "core/import/import.h"
#include "core/lower/lower.h"

using namespace tidemark;

namespace {

/// The network of Data Science Stack Exchange 12649: 180 x 50 x 1 inputs.
TrainingCounts question()
{
    TrainingCounts counts;
    counts.input = 9'000;
    counts.activations = 532'752;
    counts.parameters = 19'072'984;
    return counts;
}

double mebibytes(double bytes)
{
    return bytes / 1048576;
}

Figure figureOf(const TrainingCounts& counts, const TrainingOptions& options)
{
    const Result<Figure> figure = trainingMemory(counts, options);
    return figure ? *figure : Figure{};
}

double sumOf(const Figure& figure)
{
    double sum = 0;
    for (const Term& term : figure.terms) {
        sum += term.value;
    }
    return sum;
}

TrainingCounts vgg16()
{
    const Result<Model> model = importModel(TIDEMARK_SOURCE_DIR "/resources/examples/vgg16.onnx");
    return model ? trainingCounts(*lower(*model)) : TrainingCounts{};
}

} // namespace

class TestTrainingMemory : public QObject {
    Q_OBJECT

private slots:
    void printedFigureIsReproduced()
    {
        TrainingOptions options;
        options.batch = 128;
        options.convention = TrainingConvention::NotesRounded;
        const Figure figure = figureOf(question(), options);
        QCOMPARE(QString::number(mebibytes(figure.value), 'f', 2), "742.34");
        QCOMPARE(figure.terms.size(), std::size_t(3));
        QCOMPARE(figure.terms[0].expression, std::string("128·4.06 MiB"));
        QCOMPARE(figure.terms[1].expression, std::string("218.27 MiB"));
        QCOMPARE(figure.terms[2].expression, std::string("4.39 MiB"));
        QVERIFY(figure.notes.front().find("742.93 MiB") != std::string::npos);
    }

    void withoutRoundingItIsALittleMore()
    {
        TrainingOptions options;
        options.batch = 128;
        options.convention = TrainingConvention::Notes;
        const Figure figure = figureOf(question(), options);
        QCOMPARE(figure.value, 128.0 * 2 * 532752 * 4 + 3.0 * 19072984 * 4 + 128.0 * 9000 * 4);
        QCOMPARE(QString::number(mebibytes(figure.value), 'f', 2), "742.93");
    }

    void vggWithAdamAgainstInference()
    {
        const TrainingCounts counts = vgg16();
        QCOMPARE(counts.parameters, std::int64_t(138357544));
        QCOMPARE(counts.largestPair, std::int64_t(6422528));
        TrainingOptions options;
        options.batch = 1;
        options.optimizer = Optimizer::Adam;
        options.convention = TrainingConvention::FeatureMaps;
        const Figure training = figureOf(counts, options);
        QCOMPARE(training.value, 4.0 * (4.0 * 138357544 + static_cast<double>(counts.activations)));
        const Figure inference = inferenceMemory(counts, TrainingType::Fp32);
        QCOMPARE(inference.terms[1].value, 25690112.0);
        QCOMPARE(inference.value, 25690112.0 + 4.0 * 138357544);
        QVERIFY(inference.notes.front().find("25,690,112 B") != std::string::npos); // a chain
    }

    void everyChoiceAddsUp_data()
    {
        QTest::addColumn<int>("convention");
        QTest::addColumn<int>("type");
        for (int convention = 0; convention < 4; ++convention) {
            for (int type = 0; type < 3; ++type) {
                QTest::addRow("convention %d type %d", convention, type) << convention << type;
            }
        }
    }
    void everyChoiceAddsUp()
    {
        QFETCH(int, convention);
        QFETCH(int, type);
        TrainingOptions options;
        options.convention = static_cast<TrainingConvention>(convention);
        options.type = static_cast<TrainingType>(type);
        const TrainingCounts counts = vgg16();
        double last = 0;
        for (const Optimizer optimizer : {Optimizer::Sgd, Optimizer::Momentum, Optimizer::Adam}) {
            options.optimizer = optimizer;
            const Figure figure = figureOf(counts, options);
            QVERIFY(std::abs(figure.value - sumOf(figure)) < 1);
            QVERIFY(figure.value >= last);
            QVERIFY(!figure.formula.empty() && !figure.source.empty());
            last = figure.value;
        }
        options.batch = 64;
        QVERIFY(figureOf(counts, options).value > last);
    }

    void recomputingKeepsLess()
    {
        const TrainingCounts counts = vgg16();
        TrainingOptions options;
        options.batch = 32;
        const double all = figureOf(counts, options).value;
        options.recompute = Recompute::Sqrt;
        QVERIFY(figureOf(counts, options).value < all);
    }

    /// Segments of round(sqrt(5)) = 2 layers: {1, 2}, {3, 4}, {5} after an input of 10.
    void checkpointsAreCountedByHand()
    {
        TrainingCounts counts;
        counts.input = 10;
        counts.layers = {1, 2, 3, 4, 5};
        counts.activations = 15;
        TrainingOptions options;
        options.optimizer = Optimizer::Sgd;
        options.recompute = Recompute::Sqrt;
        // checkpoints 10 + 2 + 4 + 5, largest segment's inside 3
        QCOMPARE(figureOf(counts, options).value, 4.0 * (21 + 3));
    }

    void nonsenseIsRefused()
    {
        TrainingOptions options;
        options.batch = 0;
        QVERIFY(!trainingMemory(question(), options));
        options.batch = std::int64_t(1) << 60;
        QCOMPARE(trainingMemory(question(), options).error().kind, ErrorKind::Usage);
        options.batch = 1;
        options.recompute = Recompute::Sqrt;
        QVERIFY(!trainingMemory(question(), options)); // layers unknown
        options.convention = TrainingConvention::Notes;
        QVERIFY(!trainingMemory(vgg16(), options));
    }
};

QTEST_APPLESS_MAIN(TestTrainingMemory)
#include "test_training_memory.moc"
