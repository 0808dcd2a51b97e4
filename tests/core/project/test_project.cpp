// SPDX-License-Identifier: Apache-2.0
#include "core/project/project.h"

#include "core/io/file.h"
#include "tests/core/io/full_disk.h"
#include "tests/core/io/mutator.h"

#include <QtTest>

#include <fstream>
#include <set>

using namespace tidemark;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const std::string kSum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

QString message(const Diagnostic& error)
{
    return QString::fromStdString(error.text());
}

json loadJson(const fs::path& path)
{
    std::ifstream stream(path);
    return json::parse(stream);
}

std::string contentOf(const fs::path& path)
{
    const Result<std::string> content = readFile(path, Bytes(1 << 24));
    return content ? *content : "";
}

/// Everything a project can hold, none of it a default.
Project fullProject(const fs::path& folder)
{
    Project project;
    project.model = folder / "models" / "lenet 5 ü.onnx";
    project.modelSha256 = kSum;
    project.board = "hifive1";
    project.constraints.technique = Technique::PingPong;
    project.constraints.objective = Objective::Weighted;
    project.constraints.ramWeight = 0.1;
    project.constraints.latencyWeight = 2.5;
    project.constraints.energyWeight = 1e-3;
    project.constraints.scratch = ScratchPolicy::Exclude;
    project.constraints.staging = Staging::Resident;
    project.constraints.rings = RingForm::Rows;
    project.constraints.pins = {{"conv1\n\"out\"", "DTIM", Bytes(64)}, {"fc/w", "QSPI", {}}};
    project.constraints.budgets = {{"DTIM", Bytes(12000)}};
    project.constraints.stack = Bytes(512);
    project.dims = {{"N", 1}, {"width", 96}};
    project.int8 = true;
    project.calibration = folder / "samples";
    project.plan = nlohmann::ordered_json::parse(
        R"({"fits": true, "banks": [{"id": "DTIM"}], "activation_bytes": 8800})");
    return project;
}

} // namespace

class TestProject : public QObject {
    Q_OBJECT

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void roundTrips();
    void smallestProject();
    void schemaListsEveryKey();
    void pathsAreRelativeInTheFile();
    void aFolderCanMove();
    void boardFiles();
    void linkedFolders();
    void pathsThatReachOut_data();
    void pathsThatReachOut();
    void goingUpEndsAtTheRoot();
    void unknownKeysAreKeptOut();
    void newerVersionIsRefusedByName();
    void refusals_data();
    void refusals();
    void rubbish();
    void interruptedWriteLeavesTheOldOne();
    void unwritableNames();
    void planTooLargeToReadAgain();
    void sumsOfFiles();
    void mutationsNeverCrash();

private:
    fs::path at(const char* name) const { return m_folder->filePath(name).toStdString(); }

    /// The full project as JSON, patched (RFC 6902), in a file.
    Result<Project> readPatched(const std::string& patch)
    {
        const fs::path path = at("p.tidemark");
        if (!writeProject(fullProject(m_folder->path().toStdString()), path)) {
            return Diagnostic{};
        }
        const json patched = loadJson(path).patch(json::parse(patch));
        std::ofstream(path) << patched.dump();
        return readProject(path);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestProject::roundTrips()
{
    const Project project = fullProject(m_folder->path().toStdString());
    QVERIFY(bool(writeProject(project, at("p.tidemark"))));
    const Result<Project> again = readProject(at("p.tidemark"));
    QVERIFY2(bool(again), again ? "" : qPrintable(message(again.error())));
    QCOMPARE(again->model, project.model);
    QCOMPARE(again->int8, true);
    QCOMPARE(again->calibration, project.calibration);
    QCOMPARE(again->modelSha256, project.modelSha256);
    QCOMPARE(again->board, project.board);
    QVERIFY(again->constraints == project.constraints);
    QVERIFY(again->dims == project.dims);
    QCOMPARE(again->plan.dump(), project.plan.dump()); // keys in their order, too
    QVERIFY(bool(writeProject(*again, at("q.tidemark"))));
    QCOMPARE(contentOf(at("q.tidemark")), contentOf(at("p.tidemark")));
}

void TestProject::smallestProject()
{
    std::ofstream(at("s.tidemark")) << R"({"format": "tidemark-project", "version": 1,
        "model": {"path": "m.onnx"}, "board": "hifive1"})";
    const Result<Project> project = readProject(at("s.tidemark"));
    QVERIFY2(bool(project), project ? "" : qPrintable(message(project.error())));
    QCOMPARE(project->model, fs::canonical(m_folder->path().toStdString()) / "m.onnx");
    QVERIFY(project->constraints == Constraints{});
    QVERIFY(project->modelSha256.empty() && project->dims.empty() && project->plan.is_null());
    QVERIFY(bool(writeProject(*project, at("t.tidemark"))));
    QVERIFY(readProject(at("t.tidemark"))->constraints == Constraints{});
}

/// The schema names exactly the keys that a full project has, at every level.
void TestProject::schemaListsEveryKey()
{
    QVERIFY(bool(writeProject(fullProject(m_folder->path().toStdString()), at("p.tidemark"))));
    const json file = loadJson(at("p.tidemark"));
    const json schema = loadJson(TIDEMARK_SOURCE_DIR "/resources/schemas/project.schema.json");
    const auto keysOf = [](const json& object) {
        std::set<std::string> keys;
        for (const auto& [key, value] : object.items()) {
            keys.insert(key);
        }
        return keys;
    };
    const json& constraints = schema["properties"]["constraints"]["properties"];
    QCOMPARE(keysOf(file), keysOf(schema["properties"]));
    QCOMPARE(keysOf(file["model"]), keysOf(schema["properties"]["model"]["properties"]));
    QCOMPARE(keysOf(file["constraints"]), keysOf(constraints));
    QCOMPARE(keysOf(file["constraints"]["weights"]), keysOf(constraints["weights"]["properties"]));
    for (const char* list : {"pins", "budgets"}) {
        QCOMPARE(keysOf(file["constraints"][list][0]),
                 keysOf(constraints[list]["items"]["properties"]));
    }
    // Its words are the program's words.
    for (const char* key : {"technique", "objective", "scratch"}) {
        for (const json& word : constraints[key]["enum"]) {
            const json patch = json::array(
                {{{"op", "add"}, {"path", std::string("/constraints/") + key}, {"value", word}}});
            QVERIFY(bool(readPatched(patch.dump())));
        }
    }
    QCOMPARE(constraints["technique"]["enum"].size(), allTechniques().size());
}

void TestProject::pathsAreRelativeInTheFile()
{
    fs::create_directories(at("projects/deep"));
    Project project = fullProject(m_folder->path().toStdString());
    QVERIFY(bool(writeProject(project, at("projects/deep/p.tidemark"))));
    QCOMPARE(loadJson(at("projects/deep/p.tidemark"))["model"]["path"],
             json("../../models/lenet 5 ü.onnx"));
    QCOMPARE(readProject(at("projects/deep/p.tidemark"))->model, project.model);
    QVERIFY(contentOf(at("projects/deep/p.tidemark")).find(m_folder->path().toStdString()) ==
            std::string::npos);
}

void TestProject::aFolderCanMove()
{
    fs::create_directories(at("a"));
    Project project = fullProject(at("a"));
    QVERIFY(bool(writeProject(project, at("a/p.tidemark"))));
    fs::rename(at("a"), at("b"));
    QCOMPARE(readProject(at("b/p.tidemark"))->model, at("b") / "models" / "lenet 5 ü.onnx");
}

void TestProject::boardFiles()
{
    Project project = fullProject(m_folder->path().toStdString());
    project.board = at("boards/mine.json").string();
    QVERIFY(bool(writeProject(project, at("p.tidemark"))));
    QCOMPARE(loadJson(at("p.tidemark"))["board"], json("boards/mine.json"));
    QCOMPARE(readProject(at("p.tidemark"))->board, project.board);
    project.board = "boards/mine.json"; // relative to the project's folder by contract
    QVERIFY(bool(writeProject(project, at("p.tidemark"))));
    QCOMPARE(readProject(at("p.tidemark"))->board, at("boards/mine.json").string());
}

/// ".." through a linked folder must not end somewhere else.
void TestProject::linkedFolders()
{
    fs::create_directories(at("real/inner"));
    fs::create_directory_symlink(at("real/inner"), at("link"));
    std::ofstream(at("real/m.onnx")) << "x";
    Project project = fullProject(at("real"));
    project.model = at("real/m.onnx");
    QVERIFY(bool(writeProject(project, at("link/p.tidemark"))));
    for (const char* way : {"link/p.tidemark", "real/inner/p.tidemark"}) {
        const Result<Project> again = readProject(at(way));
        QVERIFY(again && fs::equivalent(again->model, project.model));
    }
}

void TestProject::pathsThatReachOut_data()
{
    QTest::addColumn<QString>("where");
    QTest::addColumn<QString>("path");
    for (const char* where : {"/model/path", "/board"}) {
        QTest::addRow("%s absolute", where) << where << "\"/etc/board.json\"";
        QTest::addRow("%s NUL", where) << where << "\"a/b\\u0000.json\"";
        QTest::addRow("%s empty", where) << where << "\"\"";
        QTest::addRow("%s long", where) << where << "\"" + QString(5000, 'a') + ".json\"";
        QTest::addRow("%s number", where) << where << "3";
    }
}

void TestProject::pathsThatReachOut()
{
    QFETCH(QString, where);
    QFETCH(QString, path);
    const QString patch = QStringLiteral(R"([{"op": "replace", "path": "%1", "value": %2}])");
    const Result<Project> project = readPatched(patch.arg(where, path).toStdString());
    QVERIFY(!project);
    QVERIFY(project.error().kind == ErrorKind::BadInput);
    QVERIFY(message(project.error()).contains(where.mid(1).replace('/', '.')));
}

void TestProject::goingUpEndsAtTheRoot()
{
    const std::string up = QString("../").repeated(100).toStdString();
    const Result<Project> project = readPatched(
        R"([{"op": "replace", "path": "/model/path", "value": ")" + up + R"(nowhere/m.onnx"}])");
    QVERIFY(bool(project));
    QCOMPARE(project->model, fs::path("/nowhere/m.onnx"));
}

void TestProject::unknownKeysAreKeptOut()
{
    const Result<Project> project =
        readPatched(R"([{"op": "add", "path": "/later", "value": {"a": 1}},
                        {"op": "add", "path": "/constraints/later", "value": 1},
                        {"op": "add", "path": "/constraints/pins/0/later", "value": []}])");
    QVERIFY(bool(project));
    QVERIFY(project->constraints == fullProject("").constraints);
    QVERIFY(bool(writeProject(*project, at("q.tidemark"))));
    QVERIFY(contentOf(at("q.tidemark")).find("later") == std::string::npos);
}

void TestProject::newerVersionIsRefusedByName()
{
    const Result<Project> project =
        readPatched(R"([{"op": "replace", "path": "/version", "value": 7},
                        {"op": "replace", "path": "/board", "value": {"new": "form"}}])");
    QVERIFY(!project);
    QVERIFY(message(project.error()).contains("format version 7 is newer"));
    QVERIFY(message(project.error()).contains("p.tidemark, version"));
}

void TestProject::refusals_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("where");
    const auto row = [](const char* path, const char* value, const char* where = "") {
        const QString dotted = QString(path).mid(1).replace('/', '.');
        QTest::addRow("%s %.30s", path, value) << path << value << (*where ? where : dotted);
    };
    row("/format", "\"tidemark-board\"");
    row("/version", "0");
    row("/version", "\"1\"");
    row("/model", "\"m.onnx\"");
    row("/model/sha256", "\"abc\"");
    row("/model/sha256", "\"ZZ7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"");
    row("/board", "[]");
    row("/constraints", "7");
    row("/constraints/technique", "\"magic\"");
    row("/constraints/technique", "null");
    row("/constraints/objective", "\"speed\"");
    row("/constraints/scratch", "true");
    row("/constraints/rings", "\"windows\"");
    row("/constraints/weights", "[1, 2, 3]");
    row("/constraints/weights/ram", "-1");
    row("/constraints/weights", "{\"ram\": 0}", "constraints.weights.ram");
    row("/constraints/pins", "{}");
    row("/constraints/pins/0", "\"a=B\"", "constraints.pins[0]");
    row("/constraints/pins/0/buffer", "\"\"", "constraints.pins[0].buffer");
    row("/constraints/pins/0/offset_bytes", "-8", "constraints.pins[0].offset_bytes");
    row("/constraints/pins/0/offset_bytes", "4294967297", "constraints.pins[0].offset_bytes");
    row("/constraints/budgets/0/limit_bytes", "1.5", "constraints.budgets[0].limit_bytes");
    row("/constraints/budgets/0/bank", "null", "constraints.budgets[0].bank");
    row("/constraints/stack_bytes", "\"2K\"");
    row("/dims", "[1]");
    row("/dims/N", "0");
    row("/dims/N", "2147483648");
    row("/dims/N", "\"1\"");
    row("/plan", "[]");
    row("/plan", "\"fits\"");
}

void TestProject::refusals()
{
    QFETCH(QString, path);
    QFETCH(QString, value);
    QFETCH(QString, where);
    const QString patch = QStringLiteral(R"([{"op": "replace", "path": "%1", "value": %2}])");
    const Result<Project> project = readPatched(patch.arg(path, value).toStdString());
    QVERIFY(!project);
    QVERIFY(project.error().kind == ErrorKind::BadInput);
    QVERIFY2(message(project.error()).contains("p.tidemark, " + where + ")"),
             qPrintable(message(project.error())));
    QVERIFY(!project.error().mend.empty());
}

void TestProject::rubbish()
{
    QVERIFY(!readProject(at("missing.tidemark")));
    QVERIFY(!readProject(m_folder->path().toStdString()));
    for (const std::string& text :
         {std::string(), std::string("hello"), std::string("[]"), std::string("{}"),
          std::string("\x08\x07onnx\0\0", 8), std::string(200000, '{'), std::string("null")}) {
        std::ofstream(at("r.tidemark"), std::ios::binary) << text;
        const Result<Project> project = readProject(at("r.tidemark"));
        QVERIFY(!project && project.error().kind == ErrorKind::BadInput);
        QVERIFY(message(project.error()).contains("r.tidemark"));
    }
}

void TestProject::interruptedWriteLeavesTheOldOne()
{
    Project project = fullProject(m_folder->path().toStdString());
    QVERIFY(bool(writeProject(project, at("p.tidemark"))));
    const std::string old = contentOf(at("p.tidemark"));
    project.plan["more"] = std::string(100000, 'x');
    {
        const FullDisk disk(8000);
        const Status status = writeProject(project, at("p.tidemark"));
        QVERIFY(!status && status.error().kind == ErrorKind::Environment);
    }
    QCOMPARE(contentOf(at("p.tidemark")), old);
    QCOMPARE(QDir(m_folder->path()).entryList(QDir::Files), QStringList{"p.tidemark"});
    QVERIFY(!writeProject(project, at("no/such/folder/p.tidemark")));
}

void TestProject::unwritableNames()
{
    Project project = fullProject(m_folder->path().toStdString());
    QVERIFY(bool(writeProject(project, at("p.tidemark"))));
    const std::string old = contentOf(at("p.tidemark"));
    project.constraints.pins[0].buffer = "\xff\xfe";
    const Status status = writeProject(project, at("p.tidemark"));
    QVERIFY(!status && message(status.error()).contains("UTF-8"));
    QCOMPARE(contentOf(at("p.tidemark")), old);
}

void TestProject::planTooLargeToReadAgain()
{
    Project project = fullProject(m_folder->path().toStdString());
    project.plan["more"] = std::string(17 << 20, 'x');
    QVERIFY(!writeProject(project, at("p.tidemark")));
    QVERIFY(!fs::exists(at("p.tidemark")));
}

void TestProject::sumsOfFiles()
{
    std::ofstream(at("abc"), std::ios::binary) << "abc";
    QCOMPARE(*fileSha256(at("abc")), kSum);
    std::ofstream(at("a"), std::ios::binary) << std::string(1000000, 'a'); // FIPS 180-4
    QCOMPARE(*fileSha256(at("a")),
             std::string("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
    QVERIFY(!fileSha256(at("missing")));
    QVERIFY(!fileSha256(m_folder->path().toStdString()));
}

/// Whatever a file holds: a project that round trips, or an error that says where and what to do.
void TestProject::mutationsNeverCrash()
{
    const fs::path path = at("p.tidemark");
    QVERIFY(bool(writeProject(fullProject(m_folder->path().toStdString()), path)));
    const std::string seed = contentOf(path);
    Mutator mutator(20240502);
    int accepted = 0, refused = 0;
    for (int i = 0; i < 600; ++i) {
        const std::string mutant =
            i % 2 == 0 ? mutator.mutateText(seed) : mutator.mutateValues(json::parse(seed)).dump();
        std::ofstream(path, std::ios::binary) << mutant;
        const Result<Project> project = readProject(path);
        if (project) {
            ++accepted;
            QVERIFY(bool(writeProject(*project, at("q.tidemark"))));
            const Result<Project> again = readProject(at("q.tidemark"));
            QVERIFY2(bool(again), mutant.c_str());
            QVERIFY2(again->constraints == project->constraints, mutant.c_str());
            QVERIFY2(again->model == project->model && again->board == project->board &&
                         again->dims == project->dims && again->plan == project->plan,
                     mutant.c_str());
        } else {
            ++refused;
            QVERIFY(project.error().where.starts_with(path.string()));
            QVERIFY(!project.error().mend.empty());
        }
    }
    QVERIFY(accepted > 20 && refused > 200); // both ways were gone
}

QTEST_GUILESS_MAIN(TestProject)
#include "test_project.moc"
