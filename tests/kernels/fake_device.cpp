// SPDX-License-Identifier: Apache-2.0
#include "fake_device.h"

extern "C" {
#include "firmware_bridge/device/tm_command.h"
}

#include <algorithm>
#include <cstring>
#include <numeric>

namespace fake {

namespace {

constexpr std::uint8_t kGuard = 0xee;

/// Bytes the server may write, with guards on both sides.
template <std::size_t N> struct Guarded {
    alignas(8) std::array<std::uint8_t, 16> before;
    alignas(8) std::array<std::uint8_t, N> bytes;
    alignas(8) std::array<std::uint8_t, 16> after;

    void reset()
    {
        before.fill(kGuard);
        bytes.fill(0);
        after.fill(kGuard);
    }
    bool intact() const
    {
        const auto isGuard = [](std::uint8_t byte) { return byte == kGuard; };
        return std::all_of(before.begin(), before.end(), isGuard) &&
               std::all_of(after.begin(), after.end(), isGuard);
    }
};

Guarded<32> s_arena;
Guarded<24> s_unused;
Guarded<kInputBytes> s_copy;
Guarded<kStages * sizeof(std::uint64_t)> s_stageTicks;
const std::array<std::uint8_t, 9> s_constants{'1', '2', '3', '4', '5', '6', '7', '8', '9'};

std::string s_printed;
std::uint64_t s_ticks = 0;
std::uint64_t s_time = 0;
bool s_running = false;

void put(char c)
{
    s_printed += c;
    s_time += 100; // a slow line
    Device::runsBetweenLines += s_running ? 1 : 0;
}
std::uint64_t ticks()
{
    return s_ticks += kLookTicks;
}
std::uint32_t ticksHz()
{
    return 25000000;
}
const char* ticksName()
{
    return "fake";
}
std::uint64_t time()
{
    return s_time;
}
std::uint32_t timeHz()
{
    return 2000000;
}
std::uint32_t stackUsed()
{
    return 321;
}

float result(std::uint32_t index)
{
    float value = 0;
    std::memcpy(&value, &s_arena.bytes[index * sizeof value], sizeof value);
    return value;
}

/// The outputs of a sum of inputs; the input is used up, and time has passed.
void finish(float sum)
{
    std::memset(&s_arena.bytes[8], 0x5a, kInputBytes);
    const float half = sum / 2;
    std::memcpy(&s_arena.bytes[0], &sum, sizeof sum);
    std::memcpy(&s_arena.bytes[4], &half, sizeof half);
    if (Device::wildWrite) {
        s_unused.bytes[3] = static_cast<std::uint8_t>(~s_unused.bytes[3]);
    }
    s_time += 2468; // 1,234 us
    s_running = false;
}

void runHooked(tm_stage_hook hook)
{
    s_running = true;
    ++Device::runs;
    std::uint8_t* input = &s_arena.bytes[8];
    const float sum = std::accumulate(input, input + kInputBytes, 0.0F);
    for (std::uint32_t stage = 0; stage < kStages; ++stage) {
        if (hook != nullptr) {
            hook(stage);
        }
        s_ticks += kStageTicks[stage];
    }
    if (hook != nullptr) {
        hook(kStages);
    }
    finish(sum);
}
void run()
{
    runHooked(nullptr);
}

// Streamed.
tm_stage_hook s_hook = nullptr;
std::uint32_t s_rowsLeft = 0;
float s_sum = 0;

void announce(std::uint32_t stage)
{
    if (s_hook != nullptr) {
        s_hook(stage);
    }
}
void begin(tm_stage_hook hook)
{
    s_hook = hook;
    s_rowsLeft = kInputBytes / kRowBytes;
    s_sum = 0;
}
std::uint8_t* nextRow()
{
    return &s_arena.bytes[8];
}
std::int32_t push(const void* row)
{
    if (s_rowsLeft == 0) {
        return -1;
    }
    s_running = true;
    std::memmove(nextRow(), row, kRowBytes);
    announce(0);
    s_ticks += kStageTicks[0];
    s_sum = std::accumulate(nextRow(), nextRow() + kRowBytes, s_sum);
    s_running = false;
    if (--s_rowsLeft == 0) {
        ++Device::runs;
        for (const std::uint32_t stage : {1U, 2U}) {
            announce(stage);
            s_ticks += kStageTicks[stage];
        }
        finish(s_sum);
    }
    announce(kStages);
    return static_cast<std::int32_t>(s_rowsLeft);
}
int selftest()
{
    std::memset(&s_arena.bytes[8], 0, kInputBytes);
    return Device::selftestFails ? 1 : 0;
}

const tm_region kArena{"TCM", s_arena.bytes.data(), s_arena.bytes.data() + s_arena.bytes.size()};
const tm_region kUnused{"TCM", s_unused.bytes.data(),
                        s_unused.bytes.data() + s_unused.bytes.size()};
const tm_section kConstants{".tm_weights.MRAM", s_constants.data(),
                            s_constants.data() + s_constants.size()};
const tm_server_model kModel{"lenet5",
                             "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                             s_arena.bytes.data() + 8,
                             kInputBytes,
                             s_arena.bytes.data(),
                             8,
                             2,
                             result,
                             kStages,
                             run,
                             runHooked,
                             selftest,
                             &kArena,
                             1,
                             &kUnused,
                             1,
                             &kConstants,
                             1,
                             nullptr,
                             nullptr,
                             nullptr,
                             nullptr,
                             nullptr,
                             0};
tm_server_model streamedModel()
{
    tm_server_model model = kModel;
    model.input = nullptr;
    model.run = nullptr;
    model.run_hooked = nullptr;
    model.begin = begin;
    model.row = nextRow;
    model.push = push;
    model.row_bytes = kRowBytes;
    return model;
}
const tm_server_board kBoard{put, ticks, ticksHz, ticksName, time, timeHz, 1024, stackUsed};

} // namespace

int Device::runs = 0;
bool Device::wildWrite = false;
bool Device::selftestFails = false;
int Device::runsBetweenLines = 0;

Device::Device(bool keepsInput, bool streams)
{
    static const tm_server_model streamed = streamedModel();
    s_arena.reset();
    s_unused.reset();
    s_copy.reset();
    s_stageTicks.reset();
    s_printed.clear();
    s_ticks = 0;
    s_time = 0;
    runs = 0;
    wildWrite = false;
    selftestFails = false;
    runsBetweenLines = 0;
    static tm_server_memory memory;
    memory = {keepsInput ? s_copy.bytes.data() : nullptr,
              reinterpret_cast<std::uint64_t*>(s_stageTicks.bytes.data())};
    s_rowsLeft = 0;
    tm_command_init(streams ? &streamed : &kModel, &kBoard, &memory);
    boot = s_printed;
}

std::string Device::send(const std::string& text)
{
    s_printed.clear();
    for (const char c : text) {
        tm_command_feed(static_cast<std::uint8_t>(c));
    }
    return s_printed;
}

bool Device::guardsIntact()
{
    return s_arena.intact() && s_unused.intact() && s_copy.intact() && s_stageTicks.intact();
}

std::string loadCommands()
{
    return "db load 16%db 0102030405060708%db 090a0b0c0d0e0f10%";
}

} // namespace fake
