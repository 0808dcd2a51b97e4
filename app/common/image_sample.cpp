// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/image_sample.h"

#include "core/lower/fixed_point.h"

#include <QImage>
#include <QImageReader>
#include <QString>

namespace tidemark {

Result<std::vector<float>> imageSample(const std::filesystem::path& picture, const Value& input,
                                       const InputScaling& scaling)
{
    if (input.channels != 1 && input.channels != 3) {
        return Diagnostic{ErrorKind::Usage,
                          "a picture has 1 or 3 channels, the model's input " +
                              std::to_string(input.channels),
                          picture.string(), "give the samples with --input X.npy"};
    }
    constexpr int kMostMegabytes = 256; // a small file may promise a huge picture
    QImageReader::setAllocationLimit(kMostMegabytes);
    QImageReader reader(QString::fromStdString(picture.string()));
    const QImage image = reader.read();
    if (image.isNull()) {
        return Diagnostic{ErrorKind::BadInput, "no picture: " + reader.errorString().toStdString(),
                          picture.string(), "give a PNG file"};
    }
    const bool grey = input.channels == 1;
    const QImage sized =
        image
            .scaled(static_cast<int>(input.width), static_cast<int>(input.rows),
                    Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
            .convertToFormat(grey ? QImage::Format_Grayscale8 : QImage::Format_RGB888);
    std::vector<float> sample;
    sample.reserve(static_cast<std::size_t>(input.elements()));
    for (int y = 0; y < sized.height(); ++y) {
        const uchar* const line = sized.constScanLine(y);
        for (std::int64_t i = 0; i < input.rowElements(); ++i) {
            sample.push_back(static_cast<float>(line[i] * scaling.scale - scaling.mean));
        }
    }
    if (input.quantization) {
        for (float& x : sample) {
            x = static_cast<float>(quantized(x, input.quantization, input.type));
        }
    }
    return sample;
}

} // namespace tidemark
