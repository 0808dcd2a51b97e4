// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/options.h"

#include "app/studio/theme/rung_text.h"

#include <QCommandLineParser>

namespace tidemark::studio {

namespace {

constexpr int kLargestSide = 8'000;

Diagnostic usage(const QString& what, const QString& mend)
{
    return {ErrorKind::Usage, what.toStdString(), "", mend.toStdString()};
}

QString quoted(const QString& text)
{
    return u'\'' + QString::fromStdString(printable(text.toStdString())) + u'\'';
}

std::optional<QSize> parseSize(const QString& text)
{
    const QStringList sides = text.split(u'x');
    if (sides.size() != 2) {
        return std::nullopt;
    }
    bool widthGood = false, heightGood = false;
    const QSize size(sides[0].toInt(&widthGood), sides[1].toInt(&heightGood));
    const bool good = widthGood && heightGood && size.width() > 0 && size.height() > 0 &&
                      size.width() <= kLargestSide && size.height() <= kLargestSide;
    return good ? std::optional(size) : std::nullopt;
}

std::optional<GrabView> viewFromString(const QString& name)
{
    return name == u"window"   ? std::optional(GrabView::Window)
           : name == u"map"    ? std::optional(GrabView::Map)
           : name == u"charts" ? std::optional(GrabView::Charts)
                               : std::nullopt;
}

/// "N=1": a name and a size of at least 1.
std::optional<std::pair<std::string, std::int64_t>> parseDim(const QString& text)
{
    const qsizetype equals = text.lastIndexOf(u'=');
    bool good = false;
    const qint64 size = text.mid(equals + 1).toLongLong(&good);
    if (equals < 1 || !good || size < 1) {
        return std::nullopt;
    }
    return std::pair(text.left(equals).toStdString(), size);
}

} // namespace

Result<Options> parseOptions(const QStringList& arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        "Tidemark's studio: see where every byte of a neural network lies, and move it.");
    parser.addPositionalArgument("SOURCE", "Model or .tidemark project; without: LeNet-5.",
                                 "[SOURCE]");
    const QCommandLineOption board("board", "Board id, or a board file.", "ID|FILE");
    const QCommandLineOption technique("technique", "One of " + rungChoices() + u'.', "NAME");
    const QCommandLineOption dim("dim", "Value of a symbolic dimension; may be repeated.", "N=V");
    const QCommandLineOption theme("theme", "dark, light or system.", "NAME");
    const QCommandLineOption grab(
        "grab", "Draw into a .png, .svg or .pdf file and end; needs no display.", "OUT.png");
    const QCommandLineOption view("view", "With --grab: window, map or charts.", "NAME");
    const QCommandLineOption scale("scale", "With --grab: device pixels per pixel, 1 or 2.", "N");
    const QCommandLineOption size("size", "With --grab: size in pixels.", "WxH");
    const QCommandLineOption tab(
        "tab",
        "With --grab: savings, problems, constraints, explore, compare, training, device or log.",
        "NAME");
    const QCommandLineOption select("select", "With --grab: the buffer to select.", "BUFFER");
    const QCommandLineOption drag("drag", "With --grab: hold a buffer over a bank.", "BUFFER=BANK");
    const QCommandLineOption run("run", "With --grab: run the plan on its board first.");
    const QCommandLineOption compare("compare", "With --grab: compare with the plan of a file.",
                                     "FILE");
    const QCommandLineOption sweep("sweep", "With --grab: explore the designs first.");
    const QCommandLineOption grid("grid", "With --grab: explore the grid of banks first.");
    const QCommandLineOption help({"h", "help"}, "Show this help.");
    const QCommandLineOption version("version", "Show the version.");
    parser.addOptions({board, technique, dim, theme, grab, view, scale, size, tab, select, drag,
                       run, compare, sweep, grid, help, version});

    if (!parser.parse(arguments)) {
        return usage(parser.errorText().remove(u'.'), "see `tidemark-studio --help`");
    }
    Options options;
    if (parser.isSet(help)) {
        options.infoText = parser.helpText();
        return options;
    }
    if (parser.isSet(version)) {
        options.infoText = QStringLiteral("tidemark-studio " TIDEMARK_VERSION "\n");
        return options;
    }
    if (parser.positionalArguments().size() > 1) {
        return usage("more than one SOURCE", "open one model or project at a time");
    }
    options.source = parser.positionalArguments().value(0);
    options.overrides.board = parser.value(board).toStdString();
    if (parser.isSet(technique)) {
        options.overrides.technique = techniqueFromString(parser.value(technique).toStdString());
        if (!options.overrides.technique) {
            return usage("unknown technique " + quoted(parser.value(technique)),
                         "use one of " + rungChoices());
        }
    }
    for (const QString& text : parser.values(dim)) {
        const auto value = parseDim(text);
        if (!value) {
            return usage("dimension " + quoted(text), "write NAME=SIZE, such as --dim N=1");
        }
        options.overrides.dims.insert(*value);
    }
    options.grab = parser.value(grab);
    if (parser.isSet(grab) && options.grab.isEmpty()) {
        return usage("--grab without a file", "name the PNG file to write");
    }
    if (!options.grab.isEmpty()) {
        options.theme = ThemeMode::Dark; // the same picture on every desktop
    }
    if (parser.isSet(theme)) {
        const auto mode = themeModeFromString(parser.value(theme));
        if (!mode) {
            return usage("unknown theme " + quoted(parser.value(theme)),
                         "use dark, light or system");
        }
        options.theme = *mode;
    }
    if (parser.isSet(view)) {
        const auto known = viewFromString(parser.value(view));
        if (!known) {
            return usage("unknown view " + quoted(parser.value(view)), "use window, map or charts");
        }
        options.view = *known;
    }
    if (parser.isSet(scale)) {
        options.scale = parser.value(scale).toInt();
        if (options.scale != 1 && options.scale != 2) {
            return usage("scale " + quoted(parser.value(scale)), "use 1 or 2");
        }
    }
    options.tab = parser.value(tab);
    options.select = parser.value(select);
    options.drag = parser.value(drag);
    options.run = parser.isSet(run);
    options.compare = parser.value(compare);
    options.sweep = parser.isSet(sweep);
    options.grid = parser.isSet(grid);
    if (parser.isSet(size)) {
        const auto parsed = parseSize(parser.value(size));
        if (!parsed) {
            return usage("size " + quoted(parser.value(size)),
                         "give width x height such as 1440x860");
        }
        options.size = *parsed;
    }
    return options;
}

int exitCode(const Diagnostic& error)
{
    switch (error.kind) {
    case ErrorKind::Usage:
        return 2;
    case ErrorKind::BadInput:
        return 3;
    case ErrorKind::DoesNotFit:
    case ErrorKind::Environment:
        return 1;
    }
    return 1;
}

} // namespace tidemark::studio
