// SPDX-License-Identifier: Apache-2.0
#include "core/io/npy.h"

#include <QtTest>

#include <cmath>
#include <cstring>
#include <fstream>
#include <random>

using namespace tidemark;

namespace {

using Text = std::string;

/// An .npy file from its dictionary and data, by the letter of the format.
Text npyFile(const Text& dictionary, const Text& data, char version = 1)
{
    Text file = "\x93NUMPY";
    file += {version, '\0'};
    for (std::size_t i = 0, length = dictionary.size(); i < (version == 1 ? 2U : 4U); ++i) {
        file += static_cast<char>(length & 255);
        length >>= 8;
    }
    return file + dictionary + data;
}

Text dictionary(const Text& descr, const Text& shape, const Text& order = "False")
{
    return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

template <class T> Text raw(const std::vector<T>& values)
{
    Text text(values.size() * sizeof(T), '\0');
    std::memcpy(text.data(), values.data(), text.size());
    return text;
}

} // namespace

class TestNpy : public QObject {
    Q_OBJECT

private slots:
    void readsWhatNumPyWrote();
    void everyTypeToFloats_data();
    void everyTypeToFloats();
    void halves();
    void versions();
    void headerForms();
    void columnsFirst();
    void scalarAndEmpty();
    void roundTrips();
    void refusesUnequalBytes();
    void refusals_data();
    void refusals();
    void everyTruncationIsRefused();
    void mutationsNeverCrash();

private:
    Result<NpyArray> read(const Text& content)
    {
        const std::filesystem::path path = m_folder.filePath("a.npy").toStdString();
        std::ofstream(path, std::ios::binary) << content;
        return readNpy(path);
    }

    QTemporaryDir m_folder;
};

void TestNpy::readsWhatNumPyWrote()
{
    const std::filesystem::path folder = TIDEMARK_SOURCE_DIR "/tests/golden/lenet5";
    const Result<NpyArray> images = readNpy(folder / "lenet5_test200_u8.npy");
    QVERIFY(bool(images));
    QVERIFY(images->type == DataType::UInt8);
    QCOMPARE(elementCount(images->shape).value(), std::int64_t{200 * 1024});
    QCOMPARE(images->bytes.size(), std::size_t{200 * 1024});
    const Result<NpyArray> logits = readNpy(folder / "lenet5_test200_logits_ort.npy");
    QVERIFY(bool(logits));
    QVERIFY(logits->type == DataType::Float32);
    QCOMPARE(logits->shape, (Shape{200, 10}));
    QCOMPARE(logits->toFloats().size(), std::size_t{2000});
}

void TestNpy::everyTypeToFloats_data()
{
    QTest::addColumn<std::string>("descr");
    QTest::addColumn<std::string>("data");
    QTest::addColumn<int>("type");
    QTest::addColumn<std::vector<float>>("floats");
    const auto row = [](const char* descr, const Text& data, DataType type,
                        const std::vector<float>& floats) {
        QTest::addRow("%s", descr) << Text(descr) << data << static_cast<int>(type) << floats;
    };
    row("<f4", raw<float>({1.5F, -2}), DataType::Float32, {1.5F, -2});
    row("<f8", raw<double>({0.1, -1e300}), DataType::Float64, {0.1F, -INFINITY});
    row("<f2", raw<std::uint16_t>({0x3c00, 0xc000}), DataType::Float16, {1, -2});
    row("|i1", raw<std::int8_t>({-128, 127}), DataType::Int8, {-128, 127});
    row("|u1", raw<std::uint8_t>({255, 0}), DataType::UInt8, {255, 0});
    row("<u1", raw<std::uint8_t>({255, 0}), DataType::UInt8, {255, 0});
    row("<i2", raw<std::int16_t>({-32768, 1}), DataType::Int16, {-32768, 1});
    row("<u2", raw<std::uint16_t>({65535, 1}), DataType::UInt16, {65535, 1});
    row("<i4", raw<std::int32_t>({-5, 1}), DataType::Int32, {-5, 1});
    row("<u4", raw<std::uint32_t>({4294967295U, 1}), DataType::UInt32, {4294967296.0F, 1});
    row("<i8", raw<std::int64_t>({-5, 1}), DataType::Int64, {-5, 1});
    row("<u8", raw<std::uint64_t>({1ULL << 63, 1}), DataType::UInt64, {9223372036854775808.0F, 1});
    row("|b1", Text("\2\0", 2), DataType::Bool, {1, 0});
}

void TestNpy::everyTypeToFloats()
{
    QFETCH(std::string, descr);
    QFETCH(std::string, data);
    QFETCH(int, type);
    QFETCH(std::vector<float>, floats);
    const Result<NpyArray> array = read(npyFile(dictionary(descr, "(2,)"), data));
    QVERIFY2(bool(array), array ? "" : array.error().text().c_str());
    QCOMPARE(static_cast<int>(array->type), type);
    QCOMPARE(array->shape, Shape{2});
    QCOMPARE(array->toFloats(), floats);
}

void TestNpy::halves()
{
    const Text data = raw<std::uint16_t>(
        {0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x3555, 0x7c00, 0xfc00, 0x7e00});
    const Result<NpyArray> array = read(npyFile(dictionary("<f2", "(10,)"), data));
    QVERIFY(bool(array));
    const std::vector<float> floats = array->toFloats();
    const std::vector<float> expected{0,     -0.0F,           0x1p-24F, 0x1.ff8p-15F, 0x1p-14F,
                                      65504, 0.333251953125F, INFINITY, -INFINITY};
    QCOMPARE(std::vector<float>(floats.begin(), floats.end() - 1), expected);
    QVERIFY(std::signbit(floats[1]) && std::isnan(floats[9]));
}

void TestNpy::versions()
{
    const Text data = raw<float>({7});
    for (const char version : {1, 2, 3}) {
        const Result<NpyArray> array = read(npyFile(dictionary("<f4", "(1,)"), data, version));
        QVERIFY(bool(array));
        QCOMPARE(array->toFloats(), std::vector<float>{7});
    }
}

void TestNpy::headerForms()
{
    const Text data = raw<std::int16_t>({1, 2, 3, 4, 5, 6});
    for (const char* form : {"{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }  \n",
                             "{\"shape\":(2,3),\"descr\":\"<i2\",\"fortran_order\":False}",
                             "{'fortran_order': False, 'shape': (2L, 3L), 'descr': '<i2'}\n",
                             "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3,)}"}) {
        const Result<NpyArray> array = read(npyFile(form, data));
        QVERIFY2(bool(array), form);
        QCOMPARE(array->shape, (Shape{2, 3}));
    }
    // More data than promised is NumPy's own several-arrays-in-a-file; the first one counts.
    QVERIFY(bool(read(npyFile(dictionary("<i2", "(5,)"), data))));
}

void TestNpy::columnsFirst()
{
    // array[i][j][k] = 100 i + 10 j + k, first index fastest in the file.
    std::vector<std::int32_t> file, expected;
    for (int k = 0; k < 4; ++k) {
        for (int j = 0; j < 3; ++j) {
            for (int i = 0; i < 2; ++i) {
                file.push_back(100 * i + 10 * j + k);
            }
        }
    }
    for (int i = 0; i < 2; ++i) {
        for (int j = 0; j < 3; ++j) {
            for (int k = 0; k < 4; ++k) {
                expected.push_back(100 * i + 10 * j + k);
            }
        }
    }
    const Result<NpyArray> array = read(npyFile(dictionary("<i4", "(2, 3, 4)", "True"), raw(file)));
    QVERIFY(bool(array));
    QCOMPARE(array->shape, (Shape{2, 3, 4}));
    QCOMPARE(array->toFloats(), std::vector<float>(expected.begin(), expected.end()));
}

void TestNpy::scalarAndEmpty()
{
    const Result<NpyArray> scalar = read(npyFile(dictionary("<f4", "()"), raw<float>({3})));
    QVERIFY(bool(scalar));
    QVERIFY(scalar->shape.empty());
    QCOMPARE(scalar->toFloats(), std::vector<float>{3});
    for (const char* order : {"True", "False"}) {
        const Result<NpyArray> empty = read(npyFile(dictionary("<f4", "(3, 0)", order), ""));
        QVERIFY(empty && empty->bytes.empty());
        QCOMPARE(empty->shape, (Shape{3, 0}));
    }
}

void TestNpy::roundTrips()
{
    const std::filesystem::path path = m_folder.filePath("r.npy").toStdString();
    for (const Shape& shape : {Shape{}, Shape{5}, Shape{1, 2}, Shape{3, 0, 2}, Shape{2, 1, 3, 4}}) {
        for (int type = 0; type <= static_cast<int>(DataType::Bool); ++type) {
            NpyArray array{static_cast<DataType>(type), shape, {}};
            const auto size =
                static_cast<std::size_t>(*elementCount(shape) * elementBytes(array.type).count());
            for (std::size_t i = 0; i < size; ++i) {
                array.bytes.push_back(static_cast<std::byte>(i * 37));
            }
            QVERIFY(bool(writeNpy(path, array)));
            QCOMPARE((std::filesystem::file_size(path) - size) % 64, std::uintmax_t{0});
            const Result<NpyArray> again = readNpy(path);
            QVERIFY(bool(again));
            QVERIFY(again->type == array.type);
            QCOMPARE(again->shape, array.shape);
            QVERIFY(again->bytes == array.bytes);
        }
    }
}

void TestNpy::refusesUnequalBytes()
{
    const std::filesystem::path path = m_folder.filePath("u.npy").toStdString();
    NpyArray array{DataType::Float32, {2}, std::vector<std::byte>(7)};
    QVERIFY(!writeNpy(path, array));
    array.shape = {-2};
    QVERIFY(!writeNpy(path, array));
    QVERIFY(!std::filesystem::exists(path));
}

void TestNpy::refusals_data()
{
    QTest::addColumn<std::string>("content");
    QTest::addColumn<QString>("what");
    const auto row = [](const char* name, const Text& content, const char* what) {
        QTest::addRow("%s", name) << content << what;
    };
    const auto shaped = [](const Text& shape) { return npyFile(dictionary("<f4", shape), "abcd"); };
    const auto typed = [](const Text& descr) {
        return npyFile(dictionary(descr, "(1,)"), Text(64, 'x'));
    };
    row("empty", "", "not an .npy file");
    row("text", "hello, this is text", "not an .npy file");
    row("version 0", npyFile(dictionary("<f4", "(1,)"), "abcd", 0), "version 0");
    row("version 4", npyFile(dictionary("<f4", "(1,)"), "abcd", 4), "version 4");
    row("long header", Text("\x93NUMPY\2\0\xff\xff\xff\x7f", 12), "a header of 2147483647 bytes");
    row("one short", shaped("(2,)"), "cut short");
    row("huge", shaped("(1000000000, 1000000000)"), "too large");
    row("overflow", shaped("(4611686018427387904, 4)"), "too large");
    row("overflow to 0", shaped("(4294967296, 4294967296)"), "too large");
    row("extent over 64 bits", shaped("(99999999999999999999,)"), "malformed");
    row("negative", shaped("(-1,)"), "malformed");
    row("rank 33", shaped("(" + Text(QString("1,").repeated(33).toStdString()) + ")"), "malformed");
    row("no tuple", shaped("1"), "malformed");
    row("words", shaped("(a,)"), "malformed");
    row("no comma", shaped("(1 1)"), "malformed");
    row("big-endian", typed(">f4"), "not little-endian");
    row("native", typed("=f4"), "not little-endian");
    row("object", typed("|O"), "type '|O'");
    row("complex", typed("<c8"), "type '<c8'");
    row("text elements", typed("<U7"), "type '<U7'");
    row("no type", typed(""), "type ''");
    row("control characters", typed("<\x1b["), "\\x1b");
    row("structured",
        npyFile("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "abcd"),
        "structured");
    row("missing key", npyFile("{'descr': '<f4', 'shape': (1,)}", "abcd"), "malformed");
    row("key twice", npyFile("{'shape': (1,), 'shape': (1,)}", "abcd"), "malformed");
    row("unknown key", npyFile("{'zzz': 1}", "abcd"), "malformed");
    row("no order", npyFile("{'fortran_order': 1}", "abcd"), "malformed");
    row("no dictionary", npyFile("[]", "abcd"), "malformed");
    row("no header", npyFile("", ""), "malformed");
    row("junk behind", npyFile(dictionary("<f4", "(1,)") + "x", "abcd"), "malformed");
}

void TestNpy::refusals()
{
    QFETCH(std::string, content);
    QFETCH(QString, what);
    const Result<NpyArray> array = read(content);
    QVERIFY(!array);
    const QString text = QString::fromStdString(array.error().text());
    QVERIFY2(text.contains(what), qPrintable(text));
    QVERIFY(text.contains("a.npy"));
    QVERIFY(!array.error().mend.empty());
}

void TestNpy::everyTruncationIsRefused()
{
    const Text whole = npyFile(dictionary("<f4", "(2, 2)"), raw<float>({1, 2, 3, 4}));
    QVERIFY(bool(read(whole)));
    for (std::size_t length = 0; length < whole.size(); ++length) {
        QVERIFY(!read(whole.substr(0, length)));
    }
    QVERIFY(!readNpy(m_folder.filePath("missing.npy").toStdString()));
    QVERIFY(!readNpy(m_folder.path().toStdString()));
    QVERIFY(!readNpy("/dev/zero"));
}

/// Whatever the bytes, either an array whose bytes match its shape, or an error.
void TestNpy::mutationsNeverCrash()
{
    std::mt19937 random(1); // NOLINT: the same every time
    const Text whole =
        npyFile(dictionary("<i2", "(2, 3)", "True"), raw<std::int16_t>({1, 2, 3, 4, 5, 6}));
    int accepted = 0;
    for (int i = 0; i < 500; ++i) {
        Text mutant = whole;
        for (int changes = 1 + static_cast<int>(random() % 3); changes > 0; --changes) {
            mutant[random() % mutant.size()] = "0123456789,()'{}:<|fiub \n\xff"[random() % 27];
        }
        const Result<NpyArray> array = read(mutant);
        if (array) {
            ++accepted;
            const std::int64_t size =
                elementCount(array->shape).value() * elementBytes(array->type).count();
            QCOMPARE(static_cast<std::int64_t>(array->bytes.size()), size);
        }
    }
    QVERIFY(accepted > 20 && accepted < 480); // both ways were gone
}

QTEST_GUILESS_MAIN(TestNpy)
#include "test_npy.moc"
