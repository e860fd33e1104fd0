"""rg under other people's clients: papermill, nbval, the Jupyter console, and two clients at one kernel."""

import subprocess
import sys
import time

import nbformat
import pexpect
import pytest
from conftest import NOTEBOOKS, Session


def notebook(path, *cells):
    nb = nbformat.v4.new_notebook()
    nb.metadata.kernelspec = {"name": "rg", "display_name": "Go (rg)", "language": "go"}
    nb.cells = [nbformat.v4.new_code_cell(c) for c in cells]
    nbformat.write(nb, path)
    return path


def run(*args, cwd, **kw):
    return subprocess.run([sys.executable, *map(str, args)], cwd=cwd, capture_output=True, text=True, timeout=1200, **kw)


def test_papermill(tmp_path):
    out = tmp_path / "out.ipynb"
    source = notebook(tmp_path / "in.ipynb", 'import "fmt"\nx := 20', "fmt.Println(x + 1)\nx * 2")
    done = run("-m", "papermill", "--no-progress-bar", source, out, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    outputs = nbformat.read(out, as_version=4).cells[1].outputs
    assert [o.output_type for o in outputs] == ["stream", "execute_result"]
    assert outputs[0].text == "21\n" and outputs[1].data["text/plain"] == "40"


def test_papermill_stops_at_an_error(tmp_path):
    source = notebook(tmp_path / "in.ipynb", "1 + 1", 'panic("no further")', "2 + 2")
    done = run("-m", "papermill", "--no-progress-bar", source, tmp_path / "out.ipynb", cwd=tmp_path)
    assert done.returncode != 0 and "no further" in done.stderr
    cells = [c for c in nbformat.read(tmp_path / "out.ipynb", as_version=4).cells if c.source == "2 + 2"]
    assert cells[0].outputs == []


def test_nbval(tmp_path):
    """A notebook whose outputs are those that are saved passes; one with another output doesn't."""
    source = notebook(tmp_path / "same.ipynb", 'import "fmt"\nfmt.Println("printed")\n6 * 7', "panic(1)")
    nb = nbformat.read(source, as_version=4)
    nb.cells[1].metadata.tags = ["raises-exception"]
    nbformat.write(nb, source)
    done = run("-m", "jupyter", "nbconvert", "--to", "notebook", "--execute", "--allow-errors", "--inplace", source, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    check = ("-m", "pytest", "-p", "no:cacheprovider", "-q", "--nbval")
    done = run(*check, source, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    changed = nbformat.read(source, as_version=4)
    changed.cells[0].outputs[-1].data["text/plain"] = "43"
    nbformat.write(changed, tmp_path / "changed.ipynb")
    done = run(*check, tmp_path / "changed.ipynb", cwd=tmp_path)
    assert done.returncode == 1 and "43" in done.stdout


def test_nbval_quickstart():
    """The shipped notebook runs under nbval; its pictures and times differ, so outputs are not compared."""
    done = run("-m", "pytest", "-p", "no:cacheprovider", "-q", "--nbval-lax", NOTEBOOKS / "01-quickstart.ipynb", cwd=NOTEBOOKS)
    assert done.returncode == 0, done.stdout


def console(*args):
    c = pexpect.spawn(sys.executable, ["-m", "jupyter", "console", "--simple-prompt", *args],
                      encoding="utf-8", timeout=120, dimensions=(40, 200))
    c.expect_exact("In [1]:")
    return c


def leave(c):
    c.sendeof()
    c.expect("really want to exit")
    c.sendline("y")
    c.expect(pexpect.EOF)
    c.close()


@pytest.fixture
def session():
    s = Session("eval")
    yield s
    s.close()


def test_console_shares_a_kernel(session):
    """Two clients at one kernel."""
    c = console("--existing", session.manager.connection_file)
    c.sendline("shared := 40")
    c.expect(r"In \[\d+\]:")
    assert session.run("shared + 2").result["text/plain"] == "42"
    session.run("func half(n int) int { return n / 2 }")
    c.sendline("half(shared)")
    c.expect(r"Out\[\d+\]: *20")
    c.expect(r"In \[\d+\]:")
    c.sendline("var s string = shared")
    c.expect("cannot use shared")
    c.expect(r"In \[\d+\]:")
    c.sendline('rg.Input("who? ")')
    c.expect_exact("who? ")
    c.sendline("gopher")
    c.expect(r"Out\[\d+\]: *gopher")
    c.close(force=True)


def test_console_interrupts():
    c = console("--kernel", "rg")
    c.sendline("for {}")
    c.expect_exact("for {}")
    time.sleep(1)
    c.sendintr()
    c.expect("nterrupted")
    c.expect(r"In \[\d+\]:")
    c.sendline("1 + 2")
    c.expect(r"Out\[\d+\]: *3")
    c.expect(r"In \[\d+\]:")
    leave(c)
