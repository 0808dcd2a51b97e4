// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/grab.h"

#include "app/studio/main_window.h"
#include "app/studio/map/map_widget.h"
#include "app/studio/panels/status_line.h"

#include <QCoreApplication>
#include <QPixmap>

namespace tidemark::studio {

namespace {
constexpr QSize kMapSize(1200, 680);
constexpr QSize kWindowSize(1440, 900);
constexpr int kSettle = 30'000; ///< ms; a large model plans for a while
} // namespace

Result<QImage> grabView(MainWindow& window, const Options& options)
{
    window.document().waitUntilIdle(kSettle);
    window.status().hideTimes();
    if (!options.tab.isEmpty() && !window.showTab(options.tab)) {
        return Diagnostic{ErrorKind::Usage, "no tab '" + printable(options.tab.toStdString()) + "'",
                          "--tab", "use savings, problems, device or log"};
    }
    if (!options.select.isEmpty()) {
        const auto buffer = window.document().plan()->findBuffer(options.select.toStdString());
        if (!buffer) {
            return Diagnostic{ErrorKind::Usage,
                              "no buffer '" + printable(options.select.toStdString()) + "'",
                              "--select", "`tidemark plan --json` lists the buffers"};
        }
        window.selection().selectBuffer(*buffer);
    }
    window.resize(options.size.isEmpty() ? kWindowSize : options.size);
    window.show();
    QCoreApplication::sendPostedEvents(); // layouts that follow from the size
    if (options.view == GrabView::Window) {
        return window.grab().toImage();
    }
    MapWidget& map = window.map();
    map.setParent(nullptr); // on its own, in exactly the size asked for
    map.resize(options.size.isEmpty() ? kMapSize : options.size);
    map.show();
    return map.grab().toImage();
}

Status grabToFile(MainWindow& window, const Options& options)
{
    const Result<QImage> image = grabView(window, options);
    if (!image) {
        return image.error();
    }
    if (!image->save(options.grab, "PNG")) {
        return Diagnostic{ErrorKind::Environment, "cannot write the picture",
                          printable(options.grab.toStdString()),
                          "name a .png file in a folder that exists and can be written"};
    }
    return Done{};
}

} // namespace tidemark::studio
