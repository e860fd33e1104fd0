"""The binary where there is no Go: no toolchain, no GOROOT, no GOPATH, no home."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest
from conftest import RGKERNEL

CELLS = [
    'import ("fmt"; "strings"; "slices"; "encoding/json")\nfmt.Println(strings.ToUpper("go"), slices.Max([]int{1, 3, 2}))',
    "type P struct { X int `json:\"x\"` }\nfunc (p P) Double() int { return p.X * 2 }\np := P{21}\np.Double()",
    "b, _ := json.Marshal(p)\nstring(b)",
    "x := tensor.Ones(2, 3)\nx.MatMul(x.T()).Sum()",
    'import "./mylib"\nmylib.Greet("root")',
    'import "gonum.org/v1/gonum/stat"\nstat.Mean([]float64{1, 2, 3}, nil)',
    "func Map[T, U any](xs []T, f func(T) U) (out []U) { for _, x := range xs { out = append(out, f(x)) }; return }\n"
    "Map([]int{1, 2}, func(i int) string { return fmt.Sprint(i * i) })",
    "%who",
]
EXPECTED = ["GO 3", "42", '{"x":21}', "12", "hello root", "2", '["1" "4"]', "Variable"]


def notebook(path: pathlib.Path) -> pathlib.Path:
    cells = [{"cell_type": "code", "id": f"c{i}", "metadata": {}, "execution_count": None, "outputs": [], "source": code}
             for i, code in enumerate(CELLS)]
    path.write_text(json.dumps({"cells": cells, "metadata": {"kernelspec": {"name": "rg", "display_name": "Go (rg)", "language": "go"}},
                                "nbformat": 4, "nbformat_minor": 5}))
    return path


def check(path: pathlib.Path):
    cells = json.loads(path.read_text())["cells"]
    for cell, want in zip(cells, EXPECTED, strict=True):
        texts = [o.get("text") or o.get("data", {}).get("text/plain") or [str(o)] for o in cell["outputs"]]
        assert want in "".join(line for text in texts for line in text), (cell["source"], texts)
        assert all(o["output_type"] != "error" for o in cell["outputs"]), texts


def folder(where: pathlib.Path):
    (where / "mylib").mkdir(parents=True)
    (where / "mylib" / "a.go").write_text('package mylib\n\nfunc Greet(s string) string { return "hello " + s }\n')


@pytest.mark.parametrize("engine", ["eval", "yaegi"])
def test_empty_environment(tmp_path, engine):
    folder(tmp_path)
    nb = notebook(tmp_path / "nb.ipynb")
    env = {"PATH": "/nonexistent", "RG_ENGINE": engine}
    done = subprocess.run([str(RGKERNEL), "run", str(nb), "--output", str(tmp_path / "out.ipynb")],
                          env=env, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    check(tmp_path / "out.ipynb")


def libraries(binary: str) -> list[str]:
    """The shared libraries of a binary; none of one that is linked statically."""
    out = subprocess.run(["ldd", binary], capture_output=True, text=True, check=False).stdout
    return [w for line in out.splitlines() for w in line.split() if w.startswith("/")]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="chroot needs root")
@pytest.mark.parametrize("engine", ["eval", "yaegi"])
def test_bare_root(tmp_path, engine):
    root = tmp_path / "root"
    (root / "work").mkdir(parents=True)
    (root / "tmp").mkdir()
    shutil.copy(RGKERNEL, root / "rgkernel")
    (root / "dev").mkdir()
    (root / "dev" / "null").touch()
    (root / "proc" / "self").mkdir(parents=True)  # all of /proc that is needed
    (root / "proc" / "self" / "exe").symlink_to("/rgkernel")
    for lib in libraries(str(RGKERNEL)):
        to = root / lib.lstrip("/")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(lib, to)
    folder(root / "work")
    notebook(root / "work" / "nb.ipynb")

    def enter():
        os.chroot(root)
        os.chdir("/work")

    done = subprocess.run(["/rgkernel", "run", "nb.ipynb", "--output", "out.ipynb"], env={"RG_ENGINE": engine},
                          preexec_fn=enter, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    check(root / "work" / "out.ipynb")
