"""Prints the table of kernels of a preprocessed source: a name, a call with arguments from their addresses, and what limits a launch.

    g++ -E -P … all.cpp | python3 registry.py SOURCE REPORT

REPORT is images/report.json of gpu/kernels, if there is one.
"""

import json
import os
import re
import sys

text = sys.stdin.read()
compiled = {}
if os.path.exists(sys.argv[2]):
    with open(sys.argv[2]) as f:
        compiled = json.load(f)["kernels"]
print(f'#include "{sys.argv[1]}"\n#include "kernels.h"')
rows = []
for m in re.finditer(r'extern "C" RG_GLOBAL void (?:__launch_bounds__\(((?:[^()]|\([^()]*\))*)\) )?(\w+)\(([^)]*)\)', text):
    bounds, name = (m[1] or "0").split(",")[0], m[2]
    types = [re.sub(r"\s*\b\w+$", "", p.strip()) for p in m[3].split(",")]
    arguments = ", ".join(f"*({t} *)a[{i}]" for i, t in enumerate(types))
    print(f"static void run_{name}(void **a) {{ {name}({arguments}); }}")
    print(f"static const unsigned sizes_{name}[] = {{{', '.join(f'sizeof({t})' for t in types)}, 0}};")
    use = compiled.get(name, {}).values()
    most = [max([u[what] for u in use], default=0) for what in ("registers", "shared")]
    rows.append(f'    {{"{name}", run_{name}, sizes_{name}, {bounds}, {most[0]}, {most[1]}}},')
print("const EmulatedKernel rg_kernels[] = {")
print("\n".join(rows))
print("    {0, 0, 0, 0, 0, 0},\n};")
