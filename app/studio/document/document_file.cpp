// SPDX-License-Identifier: GPL-3.0-or-later
// Document in files: saving, autosaving, restoring.
#include "app/common/resources.h"
#include "app/studio/document/document.h"
#include "core/board/board_file.h"
#include "core/place/plan_json.h"

namespace tidemark::studio {

namespace fs = std::filesystem;

Project Document::toProject() const
{
    Project project = m_source.project.value_or(Project{});
    project.model = m_source.model;
    if (const Result<std::string> hash = fileSha256(m_source.model)) {
        project.modelSha256 = *hash;
    }
    project.board = m_settings.boardName;
    std::error_code error;
    if (fs::is_regular_file(project.board, error)) {
        project.board = fs::absolute(project.board, error).string();
    }
    project.constraints = m_settings.constraints;
    project.dims = m_dims;
    project.int8 = m_settings.int8;
    project.calibration = m_settings.calibration;
    const bool current = m_view->plan->constraints == m_settings.constraints &&
                         m_view->plan->board == m_settings.board && !m_problem &&
                         !m_planning.isBusy();
    project.plan =
        current ? planToJson(*m_view->plan) : nlohmann::ordered_json(); // not one of other wishes
    return project;
}

Status Document::saveAs(const fs::path& path)
{
    Project project = toProject();
    const Status written = writeProject(project, path);
    if (!written) {
        return written.error();
    }
    dropAutosave();
    m_path = path;
    m_source.project = std::move(project);
    m_undo.setClean();
    emit modifiedChanged();
    return Done{};
}

fs::path Document::autosavePath(const fs::path& project)
{
    return project.string() + ".autosave";
}

bool Document::hasAutosave() const
{
    std::error_code error;
    const fs::path kept = autosavePath(m_path);
    if (!isProject() || !fs::is_regular_file(kept, error)) {
        return false;
    }
    const auto keptAt = fs::last_write_time(kept, error);
    return !error && keptAt >= fs::last_write_time(m_path, error) && !error;
}

Status Document::restoreAutosave()
{
    const Result<Project> kept = readProject(autosavePath(m_path));
    if (!kept) {
        return kept.error();
    }
    Result<Board> board = findBoard(kept->board, resourceDir() / "boards");
    if (!board) {
        return board.error();
    }
    edit({kept->board, std::make_shared<const Board>(std::move(*board)), kept->constraints,
          kept->int8, kept->calibration},
         tr("Restore what was not saved"));
    return Done{};
}

Status Document::autosave()
{
    return isProject() && isModified() ? writeProject(toProject(), autosavePath(m_path))
                                       : Status(Done{});
}

void Document::dropAutosave()
{
    m_autosave.stop();
    std::error_code error;
    if (isProject()) {
        fs::remove(autosavePath(m_path), error);
    }
}

} // namespace tidemark::studio
