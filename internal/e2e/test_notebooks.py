"""The shipped notebooks under nbclient and nbconvert, and headless; bad input to the command line."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree

import nbformat
import pytest
from conftest import NOTEBOOKS, ROOT, rgkernel
from nbclient import NotebookClient

SHIPPED = sorted(NOTEBOOKS.glob("*.ipynb"))
assert SHIPPED, "no notebook is shipped"

# A notebook that trains for a minute runs under nbconvert, which is nbclient underneath, and headless; no third time.
SHORT = [p for p in SHIPPED if p.stem not in {"02-char-gpt"}]


def outputs(nb):
    return [o for c in nb.cells if c.cell_type == "code" for o in c.outputs]


def check_executed(nb):
    nbformat.validate(nb)
    outs = outputs(nb)
    assert not [o for o in outs if o.output_type == "error"]
    pictures = [o for o in outs if "image/svg+xml" in o.get("data", {}) or "image/png" in o.get("data", {})]
    assert len(pictures) >= 3
    assert all(c.execution_count for c in nb.cells if c.cell_type == "code" and c.source.strip())


@pytest.mark.parametrize("path", SHORT, ids=lambda p: p.stem)
def test_nbclient(path):
    nb = nbformat.read(path, as_version=4)
    NotebookClient(nb, timeout=300, kernel_name="rg", resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    check_executed(nb)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_nbconvert(path, tmp_path):
    subprocess.run(
        [sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute", str(path),
         "--output-dir", str(tmp_path), "--output", "out.ipynb"],
        check=True, capture_output=True, timeout=600,
    )
    check_executed(nbformat.read(tmp_path / "out.ipynb", as_version=4))
    subprocess.run(
        [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", str(tmp_path / "out.ipynb")],
        check=True, capture_output=True, timeout=600,
    )
    assert "data:image/svg+xml" in (tmp_path / "out.html").read_text()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_headless(path, tmp_path):
    out = tmp_path / "out.ipynb"
    done = rgkernel("run", path, "--output", out, "--html", timeout=600)
    assert done.returncode == 0, done.stderr
    check_executed(nbformat.read(out, as_version=4))
    html = (tmp_path / "out.html").read_text()
    for outside in ('src="http', "src='http", "<link", "<script", "@import", "url(http"):
        assert outside not in html


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_shipped_with_outputs(path):
    nb = nbformat.read(path, as_version=4)
    assert nb.metadata.kernelspec.name == "rg"
    check_executed(nb)


def test_not_json(tmp_path):
    bad = tmp_path / "bad.ipynb"
    bad.write_text("this is no notebook")
    done = rgkernel("run", bad, "--output", tmp_path / "out.ipynb", "--html")
    assert done.returncode == 2 and "bad.ipynb" in done.stderr and "JSON" in done.stderr
    assert os.listdir(tmp_path) == ["bad.ipynb"]


def test_missing_notebook(tmp_path):
    done = rgkernel("run", tmp_path / "none.ipynb")
    assert done.returncode == 2 and "none.ipynb" in done.stderr


def test_missing_connection_file(tmp_path):
    done = rgkernel("kernel", "-f", tmp_path / "none.json")
    assert done.returncode == 2 and "none.json" in done.stderr


def test_unknown_signature_scheme(tmp_path):
    connection = tmp_path / "c.json"
    connection.write_text(json.dumps({
        "shell_port": 0, "iopub_port": 0, "stdin_port": 0, "control_port": 0, "hb_port": 0,
        "ip": "127.0.0.1", "key": "k", "transport": "tcp", "signature_scheme": "hmac-md6",
    }))
    done = rgkernel("kernel", "-f", connection)
    assert done.returncode == 2 and "hmac-md6" in done.stderr and "hmac-sha256" in done.stderr


def test_unwritable_kernelspec_folder(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("a file where a folder should be")
    done = rgkernel("install", "--prefix", blocked)
    assert done.returncode != 0 and str(blocked) in done.stderr
    assert blocked.read_text() == "a file where a folder should be"
    assert os.listdir(tmp_path) == ["file"]


def test_failed_cell_fails_the_run(tmp_path):
    nb = nbformat.v4.new_notebook()
    nb.cells = [nbformat.v4.new_code_cell('panic("no")'), nbformat.v4.new_code_cell("1 + 1")]
    path = tmp_path / "nb.ipynb"
    nbformat.write(nb, path)
    done = rgkernel("run", path, "--output", tmp_path / "out.ipynb")
    assert done.returncode == 1
    out = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert out.cells[0].outputs[0].output_type == "error" and not out.cells[1].outputs
    done = rgkernel("run", path, "--output", tmp_path / "out.ipynb", "--allow-errors")
    assert done.returncode == 0
    assert nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[1].outputs[0]["data"]["text/plain"] == "2"


def test_timeout(tmp_path):
    nb = nbformat.v4.new_notebook()
    nb.cells = [nbformat.v4.new_code_cell("for {}")]
    nbformat.write(nb, tmp_path / "nb.ipynb")
    done = rgkernel("run", tmp_path / "nb.ipynb", "--output", tmp_path / "out.ipynb", "--timeout", "1s")
    assert done.returncode == 1 and "1s" in done.stderr


def code(source, *tags):
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


def notebook(path, *cells):
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)
    return path


def test_parameters_jobs_and_junit(tmp_path):
    for name in ("a", "b", "c"):
        notebook(
            tmp_path / f"{name}.ipynb",
            code('import "time"\n\nn := 3\nname := "x"\nwait := time.Second\nwidths := []int{1}', "parameters"),
            code('import "fmt"\nfmt.Println(n, name, wait, widths)'),
        )
    done = rgkernel(
        "run", "a.ipynb", "b.ipynb", "c.ipynb", "--jobs", "3", "-o", "out", "--junit", "out/junit.xml",
        "-p", "n=5", "-p", "name=7", "-p", "wait=90s", "-p", "widths=[2, 3]", cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    for name in ("a", "b", "c"):
        nb = nbformat.read(tmp_path / "out" / f"{name}.ipynb", as_version=4)
        nbformat.validate(nb)
        assert nb.nbformat_minor == 5 and nb.cells[1].metadata.tags == ["injected-parameters"]
        assert nb.cells[2].outputs[0].text == "5 7 1m30s [2 3]\n"
    suites = xml.etree.ElementTree.parse(tmp_path / "out" / "junit.xml").getroot()
    assert (suites.get("tests"), suites.get("failures"), len(suites)) == ("9", "0", 3)
    # What was run is run again with other values.
    done = rgkernel("run", "out/a.ipynb", "--inplace", "-p", "n=6", cwd=tmp_path)
    nb = nbformat.read(tmp_path / "out" / "a.ipynb", as_version=4)
    assert done.returncode == 0 and len(nb.cells) == 3 and nb.cells[2].outputs[0].text == "6 x 1s [1]\n"
    done = rgkernel("run", "a.ipynb", "-p", "m=6", cwd=tmp_path)
    assert done.returncode == 2 and "no parameter m: there are n, name, wait, widths" in done.stderr


def test_check(tmp_path):
    path = notebook(
        tmp_path / "nb.ipynb",
        code('import ("fmt"; "time")\nfmt.Println("took", time.Now().UnixNano())'),
        code("x := 6\nx * 7"),
        code('panic("no")', "raises-exception"),
        code("time.Now().UnixNano()", "nbval-ignore-output"),
        code('// NBVAL_SKIP\npanic("skipped")'),
    )
    assert rgkernel("run", "--inplace", "--allow-errors", path).returncode == 0
    before = path.read_bytes()
    rules = tmp_path / "rules.cfg"
    rules.write_text("[time]\nregex: took \\d+\nreplace: took TIME\n")
    done = rgkernel("run", "--check", path)
    assert done.returncode == 1 and "-took " in done.stdout and "+took " in done.stdout and "In [1] (cell 1)" in done.stdout
    assert "1 cell does not do what was saved" in done.stderr
    done = rgkernel("run", "--check", "--sanitize", rules, path)
    assert done.returncode == 0 and "all as saved" in done.stdout, done.stdout + done.stderr
    path.write_bytes(before.replace(b'"42"', b'"43"'))
    done = rgkernel("run", "--check", "--sanitize", rules, path, "--junit", tmp_path / "junit.xml")
    assert done.returncode == 1 and "    -43 ␄\n    +42 ␄\n" in done.stdout, done.stdout
    assert 'failures="1"' in (tmp_path / "junit.xml").read_text()
    rules.write_text("regex: (?<=x)\nreplace: y\n")
    done = rgkernel("run", "--check", "--sanitize", rules, path)
    assert done.returncode == 2 and "rules.cfg: line 1" in done.stderr
    assert path.read_bytes() == before.replace(b'"42"', b'"43"') and not (tmp_path / "nb.executed.ipynb").exists()


# As it is written for gonb: declarations, and %% before what belongs in main.
GONB = [
    '%%\nfmt.Println("Hello")',
    "import (\n    \"flag\"\n    \"fmt\"\n)\n\nvar flagName = flag.String(\"name\", \"World\", \"whom to greet\")\n\n"
    "func Greet(name string) string { return fmt.Sprintf(\"Hello %s!\", name) }\n%%\nfmt.Println(Greet(*flagName))",
    "!echo $((6*7))",
    "%%writefile poem.txt\nroses are red\n",
    "!cat poem.txt | wc -l",
    "type Kg int\nfunc (w Kg) String() string { return fmt.Sprintf(\"%d kg\", int(w)) }\n%%\nfmt.Println(Kg(3))",
    "%env GREETING=hi\n!echo $GREETING",
    "func main() {\n    fmt.Println(\"main\")\n}",
]


def test_gonb_style(tmp_path):
    path = notebook(tmp_path / "gonb.ipynb", *map(code, ["import \"fmt\"", *GONB]))
    done = rgkernel("run", path)
    assert done.returncode == 0, done.stderr
    nb = nbformat.read(tmp_path / "gonb.executed.ipynb", as_version=4)
    said = ["".join(o.text for o in c.outputs if o.output_type == "stream") for c in nb.cells]
    assert said == ["", "Hello\n", "Hello World!\n", "42\n", "Wrote poem.txt.\n", "1\n", "3 kg\n", "hi\n", "main\n"], said


def test_exec(tmp_path):
    program = tmp_path / "prog.go"
    program.write_text('package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("ran", 6*7) }\n')
    done = rgkernel("exec", program)
    assert (done.returncode, done.stdout) == (0, "ran 42\n"), done


def test_doctor_and_version():
    assert rgkernel("version").returncode == 0
    done = rgkernel("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kernelspec" in done.stdout
