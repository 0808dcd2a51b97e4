// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/document.h"

#include "app/common/quantize_source.h"
#include "app/common/resources.h"
#include "app/studio/theme/rung_text.h"
#include "core/board/board_file.h"
#include "core/execute/kernel_call.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QEventLoop>
#include <QFileInfo>
#include <QUndoCommand>
#include <utility>

namespace tidemark::studio {

namespace {

constexpr const char* kDefaultBoard = "apollo4p_evb";
constexpr int kAutosaveDelay = 3'000; ///< ms after the last change

Result<std::shared_ptr<const Board>> readBoard(const std::string& idOrFile)
{
    Result<Board> board = findBoard(idOrFile, resourceDir() / "boards");
    if (!board) {
        return board.error();
    }
    return std::make_shared<const Board>(std::move(*board));
}

} // namespace

/// Settings before and after: redo and undo are the same step with another value.
class SettingsCommand : public QUndoCommand {
public:
    SettingsCommand(Document& document, Settings after, const QString& what)
        : QUndoCommand(what), m_document(document), m_before(document.settings()),
          m_after(std::move(after))
    {
    }
    void redo() override { m_document.apply(m_after); }
    void undo() override { m_document.apply(m_before); }

private:
    Document& m_document;
    Settings m_before, m_after;
};

Document::Document(QObject* parent) : QObject(parent)
{
    connect(&m_opening, &LatestJob::busyChanged, this, &Document::busyChanged);
    connect(&m_planning, &LatestJob::busyChanged, this, &Document::busyChanged);
    connect(&m_undo, &QUndoStack::cleanChanged, this, &Document::modifiedChanged);
    m_autosave.setSingleShot(true);
    m_autosave.setInterval(kAutosaveDelay);
    connect(&m_autosave, &QTimer::timeout, this, &Document::autosave);
}

QString Document::title() const
{
    return QFileInfo(QString::fromStdString(m_path.string())).fileName();
}

Result<Document::Opened> Document::read(const std::filesystem::path& path,
                                        const OpenOverrides& overrides, const Progress& progress,
                                        const std::stop_token& stop)
{
    Opened opened;
    opened.path = path;
    ImportOptions options;
    options.stop = stop;
    options.dims = overrides.dims;
    options.progress = progress;
    Result<Source> source = openSource(path, options);
    if (!source) {
        return source.error();
    }
    opened.source = std::move(*source);
    opened.dims = overrides.dims;
    if (opened.source.project) {
        opened.dims.insert(opened.source.project->dims.begin(), opened.source.project->dims.end());
    }
    opened.settings = settingsFor(opened.source, overrides);
    auto board = readBoard(opened.settings.boardName);
    if (!board) {
        return board.error();
    }
    opened.settings.board = std::move(*board);
    if (const Status planned = planFirst(opened, stop); !planned) {
        return planned.error();
    }
    return opened;
}

Settings Document::settingsFor(const Source& source, const OpenOverrides& overrides)
{
    Settings settings;
    if (source.project) {
        settings.boardName = source.project->board;
        settings.constraints = source.project->constraints;
        settings.int8 = source.project->int8;
        settings.calibration = source.project->calibration;
    }
    if (!overrides.board.empty()) {
        settings.boardName = overrides.board;
    }
    if (settings.boardName.empty()) {
        settings.boardName = kDefaultBoard;
    }
    if (overrides.technique) {
        settings.constraints.technique = *overrides.technique;
    }
    return settings;
}

Status Document::planFirst(Opened& opened, const std::stop_token& stop)
{
    const bool int8 = opened.source.network != opened.source.fileNetwork;
    auto& session = int8 ? opened.sessions.int8 : opened.sessions.file;
    session.emplace(opened.source.network, Effort{}, kernelScratch);
    opened.sessions.calibration = opened.settings.calibration;
    Result<PlanPtr> made = session->plan(opened.settings.board, opened.settings.constraints, stop);
    if (!made) {
        return made.error();
    }
    opened.view = std::make_shared<const PlanView>(std::move(*made));
    return Done{};
}

void Document::open(const std::filesystem::path& path, OpenOverrides overrides)
{
    // Told on the worker's thread, block by block of the file: here only whole per cents arrive.
    const auto progress = [this, last = 0](double part) mutable {
        const int percent = static_cast<int>(part * 100);
        if (std::exchange(last, percent) != percent) {
            QMetaObject::invokeMethod(this, [this, percent] {
                if (m_opening.isBusy()) {
                    emit openProgress(percent);
                }
            });
        }
    };
    m_opening.start<Result<Opened>>(
        [path, overrides = std::move(overrides), progress](const std::stop_token& stop) {
            return read(path, overrides, progress, stop);
        },
        [this](Result<Opened> result) {
            if (result) {
                take(std::move(*result));
            } else {
                emit openFailed(result.error());
            }
        });
}

void Document::cancelOpening()
{
    m_opening.cancel();
}

Status Document::openNow(const std::filesystem::path& path, const OpenOverrides& overrides)
{
    Result<Opened> result = read(path, overrides, {}, {});
    if (!result) {
        return result.error();
    }
    take(std::move(*result));
    return Done{};
}

void Document::take(Opened made)
{
    m_quantizing.cancel();
    m_planning.cancel();
    m_path = std::move(made.path);
    m_source = std::move(made.source);
    m_settings = std::move(made.settings);
    m_dims = std::move(made.dims);
    m_sessions = std::move(made.sessions);
    m_view = std::move(made.view);
    m_ladder.clear();
    m_problem.reset();
    m_undo.clear();
    m_autosave.stop();
    emit opened();
    emit settingsChanged();
    emit planChanged();
    emit problemChanged();
    climb();
}

Status Document::setBoard(const std::string& idOrFile)
{
    auto board = readBoard(idOrFile);
    if (!board) {
        return board.error();
    }
    Settings settings = m_settings;
    settings.boardName = idOrFile;
    settings.board = std::move(*board);
    const QString name = QString::fromStdString(settings.board->name);
    edit(std::move(settings), tr("Change the board to %1").arg(name));
    return Done{};
}

void Document::setConstraints(Constraints constraints, const QString& what)
{
    Settings settings = m_settings;
    settings.constraints = std::move(constraints);
    edit(std::move(settings), what);
}

void Document::setTechnique(Technique technique)
{
    Constraints constraints = m_settings.constraints;
    constraints.technique = technique;
    setConstraints(std::move(constraints), tr("Switch to %1").arg(rungName(technique)));
}

void Document::setBudget(const std::string& bank, std::optional<Bytes> limit)
{
    Constraints constraints = m_settings.constraints;
    std::erase_if(constraints.budgets, [&](const Budget& budget) { return budget.bank == bank; });
    if (limit) {
        constraints.budgets.push_back({bank, *limit});
    }
    setConstraints(std::move(constraints),
                   tr("Budget of %1").arg(QString::fromStdString(printable(bank, 80))));
}

void Document::setInt8(bool int8)
{
    Settings settings = m_settings;
    settings.int8 = int8 && canQuantize();
    edit(std::move(settings), int8 ? tr("Quantise to int8") : tr("Back to float"));
}

void Document::setCalibration(const std::filesystem::path& samples)
{
    Settings settings = m_settings;
    settings.calibration = samples;
    edit(std::move(settings),
         samples.empty() ? tr("Calibrate with generated inputs") : tr("Calibrate with samples"));
}

void Document::setObjective(Objective objective, const QString& name)
{
    Constraints constraints = m_settings.constraints;
    constraints.objective = objective;
    if (objective == Objective::Weighted &&
        constraints.latencyWeight + constraints.energyWeight <= 0) {
        constraints.ramWeight = constraints.latencyWeight = constraints.energyWeight = 1;
    }
    setConstraints(std::move(constraints), tr("Plan for %1").arg(name));
}

void Document::edit(Settings settings, const QString& what)
{
    if (isOpen() && !(settings == m_settings)) {
        m_undo.push(new SettingsCommand(*this, std::move(settings), what));
    }
}

void Document::apply(const Settings& settings)
{
    m_settings = settings;
    if (isProject()) {
        m_autosave.start();
    }
    emit settingsChanged();
    replan();
}

const std::optional<PlanningSession>& Document::session() const
{
    static const std::optional<PlanningSession> none;
    if (!wantsInt8()) {
        return m_sessions.file;
    }
    return m_sessions.calibration == m_settings.calibration ? m_sessions.int8 : none;
}

const std::shared_ptr<const Network>& Document::network() const
{
    return session() ? session()->network() : m_source.fileNetwork;
}

bool Document::canQuantize() const
{
    return isOpen() && !hasQuantizedValues(*m_source.fileNetwork);
}

void Document::replan()
{
    if (wantsInt8() && !session()) {
        m_planning.cancel();
        quantize();
    } else {
        m_quantizing.cancel();
        makePlan();
    }
}

void Document::quantize()
{
    m_quantizing.start<Result<PlanningSession>>(
        [network = m_source.fileNetwork,
         samples = m_settings.calibration](const std::stop_token& stop) -> Result<PlanningSession> {
            auto made = quantizeSource(*network, {samples, std::nullopt, {}, 1, stop});
            if (!made) {
                return made.error();
            }
            return PlanningSession(std::make_shared<const Network>(std::move(made->network)), {},
                                   kernelScratch);
        },
        [this, samples = m_settings.calibration](Result<PlanningSession> made) {
            if (made) {
                m_sessions.int8 = std::move(*made);
                m_sessions.calibration = samples;
                makePlan();
            } else {
                tell(made.error());
            }
        });
}

void Document::makePlan()
{
    struct Planned {
        PlanningSession session;
        Result<PlanViewPtr> view;
    };
    m_planning.start<Planned>(
        [known = session(), network = m_source.fileNetwork,
         settings = m_settings](const std::stop_token& stop) {
            PlanningSession session = known ? *known : PlanningSession(network, {}, kernelScratch);
            auto plan = session.plan(settings.board, settings.constraints, stop);
            if (!plan) {
                return Planned{std::move(session), plan.error()};
            }
            auto view = std::make_shared<const PlanView>(std::move(*plan));
            return Planned{std::move(session), PlanViewPtr(std::move(view))};
        },
        [this](Planned planned) {
            if (!session()) {
                m_sessions.file = std::move(planned.session);
            }
            if (!planned.view) {
                tell(planned.view.error());
                return;
            }
            m_view = std::move(*planned.view);
            m_problem.reset();
            emit planChanged();
            emit problemChanged();
            climb();
        });
}

void Document::tell(const Diagnostic& problem)
{
    m_problem = problem;
    emit problemChanged();
}

void Document::climb()
{
    m_planning.start<std::vector<Rung>>(
        [session = *session(), settings = m_settings](const std::stop_token& stop) {
            return tidemark::ladder(session, settings.board, settings.constraints, stop);
        },
        [this](std::vector<Rung> rungs) {
            m_ladder = std::move(rungs);
            emit ladderChanged();
        });
}

bool Document::waitUntilIdle(int milliseconds)
{
    QDeadlineTimer deadline(milliseconds);
    while (isBusy() && !deadline.hasExpired()) {
        QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
        QThread::msleep(1);
    }
    return !isBusy();
}

} // namespace tidemark::studio
