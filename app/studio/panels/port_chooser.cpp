// SPDX-License-Identifier: GPL-3.0-or-later
// Ahead of the rest: Qt 6.4's moc stumbles over the standard library where <compare> comes first.
#include "app/studio/panels/port_chooser.h"

#include "app/studio/theme/fonts.h"
#include "firmware_bridge/host/serial_port_device.h"

#include <QLineEdit>

namespace tidemark::studio {

PortChooser::PortChooser(QWidget* parent) : QComboBox(parent)
{
    setEditable(true);
    setInsertPolicy(NoInsert);
    setFont(fonts::regular(12));
    setAccessibleName(tr("Serial port"));
    setToolTip(tr("Serial port of the board: choose one, or type a name or a USB serial number. "
                  "Empty: the one its USB ids find."));
    lineEdit()->setPlaceholderText(tr("port: found by USB id"));
    listPorts();
    setCurrentIndex(-1);
    connect(this, &QComboBox::editTextChanged, this, [this] { emit portChanged(port()); });
}

QString PortChooser::port() const
{
    const int known = findText(currentText());
    return known >= 0 ? itemData(known).toString() : currentText().trimmed();
}

void PortChooser::showPopup()
{
    listPorts();
    QComboBox::showPopup();
}

void PortChooser::listPorts()
{
    const QString typed = currentText();
    const QSignalBlocker quiet(this);
    clear();
    for (const bridge::PortFacts& facts : bridge::serialPorts()) {
        const QString name = QString::fromStdString(printable(facts.name, 80));
        const QString about = QString::fromStdString(printable(facts.description, 60));
        addItem(about.isEmpty() ? name : QStringLiteral("%1 — %2").arg(name, about), name);
    }
    setEditText(typed);
}

} // namespace tidemark::studio
