#!/usr/bin/env bash
# Builds the emulated driver from gpu/kernels: build.sh FILE
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kernels=${RG_KERNELS:-$here/../kernels}
flags=(-std=c++17 -DRG_EMU "-I$here" "-I$kernels" "-I$here/../cuda/cushim/include")
g++ "${flags[@]}" -E -P -DRG_REGISTRY -x c++ "$kernels/all.cu" | python3 "$here/registry.py" "$kernels/all.cu" >"$work/kernels.cpp"
# Signed overflow wraps, as on a GPU; static functions that no kernel uses are no mistake here.
g++ "${flags[@]}" -O1 -fPIC -fwrapv -fvisibility=hidden -Wall -Wno-unused-function -shared \
    -o "$1.tmp" "$work/kernels.cpp" "$here/fiber.cpp" "$here/driver.cpp"
mv "$1.tmp" "$1"
