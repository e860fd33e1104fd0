"""Prints the table of kernels of a preprocessed source: a name, and a call with arguments from their addresses.

    g++ -E -P … all.cpp | python3 registry.py SOURCE
"""

import re
import sys

text = sys.stdin.read()
print(f'#include "{sys.argv[1]}"\n#include "kernels.h"')
names = []
for m in re.finditer(r'extern "C" RG_GLOBAL void (\w+)\(([^)]*)\)', text):
    types = [re.sub(r"\s*\b\w+$", "", p.strip()) for p in m[2].split(",")]
    arguments = ", ".join(f"*({t} *)a[{i}]" for i, t in enumerate(types))
    print(f"static void run_{m[1]}(void **a) {{ {m[1]}({arguments}); }}")
    names.append(m[1])
print("const EmulatedKernel rg_kernels[] = {")
print("\n".join(f'    {{"{n}", run_{n}}},' for n in names))
print("    {0, 0},\n};")
