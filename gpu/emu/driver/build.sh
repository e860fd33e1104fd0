#!/usr/bin/env bash
# Builds the emulated driver: build.sh FILE [SOURCE…], of all of gpu/kernels or of some sources. RG_KERNELS is another folder of kernels;
# RG_RACES=1 has it find races (race.cpp), some thirty times as slow.
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
# Signed overflow wraps, as on a GPU.
flags=(-std=c++17 -DRG_EMU "-I$here" "-I$kernels" "-I$here/../../cuda/cushim/include" "-I$work" -O1 -fPIC -fwrapv -fvisibility=hidden -Wall
    -Wno-unused-function)
watch=(-fsanitize=alignment -fsanitize-undefined-trap-on-error) # an access to an odd address traps, as a GPU's faults
[ -z "${RG_RACES-}" ] || watch+=(-fsanitize=thread)             # calls functions at each access, which race.cpp has
g++ "${flags[@]}" -E -P -DRG_REGISTRY "$work/all.cpp" | python3 "$here/registry.py" all.cpp "$here/../../kernels/images/report.json" >"$work/kernels.cpp"
g++ "${flags[@]}" "${watch[@]}" -c -o "$work/kernels.o" "$work/kernels.cpp"
g++ "${flags[@]}" -shared -o "$out.$$" "$work/kernels.o" "$here/fiber.cpp" "$here/driver.cpp" ${RG_RACES:+"$here/race.cpp"}
mv "$out.$$" "$out" # at once, for others may build the same
