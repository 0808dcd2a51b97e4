// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/document.h"

#include "app/common/resources.h"
#include "app/studio/theme/rung_text.h"
#include "core/board/board_file.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QEventLoop>
#include <QFileInfo>
#include <QUndoCommand>

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
                                        const OpenOverrides& overrides, const std::stop_token& stop)
{
    Opened opened;
    opened.path = path;
    ImportOptions options;
    options.stop = stop;
    options.dims = overrides.dims;
    Result<Source> source = openSource(path, options);
    if (!source) {
        return source.error();
    }
    opened.source = std::move(*source);
    opened.dims = overrides.dims;
    if (opened.source.project) {
        opened.dims.insert(opened.source.project->dims.begin(), opened.source.project->dims.end());
    }
    Settings& settings = opened.settings;
    if (opened.source.project) {
        settings.boardName = opened.source.project->board;
        settings.constraints = opened.source.project->constraints;
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
    auto board = readBoard(settings.boardName);
    if (!board) {
        return board.error();
    }
    settings.board = std::move(*board);
    Result<PlanPtr> made =
        tidemark::plan(opened.source.network, settings.board, settings.constraints, {}, stop);
    if (!made) {
        return made.error();
    }
    opened.plan = std::move(*made);
    return opened;
}

void Document::open(const std::filesystem::path& path, OpenOverrides overrides)
{
    m_opening.start<Result<Opened>>(
        [path, overrides = std::move(overrides)](const std::stop_token& stop) {
            return read(path, overrides, stop);
        },
        [this](Result<Opened> result) {
            if (result) {
                take(std::move(*result));
            } else {
                emit openFailed(result.error());
            }
        });
}

Status Document::openNow(const std::filesystem::path& path, const OpenOverrides& overrides)
{
    Result<Opened> result = read(path, overrides, {});
    if (!result) {
        return result.error();
    }
    take(std::move(*result));
    return Done{};
}

void Document::take(Opened made)
{
    m_planning.cancel();
    m_path = std::move(made.path);
    m_source = std::move(made.source);
    m_settings = std::move(made.settings);
    m_dims = std::move(made.dims);
    m_plan = std::move(made.plan);
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

void Document::replan()
{
    m_planning.start<Result<PlanPtr>>(
        [network = m_source.network, settings = m_settings](const std::stop_token& stop) {
            return tidemark::plan(network, settings.board, settings.constraints, {}, stop);
        },
        [this](Result<PlanPtr> result) {
            if (result) {
                m_plan = std::move(*result);
                m_problem.reset();
                emit planChanged();
            } else {
                m_problem = result.error();
            }
            emit problemChanged();
            climb();
        });
}

void Document::climb()
{
    m_planning.start<std::vector<Rung>>(
        [network = m_source.network, settings = m_settings](const std::stop_token& stop) {
            return tidemark::ladder(network, settings.board, settings.constraints, stop);
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
