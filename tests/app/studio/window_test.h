// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/main_window.h"
#include "app/studio/theme/fonts.h"
#include "tests/app/studio/lenet.h"

#include <QApplication>
#include <QStyleFactory>
#include <QTest>
#include <memory>

namespace tidemark::studio::testing {

/// A test of the whole window: each test function gets a fresh one that shows LeNet-5, settled.
class WindowTest : public QObject {
protected:
    std::unique_ptr<MainWindow> m_window;

    Document& document() { return m_window->document(); }
    const Plan& plan() { return *document().plan(); }
    const Constraints& constraints() { return document().settings().constraints; }
    void settle() { QVERIFY(document().waitUntilIdle(kWait)); }

    /// What pictures are drawn with on every machine.
    static void prepareLook()
    {
        QVERIFY(fonts::load());
        QApplication::setStyle(QStyleFactory::create("Fusion"));
        QApplication::setFont(fonts::regular(12));
    }
    void openWindow(ThemeMode theme = ThemeMode::Dark, QSize size = {})
    {
        m_window = std::make_unique<MainWindow>(theme);
        if (!size.isEmpty()) {
            m_window->resize(size);
        }
        QVERIFY(bool(document().openNow(kLenet)));
        m_window->show();
        settle();
    }
    /// The child of that accessible name, or null.
    template <class Widget> Widget* named(const QString& accessibleName)
    {
        for (Widget* widget : m_window->findChildren<Widget*>()) {
            if (widget->accessibleName() == accessibleName) {
                return widget;
            }
        }
        return nullptr;
    }
};

} // namespace tidemark::studio::testing
