"""Compiles the kernels to images/: a cubin for each architecture, and PTX for those to come.

    python3 build.py            # writes images/ and images/report.json
    python3 build.py --check    # fails unless images/ is what this would write

It needs the wheels of requirements.txt, and no GPU. NVRTC makes PTX of each source; ptxas makes cubins, and says how many registers
a kernel takes and what it spills. A spill that isn't in ALLOWED_SPILLS fails the build.
"""

import bz2
import concurrent.futures
import ctypes
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
SOURCES = [
    "unary", "binary", "copy", "random", "reduce", "matmul", "gemm", "epilogue", "rows", "activation", "rope", "adamw", "attention", "flash", "conv", "pool", "sort", "scan", "scatter",
    "linear", "decompose", "ctc", "fourier",
]
CUBINS = ["sm_80", "sm_90", "sm_90a"]  # what sm_90a alone has no kernel uses yet: it is compiled, and not kept
PTX = ["compute_75", "compute_80"]
ALLOWED_SPILLS = {}  # kernel: bytes, with a reason beside it


def wheel(path):
    """A file of an installed wheel."""
    for root in sys.path:
        found = pathlib.Path(root, "nvidia", path)
        if found.exists():
            return found
    sys.exit(f"build.py: no nvidia/{path}: pip install -r {HERE / 'requirements.txt'}")


def digest():
    """What the images depend on: the sources, this program and the compilers' versions."""
    h = hashlib.sha256()
    for path in sorted([*HERE.glob("*.cu"), *HERE.glob("*.cuh"), HERE / "build.py", HERE / "requirements.txt"]):
        h.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return h.hexdigest()


def compile_ptx(source, architecture):
    nvrtc = ctypes.CDLL(str(wheel("cuda_nvrtc/lib/libnvrtc.so.12")))
    program = ctypes.c_void_p()
    text = (HERE / f"{source}.cu").read_bytes()
    if nvrtc.nvrtcCreateProgram(ctypes.byref(program), text, f"{source}.cu".encode(), 0, None, None):
        sys.exit("build.py: nvrtcCreateProgram failed")
    # 186: a comparison of a template's unsigned number with 0.
    options = [f"--gpu-architecture={architecture}", f"--include-path={HERE}", "--std=c++17", "-default-device", "--diag-suppress=186"]
    failed = nvrtc.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*[o.encode() for o in options]))
    size = ctypes.c_size_t()
    nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetProgramLog(program, log)
    if failed or log.value.strip():
        sys.exit(f"build.py: {source}.cu for {architecture}:\n{log.value.decode()}")
    nvrtc.nvrtcGetPTXSize(program, ctypes.byref(size))
    ptx = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetPTX(program, ptx)
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    # NVRTC numbers calls, in comments, through all that a process compiles: the same source must give the same text.
    return re.sub(rb"[ \t]*// callseq [\d, ]+", b"", ptx.value)


def assemble(ptx, architecture, folder):
    """A cubin, and what ptxas says of each kernel."""
    at, out = folder / f"{architecture}.ptx", folder / f"{architecture}.cubin"
    at.write_bytes(ptx)
    run = subprocess.run([wheel("cuda_nvcc/bin/ptxas"), "-v", "-O3", f"-arch={architecture}", at, "-o", out], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"build.py: ptxas for {architecture}:\n{run.stderr}")
    kernels = {}
    for m in re.finditer(r"Compiling entry function '(\w+)'.*?(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads"
                         r".*?Used (\d+) registers([^\n]*)", run.stderr, re.S):
        shared = re.search(r"(\d+) bytes smem", m[6])
        kernels[m[1]] = {"registers": int(m[5]), "spills": int(m[3]) + int(m[4]), "stack": int(m[2]), "shared": int(shared[1]) if shared else 0}
    return out.read_bytes(), kernels


def one(task):
    source, architecture = task
    with tempfile.TemporaryDirectory() as folder:
        ptx = compile_ptx(source, architecture.replace("sm_", "compute_"))
        if architecture in PTX:
            return f"{source}.{architecture}.ptx", ptx, {}
        cubin, kernels = assemble(ptx, architecture, pathlib.Path(folder))
        return f"{source}.{architecture}.cubin", cubin, kernels


def main():
    images = HERE / "images"
    report = images / "report.json"
    if "--check" in sys.argv and (not report.exists() or json.loads(report.read_text())["sources"] != digest()):
        sys.exit("build.py: images/ was not made from these sources: run make kernels")
    tasks = [(s, a) for a in CUBINS + PTX for s in SOURCES]
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(one, tasks))
    kernels, spilled = {}, []
    for name, _, found in made:
        architecture = name.split(".")[1]
        for k, use in found.items():
            kernels.setdefault(k, {})[architecture] = use
            if use["spills"] > ALLOWED_SPILLS.get(k, 0):
                spilled.append(f"{k} on {architecture}: {use['spills']} bytes")
    if spilled:
        sys.exit("build.py: kernels spill registers:\n  " + "\n  ".join(spilled))
    packed = {f"{name}.bz2": bz2.compress(data) for name, data, _ in made if ".sm_90a." not in name}
    packed["kernels.txt"] = "".join(sorted(f"{name.split('.')[0]} {k}\n" for name, _, found in made for k in found if ".sm_80." in name)).encode()
    text = json.dumps({"sources": digest(), "kernels": kernels}, indent=1, sort_keys=True) + "\n"
    if "--check" in sys.argv:
        changed = [n for n, data in packed.items() if not (images / n).exists() or (images / n).read_bytes() != data]
        if changed:
            sys.exit(f"build.py: these images are not what their sources make: {', '.join(changed)}")
        print(f"{len(packed)} images match their sources")
        return
    images.mkdir(exist_ok=True)
    for old in images.glob("*.bz2"):
        old.unlink()
    for name, data in packed.items():
        (images / name).write_bytes(data)
    report.write_text(text)
    print(f"{len(kernels)} kernels, {len(packed)} images, {sum(map(len, packed.values())) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
