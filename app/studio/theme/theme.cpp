// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/theme/theme.h"

#include <QGuiApplication>
#include <algorithm>
#include <cmath>

namespace tidemark::studio {

namespace {

constexpr double kReadable = 4.6; ///< WCAG AA for small text is 4.5

QColor mix(const QColor& ground, const QColor& hue, double share)
{
    const auto channel = [share](int a, int b) {
        return static_cast<int>(std::lround(a + (b - a) * share));
    };
    return {channel(ground.red(), hue.red()), channel(ground.green(), hue.green()),
            channel(ground.blue(), hue.blue())};
}

double luminance(const QColor& color)
{
    const auto linear = [](double c) {
        return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) +
           0.0722 * linear(color.blueF());
}

/// As strong as `share` allows while labels on it stay readable.
KindStyle kindStyle(const Theme& theme, QRgb hue, Pattern pattern)
{
    KindStyle style;
    style.hue = QColor(hue);
    style.pattern = pattern;
    style.pale = mix(theme.lane, style.hue, theme.isDark ? 0.22 : 0.16);
    style.edge = mix(theme.lane, style.hue, theme.isDark ? 0.85 : 0.92);
    double share = theme.isDark ? 0.62 : 0.54;
    do {
        style.strong = mix(theme.lane, style.hue, share);
        share -= 0.02;
    } while (contrast(style.strong, theme.text) < kReadable && share > 0.2);
    return style;
}

/// Okabe-Ito hues; on the dark ground the two darkest are lifted to keep their distance.
void setKinds(Theme& theme)
{
    const bool dark = theme.isDark;
    const QRgb sky = dark ? 0x56b4e9 : 0x2a93d1;
    const QRgb blue = dark ? 0x4d8fe0 : 0x0072b2;
    const QRgb green = dark ? 0x23b98c : 0x009e73;
    const QRgb yellow = dark ? 0xf0e442 : 0xb3a000;
    const QRgb orange = 0xe69f00;
    const QRgb purple = 0xcc79a7;
    const auto set = [&theme](BufferKind kind, QRgb hue, Pattern pattern) {
        theme.kinds[static_cast<std::size_t>(kind)] = kindStyle(theme, hue, pattern);
    };
    set(BufferKind::Input, blue, Pattern::Rising);
    set(BufferKind::Output, blue, Pattern::Falling);
    set(BufferKind::Activation, sky, Pattern::None);
    set(BufferKind::Ring, sky, Pattern::Horizontal);
    set(BufferKind::Accumulator, yellow, Pattern::Dots);
    set(BufferKind::Weight, green, Pattern::None);
    set(BufferKind::Table, green, Pattern::Dots);
    set(BufferKind::StagedCopy, orange, Pattern::Vertical);
    set(BufferKind::Scratch, purple, Pattern::Crossed);
}

Theme makeDark()
{
    Theme t;
    t.isDark = true;
    t.window = QColor(0x16191e);
    t.panel = QColor(0x1b1f25);
    t.raised = QColor(0x272c34);
    t.lane = QColor(0x101317);
    t.hairline = QColor(0x2b3038);
    t.line = QColor(0x434a55);
    t.text = QColor(0xeef0f3);
    t.dim = QColor(0xaab1bc);
    t.faint = QColor(0x8a929e);
    t.accent = QColor(0x56b4e9);
    t.accentText = QColor(0x0b1116);
    t.selection = QColor(0x24425a);
    t.peak = QColor(0xf5a623);
    t.peakText = QColor(0x1d1300);
    t.peakWash = QColor(245, 166, 35, 20);
    t.good = QColor(0x3cc79c);
    t.bad = QColor(0xff7a59);
    setKinds(t);
    return t;
}

Theme makeLight()
{
    Theme t;
    t.isDark = false;
    t.window = QColor(0xf1f3f5);
    t.panel = QColor(0xfbfcfd);
    t.raised = QColor(0xffffff);
    t.lane = QColor(0xffffff);
    t.hairline = QColor(0xdfe3e8);
    t.line = QColor(0xb9c0c9);
    t.text = QColor(0x14171b);
    t.dim = QColor(0x4d5560);
    t.faint = QColor(0x69717c);
    t.accent = QColor(0x0069a8);
    t.accentText = QColor(0xffffff);
    t.selection = QColor(0xcfe5f5);
    t.peak = QColor(0xc94f00);
    t.peakText = QColor(0xffffff);
    t.peakWash = QColor(213, 94, 0, 15);
    t.good = QColor(0x007a58);
    t.bad = QColor(0xb83200);
    setKinds(t);
    return t;
}

} // namespace

std::optional<ThemeMode> themeModeFromString(const QString& text)
{
    if (text == QLatin1String("dark")) {
        return ThemeMode::Dark;
    }
    if (text == QLatin1String("light")) {
        return ThemeMode::Light;
    }
    if (text == QLatin1String("system")) {
        return ThemeMode::System;
    }
    return std::nullopt;
}

double contrast(const QColor& a, const QColor& b)
{
    const double la = luminance(a), lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

const KindStyle& Theme::operator[](BufferKind kind) const
{
    return kinds[static_cast<std::size_t>(kind)];
}

const Theme& Theme::dark()
{
    static const Theme kTheme = makeDark();
    return kTheme;
}

const Theme& Theme::light()
{
    static const Theme kTheme = makeLight();
    return kTheme;
}

const Theme& Theme::of(ThemeMode mode)
{
    if (mode == ThemeMode::System) {
        // Read once, before our own palette replaces the desktop's.
        static const bool kDesktopIsDark =
            QGuiApplication::palette().window().color().value() < 128;
        return kDesktopIsDark ? dark() : light();
    }
    return mode == ThemeMode::Dark ? dark() : light();
}

QPalette Theme::palette() const
{
    QPalette p;
    p.setColor(QPalette::Window, window);
    p.setColor(QPalette::WindowText, text);
    p.setColor(QPalette::Base, panel);
    p.setColor(QPalette::AlternateBase, window);
    p.setColor(QPalette::ToolTipBase, raised);
    p.setColor(QPalette::ToolTipText, text);
    p.setColor(QPalette::PlaceholderText, faint);
    p.setColor(QPalette::Text, text);
    p.setColor(QPalette::Button, raised);
    p.setColor(QPalette::ButtonText, text);
    p.setColor(QPalette::BrightText, peak);
    p.setColor(QPalette::Link, accent);
    p.setColor(QPalette::LinkVisited, accent);
    p.setColor(QPalette::Highlight, selection);
    p.setColor(QPalette::HighlightedText, text);
    p.setColor(QPalette::Light, raised);
    p.setColor(QPalette::Midlight, hairline);
    p.setColor(QPalette::Mid, line);
    p.setColor(QPalette::Dark, hairline);
    p.setColor(QPalette::Shadow, window);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        p.setColor(QPalette::Disabled, role, faint);
    }
    return p;
}

} // namespace tidemark::studio
