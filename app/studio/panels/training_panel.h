// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Ahead of the core: Qt 6.4's moc stumbles over the standard library where <compare> comes first.
#include "app/studio/panels/scrolled_panel.h"

#include "app/studio/theme/theme.h"
#include "core/explain/training_memory.h"

class QComboBox;
class QGridLayout;
class QSpinBox;
class QTextBrowser;

namespace tidemark::studio {

/// What training the model would take, by the convention of one's choice, beside what an inference
/// takes: both questions of a classroom, opened into their terms.
class TrainingPanel : public ScrolledPanel {
    Q_OBJECT
public:
    explicit TrainingPanel(QWidget* parent = nullptr);

    void setNetwork(const Network& network);
    void setTheme(const Theme& theme);

    TrainingOptions options() const;
    QString trainingText() const;
    QString inferenceText() const;

protected:
    void showEvent(QShowEvent* event) override;

private:
    QComboBox* choice(QGridLayout& grid, const QString& name,
                      const std::vector<std::pair<QString, QString>>& choices);
    QTextBrowser* page(const QString& name);
    void showFigures();

    const Theme* m_theme = &Theme::dark();
    TrainingCounts m_counts;
    QSpinBox* m_batch;
    QComboBox *m_optimizer = nullptr, *m_type = nullptr, *m_recompute = nullptr,
              *m_convention = nullptr;
    QTextBrowser *m_training, *m_inference;
};

} // namespace tidemark::studio
