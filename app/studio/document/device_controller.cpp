// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/device_controller.h"

#include "app/common/device_job.h"
#include "app/common/image_sample.h"
#include "app/common/samples.h"
#include "core/io/npy.h"

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

Result<bridge::DeviceRequest> prepare(const PlanPtr& plan, const std::string& inputFile,
                                      int generated, const std::filesystem::path& folder)
{
    const Value& input = (*plan->network)[plan->network->inputs.front()];
    Samples samples;
    if (inputFile.empty()) {
        for (int seed = 1; seed <= generated; ++seed) {
            samples.push_back(generatedSample(input, static_cast<std::uint64_t>(seed)));
        }
    } else {
        Result<Samples> read = readSamples(inputFile, input);
        if (!read) {
            return read.error();
        }
        samples = std::move(*read);
    }
    return prepareDeviceJob(*plan, samples, folder / "bundle");
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

void DeviceController::setGeneratedInputs(int count)
{
    m_inputFile.clear();
    m_generated = std::max(1, count);
}

void DeviceController::setState(State state)
{
    if (state != m_state) {
        m_state = state;
        emit stateChanged();
    }
}

void DeviceController::start()
{
    if (m_state != State::Idle || !obstacle().isEmpty()) {
        return;
    }
    m_folder = std::make_unique<QTemporaryDir>();
    if (!m_folder->isValid()) {
        emit failed({ErrorKind::Environment, "no folder for the bundle",
                     m_folder->path().toStdString(), m_folder->errorString().toStdString()});
        return;
    }
    m_runningPlan = m_document.plan();
    setState(State::Preparing);
    emit progress(tr("write the bundle, run the reference"), 0, 0);
    const std::filesystem::path folder = m_folder->path().toStdString();
    m_preparing.start<Result<bridge::DeviceRequest>>(
        [plan = m_runningPlan, file = m_inputFile.toStdString(), generated = m_generated,
         folder](std::stop_token) { return prepare(plan, file, generated, folder); },
        [this](Result<bridge::DeviceRequest> request) {
            if (request) {
                run(std::move(*request));
            } else {
                setState(State::Idle);
                emit failed(request.error());
            }
        });
}

void DeviceController::run(bridge::DeviceRequest request)
{
    m_run = std::make_unique<bridge::DeviceRun>(std::move(request));
    connect(m_run.get(), &bridge::DeviceRun::progress, this, &DeviceController::progress);
    connect(m_run.get(), &bridge::DeviceRun::logLine, this, &DeviceController::logLine);
    connect(m_run.get(), &bridge::DeviceRun::finished, this, &DeviceController::finish);
    setState(State::Running);
    m_run->start();
}

void DeviceController::cancel()
{
    if (m_state == State::Preparing) {
        m_preparing.cancel();
        setState(State::Idle);
        emit cancelled();
    } else if (m_state == State::Running) {
        m_run->cancel(); // finished() follows
    }
}

void DeviceController::finish()
{
    const bool wasCancelled = m_run->wasCancelled();
    const Result<bridge::Measurement> result = m_run->result();
    m_run.release()->deleteLater(); // it is the one that speaks right now
    setState(State::Idle);
    if (wasCancelled) {
        emit cancelled();
    } else if (!result) {
        emit failed(result.error());
    } else {
        m_measurement = *result;
        m_measuredPlan = m_runningPlan;
        emit measured();
    }
}

} // namespace tidemark::studio
