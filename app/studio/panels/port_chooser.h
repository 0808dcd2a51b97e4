// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>

namespace tidemark::studio {

/// The serial port of a real board: one of this machine's, or a name typed in (a pty, a USB serial
/// number). Empty: the port that the board's USB ids find.
class PortChooser : public QComboBox {
    Q_OBJECT
public:
    explicit PortChooser(QWidget* parent = nullptr);

    QString port() const;
    void showPopup() override; ///< looks for ports again

signals:
    void portChanged(const QString& port);

private:
    void listPorts();
};

} // namespace tidemark::studio
