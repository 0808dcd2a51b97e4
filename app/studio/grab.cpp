// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/grab.h"

#include "app/studio/document/explorer.h"
#include "app/studio/document/pin_editor.h"
#include "app/studio/export/view_file.h"
#include "app/studio/main_window.h"
#include "app/studio/map/map_widget.h"
#include "app/studio/panels/charts_panel.h"
#include "app/studio/panels/compare_panel.h"
#include "app/studio/panels/status_line.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <functional>

namespace tidemark::studio {

namespace {

constexpr QSize kMapSize(1200, 680);
constexpr QSize kChartsSize(1000, 260);
constexpr QSize kWindowSize(1440, 900);
constexpr int kSettle = 30'000;     ///< ms; a large model plans for a while
constexpr int kRunAtMost = 300'000; ///< ms; firmware is built first

Diagnostic absent(const char* what, const QString& name, const char* option, const char* mend)
{
    return {ErrorKind::Usage,
            std::string("no ") + what + " '" + printable(name.toStdString()) + '\'', option, mend};
}

/// On its own, in exactly the size asked for.
QWidget* alone(QWidget& view, QSize size)
{
    view.setParent(nullptr);
    view.resize(size);
    view.show();
    return &view;
}

void wait(const std::function<bool()>& isDone)
{
    for (QDeadlineTimer late(kSettle); !isDone() && !late.hasExpired();) {
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 50);
    }
}

/// Lifts a buffer and holds it over a bank until the preview is there.
Status drag(MainWindow& window, const QString& what)
{
    MapWidget& map = window.map();
    const Plan& plan = *window.document().plan();
    const QString name = what.section(u'=', 0, -2);
    const auto buffer = plan.findBuffer(name.toStdString());
    const auto bank = plan.board->findBank(what.section(u'=', -1).toStdString());
    const DrawnBuffer* item = buffer ? map.scene().find(*buffer) : nullptr;
    if (!item) {
        return absent("buffer", name, "--drag", "write BUFFER=BANK, such as conv1=SSRAM");
    }
    for (const DrawnLane& lane : map.scene().lanes) {
        if (map.model().lanes()[lane.lane].bank != bank) {
            continue;
        }
        map.drag().press(item->rect.center(), *buffer);
        map.drag().move({item->rect.center().x() + 60, lane.frame.center().y()}, map.model(),
                        map.scene(), false);
        map.dragChanged();
        const auto* editor = window.findChild<PinEditor*>();
        const bool legal = map.drag().target() && map.drag().target()->verdict.legal;
        wait([&] { return !legal || (editor->previewPlan() && editor->isSettled()); });
        return Done{};
    }
    return absent("bank", what.section(u'=', -1), "--drag", "`tidemark boards ID` lists the banks");
}

/// Shows the plan of a file above the one of the window.
Status compare(MainWindow& window, const QString& file)
{
    auto& panel = *window.findChild<ComparePanel*>();
    std::optional<Diagnostic> failed;
    const auto kept = QObject::connect(&panel, &ComparePanel::openFailed, &panel,
                                       [&failed](const Diagnostic& reason) { failed = reason; });
    panel.openBefore(file.toStdString());
    wait([&] { return panel.before() || failed; });
    QObject::disconnect(kept);
    return failed ? Status(*failed) : Status(Done{});
}

void sweep(MainWindow& window, bool grid)
{
    auto& explorer = *window.findChild<Explorer*>();
    explorer.start(grid ? Designs::BankGrid : Designs::TechniquesAndBanks);
    wait([&] { return !explorer.isBusy(); });
}

/// What takes its time before there is something to see.
Status prepare(MainWindow& window, const Options& options)
{
    if (options.run) {
        if (const Status ran = window.runOnBoard(kRunAtMost); !ran) {
            return ran.error();
        }
    }
    if (options.sweep || options.grid) {
        sweep(window, options.grid);
    }
    return options.compare.isEmpty() ? Status(Done{}) : compare(window, options.compare);
}

} // namespace

Result<QWidget*> showForGrab(MainWindow& window, const Options& options)
{
    window.document().waitUntilIdle(kSettle);
    window.status().hideTimes();
    if (const Status prepared = prepare(window, options); !prepared) {
        return prepared.error();
    }
    if (!options.tab.isEmpty() && !window.showTab(options.tab)) {
        return absent(
            "tab", options.tab, "--tab",
            "use savings, problems, constraints, explore, compare, training, device or log");
    }
    if (!options.select.isEmpty()) {
        const auto buffer = window.document().plan()->findBuffer(options.select.toStdString());
        if (!buffer) {
            return absent("buffer", options.select, "--select",
                          "`tidemark plan --json` lists the buffers");
        }
        window.selection().selectBuffer(*buffer);
    }
    const auto sizeOr = [&](QSize usual) { return options.size.isEmpty() ? usual : options.size; };
    window.resize(sizeOr(kWindowSize));
    window.show();
    QCoreApplication::sendPostedEvents(); // layouts that follow from the size
    QWidget* view = options.view == GrabView::Map ? alone(window.map(), sizeOr(kMapSize))
                    : options.view == GrabView::Charts
                        ? alone(*window.findChild<ChartsPanel*>(), sizeOr(kChartsSize))
                        : &window;
    if (!options.drag.isEmpty()) {
        if (const Status lifted = drag(window, options.drag); !lifted) {
            return lifted.error();
        }
    }
    return view;
}

Status grabToFile(MainWindow& window, const Options& options)
{
    const Result<QWidget*> view = showForGrab(window, options);
    return view ? writeView(**view, options.grab.toStdString()) : view.error();
}

} // namespace tidemark::studio
