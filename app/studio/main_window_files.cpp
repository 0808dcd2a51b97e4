// SPDX-License-Identifier: GPL-3.0-or-later
// The part of MainWindow that is about files: opening, saving, closing.
#include "app/common/resources.h"
#include "app/studio/main_window.h"
#include "app/studio/panels/notice_bar.h"

#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QInputDialog>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QRegularExpression>
#include <QSettings>
#include <QSplitter>

namespace tidemark::studio {

namespace {

constexpr const char* kRecentSetting = "files/recent";
constexpr const char* kWindowSetting = "look/window";
const QString kSplitterSetting = QStringLiteral("look/splitter-");
constexpr int kMostRecent = 8;
constexpr int kPatience = 200; ///< ms until opening shows its progress
constexpr int kLargestDimension = 1'000'000;
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
    m_recent = file->addMenu(tr("Open &recent"));
    connect(m_recent, &QMenu::aboutToShow, this, &MainWindow::showRecentFiles);
    file->addAction(tr("Open the e&xample: LeNet-5"), this, [this] {
        openFile(QString::fromStdString((resourceDir() / "examples" / "lenet5.onnx").string()));
    });
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
    whenSaved([this, path] {
        m_wanted = path;
        m_wantedOptions = {};
        m_openingSince.start();
        m_document.open(toPath(path));
    });
}

void MainWindow::showOpening(int percent)
{
    if (m_openingSince.isValid() && m_openingSince.elapsed() < kPatience) {
        return; // most files are there before anybody could read this
    }
    m_notice->offer(tr("Opening %1: %2 %").arg(QFileInfo(m_wanted).fileName()).arg(percent),
                    tr("Cancel"), [this] { m_document.cancelOpening(); });
}

void MainWindow::openFailed(const Diagnostic& reason)
{
    m_notice->dismiss();
    // What a command line asks for with an option, a window asks for.
    static const QRegularExpression kMissing(QStringLiteral("--dim ([^=]+)=SIZE"));
    const auto missing = kMissing.match(QString::fromStdString(reason.mend));
    const std::string dimension = missing.captured(1).toStdString();
    if (missing.hasMatch() && !m_wanted.isEmpty() && !m_wantedOptions.dims.contains(dimension)) {
        askForSize(dimension);
    } else {
        showFailure(tr("Cannot open this file"), reason);
    }
}

void MainWindow::askForSize(const std::string& dimension)
{
    auto* dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setInputMode(QInputDialog::IntInput);
    dialog->setIntRange(1, kLargestDimension);
    dialog->setWindowTitle(tr("A size is open"));
    dialog->setLabelText(
        tr("%1 leaves the size of '%2' open. Plan for:")
            .arg(QFileInfo(m_wanted).fileName(), QString::fromStdString(printable(dimension))));
    connect(dialog, &QInputDialog::intValueSelected, this, [this, dimension](int size) {
        m_wantedOptions.dims[dimension] = size;
        m_document.open(toPath(m_wanted), m_wantedOptions);
    });
    dialog->open();
}

void MainWindow::rememberFile()
{
    const std::filesystem::path path = std::filesystem::absolute(m_document.path());
    if (!isVisible() ||
        path.parent_path() == std::filesystem::absolute(resourceDir() / "examples")) {
        return; // drawn into a file, or always at hand
    }
    const QString file = QString::fromStdString(path.string());
    QStringList files = QSettings().value(kRecentSetting).toStringList();
    files.removeAll(file);
    files.prepend(file);
    QSettings().setValue(kRecentSetting, files.mid(0, kMostRecent));
}

void MainWindow::showRecentFiles()
{
    m_recent->clear();
    for (const QString& file : QSettings().value(kRecentSetting).toStringList()) {
        if (QFileInfo::exists(file)) {
            QAction* action = m_recent->addAction(QFileInfo(file).fileName().replace("&", "&&"),
                                                  this, [this, file] { openFile(file); });
            action->setToolTip(file);
        }
    }
    m_recent->setToolTipsVisible(true);
    if (m_recent->isEmpty()) {
        m_recent->addAction(tr("Nothing yet"))->setEnabled(false);
    }
}

void MainWindow::keepLook() const
{
    QSettings settings;
    settings.setValue(kWindowSetting, saveGeometry());
    for (const QSplitter* splitter : findChildren<QSplitter*>()) {
        settings.setValue(kSplitterSetting + splitter->objectName(), splitter->saveState());
    }
}

void MainWindow::restoreLook()
{
    const QSettings settings;
    restoreGeometry(settings.value(kWindowSetting).toByteArray());
    for (QSplitter* splitter : findChildren<QSplitter*>()) {
        splitter->restoreState(
            settings.value(kSplitterSetting + splitter->objectName()).toByteArray());
    }
}

void MainWindow::chooseFile()
{
    const QString path =
        QFileDialog::getOpenFileName(this, tr("Open a model or project"), {}, tr(kOpenFilter));
    if (!path.isEmpty()) {
        openFile(path);
    }
}

bool MainWindow::save()
{
    return m_document.isProject() ? saveTo(QString::fromStdString(m_document.path().string()))
                                  : saveAs();
}

bool MainWindow::saveAs()
{
    if (!m_document.isOpen()) {
        return false;
    }
    std::filesystem::path wish = m_document.path();
    wish.replace_extension(".tidemark");
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Save the project"), QString::fromStdString(wish.string()), tr(kSaveFilter));
    return !path.isEmpty() && saveTo(path);
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
        return false;
    }
    rememberFile();
    return true;
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

bool MainWindow::hasUnsaved() const
{
    const Constraints& made = m_document.settings().constraints;
    const bool worked = !made.pins.empty() || !made.budgets.empty() || made.stack ||
                        made.objective != Objective::Ram;
    return m_document.isModified() && (m_document.isProject() || worked); // else only looked at
}

void MainWindow::whenSaved(std::function<void()> next)
{
    if (!hasUnsaved()) {
        next();
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
                const bool saved = answer == QMessageBox::Save && save();
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
    if (m_closing || !hasUnsaved()) {
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
