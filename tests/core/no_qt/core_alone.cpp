// SPDX-License-Identifier: Apache-2.0
// Pulls in the whole chain from file to plan, so that what the core links shows in this program.
#include "core/board/board_file.h"
#include "core/bundle/bundle.h"
#include "core/explain/figure.h"
#include "core/import/import.h"
#include "core/lower/lower.h"
#include "core/place/plan.h"
#include "core/project/project.h"
#include "core/reference/reference.h"

#include <cstdio>

using namespace tidemark;

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::puts("usage: core_alone MODEL BOARD");
        return 2;
    }
    const auto model = importModel(argv[1]);
    const auto board = readBoardFile(argv[2]);
    if (!model || !board) {
        return 3;
    }
    auto network = lower(*model);
    if (!network) {
        return 3;
    }
    const auto shared = std::make_shared<const Network>(std::move(*network));
    const auto made = plan(shared, std::make_shared<const Board>(*board), {});
    if (!made || explain(**made).empty()) {
        return 1;
    }
    const std::vector<float> zeros(
        static_cast<std::size_t>((*shared)[shared->inputs[0]].elements()));
    const auto values = runReference(*shared, std::span(&zeros, 1));
    std::printf("%lld\n", static_cast<long long>((*made)->activationBytes.count()));
    return values ? 0 : 1;
}
