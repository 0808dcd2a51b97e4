// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/theme/theme.h"

namespace tidemark::studio {

namespace {

/// @name@ is replaced by the theme's colour of that name.
constexpr const char* kTemplate = R"(
QToolTip { background: @raised@; color: @text@; border: 1px solid @line@; padding: 4px 6px; }
QMainWindow::separator { background: @hairline@; width: 1px; height: 1px; }
QSplitter::handle { background: @hairline@; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QStatusBar { background: @window@; color: @dim@; border-top: 1px solid @hairline@; }
QStatusBar::item { border: none; }
QStatusBar QLabel { padding: 3px 10px 3px 4px; }

QAbstractItemView { background: @panel@; border: none; outline: none;
    selection-background-color: @selection@; selection-color: @text@; }
QHeaderView { background: @panel@; }
QHeaderView::section { background: @panel@; color: @faint@; border: none;
    border-bottom: 1px solid @hairline@; padding: 3px 5px; }
QPlainTextEdit { background: @panel@; color: @dim@; border: none; padding: 6px 10px; }
QProgressBar { background: @hairline@; border: none; border-radius: 2px; }
QProgressBar::chunk { background: @accent@; border-radius: 2px; }
QSpinBox { background: @raised@; color: @text@; border: 1px solid @hairline@; border-radius: 4px;
    padding: 2px 4px; }
QSlider::groove:horizontal { background: @hairline@; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent@; height: 4px; border-radius: 2px; }
QSlider::handle:horizontal { background: @text@; width: 12px; margin: -4px 0; border-radius: 6px; }
QSlider::handle:horizontal:focus { background: @accent@; }
QTextBrowser { background: @panel@; border: none; }

QLineEdit { background: @raised@; color: @text@; border: 1px solid @hairline@; border-radius: 4px;
    padding: 4px 8px; selection-background-color: @selection@; selection-color: @text@; }
QLineEdit:focus { border-color: @accent@; }
QComboBox { background: @raised@; color: @text@; border: 1px solid @hairline@; border-radius: 4px;
    padding: 3px 8px; min-height: 20px; }
QComboBox:hover, QComboBox:focus { border-color: @line@; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url(:/tidemark/icons/chevron-@shade@.svg); width: 10px; height: 10px; }
QComboBox QAbstractItemView { background: @raised@; border: 1px solid @line@; padding: 4px; }

QPushButton, QToolButton { background: transparent; color: @text@; border: 1px solid transparent;
    border-radius: 4px; padding: 4px 10px; }
QPushButton:hover, QToolButton:hover { background: @raised@; border-color: @hairline@; }
QPushButton:pressed, QToolButton:pressed { background: @selection@; }
QPushButton:focus, QToolButton:focus { border-color: @accent@; }
QPushButton:disabled, QToolButton:disabled { color: @faint@; }
QPushButton[boxed="true"] { background: @raised@; border-color: @hairline@; padding: 2px 9px; }
QPushButton[boxed="true"]:hover { border-color: @line@; }
QPushButton[primary="true"]:disabled { background: @hairline@; color: @faint@;
    border-color: @hairline@; }
QPushButton[primary="true"] { background: @accent@; color: @accentText@; border-color: @accent@; }
QToolButton::menu-indicator { image: none; }

QMenu { background: @raised@; color: @text@; border: 1px solid @line@; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 3px; }
QMenu::item:selected { background: @selection@; }
QMenu::item:disabled { color: @faint@; }
QMenu::separator { height: 1px; background: @hairline@; margin: 4px 6px; }
QMenuBar { background: @window@; color: @dim@; }
QMenuBar::item { padding: 11px 10px; background: transparent; }
QMenuBar::item:selected { background: @raised@; color: @text@; }

QTabBar { background: @window@; }
QTabBar::tab { background: transparent; color: @faint@; padding: 6px 11px; border: none;
    border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: @text@; border-bottom-color: @accent@; }
QTabBar::tab:hover { color: @text@; }
QTabWidget::pane { border: none; border-top: 1px solid @hairline@; background: @panel@; }

QScrollBar { background: transparent; margin: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: @line@; border-radius: 3px; margin: 2px; min-height: 24px;
    min-width: 24px; }
QScrollBar::handle:hover { background: @faint@; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QFrame#welcome { background: @raised@; border: 1px solid @line@; border-radius: 8px; }
QCheckBox { color: @dim@; spacing: 7px; }
QCheckBox::indicator { width: 12px; height: 12px; border: 1px solid @faint@; border-radius: 3px;
    background: @raised@; }
QCheckBox::indicator:checked { background: @accent@; border-color: @accent@; }
QCheckBox:focus { color: @accent@; }
QFrame#welcome QPushButton[boxed="true"] { border-color: @line@; }
QFrame#notice { background: @raised@; border: 1px solid @line@; border-radius: 5px; }
QWidget[ground="panel"] { background: @panel@; }
QWidget[ground="window"] { background: @window@; }
QLabel { background: transparent; }
QLabel[tone="dim"] { color: @dim@; }
QLabel[tone="faint"] { color: @faint@; }
QLabel[tone="bad"] { color: @bad@; }
QLabel[tone="good"] { color: @good@; }
QLabel[tone="peak"] { color: @peak@; }
QFrame[hairline="true"] { background: @hairline@; border: none; }
)";

} // namespace

QString Theme::styleSheet() const
{
    QString sheet = QString::fromLatin1(kTemplate);
    const auto set = [&sheet](const char* name, const QString& value) {
        sheet.replace(QLatin1Char('@') + QLatin1String(name) + QLatin1Char('@'), value);
    };
    set("window", window.name());
    set("panel", panel.name());
    set("raised", raised.name());
    set("hairline", hairline.name());
    set("line", line.name());
    set("text", text.name());
    set("dim", dim.name());
    set("faint", faint.name());
    set("accent", accent.name());
    set("accentText", accentText.name());
    set("selection", selection.name());
    set("peak", peak.name());
    set("good", good.name());
    set("bad", bad.name());
    set("shade", isDark ? QStringLiteral("dark") : QStringLiteral("light"));
    return sheet;
}

} // namespace tidemark::studio
