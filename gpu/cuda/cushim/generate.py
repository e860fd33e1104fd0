"""Writes include/cuda.h and shim.c: the part of the CUDA driver's interface that rg needs.

    python3 generate.py CUDA_HEADER CU_SOURCES

CUDA_HEADER is a real cuda.h of CUDA 12 (the wheel nvidia-cuda-runtime-cu12 has one) and CU_SOURCES the folder of
gorgonia.org/cu. From the header come facts alone: the values of constants, the members of structs, the types that
functions take. What is written holds those that gorgonia.org/cu names, and those of EXTRA, nothing else.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent

# What rg calls beside what gorgonia.org/cu does.
EXTRA = """
cuGetErrorName cuGetErrorString cuFuncSetAttribute cuMemHostAlloc cuMemAllocAsync cuMemFreeAsync cuDeviceGetDefaultMemPool
cuMemPoolSetAttribute cuMemPoolGetAttribute cuMemPoolTrimTo cuStreamBeginCapture cuStreamEndCapture cuStreamIsCapturing
cuGraphInstantiateWithFlags cuGraphLaunch cuLaunchKernelEx cuTensorMapEncodeTiled cuEventRecord cuLaunchHostFunc
CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT
CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED
CU_MEMPOOL_ATTR_RELEASE_THRESHOLD CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT CU_MEMPOOL_ATTR_USED_MEM_CURRENT
CU_STREAM_CAPTURE_MODE_THREAD_LOCAL CU_STREAM_CAPTURE_STATUS_ACTIVE CU_MEMHOSTALLOC_PORTABLE CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION
CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 CU_TENSOR_MAP_DATA_TYPE_FLOAT16 CU_TENSOR_MAP_DATA_TYPE_FLOAT32 CU_TENSOR_MAP_INTERLEAVE_NONE
CU_TENSOR_MAP_SWIZZLE_NONE CU_TENSOR_MAP_SWIZZLE_128B CU_TENSOR_MAP_L2_PROMOTION_L2_256B CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE
""".split()

# Answers of functions that work without a driver; every other then gives CUDA_ERROR_NO_DEVICE.
WITHOUT_DRIVER = {
    "cuDeviceGetCount": "*a0 = 0; return CUDA_SUCCESS;",
    "cuDriverGetVersion": "*a0 = 0; return CUDA_SUCCESS;",
}


class Header:
    """What a real cuda.h declares."""

    def __init__(self, path):
        run = lambda *flags: subprocess.run(["gcc", "-E", *flags, path], capture_output=True, text=True, check=True).stdout
        self.path = path
        text = run("-P")
        text = text[re.search(r"typedef \w+ cuuint32_t;", text).start() :]  # what libc's headers declare stands before
        self.macros = {}
        for m in re.finditer(r"#define (cu[A-Z]\w*) (?:__CUDA_API_PT[SD][SZ]\()?(\w+)\)?", run("-dM")):
            self.macros[m[1]] = m[2]
        self.defines = set(re.findall(r"#define (CU\w+) ", run("-dM")))
        self.functions = {m[1]: self.parameters(m[2]) for m in re.finditer(r"CUresult\s+(cu\w+)\s*\(([^;]*)\);", text)}
        self.enums, self.enum_of = {}, {}
        for m in re.finditer(r"typedef enum\s*\w*\s*\{([^}]*)\}\s*(\w+);", text):
            names = re.findall(r"^\s*,?\s*([A-Z]\w*)", m[1], re.M)
            self.enums[m[2]] = names
            self.enum_of.update({n: m[2] for n in names})
        self.typedefs = {}
        for m in re.finditer(r"typedef (?!enum|union|struct\s*\w*\s*\{)([^;{}]*);", text):
            body = " ".join(m[1].split())
            name = (re.search(r"\(\s*\*\s*(\w+)\)", body) or re.search(r"(\w+)(?:\[\w+\])?$", body))[1]
            self.typedefs[name] = body
        self.structs, self.tags = {}, {}
        for start in re.finditer(r"typedef (struct|union)\s*(\w*)\s*\{", text):
            end, depth = start.end(), 1
            while depth:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
            name = re.match(r"\s*(\w+)", text[end:])[1]
            self.structs[name] = (start[1], start[2], " ".join(text[start.end() : end - 1].split()))
            if start[2]:
                self.tags[start[2]] = name

    @staticmethod
    def parameters(text):
        """The types of a parameter list."""
        types = []
        for p in " ".join(text.split()).split(","):
            p = p.strip()
            if p == "void":
                continue
            name = re.search(r"\w+$", p)
            # A parameter without a name keeps its last word, which is then its type.
            types.append(p[: name.start()].strip() if name and re.search(r"[\w*]\s*$", p[: name.start()]) else p)
        return types

    def values(self, names):
        """The constants' numbers, as a C compiler sees them."""
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder, "values.c")
            source.write_text(
                f'#include "{self.path}"\n#include <stdio.h>\nint main(void) {{\n'
                + "".join(f'printf("{n} %lld\\n", (long long){n});\n' for n in names)
                + "}\n"
            )
            program = pathlib.Path(folder, "values")
            subprocess.run(["gcc", "-w", source, "-o", program], check=True)
            lines = subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()
        return {n: int(v) for n, v in (line.split() for line in lines)}


def needed(sources):
    """The names of CUDA's in gorgonia.org/cu and in EXTRA."""
    names = set(EXTRA)
    for path in sources.glob("*.go"):
        if not path.name.endswith("_test.go"):
            names.update(re.findall(r"\bC\.((?:cu|CU)\w+)", path.read_text()))
    for pattern in "batch.c", "batch.h":
        names.update(re.findall(r"\b((?:cu[A-Z]|CU)\w+)", (sources / pattern).read_text()))
    return names


def closure(header, names):
    """The functions, constants and types that names stand for, and the types that those need."""
    functions, constants, types, macros = {}, set(), [], {}

    def use_type(text):
        for word in re.findall(r"\w+", text):
            word = header.tags.get(word, word)
            if word in types:
                continue
            if word in header.structs:
                use_type(re.sub(r"\b\w+(?:\[\w+\])?;", "", header.structs[word][2]))
                if word not in types:
                    types.append(word)
            elif word in header.typedefs:
                # An opaque struct's name stands for itself.
                use_type(re.sub(r"struct \w+|\b" + word + r"\b", "", header.typedefs[word]))
                if word not in types:
                    types.append(word)
            elif word in header.enums:
                types.append(word)

    for n in sorted(names):
        symbol = header.macros.get(n, n)
        if symbol in header.functions:
            functions[symbol] = header.functions[symbol]
            if symbol != n:
                macros[n] = symbol
            for t in header.functions[symbol]:
                use_type(t)
        elif n in header.enum_of or n in header.defines:
            constants.add(n)
            use_type(header.enum_of.get(n, ""))
        else:
            use_type(n)
    return functions, constants, types, macros


def struct_lines(kind, tag, body):
    """A struct's members, one a line; nested ones are indented."""
    lines, depth = [], 1
    for part in re.findall(r"[^;{}]*[;{]|\}[^;]*;", body):
        part = part.strip()
        if part.startswith("}"):
            depth -= 1
        lines.append("    " * depth + part.replace("_Alignas(", "RG_ALIGNAS("))
        if part.endswith("{"):
            depth += 1
    return [f"typedef {kind} {tag} {{".replace("  ", " "), *lines]


def write_header(header, functions, constants, types, macros):
    by_enum = {}
    for c in constants:
        by_enum.setdefault(header.enum_of.get(c), []).append(c)
    arrays = set(re.findall(r"\[([A-Z]\w+)\]", " ".join(header.structs[t][2] for t in types if t in header.structs)))
    by_enum[None] = by_enum.get(None, []) + sorted(arrays)
    values = header.values(sorted(constants | arrays | {header.enums[t][0] for t in types if t in header.enums}))
    out = [
        "/* Code generated by generate.py. DO NOT EDIT.",
        " *",
        " * The part of the CUDA driver's binary interface, as of CUDA 12, that gorgonia.org/cu and rg use: constants,",
        " * structs and prototypes. It is not NVIDIA's header and declares nothing else. */",
        "#ifndef RG_CUDA_H",
        "#define RG_CUDA_H",
        "",
        "#include <stddef.h>",
        "#include <stdint.h>",
        "#include <stdlib.h>",
        "",
        "#ifdef __cplusplus",
        "#define RG_ALIGNAS alignas",
        "#else",
        "#define RG_ALIGNAS _Alignas",
        "#endif",
        "",
        "#define CUDA_VERSION 12060",
    ]
    out += [f"#define {c} {values[c]}" for c in sorted(by_enum.get(None, []), key=lambda c: (values[c], c)) if c != "CUDA_VERSION"]
    out += [""] + [f"#define {m} {s}" for m, s in sorted(macros.items())]
    out += ["", "#ifdef __cplusplus", 'extern "C" {', "#endif"]
    for t in types:
        out.append("")
        if t in header.enums:
            # An enum without a constant of ours keeps its first, since C wants one.
            names = sorted(by_enum.get(t, header.enums[t][:1]), key=lambda c: (values[c], c))
            out += ["typedef enum {", *(f"    {n} = {values[n]}," for n in names), f"}} {t};"]
        elif t in header.structs:
            kind, tag, body = header.structs[t]
            out += [*struct_lines(kind, tag, body), f"}} {t};"]
        else:
            out.append(f"typedef {header.typedefs[t]};")
    out.append("")
    for f, parameters in sorted(functions.items()):
        out.append(f"CUresult {f}({', '.join(parameters) or 'void'});")
    out += ["", "#ifdef __cplusplus", "}", "#endif", "", "#endif", ""]
    (HERE / "include" / "cuda.h").write_text("\n".join(out))


def write_shim(functions):
    names = sorted(functions)
    out = ["// Code generated by generate.py. DO NOT EDIT.", "", "//go:build cuda", "", '#include "loader.h"', ""]
    out.append("const char *const rg_cuda_names[] = {")
    out += [f'    "{f}",' for f in names]
    out += ["    0,", "};", "", f"void *rg_cuda_table[{len(names)}];", ""]
    for i, f in enumerate(names):
        if f == "cuInit":
            continue  # loader.c has it
        parameters = functions[f]
        declared = ", ".join(f"{t} a{k}" for k, t in enumerate(parameters)) or "void"
        passed = ", ".join(f"a{k}" for k in range(len(parameters)))
        kind = f"(CUresult (*)({', '.join(parameters) or 'void'}))"
        without = WITHOUT_DRIVER.get(f, "return rg_cuda_missing();")
        out.append(
            f"CUresult {f}({declared}) {{ void *f = rg_cuda_find({i}); "
            f"if (!f) {{ {without} }} return ({kind}f)({passed}); }}"
        )
    (HERE / "shim.c").write_text("\n".join(out) + "\n")


def main():
    header = Header(sys.argv[1])
    found = closure(header, needed(pathlib.Path(sys.argv[2])))
    write_header(header, *found)
    write_shim(found[0])


main()
