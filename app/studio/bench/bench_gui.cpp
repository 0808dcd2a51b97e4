// SPDX-License-Identifier: GPL-3.0-or-later
// The studio's budgets: drag step p95 <= 4 ms with 10,000 buffers, repaint of 20,000 rectangles
// <= 8 ms, first paint <= 150 ms, re-plan preview <= 16 ms, and what a plan that has arrived takes
// to be shown, which the window stands still for. Offscreen, so without a compositor.
#include "app/common/resources.h"
#include "app/studio/document/pin_editor.h"
#include "app/studio/main_window.h"
#include "app/studio/map/map_widget.h"
#include "app/studio/theme/fonts.h"
#include "tests/app/studio/test_plans.h"
#include "tests/core/import/onnx_files.h"

#include <QApplication>
#include <QMouseEvent>
#include <QStyleFactory>
#include <QTemporaryDir>
#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <fstream>

using namespace tidemark;
using namespace tidemark::studio;

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point since)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

/// Times of single steps; the slow ones are what a hand feels.
class Steps {
public:
    template <class Work> void time(benchmark::State& state, Work work)
    {
        const auto start = Clock::now();
        work();
        m_times.push_back(milliseconds(start));
        state.SetIterationTime(m_times.back() / 1000);
    }
    void report(benchmark::State& state, double budget)
    {
        std::ranges::sort(m_times);
        state.counters["p95_ms"] = m_times[m_times.size() * 95 / 100];
        state.counters["budget_ms"] = budget;
    }

private:
    std::vector<double> m_times;
};

/// A map on the offscreen screen, painted into what a window would be.
struct ShownMap {
    Selection selection;
    MapWidget map{selection};
    QImage screen;

    ShownMap(const PlanPtr& plan, QSize size) : screen(size, QImage::Format_RGB32)
    {
        selection.setPlan(plan);
        map.setPlan(plan);
        map.resize(size);
        map.show();
        paint();
    }
    void paint() { map.render(&screen); }
    void mouse(QEvent::Type type, QPointF at)
    {
        const bool held = type != QEvent::MouseButtonRelease;
        QMouseEvent event(type, at, map.mapToGlobal(at),
                          type == QEvent::MouseMove ? Qt::NoButton : Qt::LeftButton,
                          held ? Qt::LeftButton : Qt::NoButton, {});
        QCoreApplication::sendEvent(&map, &event);
    }
};

void dragStep(benchmark::State& state)
{
    ShownMap shown(testing::crowdedPlan(100, static_cast<std::size_t>(state.range(0))),
                   {1600, 900});
    const DrawnBuffer& item = shown.map.scene().buffers.front();
    const QPointF from = item.rect.center();
    shown.mouse(QEvent::MouseButtonPress, from);
    shown.mouse(QEvent::MouseMove, from + QPointF(0, 20));
    Steps steps;
    int step = 0;
    for (auto _ : state) {
        const QPointF at(300 + (step * 7) % 1'000, 120 + (step * 11) % 500);
        ++step;
        steps.time(state, [&] {
            shown.mouse(QEvent::MouseMove, at);
            shown.paint();
        });
    }
    steps.report(state, 4);
}

void repaint(benchmark::State& state)
{
    ShownMap shown(testing::crowdedPlan(100, static_cast<std::size_t>(state.range(0))),
                   {1600, 900});
    Steps steps;
    bool dark = true;
    for (auto _ : state) {
        dark = !dark;
        shown.map.setTheme(dark ? Theme::dark() : Theme::light()); // everything, but no layout
        steps.time(state, [&] { shown.paint(); });
    }
    steps.report(state, 8);
}

void zoomStep(benchmark::State& state)
{
    ShownMap shown(testing::crowdedPlan(100, static_cast<std::size_t>(state.range(0))),
                   {1600, 900});
    Steps steps;
    bool in = false;
    for (auto _ : state) {
        in = !in;
        steps.time(state, [&] {
            shown.map.zoomAt(in ? 1.1 : 1 / 1.1, 800);
            shown.paint();
        });
    }
    steps.report(state, 16);
}

void firstPaint(benchmark::State& state)
{
    const auto lenet = resourceDir() / "examples" / "lenet5.onnx";
    Steps steps;
    for (auto _ : state) {
        steps.time(state, [&] {
            MainWindow window(ThemeMode::Dark);
            if (!window.document().openNow(lenet)) {
                state.SkipWithError("LeNet-5 cannot be opened");
            }
            window.show();
            benchmark::DoNotOptimize(window.grab());
        });
    }
    steps.report(state, 150);
}

/// Chains of a convolution, an activation and an addition that skips both, with weights of each.
void writeChain(const std::filesystem::path& path, std::int64_t operators)
{
    test::OnnxFile file;
    file.input("x", {1, 4, 8, 8});
    std::string last = "x";
    for (std::int64_t i = 0; i + 3 <= operators; i += 3) {
        const std::string number = std::to_string(i);
        file.weights("w" + number, {4, 4, 1, 1}, std::vector<float>(16, 0.1F));
        file.node("Conv", {last, "w" + number}, {"c" + number});
        file.node("Sigmoid", {"c" + number}, {"s" + number});
        file.node("Add", {last, "s" + number}, {"a" + number});
        last = "a" + number;
    }
    file.output(last, {1, 4, 8, 8});
    std::ofstream(path, std::ios::binary) << file.proto().SerializeAsString();
}

/// What everything in the window does with a plan that has arrived, a picture of it included.
void showPlan(benchmark::State& state)
{
    const QTemporaryDir folder;
    const std::filesystem::path model = folder.filePath("chain.onnx").toStdString();
    writeChain(model, state.range(0));
    MainWindow window(ThemeMode::Dark);
    Document& document = window.document();
    if (!document.openNow(model) || !document.waitUntilIdle(60'000)) {
        state.SkipWithError("the chain cannot be opened");
        return;
    }
    window.show();
    benchmark::DoNotOptimize(window.grab());
    Steps steps;
    for (auto _ : state) {
        steps.time(state, [&] {
            emit document.planChanged();
            benchmark::DoNotOptimize(window.grab());
        });
    }
    state.counters["buffers"] = static_cast<double>(document.plan()->buffers.size());
    steps.report(state, 33);
}

/// From the pointer's move to the first plan that shows it, through the thread and back.
void preview(benchmark::State& state, const char* model)
{
    Document document;
    OpenOverrides overrides;
    overrides.technique = allTechniques()[static_cast<std::size_t>(state.range(0))];
    state.SetLabel(std::string(toString(*overrides.technique)));
    if (!document.openNow(resourceDir() / "examples" / model, overrides)) {
        state.SkipWithError("the model cannot be opened");
        return;
    }
    document.waitUntilIdle(20'000);
    PinEditor editor(document);
    const auto& buffers = document.plan()->buffers;
    const auto movable = std::ranges::find_if_not(buffers, &Buffer::isConstant) - buffers.begin();
    Steps steps;
    std::int64_t offset = 0;
    for (auto _ : state) {
        const PinTarget target{BufferId(movable), document.plan()->board->defaultRam,
                               Bytes(offset += 16)};
        steps.time(state, [&] {
            editor.preview(target);
            while (!editor.previewPlan()) {
                QCoreApplication::processEvents();
            }
        });
    }
    steps.report(state, 16);
}

BENCHMARK(dragStep)->Arg(1'000)->Arg(10'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(repaint)->Arg(20'000)->Arg(100'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(zoomStep)->Arg(20'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(firstPaint)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(showPlan)->Arg(300)->Arg(10'000)->UseManualTime()->Unit(benchmark::kMillisecond);
void everyRung(benchmark::internal::Benchmark* preview)
{
    preview->DenseRange(0, static_cast<std::int64_t>(allTechniques().size()) - 1)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(preview, lenet5, "lenet5.onnx")->Apply(everyRung);
BENCHMARK_CAPTURE(preview, vgg16, "vgg16.onnx")->Apply(everyRung);

} // namespace

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    qInstallMessageHandler([](QtMsgType, const QMessageLogContext&, const QString&) {});
    QApplication application(argc, argv);
    QApplication::setStyle(QStyleFactory::create("Fusion"));
    fonts::load();
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
