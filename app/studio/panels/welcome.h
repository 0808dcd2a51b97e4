// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QCheckBox;
class QVBoxLayout;

namespace tidemark::studio {

/// The first minute: a card over the map with five short things to try. Each can be clicked, and
/// happens.
class Welcome : public QFrame {
    Q_OBJECT
public:
    enum class Mission { SeePeak, StopSharing, MoveBuffer, OpenFigure, SmallBoard };

    /// Stays in the middle of `host`.
    explicit Welcome(QWidget* host);

    /// Whether the user wants it at start (kept in the settings).
    static bool isWanted();

signals:
    void missionChosen(tidemark::studio::Welcome::Mission mission);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    void addMission(QVBoxLayout* layout, Mission mission, const QString& title, const QString& text,
                    const QString& button);
    void centre();

    QWidget* m_host;
    QCheckBox* m_again;
};

} // namespace tidemark::studio
