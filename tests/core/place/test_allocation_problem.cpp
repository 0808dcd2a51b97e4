// SPDX-License-Identifier: Apache-2.0
#include "core/place/allocation_problem.h"

#include <QtTest>

using namespace tidemark;

class TestAllocationProblem : public QObject {
    Q_OBJECT

private slots:
    void readsColumnsInAnyOrder()
    {
        const auto problem =
            parseAllocationProblem("\xEF\xBB\xBF size , offset,upper,id,lower,"
                                   "alignment\r\n8,77,5,a b,-3,4\r\n\r\n9,,6,c,5,1",
                                   "x.csv");
        QVERIFY(problem);
        QCOMPARE(problem->rows.size(), std::size_t{2});
        QCOMPARE(problem->rows[0].id, std::string("a b"));
        QCOMPARE(problem->rows[0].lower, std::int64_t{-3});
        QCOMPARE(problem->rows[0].upper, std::int64_t{5});
        QCOMPARE(problem->rows[0].size, Bytes(8));
        QCOMPARE(problem->rows[0].alignment, Bytes(4));
        const std::vector<Block> blocks = problem->blocks();
        QVERIFY(!blocks[0].life.intersects(blocks[1].life)); // upper is exclusive
        QVERIFY(!blocks[0].fixed);                           // an offset is no input
        QCOMPARE(problem->solutionCsv({Bytes(0), Bytes(3)}),
                 std::string("id,lower,upper,size,offset\na b,-3,5,8,0\nc,5,6,9,3\n"));
    }

    void timesBeyond32BitsKeepTheirOrder()
    {
        const auto problem =
            parseAllocationProblem("id,lower,upper,size\na,0,4294967297,1\nb,4294967296,4294967298,"
                                   "1\nc,4294967297,4294967299,1\n",
                                   "x.csv");
        QVERIFY(problem);
        const std::vector<Block> blocks = problem->blocks();
        QVERIFY(blocks[0].life.intersects(blocks[1].life));
        QVERIFY(blocks[1].life.intersects(blocks[2].life));
        QVERIFY(!blocks[0].life.intersects(blocks[2].life));
    }

    void aSolutionIsAProblem()
    {
        const auto problem = parseAllocationProblem("id,lower,upper,size\na,0,2,3\n", "x.csv");
        QVERIFY(problem);
        const auto again = parseAllocationProblem(problem->solutionCsv({Bytes(5)}), "y.csv");
        QVERIFY(again);
        QCOMPARE(again->rows.size(), std::size_t{1});
    }

    void refusesByLine_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("line");
        QTest::addColumn<QByteArray>("mentions");
        const auto row = [](const char* name, const QByteArray& text, int line,
                            const char* mentions) {
            QTest::newRow(name) << text << line << QByteArray(mentions);
        };
        const QByteArray head = "id,lower,upper,size\n";
        row("empty", "", 1, "header");
        row("unknown column", "id,lower,upper,size,colour\n", 1, "colour");
        row("missing column", "id,lower,size\n", 1, "upper");
        row("column twice", "id,lower,upper,size,id\n", 1, "twice");
        row("field missing", head + "a,1,2,3\nb,1,2\n", 3, "3 fields");
        row("field too many", head + "a,1,2,3,4\n", 2, "5 fields");
        row("no number", head + "\na,1,2,3\nb,1,x,3\n", 4, "upper 'x'");
        row("fraction", head + "a,1,2,3.5\n", 2, "3.5");
        row("empty number", head + "a,,2,3\n", 2, "lower");
        row("negative size", head + "a,1,2,-3\n", 2, "-3");
        row("huge size", head + "a,1,2,99999999999999999999\n", 2, "size");
        row("too large", head + "a,1,2,1099511627777\n", 2, "1,099,511,627,776");
        row("late", head + "a,1,9223372036854775807,3\n", 2, "upper");
        row("life of nothing", head + "a,2,2,3\n", 2, "'a'");
        row("life backwards", head + "a,3,2,3\n", 2, "'a'");
        row("id twice", head + "a,1,2,3\na,2,3,4\n", 3, "'a'");
        row("no id", head + ",1,2,3\n", 2, "id");
        row("control character", head + "a\x1b[31m,1,2,3\n", 2, "\\x1B");
        row("alignment of zero", "id,lower,upper,size,alignment\na,1,2,3,0\n", 2, "alignment");
    }
    void refusesByLine()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, line);
        QFETCH(QByteArray, mentions);
        const auto problem = parseAllocationProblem(text.toStdString(), "x.csv");
        QVERIFY(!problem);
        QCOMPARE(problem.error().kind, ErrorKind::BadInput);
        QCOMPARE(problem.error().where, "x.csv:" + std::to_string(line));
        const QByteArray said = QByteArray::fromStdString(problem.error().text());
        QVERIFY2(said.toLower().contains(mentions.toLower()), said);
    }

    void boundsItsRows()
    {
        std::string text = "id,lower,upper,size\n";
        for (int i = 0; i < 50'001; ++i) {
            text += std::to_string(i) + ",0,1,1\n";
        }
        const auto problem = parseAllocationProblem(text, "x.csv");
        QVERIFY(!problem);
        QCOMPARE(problem.error().where, std::string("x.csv:50002"));
    }

    void refusesFilesThatAreNotThere()
    {
        const auto problem = readAllocationProblem("no/such.csv");
        QVERIFY(!problem);
        QVERIFY(problem.error().text().find("no/such.csv") != std::string::npos);
    }

    void everyCutIsReadOrRefused()
    {
        const std::string text = "id,lower,upper,size,alignment\nabc,10,200,3000,16\nd,1,2,3,4\n";
        for (std::size_t length = 0; length <= text.size(); ++length) {
            const auto problem = parseAllocationProblem(text.substr(0, length), "x.csv");
            QVERIFY(problem || !problem.error().mend.empty());
        }
    }
};

QTEST_APPLESS_MAIN(TestAllocationProblem)
#include "test_allocation_problem.moc"
