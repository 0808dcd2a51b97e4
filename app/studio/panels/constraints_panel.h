// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QScrollArea>

#include "app/studio/document/document.h"

#include <functional>

class QBoxLayout;
class QGridLayout;
class QLabel;
class QLineEdit;
class QVBoxLayout;

namespace tidemark::studio {

/// What the user fixed, to see and to change: how much of each bank may be used, the stack reserve,
/// what the planner may do with weights, rings and scratch, the pins. Every change is an undoable
/// step of the document.
class ConstraintsPanel : public QScrollArea {
    Q_OBJECT
public:
    explicit ConstraintsPanel(Document& document, QWidget* parent = nullptr);

signals:
    void refused(const QString& reason); ///< what was typed is no number of bytes
    void unpinWanted(const QString& buffer);

private:
    void rebuild();
    void addLimits();
    void addPins();
    void addTechniques(QBoxLayout& across);
    /// A choice between values of an enumeration in their order.
    void addChoice(QGridLayout& grid, const QString& name, const QString& hint,
                   const QStringList& options, int current,
                   const std::function<void(Constraints&, int)>& set);
    void addWeights(QBoxLayout& across); ///< where the objective is weighted
    QLineEdit* addLimit(int row, const QString& name, const QString& usual, const QString& text);
    void addCalibration(QBoxLayout& across); ///< where the model is quantised here
    void setBudget(const std::string& bank, QLineEdit& edit);
    void setStack(QLineEdit& edit);
    QLabel* label(const QString& text, const char* tone);

    Document& m_document;
    QWidget* m_inside = nullptr;
    QGridLayout* m_limits = nullptr;
    QVBoxLayout* m_pins = nullptr;
};

} // namespace tidemark::studio
