#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Draws the pictures of README.md again: docs/pictures/make.sh [STUDIO]. Needs no display; the one of
# the board needs the cross compiler and QEMU.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
studio=${1:-build/bin/tidemark-studio}
lenet=resources/examples/lenet5.onnx

draw() { # NAME ARGUMENT...
    local name=$1
    shift
    "$studio" "$lenet" --grab "docs/pictures/$name.png" "$@"
    echo "docs/pictures/$name.png" >&2
}

draw studio-drag --theme dark --size 1360x850 --drag conv1=SSRAM
draw studio-rows --theme light --size 1360x850 --technique rows --select conv1
draw studio-misfit --theme dark --size 1360x850 --board hifive1 --technique unshared
draw studio-board --theme dark --size 1360x850 --board qemu_mps2_an386 --tab device --run
