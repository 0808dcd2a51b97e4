// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/diagnostic.h"

#include <cassert>
#include <utility>
#include <variant>

namespace tidemark {

/// Either a value or the Diagnostic that says why there is none.
///
///     Result<Model> model = importOnnx(path);
///     if (!model) return model.error();
///     use(*model);
template <class T> class [[nodiscard]] Result {
public:
    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Diagnostic error) : m_state(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return m_state.index() == 0; }
    const T& operator*() const& { return get(); }
    T& operator*() & { return get(); }
    T&& operator*() && { return std::move(get()); }
    const T* operator->() const { return &get(); }
    T* operator->() { return &get(); }
    const Diagnostic& error() const
    {
        assert(m_state.index() == 1);
        return *std::get_if<1>(&m_state);
    }

private:
    T& get()
    {
        assert(m_state.index() == 0);
        return *std::get_if<0>(&m_state);
    }
    const T& get() const
    {
        assert(m_state.index() == 0);
        return *std::get_if<0>(&m_state);
    }
    std::variant<T, Diagnostic> m_state;
};

/// The value of a Result that carries nothing but success.
struct Done {};
using Status = Result<Done>;

} // namespace tidemark
