// SPDX-License-Identifier: GPL-3.0-or-later
// The part of MainWindow that is about files: opening, saving, closing.
#include "app/studio/main_window.h"
#include "app/studio/panels/notice_bar.h"

#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>

namespace tidemark::studio {

namespace {

constexpr const char* kOpenFilter = QT_TRANSLATE_NOOP(
    "MainWindow", "Models and projects (*.onnx *.tflite *.tidemark);;All files (*)");
constexpr const char* kSaveFilter =
    QT_TRANSLATE_NOOP("MainWindow", "Tidemark projects (*.tidemark)");

std::filesystem::path toPath(const QString& path)
{
    return path.toStdString();
}

} // namespace

void MainWindow::makeFileMenu()
{
    QMenu* file = menuBar()->addMenu(tr("&File"));
    file->addAction(tr("&Open…"), QKeySequence(Qt::CTRL | Qt::Key_O), this,
                    &MainWindow::chooseFile);
    file->addSeparator();
    file->addAction(tr("&Save project"), QKeySequence(Qt::CTRL | Qt::Key_S), this,
                    &MainWindow::save);
    file->addAction(tr("Save project &as…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S), this,
                    &MainWindow::saveAs);
    file->addSeparator();
    makeExportMenu(*file);
    file->addSeparator();
    file->addAction(tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), this, &QWidget::close);
}

void MainWindow::openFile(const QString& path)
{
    whenSaved([this, path] { m_document.open(toPath(path)); });
}

void MainWindow::chooseFile()
{
    const QString path =
        QFileDialog::getOpenFileName(this, tr("Open a model or project"), {}, tr(kOpenFilter));
    if (!path.isEmpty()) {
        openFile(path);
    }
}

void MainWindow::save()
{
    if (m_document.isProject()) {
        saveTo(QString::fromStdString(m_document.path().string()));
    } else {
        saveAs();
    }
}

void MainWindow::saveAs()
{
    if (!m_document.isOpen()) {
        return;
    }
    std::filesystem::path wish = m_document.path();
    wish.replace_extension(".tidemark");
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Save the project"), QString::fromStdString(wish.string()), tr(kSaveFilter));
    if (!path.isEmpty()) {
        saveTo(path);
    }
}

bool MainWindow::saveTo(const QString& path)
{
    std::filesystem::path target = toPath(path);
    if (target.extension() != ".tidemark") { // by its name it is opened as a project again
        target += ".tidemark";
    }
    const Status saved = m_document.saveAs(target);
    if (!saved) {
        showFailure(tr("Cannot save the project"), saved.error());
    }
    return bool(saved);
}

void MainWindow::showTitle()
{
    setWindowTitle(tr("%1[*] — Tidemark").arg(m_document.title()));
    setWindowModified(m_document.isModified());
}

void MainWindow::showFailure(const QString& title, const Diagnostic& reason)
{
    auto* box = new QMessageBox(QMessageBox::Warning, title, title, QMessageBox::Close, this);
    box->setInformativeText(QString::fromStdString(reason.text()));
    box->setTextFormat(Qt::PlainText);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open(); // not exec(): the document behind stays usable
}

void MainWindow::offerAutosave()
{
    if (!m_document.hasAutosave()) {
        return;
    }
    // After the notices that belong to opening.
    QMetaObject::invokeMethod(
        this,
        [this] {
            m_notice->offer(tr("Changes of this project were not saved when the program ended."),
                            tr("Restore them"), [this] {
                                const Status restored = m_document.restoreAutosave();
                                if (!restored) {
                                    showFailure(tr("Cannot restore the changes"), restored.error());
                                }
                            });
        },
        Qt::QueuedConnection);
}

void MainWindow::whenSaved(std::function<void()> next)
{
    if (!m_document.isModified() || !m_document.isProject()) {
        next(); // a model that was only looked at leaves nothing to save
        return;
    }
    auto* box =
        new QMessageBox(QMessageBox::Question, tr("Save the changes?"),
                        tr("Save the changes of %1?").arg(m_document.title()),
                        QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, this);
    box->setTextFormat(Qt::PlainText);
    box->setAttribute(Qt::WA_DeleteOnClose);
    connect(box, &QMessageBox::buttonClicked, this,
            [this, box, next = std::move(next)](QAbstractButton* button) {
                const auto answer = box->standardButton(button);
                const bool saved = answer == QMessageBox::Save &&
                                   saveTo(QString::fromStdString(m_document.path().string()));
                if (answer == QMessageBox::Discard) {
                    m_document.dropAutosave();
                }
                if (saved || answer == QMessageBox::Discard) {
                    next();
                }
            });
    box->open();
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (m_closing || !m_document.isModified() || !m_document.isProject()) {
        event->accept();
        return;
    }
    event->ignore();
    whenSaved([this] {
        m_closing = true;
        close();
    });
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    const QList<QUrl> urls = event->mimeData()->urls();
    if (!urls.isEmpty() && urls.front().isLocalFile()) {
        event->acceptProposedAction();
    }
}

void MainWindow::dropEvent(QDropEvent* event)
{
    openFile(event->mimeData()->urls().front().toLocalFile());
}

} // namespace tidemark::studio
