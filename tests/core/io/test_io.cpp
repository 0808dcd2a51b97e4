// SPDX-License-Identifier: Apache-2.0
#include "core/io/file.h"
#include "core/io/json_text.h"
#include "core/io/near_names.h"
#include "core/io/sha256.h"
#include "tests/core/io/full_disk.h"

#include <QtTest>

#include <fstream>
#include <sys/stat.h>

using namespace tidemark;

namespace {

std::span<const std::byte> bytesOf(const std::string& text)
{
    return std::as_bytes(std::span(text.data(), text.size()));
}

} // namespace

class TestIo : public QObject {
    Q_OBJECT

private slots:
    void sha256OfKnownTexts();
    void sha256InPieces();
    void nearNamesOfSlips();
    void jsonIsChecked();
    void readsWithinALimit();
    void replacesWholeFiles();
    void aFullDiskLeavesTheOldFile();
    void keepsPermissionsAndLinks();
    void replacesOnlyFiles();
};

// Texts and sums of FIPS 180-4's examples.
void TestIo::sha256OfKnownTexts()
{
    const auto sum = [](const std::string& text) { return sha256Hex(bytesOf(text)); };
    QCOMPARE(sum(""),
             std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    QCOMPARE(sum("abc"),
             std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    QCOMPARE(sum(std::string(1000000, 'a')),
             std::string("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
}

void TestIo::sha256InPieces()
{
    const std::string text(1000, 'x');
    Sha256 sum;
    for (std::size_t i = 0; i < text.size(); i += 7) {
        sum.add(bytesOf(text.substr(i, 7)));
    }
    QCOMPARE(sum.hex(), sha256Hex(bytesOf(text)));
    QCOMPARE(sum.hex(), sha256Hex({})); // afresh
}

void TestIo::nearNamesOfSlips()
{
    const std::vector<std::string> known{"liveness", "pingpong", "fused", "unshared"};
    QCOMPARE(nearNames("livenes", known), std::vector<std::string>{"liveness"});
    QCOMPARE(nearNames("PingPogn", known), std::vector<std::string>{"pingpong"});
    QCOMPARE(nearNames("fussed", known), std::vector<std::string>{"fused"});
    QCOMPARE(nearNames("liv", known), std::vector<std::string>{"liveness"});
    QVERIFY(nearNames("stream", known).empty());
    QVERIFY(nearNames("", known).empty());
    QVERIFY(nearNames(std::string(100000, 'a'), known).empty());
    QCOMPARE(joinNames(known), std::string("liveness, pingpong, fused, unshared"));
}

void TestIo::jsonIsChecked()
{
    QVERIFY(bool(parseJson(R"({"a": {"b": 1}, "c": {"b": 2}})", "x")));
    const auto refused = [](const std::string& text, const char* what) {
        const Result<nlohmann::json> json = parseJson(text, "x.json");
        return !json && json.error().text().find(what) != std::string::npos &&
               json.error().where == "x.json";
    };
    QVERIFY(refused("", "not valid JSON"));
    QVERIFY(refused("{\"a\": 1,\n}", "line 2"));
    QVERIFY(refused("{\"a\": 1e999}", "not valid JSON"));
    QVERIFY(refused("{\"a\": NaN}", "not valid JSON"));
    QVERIFY(refused("{\"a\": \"\xc3\x28\"}", "not valid JSON"));
    QVERIFY(refused("{} {}", "not valid JSON"));
    QVERIFY(refused(R"([{"a": 1, "b": {"a": 1}, "a": 2}])", "\"a\" appears twice"));
    QVERIFY(bool(parseJson(std::string(60, '[') + std::string(60, ']'), "x")));
    QVERIFY(refused(std::string(70, '[') + std::string(70, ']'), "deep"));
    QVERIFY(refused(std::string(1000000, '['), "deep"));
}

void TestIo::readsWithinALimit()
{
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("f").toStdString();
    const std::string content(100000, 'q');
    std::ofstream(path) << content;
    const Result<std::string> whole = readFile(path, Bytes(100000));
    QVERIFY(whole && *whole == content);
    QVERIFY(!readFile(path, Bytes(99999)));
    QVERIFY(!readFile("/dev/zero", Bytes(10)));
    QVERIFY(!readFile(folder.path().toStdString(), Bytes(10)));
    QVERIFY(!readFile(path / "below", Bytes(10)));
}

void TestIo::replacesWholeFiles()
{
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("f").toStdString();
    QVERIFY(bool(writeFileAtomically(path, "old, and longer")));
    QVERIFY(bool(writeFileAtomically(path, "new")));
    QCOMPARE(*readFile(path, Bytes(100)), std::string("new"));
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files), QStringList{"f"});
    const Status nowhere = writeFileAtomically(path / "below", "x");
    QVERIFY(!nowhere && nowhere.error().kind == ErrorKind::Environment);
}

void TestIo::aFullDiskLeavesTheOldFile()
{
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("f").toStdString();
    const std::string old(50000, 'o');
    QVERIFY(bool(writeFileAtomically(path, old)));
    {
        const FullDisk disk(10000);
        const Status status = writeFileAtomically(path, std::string(60000, 'n'));
        QVERIFY(!status && status.error().kind == ErrorKind::Environment);
    }
    QCOMPARE(*readFile(path, Bytes(100000)), old);
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files), QStringList{"f"}); // nothing left behind
}

void TestIo::keepsPermissionsAndLinks()
{
    namespace fs = std::filesystem;
    QTemporaryDir folder;
    const fs::path path = folder.filePath("f").toStdString();
    const fs::path link = folder.filePath("link").toStdString();
    QVERIFY(bool(writeFileAtomically(path, "old")));
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
    fs::create_symlink("f", link);
    QVERIFY(bool(writeFileAtomically(link, "new")));
    QVERIFY(fs::is_symlink(link));
    QCOMPARE(*readFile(path, Bytes(100)), std::string("new"));
    QVERIFY(fs::status(path).permissions() ==
            (fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read));
}

void TestIo::replacesOnlyFiles()
{
    QTemporaryDir folder;
    const std::filesystem::path sub = folder.filePath("sub").toStdString();
    std::filesystem::create_directory(sub);
    QVERIFY(!writeFileAtomically(sub, "x"));
    QVERIFY(std::filesystem::is_directory(sub));
    const std::filesystem::path pipe = folder.filePath("pipe").toStdString();
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    QVERIFY(!writeFileAtomically(pipe, "x"));
    QVERIFY(std::filesystem::is_fifo(pipe));
    QVERIFY(!readFile(pipe, Bytes(10))); // and does not wait for a writer
}

QTEST_GUILESS_MAIN(TestIo)
#include "test_io.moc"
