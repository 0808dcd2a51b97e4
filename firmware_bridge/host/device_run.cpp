// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/device_run.h"

#include "firmware_bridge/host/board_connection.h"
#include "firmware_bridge/host/bundle_build.h"
#include "firmware_bridge/host/device_client.h"
#include "firmware_bridge/host/event_wait.h"

#include <QElapsedTimer>
#include <algorithm>
#include <cmath>

namespace tidemark::bridge {

namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t kPatterns[] = {0x55, 0xaa}; // every bit differs

double millisecondsOf(const QElapsedTimer& clock)
{
    return static_cast<double>(clock.nsecsElapsed()) / 1e6;
}

/// The job of measureOnDevice(): each step fills its part of the Measurement.
class DeviceJob {
public:
    DeviceJob(const DeviceRequest& request, const DeviceEvents& events, std::stop_token stop)
        : m_request(request), m_events(events), m_stop(std::move(stop))
    {
    }

    Result<Measurement> run()
    {
        using Step = Status (DeviceJob::*)();
        for (const Step step : {&DeviceJob::openBundle, &DeviceJob::build, &DeviceJob::readFirmware,
                                &DeviceJob::connect, &DeviceJob::greet, &DeviceJob::checkBundle,
                                &DeviceJob::runInputs, &DeviceJob::repeatFirst,
                                &DeviceJob::readLayers, &DeviceJob::paint, &DeviceJob::readStack}) {
            if (Status done = (this->*step)(); !done) {
                return explained(done.error());
            }
        }
        const auto problems = problemsOf(m_result);
        m_result.problems.insert(m_result.problems.end(), problems.begin(), problems.end());
        return m_result;
    }

private:
    Status openBundle();
    Status checkRequest() const;
    Status build();
    Status readFirmware();
    Status connect();
    Status greet();
    Status checkBundle();
    Status runInputs();
    Result<std::vector<std::byte>> runOnce(const std::vector<std::byte>& input, int repeat);
    Status takeCounts();
    Status repeatFirst();
    Status readLayers();
    Status paint();
    Status readStack();
    Diagnostic explained(Diagnostic error) const;
    void tell(DeviceStep step, const std::string& text, std::size_t done = 0,
              std::size_t total = 0) const
    {
        if (m_events.progress) {
            m_events.progress({step, text, done, total});
        }
    }
    void log(const std::string& line) const
    {
        if (m_events.log) {
            m_events.log(line);
        }
    }
    const std::vector<std::byte>& firstInput() const { return m_request.inputs.front(); }

    const DeviceRequest& m_request;
    const DeviceEvents& m_events;
    std::stop_token m_stop;

    Bundle m_bundle;
    ElfFile m_elf;
    std::unique_ptr<BoardConnection> m_connection;
    std::optional<DeviceClient> m_client;
    protocol::DeviceInfo m_info;
    std::optional<RunCounts> m_counts; ///< of the last run
    std::optional<RunCounts> m_firstCounts;
    std::vector<std::byte> m_firstOutput;
    double m_deviceUs = 0;
    Measurement m_result;
};

Status DeviceJob::openBundle()
{
    auto bundle = Bundle::open(m_request.bundle);
    if (!bundle) {
        return bundle.error();
    }
    m_bundle = std::move(*bundle);
    m_result.board = m_request.board.id;
    m_result.hash = m_bundle.hash;
    for (const Bank& bank : m_request.board.banks) {
        m_result.bankIds.push_back(bank.id);
    }
    return checkRequest();
}

Status DeviceJob::checkRequest() const
{
    const auto refuse = [](const std::string& what, const std::string& where,
                           const std::string& mend) {
        return Diagnostic{ErrorKind::Usage, what, where, mend};
    };
    if (m_bundle.board != m_request.board.id) {
        return refuse("the bundle is for the board `" + m_bundle.board + "`", m_request.board.id,
                      "export it for this board, or run it on that one");
    }
    if (m_request.inputs.empty()) {
        return refuse("there is no input to run", m_bundle.model, "give at least one");
    }
    for (const auto& input : m_request.inputs) {
        if (static_cast<std::int64_t>(input.size()) != m_bundle.input.bytes.count()) {
            return refuse("an input has " + std::to_string(input.size()) + " B, the model takes " +
                              std::to_string(m_bundle.input.bytes.count()),
                          m_bundle.input.name, "give arrays of the model's shape and type");
        }
    }
    return Done{};
}

Status DeviceJob::build()
{
    if (!m_request.build) {
        return Done{};
    }
    tell(DeviceStep::Build, "building the firmware");
    BundleBuild build(m_bundle);
    EventWait wait;
    QObject::connect(&build, &BundleBuild::finished, [&] { wait.wake(); });
    QObject::connect(&build, &BundleBuild::logLine,
                     [&](const QString& line) { log(line.toStdString()); });
    build.start();
    if (wait.run(11min, m_stop) != WaitEnd::Woken) {
        build.cancel();
    }
    if (!build.result()) {
        return build.result().error();
    }
    m_result.timing.buildMs = build.result()->milliseconds;
    return Done{};
}

Status DeviceJob::readFirmware()
{
    auto elf = ElfFile::read(m_bundle.elf);
    if (!elf) {
        return elf.error();
    }
    m_elf = std::move(*elf);
    m_result.sections = compareSections(m_bundle, m_elf);
    return Done{};
}

Status DeviceJob::connect()
{
    tell(DeviceStep::Start,
         std::string(isPlayedByQemu(m_request.board) ? "starting " : "opening ") +
             m_request.board.id);
    QElapsedTimer clock;
    clock.start();
    const ConnectionOptions options{m_request.port, m_request.flash, m_request.counterPlugin};
    auto connection = BoardConnection::open(
        m_request.board, m_bundle, m_elf, options, [this](const std::string& line) { log(line); },
        m_stop);
    if (!connection) {
        return connection.error();
    }
    m_connection = std::move(*connection);
    m_client.emplace(m_connection->session(), m_stop);
    m_result.port = m_connection->portName();
    m_result.meter = m_connection->meter();
    m_result.meterNote = m_connection->meterNote();
    m_result.timing.startMs = millisecondsOf(clock);
    return Done{};
}

Status DeviceJob::greet()
{
    if (!m_request.transcriptFile.empty()) {
        if (Status open = m_connection->session().transcript().openFile(m_request.transcriptFile);
            !open) {
            return open;
        }
    }
    return m_client->greet();
}

Status DeviceJob::checkBundle()
{
    const auto hash = m_client->hash();
    if (!hash) {
        return hash.error();
    }
    if (*hash != m_bundle.hash) {
        return Diagnostic{ErrorKind::Environment,
                          "the board runs another bundle, its hash begins with " +
                              printable(hash->substr(0, 8)) + " and not with " +
                              m_bundle.hash.substr(0, 8),
                          m_result.port, "flash this bundle, then run again"};
    }
    const auto info = m_client->info();
    if (!info) {
        return info.error();
    }
    m_info = *info;
    if (m_info.stages != static_cast<std::int64_t>(m_bundle.stages.size()) ||
        m_info.input != m_bundle.input.bytes || m_info.output != m_bundle.output.bytes) {
        return Diagnostic{ErrorKind::Environment,
                          "the board's model has other sizes than the manifest", m_result.port,
                          "export the bundle again, then flash it"};
    }
    return Done{};
}

/// Loads and runs one input; the counts of its last run are in m_counts.
Result<std::vector<std::byte>> DeviceJob::runOnce(const std::vector<std::byte>& input, int repeat)
{
    const int loads = m_info.keepsInput ? 1 : repeat;
    const int runs = m_info.keepsInput ? repeat : 1;
    for (int i = 0; i < loads; ++i) {
        if (Status loaded = m_client->load(input); !loaded) {
            return loaded.error();
        }
        const auto laps = m_client->infer(runs, 0, m_info.keepsInput);
        if (!laps) {
            return laps.error();
        }
        m_deviceUs += laps->elapsedUs();
    }
    if (Status counted = takeCounts(); !counted) {
        return counted.error();
    }
    return m_client->output(m_bundle.output.bytes);
}

Status DeviceJob::takeCounts()
{
    if (!m_connection->counter()) {
        return Done{};
    }
    auto runs = m_connection->counter()->takeNew();
    if (!runs) {
        return runs.error();
    }
    if (runs->empty()) {
        return Diagnostic{ErrorKind::Environment, "the counter plugin saw no run", m_result.board,
                          "export the bundle again and do not change its build flags"};
    }
    m_counts = std::move(runs->back());
    return Done{};
}

Status DeviceJob::runInputs()
{
    QElapsedTimer clock;
    clock.start();
    const std::size_t total = m_request.inputs.size();
    const int repeat = std::max(1, m_request.repeat);
    for (std::size_t i = 0; i < total; ++i) {
        tell(DeviceStep::Run, "run " + std::to_string(i + 1) + " of " + std::to_string(total), i,
             total);
        auto output = runOnce(m_request.inputs[i], repeat);
        if (!output) {
            return output.error();
        }
        m_result.outputs.push_back(toNumbers(*output, m_bundle.outputs));
        if (i == 0) {
            m_firstOutput = std::move(*output);
            m_firstCounts = m_counts;
        }
        if (m_counts) {
            std::uint64_t instructions = 0;
            for (const StageCounts& stage : *m_counts) {
                instructions += stage.instructions;
            }
            m_result.instructionsPerRun.push_back(instructions);
        }
    }
    tell(DeviceStep::Run, "all inputs have run", total, total);
    m_result.timing.runsMs = millisecondsOf(clock);
    if (!isPlayedByQemu(m_request.board)) {
        m_result.timing.inferenceUs = m_deviceUs / static_cast<double>(total) / repeat;
    }
    if (!m_request.reference.empty()) {
        m_result.match =
            compareOutputs(m_result.outputs, m_request.reference, m_request.referenceName);
    }
    return Done{};
}

/// The first input once more: the same bits, the same instructions.
Status DeviceJob::repeatFirst()
{
    tell(DeviceStep::Check, "repeating the first run");
    const auto again = runOnce(firstInput(), 1);
    if (!again) {
        return again.error();
    }
    if (*again != m_firstOutput) {
        m_result.problems.push_back("two runs of the same input gave different outputs");
    }
    for (const BundleStage& stage : m_bundle.stages) {
        m_result.stages.push_back({stage.name, std::nullopt, {}});
    }
    if (m_counts) {
        m_result.repeatable = m_counts == m_firstCounts;
        for (std::size_t s = 0; s < m_result.stages.size(); ++s) {
            m_result.stages[s].instructions = (*m_firstCounts)[s].instructions;
            m_result.stages[s].banks = (*m_firstCounts)[s].banks;
        }
    }
    return Done{};
}

/// Whether two sums of `calls` readings of a timer may be of the same times: where stages
/// alternate, each reading is cut to ticks anew.
bool agreeToTheTick(std::uint64_t a, std::uint64_t b, std::int64_t calls)
{
    return calls > 1 && (a > b ? a - b : b - a) <= static_cast<std::uint64_t>(calls);
}

Status DeviceJob::readLayers()
{
    if (m_connection->counter()) {
        return Done{};
    }
    std::vector<protocol::LayerTicks> readings;
    for (int i = 0; i < 2; ++i) {
        if (Status loaded = m_info.keepsInput ? Done{} : m_client->load(firstInput()); !loaded) {
            return loaded;
        }
        auto layers = m_client->layers(m_info.keepsInput);
        if (!layers) {
            return layers.error();
        }
        if (layers->ticks.size() != m_bundle.stages.size()) {
            return Diagnostic{ErrorKind::Environment, "the board timed another number of stages",
                              m_result.port, "export the bundle again, then flash it"};
        }
        readings.push_back(std::move(*layers));
    }
    if (isPlayedByQemu(m_request.board)) {
        const auto counts = [&](const protocol::LayerTicks& layers, std::size_t stage) {
            return instructionsOf(layers.ticks[stage], layers.timer, layers.hertz,
                                  icountShift(m_request.board));
        };
        m_result.repeatable = true;
        for (std::size_t s = 0; s < m_result.stages.size(); ++s) {
            m_result.stages[s].instructions = counts(readings[0], s);
            m_result.repeatable =
                *m_result.repeatable && (counts(readings[0], s) == counts(readings[1], s) ||
                                         agreeToTheTick(readings[0].ticks[s], readings[1].ticks[s],
                                                        m_bundle.stages[s].calls));
        }
    }
    m_result.timing.layers = std::move(readings[0]);
    return Done{};
}

Status DeviceJob::paint()
{
    if (!m_request.paint) {
        return Done{};
    }
    tell(DeviceStep::Check, "painting the memory");
    std::vector<protocol::PaintReply> replies;
    for (const std::uint8_t pattern : kPatterns) {
        if (Status filled = m_info.feeds ? m_client->fill(pattern) : Done{}; !filled) {
            return filled;
        }
        if (Status loaded = m_info.keepsInput ? Done{} : m_client->load(firstInput()); !loaded) {
            return loaded;
        }
        auto reply = m_client->paint(pattern, m_info.keepsInput);
        if (!reply) {
            return reply.error();
        }
        replies.push_back(std::move(*reply));
    }
    m_result.painting = judgePainting(replies, m_bundle.buffers, m_request.board);
    return Done{};
}

Status DeviceJob::readStack()
{
    const auto stack = m_client->stack();
    if (!stack) {
        return stack.error();
    }
    m_result.stack = *stack;
    return Done{};
}

/// Adds what only the job knows: why QEMU ended, which function faulted.
Diagnostic DeviceJob::explained(Diagnostic error) const
{
    if (m_stop.stop_requested()) {
        return cancelledDiagnostic();
    }
    if (const auto reason = m_connection ? m_connection->endedBecause() : std::nullopt) {
        error.what += ", " + *reason;
    }
    const std::size_t pc = error.what.find("pc=");
    if (pc != std::string::npos) {
        const auto address = std::strtoull(error.what.c_str() + pc + 3, nullptr, 16);
        if (const ElfSymbol* function = m_elf.functionAt(address & ~1ULL)) {
            error.what += " in `" + printable(function->name, 60) + "`";
        }
    }
    return error;
}

} // namespace

Result<Measurement> measureOnDevice(const DeviceRequest& request, const DeviceEvents& events,
                                    const std::stop_token& stop)
{
    return DeviceJob(request, events, stop).run();
}

DeviceRun::DeviceRun(DeviceRequest request, QObject* parent)
    : DeviceTask(
          [request = std::move(request)](const DeviceEvents& events, const std::stop_token& stop) {
              return measureOnDevice(request, events, stop);
          },
          parent)
{
}

std::uint64_t instructionsOf(std::uint64_t ticks, const std::string& timer, std::uint64_t hertz,
                             int icountShift)
{
    const double nanosecondsPerTick =
        timer == "mcycle" || hertz == 0 ? 1 : 1e9 / static_cast<double>(hertz);
    return static_cast<std::uint64_t>(
        std::llround(static_cast<double>(ticks) * nanosecondsPerTick / (1 << icountShift)));
}

} // namespace tidemark::bridge
