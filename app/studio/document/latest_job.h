// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QThread>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <utility>

namespace tidemark::studio {

/// A thread that works on the latest job only. Starting a job asks the one before to stop and
/// forgets its result: what is overtaken never arrives. Results are delivered in the thread that
/// owns this object. Each job has a generation number, so that tests can tell stale from fresh.
class LatestJob : public QObject {
    Q_OBJECT
public:
    explicit LatestJob(QObject* parent = nullptr);
    ~LatestJob() override; ///< asks the job to stop and waits for it

    /// `work` runs on the thread, `done` here, unless another start() or cancel() came first.
    template <class T>
    std::uint64_t start(std::function<T(std::stop_token)> work, std::function<void(T)> done)
    {
        const std::uint64_t generation = overtake();
        const std::stop_token stop = m_stop.get_token();
        QMetaObject::invokeMethod(
            m_worker, [this, generation, stop, work = std::move(work), done = std::move(done)] {
                if (stop.stop_requested()) {
                    return; // overtaken while it waited
                }
                auto result = std::make_shared<T>(work(stop));
                QMetaObject::invokeMethod(this, [this, generation, result, done] {
                    if (finish(generation)) {
                        done(std::move(*result));
                    }
                });
            });
        return generation;
    }

    void cancel();
    bool isBusy() const { return m_busy; }
    std::uint64_t generation() const { return m_generation; }

signals:
    void busyChanged(bool busy);

private:
    std::uint64_t overtake();
    bool finish(std::uint64_t generation); ///< true if its result is still wanted
    void setBusy(bool busy);

    QThread m_thread;
    QObject* m_worker; ///< lives on m_thread
    std::stop_source m_stop;
    std::uint64_t m_generation = 0;
    bool m_busy = false;
};

} // namespace tidemark::studio
