// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "firmware_bridge/host/elf_file.h"

#include <QTemporaryDir>
#include <cstring>
#include <random>

using namespace tidemark;
using namespace tidemark::bridge;

namespace {

using Image = std::vector<std::byte>;

void put(Image& image, std::size_t at, std::uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; ++i) {
        image.at(at + static_cast<std::size_t>(i)) = static_cast<std::byte>(value >> (8 * i));
    }
}

/// An Arm executable with .text, .tm_arena.TCM (no bytes in the file), .comment and two functions.
///   0 header, 52 one segment, 100 names, 200 symbols, 300 sections
Image smallElf()
{
    Image image(300 + 6 * 40);
    const char magic[] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
    std::memcpy(image.data(), magic, sizeof magic);
    put(image, 16, 2, 2);   // executable
    put(image, 18, 40, 2);  // Arm
    put(image, 28, 52, 4);  // segments at
    put(image, 32, 300, 4); // sections at
    put(image, 42, 32, 2);  // segment row
    put(image, 44, 1, 2);   // segments
    put(image, 46, 40, 2);  // section row
    put(image, 48, 6, 2);   // sections
    put(image, 50, 5, 2);   // names in section 5
    const std::uint32_t segment[] = {1, 0, 0x100, 0x200, 40, 48, 5, 4};
    for (std::size_t i = 0; i < 8; ++i) {
        put(image, 52 + 4 * i, segment[i], 4);
    }
    const char names[] =
        "\0.text\0.tm_arena.TCM\0.comment\0.symtab\0.names\0tm_stage_0\0tm_run_end";
    std::memcpy(image.data() + 100, names, sizeof names);
    const auto name = [&](const char* text) {
        for (std::size_t i = 0; i < sizeof names; ++i) {
            if (std::strcmp(names + i, text) == 0) {
                return static_cast<std::uint32_t>(i);
            }
        }
        return 0U;
    };
    const auto symbol = [&](std::size_t row, const char* text, std::uint32_t address,
                            std::uint32_t size) {
        put(image, 200 + 16 * row, name(text), 4);
        put(image, 200 + 16 * row + 4, address, 4);
        put(image, 200 + 16 * row + 8, size, 4);
        put(image, 200 + 16 * row + 12, 0x12, 1); // global function
    };
    symbol(1, "tm_stage_0", 0x101, 16);
    symbol(2, "tm_run_end", 0x111, 2);
    const auto section = [&](std::size_t row, const char* text, std::uint32_t type,
                             std::uint32_t flags, std::uint32_t address, std::uint32_t offset,
                             std::uint32_t size, std::uint32_t link) {
        const std::uint32_t fields[] = {name(text), type, flags, address, offset, size, link};
        for (std::size_t i = 0; i < 7; ++i) {
            put(image, 300 + 40 * row + 4 * i, fields[i], 4);
        }
    };
    section(1, ".text", 1, 6, 0x100, 52, 40, 0);
    section(2, ".tm_arena.TCM", 8, 3, 0x20000000, 0, 8800, 0);
    section(3, ".comment", 1, 0, 0, 0, 10, 0);
    section(4, ".symtab", 2, 0, 0, 200, 48, 5);
    section(5, ".names", 3, 0, 0, 100, sizeof names, 0);
    return image;
}

} // namespace

class TestElf : public QObject {
    Q_OBJECT

private slots:
    void readsASmallOne();
    void refusesWhatIsNoElf_data();
    void refusesWhatIsNoElf();
    void toleratesTablesOutsideTheFile();
    void survivesMutations();
    void readsFiles();
};

void TestElf::readsASmallOne()
{
    const auto elf = ElfFile::parse(smallElf(), "small");
    QVERIFY2(bool(elf), elf ? "" : elf.error().text().c_str());
    const auto linked = elf->linkedSections();
    QCOMPARE(linked.size(), std::size_t(2));
    QCOMPARE(linked[0].name, std::string(".text"));
    QVERIFY(linked[0].hasBytes());
    QCOMPARE(linked[1].name, std::string(".tm_arena.TCM"));
    QCOMPARE(linked[1].address, std::uint64_t(0x20000000));
    QCOMPARE(linked[1].size.count(), 8800);
    QVERIFY(!linked[1].hasBytes());
    QCOMPARE(elf->segments().size(), std::size_t(1));
    QCOMPARE(elf->segments()[0].loadAddress, std::uint64_t(0x200));
    QCOMPARE(elf->segments()[0].memoryBytes.count(), 48);
    QVERIFY(elf->findSymbol("tm_stage_0"));
    QCOMPARE(elf->findSymbol("tm_stage_0")->address, std::uint64_t(0x100)); // no Thumb bit
    QVERIFY(!elf->findSymbol("tm_stage_1"));
    QVERIFY(elf->functionAt(0x10f));
    QCOMPARE(elf->functionAt(0x10f)->name, std::string("tm_stage_0"));
    QCOMPARE(elf->functionAt(0x110)->name, std::string("tm_run_end"));
    QVERIFY(!elf->functionAt(0x112));
    QVERIFY(!elf->functionAt(0xff));
}

void TestElf::refusesWhatIsNoElf_data()
{
    QTest::addColumn<QByteArray>("bytes");
    const Image good = smallElf();
    const QByteArray image(reinterpret_cast<const char*>(good.data()), qsizetype(good.size()));
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("text") << QByteArray(200, 'x');
    QTest::newRow("header cut") << image.left(51);
    QTest::newRow("sections cut") << image.left(400);
    const auto with = [&](qsizetype at, char value) {
        QByteArray changed = image;
        changed[at] = value;
        return changed;
    };
    QTest::newRow("64 bit") << with(4, 2);
    QTest::newRow("big-endian") << with(5, 2);
    QTest::newRow("sections far away") << with(35, 0x7f);
    QTest::newRow("segments far away") << with(31, 0x7f);
    QTest::newRow("odd section rows") << with(46, 41);
    QTest::newRow("too many sections") << with(49, 0x7f);
}

void TestElf::refusesWhatIsNoElf()
{
    QFETCH(QByteArray, bytes);
    const auto elf =
        ElfFile::parse(std::as_bytes(std::span(bytes.constData(), size_t(bytes.size()))), "fw.elf");
    QVERIFY(!elf);
    QCOMPARE(elf.error().kind, ErrorKind::BadInput);
    QCOMPARE(elf.error().where, std::string("fw.elf"));
}

void TestElf::toleratesTablesOutsideTheFile()
{
    Image image = smallElf();
    put(image, 300 + 40 * 5 + 16, 0x7fffffff, 4); // the names
    const auto nameless = ElfFile::parse(image, "x");
    QVERIFY(nameless);
    QVERIFY(nameless->sections()[1].name.empty());
    QVERIFY(nameless->symbols().empty());

    image = smallElf();
    put(image, 300 + 40 * 4 + 24, 0xffff, 4); // the symbols' link
    const auto linkless = ElfFile::parse(image, "x");
    QVERIFY(linkless);
    QVERIFY(linkless->symbols().empty());
    QCOMPARE(linkless->linkedSections().size(), std::size_t(2));
}

void TestElf::survivesMutations()
{
    std::mt19937 random(1);
    const Image good = smallElf();
    int read = 0;
    for (int round = 0; round < 20'000; ++round) {
        Image image = good;
        for (unsigned i = 0; i < 1 + random() % 8; ++i) {
            image[random() % image.size()] = static_cast<std::byte>(random());
        }
        image.resize(image.size() - (round % 3 == 0 ? random() % image.size() : 0));
        const auto elf = ElfFile::parse(image, "mutant");
        if (elf) {
            ++read;
            (void)elf->functionAt(random());
            for (const auto& section : elf->linkedSections()) {
                QVERIFY(section.name.size() <= 1024);
            }
        }
    }
    QVERIFY(read > 1000); // the mutants got past the header
}

void TestElf::readsFiles()
{
    QVERIFY(!ElfFile::read("/no/such/file"));
    QVERIFY(!ElfFile::read("/"));
    QTemporaryDir folder;
    QFile file(folder.filePath("a.elf"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    const Image image = smallElf();
    file.write(reinterpret_cast<const char*>(image.data()), qint64(image.size()));
    file.close();
    QVERIFY(ElfFile::read(file.fileName().toStdString()));
    // This very program: a 64-bit ELF, not a firmware.
    QVERIFY(!ElfFile::read(QCoreApplication::applicationFilePath().toStdString()));
}

QTEST_GUILESS_MAIN(TestElf)
#include "test_elf.moc"
