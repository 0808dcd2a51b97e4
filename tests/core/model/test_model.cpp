// SPDX-License-Identifier: Apache-2.0
#include "core/model/bytes.h"
#include "core/model/diagnostic.h"
#include "core/model/format.h"
#include "core/model/identifier.h"
#include "core/model/shape.h"

#include <QtTest>
#include <limits>

using namespace tidemark;

class TestModel : public QObject {
    Q_OBJECT

private slots:
    void countsElements()
    {
        QCOMPARE(elementCount({1, 6, 28, 28}), std::optional<std::int64_t>(4704));
        QCOMPARE(elementCount({}), std::optional<std::int64_t>(1));
        QCOMPARE(elementCount({3, 0, 5}), std::optional<std::int64_t>(0));
        QVERIFY(!elementCount({2, -1}));
        QVERIFY(!elementCount({std::int64_t(1) << 40, std::int64_t(1) << 40}));
    }

    void alignsUp()
    {
        QCOMPARE(alignUp(Bytes(0), Bytes(8)), Bytes(0));
        QCOMPARE(alignUp(Bytes(1), Bytes(8)), Bytes(8));
        QCOMPARE(alignUp(Bytes(16), Bytes(8)), Bytes(16));
    }

    void productsThatOverflowAreNothing()
    {
        const auto most = std::numeric_limits<std::int64_t>::max();
        QCOMPARE(checkedProduct(most, 1), std::optional(most));
        QVERIFY(!checkedProduct(most, 2));
        QVERIFY(!checkedProduct(-1, 2));
    }

    void groupsDigits()
    {
        QCOMPARE(formatCount(0), std::string("0"));
        QCOMPARE(formatCount(999), std::string("999"));
        QCOMPARE(formatCount(1000), std::string("1,000"));
        QCOMPARE(formatCount(138357544), std::string("138,357,544"));
        QCOMPARE(formatCount(-1024), std::string("-1,024"));
        QCOMPARE(formatCount(-999), std::string("-999"));
        QCOMPARE(formatBytes(Bytes(8800)), std::string("8,800 B"));
    }

    void namesBecomeIdentifiers_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("identifier");
        QTest::newRow("plain") << QByteArray("conv1") << QByteArray("conv1");
        QTest::newRow("path") << QByteArray("/0/Conv") << QByteArray("_0_Conv");
        QTest::newRow("injection")
            << QByteArray("a\"; system(\"x\"); //*/") << QByteArray("a_system_x");
        QTest::newRow("nothing left") << QByteArray("\xff\xfe…") << QByteArray("fallback");
        QTest::newRow("digit first") << QByteArray("3x3") << QByteArray("_3x3");
        QTest::newRow("long") << QByteArray(500, 'a') << QByteArray(48, 'a');
    }
    void namesBecomeIdentifiers()
    {
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, identifier);
        QCOMPARE(QByteArray::fromStdString(toIdentifier(name.toStdString(), "fallback")),
                 identifier);
    }

    void untrustedTextIsMadeVisible()
    {
        QCOMPARE(printable("größe"), std::string("größe"));
        QCOMPARE(printable("a\x1b[31mb\n"), std::string("a\\x1b[31mb\\x0a"));
        QCOMPARE(printable("\xc0\xaf"), std::string("\\xc0\\xaf"));          // overlong
        QCOMPARE(printable("\xed\xa0\x80"), std::string("\\xed\\xa0\\x80")); // surrogate
        QCOMPARE(printable("\xe2\x80\xae"),
                 std::string("\\xe2\\x80\\xae"));                   // right-to-left override
        QCOMPARE(printable("\xe2\x82"), std::string("\\xe2\\x82")); // cut short
        QVERIFY(printable(std::string(1000, 'x')).size() < 130);
    }

    void diagnosticsReadAsOneSentence()
    {
        const Diagnostic full{ErrorKind::BadInput, "no shape", "operator 'x'",
                              "run shape inference"};
        QCOMPARE(full.text(), std::string("no shape (operator 'x'): run shape inference"));
        QCOMPARE((Diagnostic{ErrorKind::Usage, "bad", "", ""}.text()), std::string("bad"));
    }
};

QTEST_APPLESS_MAIN(TestModel)
#include "test_model.moc"
