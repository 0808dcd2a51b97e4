// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/resources.h"
#include "app/studio/grab.h"
#include "app/studio/main_window.h"
#include "app/studio/options.h"
#include "app/studio/theme/fonts.h"

#include <QApplication>
#include <QStyleFactory>
#include <QTimer>
#include <cstdio>

using namespace tidemark;
using namespace tidemark::studio;

namespace {

int fail(const Diagnostic& error)
{
    std::fprintf(stderr, "error: %s\n", error.text().c_str());
    return exitCode(error);
}

/// Qt's own remarks about a platform without a desktop are not news to who asked for a picture.
void dropRemarks(QtMsgType type, const QMessageLogContext&, const QString& text)
{
    if (type == QtCriticalMsg || type == QtFatalMsg) {
        std::fprintf(stderr, "%s\n", text.toLocal8Bit().constData());
    }
}

/// Before the QApplication exists: what Qt reads from the environment only then.
Status prepareDisplay(const Options& options)
{
    if (!options.grab.isEmpty()) {
        qInstallMessageHandler(dropRemarks);
        if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) {
            qputenv("QT_QPA_PLATFORM", "offscreen");
        }
        qputenv("QT_SCALE_FACTOR", QByteArray::number(options.scale));
        return Done{};
    }
    for (const char* display : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}) {
        if (!qEnvironmentVariableIsEmpty(display)) {
            return Done{};
        }
    }
    return Diagnostic{ErrorKind::Environment, "no display to open a window on", "",
                      "run it on a desktop, or draw a picture with --grab OUT.png"};
}

int runStudio(const Options& options)
{
    MainWindow window(options.theme.value_or(MainWindow::rememberedTheme()));
    const std::filesystem::path source = options.source.isEmpty()
                                             ? resourceDir() / "examples" / "lenet5.onnx"
                                             : std::filesystem::path(options.source.toStdString());
    const Status opened = window.document().openNow(source, options.overrides);
    if (!opened) {
        return fail(opened.error());
    }
    if (!options.grab.isEmpty()) {
        const Status grabbed = grabToFile(window, options);
        return grabbed ? 0 : fail(grabbed.error());
    }
    window.restoreLook();
    window.show();
    window.rememberFile();
    if (options.source.isEmpty() && Welcome::isWanted()) {
        window.welcome();
    }
    const int code = QApplication::exec();
    window.keepLook();
    return code;
}

} // namespace

int main(int argc, char** argv)
{
    QStringList arguments;
    for (int i = 0; i < argc; ++i) {
        arguments += QString::fromLocal8Bit(argv[i]);
    }
    const Result<Options> options = parseOptions(arguments);
    if (!options) {
        return fail(options.error());
    }
    if (!options->infoText.isEmpty()) {
        std::fputs(options->infoText.toUtf8().constData(), stdout);
        return 0;
    }
    if (const Status display = prepareDisplay(*options); !display) {
        return fail(display.error());
    }
    QApplication application(argc, argv);
    QApplication::setOrganizationName("tidemark");
    QApplication::setApplicationName("tidemark-studio");
    QApplication::setApplicationDisplayName("Tidemark");
    QApplication::setStyle(QStyleFactory::create("Fusion"));
    if (!fonts::load()) {
        std::fputs("note: the bundled font could not be loaded, using the system's\n", stderr);
    }
    QApplication::setFont(fonts::regular(12));
    return runStudio(*options);
}
