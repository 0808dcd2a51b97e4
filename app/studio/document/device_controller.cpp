// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/device_controller.h"

#include "app/common/device_job.h"
#include "app/common/image_sample.h"
#include "app/common/samples.h"
#include "core/io/npy.h"
#include "firmware_bridge/host/board_connection.h"

namespace tidemark::studio {

namespace {

using Samples = std::vector<std::vector<float>>;

/// What images and digits are stored as: bytes that stand for 0 to 1.
constexpr InputScaling kByteScaling{1.0 / 255, 0};

Result<Samples> readSamples(const std::string& path, const Value& input)
{
    if (!path.ends_with(".npy")) {
        auto sample = imageSample(path, input, kByteScaling);
        if (!sample) {
            return sample.error();
        }
        return Samples{std::move(*sample)};
    }
    const Result<NpyArray> array = readNpy(path);
    if (!array) {
        return array.error();
    }
    auto samples = cutSamples(*array, input, std::nullopt);
    return samples ? samples : cutSamples(*array, input, kByteScaling);
}

Result<Samples> samplesOf(const Network& network, const std::string& file, int generated)
{
    const Value& input = network[network.inputs.front()];
    if (!file.empty()) {
        return readSamples(file, input);
    }
    Samples samples;
    for (int seed = 1; seed <= generated; ++seed) {
        samples.push_back(generatedSample(input, static_cast<std::uint64_t>(seed)));
    }
    return samples;
}

/// What can be done without a board or a compiler: the bundle, where there is none yet, and for a
/// run the inputs with the outputs to compare with.
struct Preparation {
    PlanPtr plan;
    bool writeBundle = false, withSamples = false;
    std::string inputFile;
    int generated = 1;
};

Result<bridge::DeviceRequest> prepare(const Preparation& what, bridge::DeviceRequest request)
{
    if (what.writeBundle) {
        if (const Status written = writeDeviceBundle(*what.plan, request.bundle); !written) {
            return written.error();
        }
    }
    if (!what.withSamples) {
        return request;
    }
    const Network& network = *what.plan->network;
    const Result<Samples> samples = samplesOf(network, what.inputFile, what.generated);
    if (!samples) {
        return samples.error();
    }
    if (const Status added = addSamples(request, network, *samples); !added) {
        return added.error();
    }
    return request;
}

Result<DeviceOutcome> perform(DeviceAction action, const bridge::DeviceRequest& request,
                              const bridge::DeviceEvents& events, const std::stop_token& stop)
{
    DeviceOutcome outcome;
    if (action == DeviceAction::Run) {
        auto measured = bridge::measureOnDevice(request, events, stop);
        if (!measured) {
            return measured.error();
        }
        outcome.measured = std::move(*measured);
        return outcome;
    }
    if (request.build) {
        auto sections = buildFirmware(request, events, stop);
        if (!sections) {
            return sections.error();
        }
        outcome.sections = std::move(*sections);
    }
    if (action == DeviceAction::Start) {
        auto started = startDevice(request, events, stop);
        if (!started) {
            return started.error();
        }
        outcome.started = std::move(*started);
    }
    return outcome;
}

} // namespace

DeviceController::DeviceController(Document& document, QObject* parent)
    : QObject(parent), m_document(document)
{
}

DeviceController::~DeviceController() = default;

QString DeviceController::obstacle() const
{
    if (!m_document.isOpen()) {
        return tr("open a model first");
    }
    const Plan& plan = *m_document.plan();
    if (m_document.problem()) {
        return tr("the plan shown is not the one asked for: see Problems");
    }
    if (!plan.fits) {
        return tr("the plan does not fit: see Problems");
    }
    if (plan.network->inputs.size() != 1) {
        return tr("only models with one input can be run");
    }
    const Board& board = *plan.board;
    if (!board.transport || !board.toolchain || board.toolchain->uart.empty()) {
        return tr("%1 cannot be driven from here")
            .arg(QString::fromStdString(printable(board.name)));
    }
    return {};
}

QString DeviceController::virtualTwin() const
{
    return m_document.isOpen() ? QString::fromStdString(m_document.plan()->board->virtualTwin)
                               : QString();
}

bool DeviceController::isRealBoard() const
{
    return m_document.isOpen() && !bridge::isPlayedByQemu(*m_document.plan()->board);
}

bool DeviceController::isBuilt() const
{
    return m_builtPlan && m_builtPlan == m_document.plan();
}

bool DeviceController::isStarted() const
{
    return m_startedPlan && m_startedPlan == m_document.plan();
}

QString DeviceController::before(DeviceAction action) const
{
    const bool builds = action != DeviceAction::Build && !isBuilt();
    const bool flashes = action == DeviceAction::Run && isRealBoard() && !isStarted();
    return builds && flashes ? tr("builds and flashes first")
           : builds          ? tr("builds first")
           : flashes         ? tr("flashes first")
                             : QString();
}

void DeviceController::setGeneratedInputs(int count)
{
    m_inputFile.clear();
    m_generated = std::max(1, count);
}

void DeviceController::setPort(const QString& port)
{
    if (port.trimmed() != m_port) {
        m_port = port.trimmed();
        m_startedPlan.reset(); // it may be another board
        emit stateChanged();
    }
}

void DeviceController::setState(State state)
{
    if (state != m_state) {
        m_state = state;
        emit stateChanged();
    }
}

bool DeviceController::makeFolder()
{
    m_builtPlan.reset();
    m_startedPlan.reset();
    m_folder = std::make_unique<QTemporaryDir>();
    if (!m_folder->isValid()) {
        emit failed({ErrorKind::Environment, "no folder for the bundle",
                     m_folder->path().toStdString(), m_folder->errorString().toStdString()});
        m_folder.reset();
    }
    return m_folder != nullptr;
}

std::filesystem::path DeviceController::firmware() const
{
    return m_folder ? request().bundle / "build" / "firmware.elf" : std::filesystem::path();
}

bridge::DeviceRequest DeviceController::request() const
{
    bridge::DeviceRequest request;
    request.bundle = std::filesystem::path(m_folder->path().toStdString()) / "bundle";
    request.board = *m_plan->board;
    request.port = m_port.toStdString();
    request.build = m_builtPlan != m_plan;
    request.flash = m_action == DeviceAction::Start || m_startedPlan != m_plan;
    return request;
}

void DeviceController::perform(DeviceAction action)
{
    if (m_state != State::Idle || !obstacle().isEmpty()) {
        return;
    }
    m_action = action;
    m_plan = m_document.plan();
    const bool write = !isBuilt();
    if (write && !makeFolder()) {
        return;
    }
    setState(State::Preparing);
    emit progress(action == DeviceAction::Run ? tr("write the bundle, run the reference")
                                              : tr("write the bundle"),
                  0, 0);
    const Preparation what{m_plan, write, action == DeviceAction::Run, m_inputFile.toStdString(),
                           m_generated};
    m_preparing.start<Result<bridge::DeviceRequest>>(
        [what, request = request()](const std::stop_token&) { return prepare(what, request); },
        [this](Result<bridge::DeviceRequest> request) {
            if (request) {
                work(std::move(*request));
            } else {
                setState(State::Idle);
                emit failed(request.error());
            }
        });
}

void DeviceController::work(bridge::DeviceRequest request)
{
    m_task = std::make_unique<bridge::DeviceTask<DeviceOutcome>>(
        [action = m_action, request = std::move(request)](const bridge::DeviceEvents& events,
                                                          const std::stop_token& stop) {
            return studio::perform(action, request, events, stop);
        });
    connect(m_task.get(), &bridge::DeviceThread::progress, this, &DeviceController::progress);
    connect(m_task.get(), &bridge::DeviceThread::logLine, this, &DeviceController::logLine);
    connect(m_task.get(), &bridge::DeviceThread::finished, this, &DeviceController::finish);
    setState(State::Running);
    m_task->start();
}

void DeviceController::cancel()
{
    if (m_state == State::Preparing) {
        m_preparing.cancel();
        setState(State::Idle);
        emit cancelled();
    } else if (m_state == State::Running) {
        m_task->cancel(); // finished() follows
    }
}

void DeviceController::finish()
{
    const bool wasCancelled = m_task->wasCancelled();
    Result<DeviceOutcome> result = m_task->result();
    m_task.release()->deleteLater(); // it is the one that speaks right now
    if (result) {
        take(std::move(*result));
    } else {
        m_startedPlan.reset(); // who knows what the board runs now
    }
    setState(State::Idle);
    if (wasCancelled) {
        emit cancelled();
    } else if (!result) {
        emit failed(result.error());
    } else {
        emit done(m_action);
        if (m_action == DeviceAction::Run) {
            emit measured();
        }
    }
}

void DeviceController::take(DeviceOutcome outcome)
{
    m_builtPlan = m_plan;
    if (outcome.measured) {
        m_sections = outcome.measured->sections;
    } else if (!outcome.sections.empty()) {
        m_sections = std::move(outcome.sections);
    }
    if (m_action != DeviceAction::Build) {
        m_startedPlan = m_plan;
    }
    if (outcome.started) {
        m_started = std::move(outcome.started);
    }
    if (outcome.measured) {
        m_measurement = std::move(outcome.measured);
        m_measuredPlan = m_plan;
    }
}

} // namespace tidemark::studio
