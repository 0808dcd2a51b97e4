// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QString>
#include <QTemporaryDir>
#include <QVector>
#include <cstring>

/// Runs the `tidemark` program and reads the goldens, for the tests of the command line.
namespace test {

inline const QString kSource = QStringLiteral(TIDEMARK_SOURCE_DIR);
inline const QString kLenet = kSource + "/resources/examples/lenet5.onnx";
inline const QString kDigits = kSource + "/tests/golden/lenet5/lenet5_test200_";

struct Outcome {
    int exitCode = -1;
    QByteArray out;
    QByteArray err;

    QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
};

inline Outcome tidemark(const QStringList& arguments, const QStringList& environment = {})
{
    QProcess process;
    if (!environment.isEmpty()) {
        process.setEnvironment(environment);
    }
    process.start(QStringLiteral(TIDEMARK_PROGRAM), arguments);
    if (!process.waitForFinished(300'000) || process.exitStatus() != QProcess::NormalExit) {
        return {-1, process.readAllStandardOutput(), process.readAllStandardError()};
    }
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

inline QByteArray fileBytes(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

inline QString writtenTo(const QTemporaryDir& dir, const QString& name, const QByteArray& bytes)
{
    QFile file(dir.filePath(name));
    if (file.open(QIODevice::WriteOnly)) {
        file.write(bytes);
    }
    return file.fileName();
}

/// The numbers of a float32 .npy (header version 1).
inline QVector<float> npyFloats(const QString& path)
{
    const QByteArray bytes = fileBytes(path);
    const int header = 10 + static_cast<uchar>(bytes[8]) + 256 * static_cast<uchar>(bytes[9]);
    QVector<float> values((bytes.size() - header) / 4);
    std::memcpy(values.data(), bytes.constData() + header, static_cast<size_t>(values.size()) * 4);
    return values;
}

} // namespace test
