"""The wheel, installed by pip into a clean environment, as a user would."""

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
NotebookClient(nb, kernel_name="rg", timeout=60).execute()
assert nb.cells[0].outputs[0]["data"]["text/plain"] == "42", nb
assert nb.cells[1].outputs[0]["text"] == "from the shell\\n", nb
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
    program = venv / "bin" / "rgkernel"
    assert run(program, "version").startswith("rg ")
    env["VIRTUAL_ENV"] = str(venv)
    doctor = run(program, "doctor")
    assert f"rg (Go (rg)) in {spec}" in doctor and "which is not" not in doctor, doctor

    run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "rgkernel")
    assert not program.exists() and not (spec / "kernel.json").exists()
