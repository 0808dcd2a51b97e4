// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/export/view_file.h"

#include "core/io/file.h"

#include <QBuffer>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QPixmap>
#include <QSvgGenerator>
#include <QWidget>

namespace tidemark::studio {

namespace {

constexpr int kDotsPerInch = 96; ///< a logical pixel is one dot: sizes stay those of the screen
constexpr double kPointsPerInch = 72;

void drawPng(QWidget& view, QBuffer& out)
{
    // Without the alpha that no window has, and as small as it gets: 0 is the most compression.
    view.grab().toImage().convertToFormat(QImage::Format_RGB888).save(&out, "PNG", 0);
}

void drawSvg(QWidget& view, QBuffer& out)
{
    QSvgGenerator generator;
    generator.setOutputDevice(&out);
    generator.setResolution(kDotsPerInch);
    generator.setSize(view.size());
    generator.setViewBox(view.rect());
    generator.setTitle(view.accessibleName());
    QPainter painter(&generator);
    view.render(&painter);
}

void drawPdf(QWidget& view, QBuffer& out)
{
    QPdfWriter writer(&out);
    writer.setResolution(kDotsPerInch);
    writer.setPageSize(QPageSize(QSizeF(view.size()) * (kPointsPerInch / kDotsPerInch),
                                 QPageSize::Point, {}, QPageSize::ExactMatch));
    writer.setPageMargins({});
    writer.setTitle(view.accessibleName());
    QPainter painter(&writer);
    view.render(&painter);
}

} // namespace

Status writeView(QWidget& view, const std::filesystem::path& path)
{
    QBuffer out;
    out.open(QIODevice::WriteOnly);
    if (path.extension() == ".png") {
        drawPng(view, out);
    } else if (path.extension() == ".svg") {
        drawSvg(view, out);
    } else if (path.extension() == ".pdf") {
        drawPdf(view, out);
    } else {
        return Diagnostic{ErrorKind::Usage, "unknown form of picture", printable(path.string()),
                          "name a .png, .svg or .pdf file"};
    }
    return writeFileAtomically(path, {out.data().constData(), std::size_t(out.data().size())});
}

} // namespace tidemark::studio
