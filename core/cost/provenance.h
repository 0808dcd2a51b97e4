// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/cost/estimate.h"

#include <algorithm>

namespace tidemark {

/// How far a number can be trusted, most first; unknown is last.
inline int distrust(Provenance provenance)
{
    switch (provenance) {
    case Provenance::Measured:
        return 0;
    case Provenance::Datasheet:
        return 1;
    case Provenance::User:
        return 2;
    case Provenance::Illustrative:
        return 3;
    case Provenance::Unknown:
        break;
    }
    return 4;
}

inline Provenance weakest(Provenance a, Provenance b)
{
    return distrust(a) > distrust(b) ? a : b;
}

/// Collects what a figure is made of: the weakest provenance, and the first things that are
/// missing.
class Ingredients {
public:
    /// The value of a parameter, 0 where it is unknown.
    double use(const Parameter& parameter, const std::string& name)
    {
        if (!parameter.value) {
            miss(name);
            return 0;
        }
        m_provenance = weakest(m_provenance, parameter.provenance);
        if (parameter.provenance == Provenance::Illustrative) {
            m_illustrative = true;
        }
        return *parameter.value;
    }
    double use(const Estimate& estimate)
    {
        if (!estimate.value) {
            if (m_reason.empty()) {
                m_reason = estimate.reason;
            }
            return 0;
        }
        m_provenance = weakest(m_provenance, estimate.provenance);
        return *estimate.value;
    }
    void refuse(std::string reason)
    {
        if (m_reason.empty()) {
            m_reason = std::move(reason);
        }
    }
    bool isKnown() const { return m_missing.empty() && m_reason.empty(); }

    /// The figure, or why there is none.
    Estimate estimate(double value, std::string unit, const std::string& madeOf) const
    {
        if (!m_reason.empty()) {
            return {std::nullopt, std::move(unit), Provenance::Unknown, m_reason};
        }
        if (!m_missing.empty()) {
            return {std::nullopt, std::move(unit), Provenance::Unknown,
                    m_missing + (m_more > 0 ? " and " + std::to_string(m_more) + " more" : "") +
                        " unknown: no public figure; set it in the board file or run calibration"};
        }
        return {value, std::move(unit), m_provenance,
                madeOf + (m_illustrative ? "; illustrative parameters, nobody measured them" : "")};
    }

private:
    void miss(const std::string& name)
    {
        if (m_missing.empty()) {
            m_missing = name;
            m_last = name;
        } else if (name != m_last) {
            ++m_more;
            m_last = name;
        }
    }

    Provenance m_provenance = Provenance::Measured;
    bool m_illustrative = false;
    std::string m_missing, m_last, m_reason;
    int m_more = 0;
};

} // namespace tidemark
