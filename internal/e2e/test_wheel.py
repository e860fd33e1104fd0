"""The wheel, installed by pip into a clean environment, as a user would."""

import json
import os
import pathlib
import subprocess
import sys
import sysconfig

import pytest
from conftest import ROOT

# What the environment needs beside the wheel is taken from the one that the tests run in.
CELL = """
import nbformat
from nbclient import NotebookClient

nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("6 * 7"), nbformat.v4.new_code_cell("rg.Magic(\\"!echo from the shell\\")")])
NotebookClient(nb, kernel_name="rg", timeout=300).execute()
assert nb.cells[0].outputs[0]["data"]["text/plain"] == "42", nb
assert nb.cells[1].outputs[0]["text"] == "from the shell\\n", nb
"""


NOTEBOOK = """
import sys
import nbformat

nb = nbformat.v4.new_notebook(cells=[
    nbformat.v4.new_code_cell('epochs, lr, name, on := 3, 1e-3, "x", true\\nwidths := []int{1}\\nrates := map[string]float64{}', metadata={"tags": ["parameters"]}),
    nbformat.v4.new_code_cell('import "fmt"\\nfmt.Printf("%v %v %q %v %v %v %T\\\\n", epochs, lr, name, on, widths, rates, lr)'),
])
nb.metadata.kernelspec = {"name": "rg", "display_name": "Go (rg)", "language": "go"}
nbformat.write(nb, sys.argv[1])
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(["go", "run", "./install/wheel", "-o", str(out), "-version", "0.0.1"], cwd=ROOT, check=True)
    (path,) = out.glob("rgkernel-0.0.1-py3-none-*.whl")
    return path


def test_wheel(wheel, tmp_path):
    venv = tmp_path / "venv"
    env = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "VIRTUAL_ENV", "CONDA", "RG"))}
    env["HOME"] = str(tmp_path)

    def run(*args, **kw):
        done = subprocess.run([str(a) for a in args], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=300, **kw)
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    python = venv / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-index", wheel)
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    pathlib.Path(site, "tests.pth").write_text(sysconfig.get_path("purelib") + "\n")

    spec = venv / "share" / "jupyter" / "kernels" / "rg"
    listed = run(python, "-m", "jupyter_client.kernelspecapp", "list")
    assert str(spec) in listed, listed
    run(python, "-c", CELL)

    # papermill writes parameters in Go, once the wheel is there.
    notebook = tmp_path / "in.ipynb"
    run(python, "-c", NOTEBOOK, notebook)
    values = {"epochs": 20, "lr": 1, "name": 'a "b" \\ é😀\n', "on": False, "widths": [64, 32], "rates": {"a": 0.5, "b": 1}}
    (tmp_path / "values.yaml").write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
    run(python, "-m", "papermill", "--no-progress-bar", notebook, tmp_path / "out.ipynb", "-p", "epochs", "7", "-f", "values.yaml")
    run(python, "-m", "papermill", "--no-progress-bar", notebook, tmp_path / "seven.ipynb", "-p", "epochs", "7")
    out = json.loads((tmp_path / "out.ipynb").read_text())
    assert [c["metadata"]["tags"] for c in out["cells"][:2]] == [["parameters"], ["injected-parameters"]], out
    assert "".join(out["cells"][2]["outputs"][0]["text"]) == (
        '7 1 "a \\"b\\" \\\\ é😀\\n" false [64 32] map[a:0.5 b:1] float64\n'), out
    seven = json.loads((tmp_path / "seven.ipynb").read_text())
    assert "".join(seven["cells"][2]["outputs"][0]["text"]).startswith('7 0.001 "x" true'), seven

    program = venv / "bin" / "rgkernel"
    assert run(program, "version").startswith("rg ")
    env["VIRTUAL_ENV"] = str(venv)
    doctor = run(program, "doctor")
    assert f"rg (Go (rg)) in {spec}" in doctor and "which is not" not in doctor, doctor

    run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "rgkernel")
    assert not program.exists() and not (spec / "kernel.json").exists()
