// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/theme/theme.h"

#include <QAbstractButton>
#include <QButtonGroup>
#include <QWidget>
#include <vector>

namespace tidemark::studio {

enum class SegmentForm { NamesOnly, WithFigures };

/// One choice of a bar: a name, and a figure below it. A real button: focus, keys and
/// accessibility come from Qt.
class SegmentButton : public QAbstractButton {
    Q_OBJECT
public:
    SegmentButton(const QString& name, SegmentForm form, QWidget* parent);

    /// `shorter` is shown where `figure` has no room.
    void setFigure(const QString& figure, const QString& shorter, bool bad = false);
    void setTheme(const Theme& theme);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override; ///< of its name and the shorter figure

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void paintTexts(QPainter& painter) const;
    int widthWith(const QString& figure) const;

    const Theme* m_theme;
    SegmentForm m_form;
    QString m_figure, m_shorter;
    bool m_bad = false;
};

/// Choices side by side of which one holds: rungs, scales.
class SegmentBar : public QWidget {
    Q_OBJECT
public:
    explicit SegmentBar(const QString& accessibleName, SegmentForm form = SegmentForm::NamesOnly,
                        QWidget* parent = nullptr);

    SegmentButton* add(const QString& name, int id, const QString& toolTip = {});
    SegmentButton* button(int id) const;
    int current() const { return m_group.checkedId(); }
    void setCurrent(int id); ///< without chosen()
    void setTheme(const Theme& theme);

signals:
    void chosen(int id); ///< by the user

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme* m_theme;
    SegmentForm m_form;
    QButtonGroup m_group;
};

} // namespace tidemark::studio
