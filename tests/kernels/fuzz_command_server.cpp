// SPDX-License-Identifier: Apache-2.0
// libFuzzer: any bytes to the device's command server. The first byte says whether it keeps a copy
// of the input, and whether that is streamed.
#include "fake_device.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) {
        return 0;
    }
    fake::Device device(data[0] % 2 == 0, data[0] / 2 % 2 == 1);
    std::string text(data + 1, data + size);
    // Long runs are obeyed, not faults: the digits stay, their number does not.
    std::string tame;
    int digits = 0;
    for (const char c : text) {
        digits = c >= '0' && c <= '9' ? digits + 1 : 0;
        const bool inferring = tame.find("infer", tame.rfind('%') + 1) != std::string::npos;
        if (digits <= 3 || !inferring) {
            tame += c;
        }
    }
    const std::string reply = device.send(tame);
    const auto commands = std::count(tame.begin(), tame.end(), '%');
    std::ptrdiff_t ready = 0;
    for (std::size_t at = 0; (at = reply.find("m-ready\r\n", at)) != std::string::npos; ++at) {
        ++ready;
    }
    const bool clean = std::all_of(reply.begin(), reply.end(), [](char c) {
        return (c >= ' ' && c <= '~') || c == '\r' || c == '\n';
    });
    if (ready < commands || !clean || !fake::Device::guardsIntact()) {
        std::abort();
    }
    return 0;
}
