#!/usr/bin/env bash
# Builds the emulated driver: build.sh FILE [SOURCE…], of all of gpu/kernels or of some sources. RG_KERNELS is another folder of kernels.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$1
shift
kernels=$(cd "${RG_KERNELS:-$here/../../kernels}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sources=("$@")
[ ${#sources[@]} -gt 0 ] || for f in "$kernels"/*.cu; do sources+=("$(basename "$f" .cu)"); done
printf '#include "%s.cu"\n' "${sources[@]}" >"$work/all.cpp"
flags=(-std=c++17 -DRG_EMU "-I$here" "-I$kernels" "-I$here/../../cuda/cushim/include")
g++ "${flags[@]}" -E -P -DRG_REGISTRY "$work/all.cpp" | python3 "$here/registry.py" all.cpp >"$work/kernels.cpp"
# Signed overflow wraps, as on a GPU.
g++ "${flags[@]}" "-I$work" -O1 -fPIC -fwrapv -fvisibility=hidden -Wall -Wno-unused-function -shared \
    -o "$out.$$" "$work/kernels.cpp" "$here/fiber.cpp" "$here/driver.cpp"
mv "$out.$$" "$out" # at once, for others may build the same
