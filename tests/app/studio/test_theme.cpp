// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/theme/elide.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/format.h"
#include "app/studio/theme/rung_text.h"
#include "app/studio/theme/theme.h"

#include <QFontInfo>
#include <QFontMetricsF>
#include <QTest>
#include <set>

using namespace tidemark;
using namespace tidemark::studio;

class TestTheme : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { QVERIFY(fonts::load()); }

    void fontIsOurs()
    {
        QCOMPARE(QFontInfo(fonts::regular(12)).family(), QString(fonts::kFamily));
        QCOMPARE(QFontInfo(fonts::semiBold(12)).family(), QString(fonts::kFamily));
        QCOMPARE(QFontInfo(fonts::semiBold(12)).weight(), int(QFont::DemiBold));
    }

    void digitsLineUp()
    {
        const QFontMetricsF metrics(fonts::regular(12));
        const double width = metrics.horizontalAdvance(QStringLiteral("0"));
        for (int digit = 1; digit < 10; ++digit) {
            QCOMPARE(metrics.horizontalAdvance(QString::number(digit)), width);
        }
        for (const char* sign : {"·", "−", "…", "→", "≤", "▲", "▼", "×", "±"}) {
            QVERIFY2(metrics.inFont(QString::fromUtf8(sign).front()), sign);
        }
    }

    void labelsAreReadable_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("dark") << true;
        QTest::newRow("light") << false;
    }
    void labelsAreReadable()
    {
        QFETCH(bool, dark);
        const Theme& theme = dark ? Theme::dark() : Theme::light();
        for (const KindStyle& style : theme.kinds) {
            QVERIFY(contrast(style.strong, theme.text) >= 4.5);
            QVERIFY(contrast(style.pale, theme.text) >= 4.5);
            // Residency and access must not be mistaken for one another.
            QVERIFY(contrast(style.strong, style.pale) >= 1.3);
            QVERIFY(contrast(style.edge, theme.lane) >= 2);
        }
        for (const QColor& ground : {theme.window, theme.panel, theme.lane, theme.raised}) {
            QVERIFY(contrast(theme.text, ground) >= 7);
            QVERIFY(contrast(theme.dim, ground) >= 4.5);
            QVERIFY(contrast(theme.faint, ground) >= 4.2);
        }
        QVERIFY(contrast(theme.peak, theme.peakText) >= 4.5);
        QVERIFY(contrast(theme.accent, theme.accentText) >= 4.5);
        QVERIFY(contrast(theme.text, theme.selection) >= 7);
        QVERIFY(contrast(theme.bad, theme.panel) >= 4.5);
        QVERIFY(!theme.styleSheet().contains(QLatin1Char('@')));
    }

    void namesKeepTheirNumber()
    {
        const auto width = [](const QString& text) { return 6.0 * double(text.size()); };
        const QChar dots(0x2026);
        QCOMPARE(elidedName("conv1", 30, width), QString("conv1"));
        QCOMPARE(elidedName("dwconv_15", 36, width), QString("dwc") + dots + "15");
        QCOMPARE(elidedName("softmax", 36, width), QString("softm") + dots);
        QCOMPARE(elidedName("dwconv_15", 12, width), QString());
        QCOMPARE(elidedName("123456789", 42, width), QString("123") + dots + "789");
        QCOMPARE(elidedName("", 10, width), QString());
    }

    void everyRungHasWordsOfItsOwn()
    {
        std::set<QString> names, explanations;
        for (const Technique rung : allTechniques()) {
            names.insert(rungName(rung));
            explanations.insert(rungExplanation(rung));
            QVERIFY(rungChoices().contains(QString::fromUtf8(toString(rung).data())));
        }
        QCOMPARE(names.size(), allTechniques().size());
        QCOMPARE(explanations.size(), allTechniques().size());
        QVERIFY(!explanations.contains(QString()));
        QCOMPARE(rungName(Technique::PingPong), QString("Ping-pong"));
    }

    void numbers_data()
    {
        QTest::addColumn<QString>("made");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* expected, const QString& made) {
            QTest::newRow(expected) << made << QString::fromUtf8(expected);
        };
        row("8,800 B", format::bytes(Bytes(8'800)));
        row("0 B", format::bytes(Bytes(0)));
        row("−1,024 B", format::bytes(Bytes(-1'024)));
        row("999 B", format::bytesShort(Bytes(999)));
        row("35.6 KiB", format::bytesShort(Bytes(36'472)));
        row("384 KiB", format::bytesShort(Bytes(393'216)));
        row("2 MiB", format::bytesShort(Bytes(2'097'152)));
        row("+24 B", format::bytesDelta(Bytes(24)));
        row("−4,704 B", format::bytesDelta(Bytes(-4'704)));
        row("±0 B", format::bytesDelta(Bytes(0)));
        row("1,234,567", format::count(1'234'567));
        row("−9,223,372,036,854,775,808", format::count(std::numeric_limits<std::int64_t>::min()));
        row("416.5 k", format::countShort(416'520));
        row("9,999", format::countShort(9'999));
        row("7.4 M", format::countShort(7'387'976));
        row("53.7 %", format::percent(0.5371));
        row("< 0.1 %", format::percent(0.0004));
        row("0.0 %", format::percent(0));
        row("0.02 ms", format::milliseconds(0.021));
        row("12 ms", format::milliseconds(12.4));
        row("0x1000_0000", format::address(0x10000000));
        row("0x0000_0001_0000_0000", format::address(0x100000000));
        row("246,824 B", format::quantity(246'824, QStringLiteral("B")));
        row("0.250 ms", format::quantity(0.25, QStringLiteral("ms")));
        row("61,706", format::quantity(61'706, QString()));
        row("9999.5 us", format::quantity(9'999.5, QStringLiteral("us")));
        row("40,362 us", format::quantity(40'361.5, QStringLiteral("us")));
    }
    void numbers()
    {
        QFETCH(QString, made);
        QFETCH(QString, expected);
        QCOMPARE(made.replace(QChar(0x00a0), QLatin1Char(' ')), expected);
    }
};

QTEST_MAIN(TestTheme)
#include "test_theme.moc"
