// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "fake_device.h"
#include "tests/support/soak.h"

extern "C" {
#include "firmware_bridge/device/tm_format.h"
}

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>

using fake::Device;

namespace {

std::string s_text;
void append(char c)
{
    s_text += c;
}
std::string formatted(float value)
{
    s_text.clear();
    tm_put_float(append, value);
    return s_text;
}

/// Replies without their line ends, joined by '|'.
std::string lines(const std::string& reply)
{
    return QString::fromStdString(reply).trimmed().replace("\r\n", "|").toStdString();
}

int count(const std::string& text, const std::string& what)
{
    return static_cast<int>(QString::fromStdString(text).count(QString::fromStdString(what)));
}

std::string loaded(Device& device)
{
    return device.send(fake::loadCommands());
}

} // namespace

class TestCommandServer : public QObject {
    Q_OBJECT

private slots:
    void floatsReadBackAsThemselves()
    {
        std::mt19937 random(1);
        for (int i = 0; i < 300000; ++i) {
            const std::uint32_t bits = random();
            float value = 0;
            std::memcpy(&value, &bits, sizeof value);
            if (std::isfinite(value)) {
                // The nearest nine digits, not only some that read back.
                const double exact = value;
                const double unit = std::pow(10.0, std::floor(std::log10(std::abs(exact))) - 8);
                const double shown = std::strtod(formatted(value).c_str(), nullptr);
                QVERIFY2(value == 0 || std::abs(shown - exact) <= 0.500001 * unit,
                         formatted(value).c_str());
                const float back = std::strtof(formatted(value).c_str(), nullptr);
                QVERIFY2(std::memcmp(&back, &value, sizeof value) == 0 || value == 0,
                         formatted(value).c_str());
            }
        }
    }

    void floatsLookAsExpected_data()
    {
        QTest::addColumn<float>("value");
        QTest::addColumn<QString>("text");
        QTest::newRow("zero") << 0.0F << "0.0";
        QTest::newRow("minus zero") << -0.0F << "-0.0";
        QTest::newRow("one") << 1.0F << "1.00000000";
        QTest::newRow("tenth") << 0.1F << "0.100000001";
        QTest::newRow("small") << 0.00012345678F << "0.000123456775";
        QTest::newRow("-12.5") << -12.5F << "-12.5000000";
        QTest::newRow("eight digits") << 12345678.0F << "12345678.0";
        QTest::newRow("large") << 1e20F << "1.00000002e+20";
        QTest::newRow("greatest") << std::numeric_limits<float>::max() << "3.40282347e+38";
        QTest::newRow("least") << std::numeric_limits<float>::denorm_min() << "1.40129846e-45";
        QTest::newRow("below a billion") << 999999936.0F << "9.99999936e+8";
        QTest::newRow("just below 2^30") << 1073741760.0F << "1.07374176e+9";
        QTest::newRow("inf") << std::numeric_limits<float>::infinity() << "inf";
        QTest::newRow("-inf") << -std::numeric_limits<float>::infinity() << "-inf";
        QTest::newRow("nan") << std::numeric_limits<float>::quiet_NaN() << "nan";
    }
    void floatsLookAsExpected()
    {
        QFETCH(float, value);
        QFETCH(QString, text);
        QCOMPARE(QString::fromStdString(formatted(value)), text);
    }

    void bootsAsTheProtocolSays()
    {
        QCOMPARE(lines(Device(true).boot),
                 "m-timestamp-mode-performance|m-lap-us-1500|m-init-done|m-ready");
    }

    void answersPlainCommands_data()
    {
        QTest::addColumn<QString>("command");
        QTest::addColumn<QString>("reply");
        QTest::newRow("name") << "name%"
                              << "m-name-dut-[tidemark]|m-ready";
        QTest::newRow("profile") << "profile%"
                                 << "m-profile-[ULPMark for tinyML Firmware V0.0.1]|"
                                    "m-model-[lenet5]|m-ready";
        QTest::newRow("nonce") << "x-nonce 4294967295%"
                               << "m-x-nonce-4294967295|m-ready";
        QTest::newRow("hash")
            << "x-hash%"
            << "m-x-hash-[0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef]|m-"
               "ready";
        QTest::newRow("info") << "x-info%"
                              << "m-x-stages-3|m-x-input-16|m-x-output-8|m-x-keeps-input-1|m-ready";
        QTest::newRow("stack") << "x-stack%"
                               << "m-x-stack-1024-321|m-ready";
        QTest::newRow("crc") << "x-crc%"
                             << "m-x-crc-[.tm_weights.MRAM]-9-cbf43926|m-ready";
        QTest::newRow("selftest") << "x-selftest%"
                                  << "m-x-selftest-passed|m-ready";
        QTest::newRow("unknown") << "frobnicate%"
                                 << "e-[Unknown command: frobnicate]|m-ready";
        QTest::newRow("empty") << "%"
                               << "e-[Unknown command: ]|m-ready";
        QTest::newRow("spaces") << "   %"
                                << "e-[Unknown command: ]|m-ready";
        QTest::newRow("echo is harmless") << "a]\x1b[2J%"
                                          << "e-[Unknown command: a...2J]|m-ready";
        QTest::newRow("arguments") << "name x%"
                                   << "e-[Takes no arguments: name]|m-ready";
        QTest::newRow("no nonce") << "x-nonce%"
                                  << "e-[Usage: x-nonce N]|m-ready";
        QTest::newRow("negative") << "x-nonce -1%"
                                  << "e-[Usage: x-nonce N]|m-ready";
        QTest::newRow("too large") << "x-nonce 4294967296%"
                                   << "e-[Usage: x-nonce N]|m-ready";
        QTest::newRow("line ends between") << "\r\nname%\r\n"
                                           << "m-name-dut-[tidemark]|m-ready";
        QTest::newRow("no results") << "results%"
                                    << "e-[No results: infer first]|m-ready";
        QTest::newRow("no output") << "x-output%"
                                   << "e-[No results: infer first]|m-ready";
        QTest::newRow("no input") << "infer 1%"
                                  << "e-[No input: db load first]|m-ready";
        QTest::newRow("no layers") << "x-layers%"
                                   << "e-[No input: db load first]|m-ready";
        QTest::newRow("no paint") << "x-paint 00%"
                                  << "e-[No input: db load first]|m-ready";
        QTest::newRow("paint usage") << "x-paint 0g%"
                                     << "e-[Usage: x-paint HH]|m-ready";
        QTest::newRow("paint usage long") << "x-paint 000%"
                                          << "e-[Usage: x-paint HH]|m-ready";
        QTest::newRow("db alone") << "db%"
                                  << "e-[Usage: db load N, db HH.., db print]|m-ready";
    }
    void answersPlainCommands()
    {
        QFETCH(QString, command);
        QFETCH(QString, reply);
        Device device(true);
        QCOMPARE(QString::fromStdString(lines(device.send(command.toStdString()))), reply);
    }

    void helpNamesEveryCommand()
    {
        const std::string help = Device(true).send("help%");
        for (const char* command :
             {"name%", "profile%", "timestamp%", "help%", "results%", "db load N%", "db HH..%",
              "db print%", "infer N W%", "x-nonce N%", "x-hash%", "x-info%", "x-output%",
              "x-layers%", "x-fill HH%", "x-paint HH%", "x-stack%", "x-crc%", "x-selftest%"}) {
            QVERIFY2(help.find(command) != std::string::npos, command);
        }
        QVERIFY(help.find("tm_selftest()") != std::string::npos);
    }

    /// With a copy nothing but the feeding is new: any number of runs, one load.
    void streamedInputsAreFedFromTheCopy()
    {
        Device device(true, true);
        QVERIFY(device.send("x-info%").find("m-x-feeds-") == std::string::npos);
        (void)loaded(device);
        QCOMPARE(Device::runs, 0);
        QVERIFY(device.send("infer 3 1%").find("[136.000000,68.0000000]") != std::string::npos);
        QCOMPARE(Device::runs, 4);
        QCOMPARE(count(device.send("db print%"), "m-buffer-"), 2);
        const std::string painted = device.send("x-paint 5a%");
        QVERIFY2(painted.find("m-x-range-[TCM]-0-8") != std::string::npos, painted.c_str());
        QVERIFY(device.send("x-layers%").find("m-x-layer-0-4000\r\n") != std::string::npos);
        QCOMPARE(lines(device.send("results%")), "m-results-[136.000000,68.0000000]|m-ready");
        QVERIFY(Device::guardsIntact());
    }

    /// Without room for a copy a streamed model runs while its input is loaded.
    void streamedInputsAreUsedAsTheyCome()
    {
        Device device(false, true);
        QVERIFY(device.send("x-info%").find("m-x-keeps-input-0\r\nm-x-feeds-1") !=
                std::string::npos);
        QCOMPARE(lines(device.send("x-fill 33%")), "m-ready");
        QCOMPARE(Device::runs, 0);
        QVERIFY(loaded(device).find("m-load-done") != std::string::npos);
        QCOMPARE(Device::runs, 1);
        QCOMPARE(lines(device.send("db print%")),
                 "e-[The rows of the input were used as they came]|m-ready");
        const std::string painted = device.send("x-paint 33%");
        QVERIFY(painted.find("m-x-range-[TCM]-0-24") != std::string::npos);
        QVERIFY(painted.find("-24-0\r\n") != std::string::npos); // outside: none of 24 changed
        QCOMPARE(Device::runs, 1);
        QVERIFY(device.send("results%").find("[136.000000,68.0000000]") != std::string::npos);
        // One load is one run.
        QCOMPARE(lines(device.send("infer 1 0%")), "e-[No input: db load first]|m-ready");

        (void)loaded(device);
        const std::string layers = device.send("x-layers%");
        QVERIFY2(layers.find("m-x-layer-0-4000\r\nm-x-layer-1-20\r\nm-x-layer-2-300\r\n") !=
                     std::string::npos,
                 layers.c_str());
        (void)loaded(device);
        const std::string infer = device.send("infer 1 0%");
        QVERIFY2(infer.find("[136.000000,68.0000000]") != std::string::npos, infer.c_str());
        const QString text = QString::fromStdString(infer);
        static const QRegularExpression laps("m-lap-us-(\\d+)\\s+m-lap-us-(\\d+)");
        const auto found = laps.match(text);
        QVERIFY2(found.hasMatch(), infer.c_str());
        QCOMPARE(found.captured(2).toInt() - found.captured(1).toInt(), 1234);
        QCOMPARE(Device::runs, 3);

        // A load that is begun anew begins the run anew; the self-test ends it.
        (void)device.send("db load 16%db 0102030405060708%");
        (void)loaded(device);
        QVERIFY(device.send("infer 1 0%").find("[136.000000,68.0000000]") != std::string::npos);
        (void)device.send("db load 16%db 01020304%x-selftest%");
        QCOMPARE(lines(device.send("db 05060708%")), "e-[db load first]|m-ready");
        QVERIFY(Device::guardsIntact());
        QCOMPARE(Device::runsBetweenLines, 0);
    }

    void commandsMayComeTogether()
    {
        QCOMPARE(
            count(Device(true).send("name%name%name%"), "m-name-dut-[tidemark]\r\nm-ready\r\n"), 3);
    }

    void eightyCharactersAreACommandEightyOneAreNot()
    {
        Device device(true);
        QCOMPARE(lines(device.send(std::string(80, 'a') + "%")),
                 "e-[Unknown command: " + std::string(80, 'a') + "]|m-ready");
        QCOMPARE(lines(device.send(std::string(81, 'a') + "%name%")),
                 "e-[Command too long]|m-ready|m-name-dut-[tidemark]|m-ready");
        QCOMPARE(lines(device.send(std::string(100000, 'a') + "%")),
                 "e-[Command too long]|m-ready");
    }

    void loadsAnInput()
    {
        Device device(true);
        QCOMPARE(lines(loaded(device)),
                 "m-[Expecting 16 bytes]|m-ready|m-ready|m-load-done|m-ready");
        QCOMPARE(lines(device.send("db print%")), "m-buffer-01-02-03-04-05-06-07-08|"
                                                  "m-buffer-09-0a-0b-0c-0d-0e-0f-10|m-ready");
    }

    void refusesBadLoads()
    {
        Device device(true);
        QCOMPARE(lines(device.send("db 00%")), "e-[db load first]|m-ready");
        QCOMPARE(lines(device.send("db load 17%")), "e-[The input has 16 bytes]|m-ready");
        QCOMPARE(lines(device.send("db load x%")), "e-[Not a number: x]|m-ready");
        device.send("db load 16%");
        QCOMPARE(lines(device.send("db 012%")),
                 "e-[Not an even number of hex digits: 012]|m-ready");
        QCOMPARE(lines(device.send("db 01zz%")),
                 "e-[Not an even number of hex digits: 01zz]|m-ready");
        QCOMPARE(lines(device.send("db 0102030405060708090a0b0c0d0e0f1011%")),
                 "e-[More bytes than the input has]|m-ready");
        QCOMPARE(lines(device.send("infer 1 0%")), "e-[No input: db load first]|m-ready");
        // Nothing of what was refused is stored, and a new load starts afresh.
        device.send("db ffff%");
        loaded(device);
        QVERIFY(device.send("db print%").find("m-buffer-01-02-03") != std::string::npos);
        QCOMPARE(lines(device.send("db 00%")), "e-[db load first]|m-ready");
    }

    void infersAndTimesTheModelAlone()
    {
        Device device(true);
        loaded(device);
        const std::string reply = device.send("infer 5 2%");
        const QRegularExpression form(
            "^m-warmup-start-2\r\nm-warmup-done\r\nm-infer-start-5\r\nm-lap-us-([0-9]+)\r\n"
            "m-lap-us-([0-9]+)\r\nm-infer-done\r\nm-results-\\[136.000000,68.0000000\\]\r\n"
            "m-ready\r\n$");
        const auto match = form.match(QString::fromStdString(reply));
        QVERIFY2(match.hasMatch(), reply.c_str());
        // Printing and restoring the input are not in it: 5 runs of 1,234 us.
        QCOMPARE(match.captured(2).toLongLong() - match.captured(1).toLongLong(), 5 * 1234);
        QCOMPARE(Device::runs, 7);
        QCOMPARE(Device::runsBetweenLines, 0);
        QCOMPARE(lines(device.send("results%")), "m-results-[136.000000,68.0000000]|m-ready");
        QCOMPARE(lines(device.send("x-output%")), "m-x-data-0-0000084300008842|m-ready");
        device.send("infer 1%");
        QCOMPARE(Device::runs, 7 + 11); // ten warm-ups when none are asked for
    }

    void refusesBadInfers()
    {
        Device device(true);
        loaded(device);
        for (const char* command :
             {"infer%", "infer 0%", "infer x%", "infer 1 x%", "infer 1 1 1%"}) {
            QCOMPARE(lines(device.send(command)),
                     "e-[Usage: infer N W, N at least 1, W optional]|m-ready");
        }
        QCOMPARE(Device::runs, 0);
    }

    void timesStages()
    {
        Device device(true);
        loaded(device);
        QCOMPARE(lines(device.send("x-layers%")), "m-x-timer-[fake]-25000000|m-x-layer-0-1000|"
                                                  "m-x-layer-1-20|m-x-layer-2-300|m-ready");
        QCOMPARE(Device::runs, 1);
        QCOMPARE(lines(device.send("results%")), "m-results-[136.000000,68.0000000]|m-ready");
    }

    void paints()
    {
        Device device(true);
        loaded(device);
        const QString reply = QString::fromStdString(device.send("x-paint a5%"));
        const QRegularExpression form(
            "^m-x-arena-\\[TCM\\]-[0-9a-f]+-32\r\nm-x-range-\\[TCM\\]-0-24\r\n"
            "m-x-outside-\\[TCM\\]-[0-9a-f]+-24-0\r\nm-ready\r\n$");
        QVERIFY2(form.match(reply).hasMatch(), qPrintable(reply));
        Device::wildWrite = true;
        QVERIFY(device.send("x-paint a5%").find("-24-1\r\n") != std::string::npos);
        // The pattern of what the run leaves: those bytes do not show.
        Device::wildWrite = false;
        QVERIFY(device.send("x-paint 5A%").find("m-x-range-[TCM]-0-8\r\n") != std::string::npos);
        QCOMPARE(lines(device.send("results%")), "m-results-[136.000000,68.0000000]|m-ready");
    }

    void selftestTakesTheResultsAway()
    {
        Device device(true);
        loaded(device);
        device.send("infer 1 0%");
        Device::selftestFails = true;
        QCOMPARE(lines(device.send("x-selftest%")),
                 "e-[Self-test failed: the outputs are not the expected ones]|m-ready");
        QCOMPARE(lines(device.send("results%")), "e-[No results: infer first]|m-ready");
        QVERIFY(device.send("infer 1 0%").find("136.0") != std::string::npos);
    }

    void withoutACopyOneRunUsesTheInputUp()
    {
        Device device(false);
        QVERIFY(device.send("x-info%").find("m-x-keeps-input-0\r\n") != std::string::npos);
        const std::string noRoom = "e-[No room for an input copy: infer 1 0 only]|m-ready";
        const std::string noInput = "e-[No input: db load first]|m-ready";
        loaded(device);
        for (const char* command : {"infer 1%", "infer 2 0%", "infer 1 1%"}) {
            QCOMPARE(lines(device.send(command)), noRoom);
        }
        QVERIFY(device.send("infer 1 0%").find("m-results-[136.000000") != std::string::npos);
        for (const char* command : {"infer 1 0%", "x-layers%", "x-paint 00%", "db print%"}) {
            QCOMPARE(lines(device.send(command)), noInput);
        }
        QCOMPARE(lines(device.send("results%")), "m-results-[136.000000,68.0000000]|m-ready");
        loaded(device);
        QVERIFY(device.send("x-paint a5%").find("m-x-range-[TCM]-0-24\r\n") != std::string::npos);
        QCOMPARE(lines(device.send("results%")), "m-results-[136.000000,68.0000000]|m-ready");
        loaded(device);
        QVERIFY(device.send("x-layers%").find("m-x-layer-2-300\r\n") != std::string::npos);
        loaded(device);
        device.send("x-selftest%");
        QCOMPARE(lines(device.send("infer 1 0%")), noInput);
    }

    /// Whatever comes: one reply a command, clean lines, no byte outside the server's own.
    void survivesGarbage_data()
    {
        QTest::addColumn<bool>("keepsInput");
        QTest::newRow("with a copy") << true;
        QTest::newRow("without") << false;
    }
    void survivesGarbage()
    {
        QFETCH(bool, keepsInput);
        const std::vector<std::string> pieces{"name",
                                              "db ",
                                              "load ",
                                              "16",
                                              "db 00",
                                              "infer ",
                                              "1 ",
                                              "0",
                                              "%",
                                              "%",
                                              "%",
                                              "\r\n",
                                              "x-paint ",
                                              "x-layers",
                                              "a5",
                                              "results",
                                              "print",
                                              "\xff",
                                              "x-crc ",
                                              " ",
                                              "[",
                                              "x-nonce 1",
                                              "99999999",
                                              "\x01",
                                              "x-stack",
                                              "-",
                                              std::string(1, '\0'),
                                              std::string(90, '7'),
                                              fake::loadCommands()};
        Device device(keepsInput);
        std::mt19937 random(7);
        for (int i = 0; i < tidemark::test::soakRounds(20000); ++i) {
            std::string text = pieces[random() % pieces.size()];
            if (random() % 4 == 0) {
                text += static_cast<char>(random());
            }
            // A run count of many digits is obeyed; here it only takes long.
            if (text == "99999999" && random() % 2 == 0) {
                text = "%";
            }
            if (text.find("infer") != std::string::npos) {
                text = "%infer 1 0%";
            }
            const std::string reply = device.send(text);
            QCOMPARE(count(reply, "m-ready\r\n"), count(text, "%"));
            QVERIFY(reply.empty() || reply.ends_with("m-ready\r\n"));
            QVERIFY(std::all_of(reply.begin(), reply.end(), [](char c) {
                return (c >= ' ' && c <= '~') || c == '\r' || c == '\n';
            }));
            QVERIFY(Device::guardsIntact());
        }
        device.send("%"); // whatever was begun
        QCOMPARE(lines(device.send("name%")), "m-name-dut-[tidemark]|m-ready");
    }
};

QTEST_APPLESS_MAIN(TestCommandServer)
#include "test_command_server.moc"
