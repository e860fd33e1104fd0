"""rgkernel repl in a terminal, typed into as a person would."""

import os
import re

import pexpect
import pytest
from conftest import RGKERNEL

COLOURS = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>])")


class Terminal:
    """A terminal that answers where its cursor is, as real ones do."""

    def __init__(self, folder, *args, **env):
        env = {**os.environ, "TERM": "xterm-256color", "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"),
               "INPUTRC": os.devnull, **env}
        for name in ("TMUX", "KITTY_WINDOW_ID", "TERM_PROGRAM", "LC_TERMINAL"):
            env.pop(name, None)
        self.child = pexpect.spawn(str(RGKERNEL), ["repl", *args], env=env, cwd=str(folder), encoding="utf-8",
                                   dimensions=(50, 120), timeout=60)

    def expect(self, pattern):
        """Waits for a text, colours apart; what came before is dropped."""
        seen = ""
        while True:
            match = re.search(pattern, COLOURS.sub("", seen))
            if match:
                return match
            i = self.child.expect([r"\x1b\[6n", r"[^\x1b]+", r"\x1b"])
            if i == 0:
                self.child.send("\x1b[1;1R")
            else:
                seen += self.child.after
                if self.child.after == "\x1b":
                    seen += self.child.read(1)

    def type(self, text):
        self.child.send(text)

    def run(self, text, pattern):
        self.type(text + "\r")
        return self.expect(pattern)


@pytest.fixture
def terminal(tmp_path):
    t = Terminal(tmp_path)
    t.expect(r"In \[1\]: ")
    yield t
    t.child.close(force=True)


def test_cells(terminal):
    terminal.run("x := 40", r"In \[2\]: ")
    terminal.run("x + 2", r"Out\[2\]: 42\r\n")
    terminal.expect(r"In \[3\]: ")
    terminal.run("y", r"undefined: y")
    terminal.expect(r"In \[4\]: ")
    # Several lines, until the cell is complete.
    terminal.run("func double(n int) int {", r"\.\.\.: ")
    terminal.run("return 2 * n", r"\.\.\.: ")
    terminal.run("}", r"In \[5\]: ")
    terminal.run("double(x)", r"Out\[5\]: 80\r\n")
    terminal.expect(r"In \[6\]: ")
    terminal.run("double?", r"func double\(n int\) int")


def test_completion(terminal):
    terminal.type("tensor.ZerosL\t")
    terminal.expect(r"tensor\.ZerosLike")


def test_interrupt_and_end(terminal):
    terminal.run("x := 7", r"In \[2\]: ")
    terminal.type("for {}\r")
    terminal.expect(r"for \{\}")
    import time

    time.sleep(1)
    terminal.type("\x03")
    terminal.expect(r"Interrupted")
    terminal.expect(r"In \[3\]: ")
    # At the prompt it throws away what was typed.
    terminal.type("nonsense(\x03")
    terminal.expect(r"In \[3\]: ")
    terminal.run("x", r"Out\[3\]: 7\r\n")
    terminal.expect(r"In \[4\]: ")
    terminal.type("\x04")
    terminal.child.expect(pexpect.EOF)
    terminal.child.close()
    assert terminal.child.exitstatus == 0


def test_input(terminal):
    terminal.run('rg.Input("name? ")', r"name\? $")
    terminal.run("Ada", r"Out\[1\]: Ada")
    terminal.expect(r"In \[2\]: ")
    terminal.type('len(rg.Password("secret? "))\r')
    terminal.expect(r"secret\? $")
    terminal.type("hidden\r")
    match = terminal.expect(r"(?s)(.*)Out\[2\]: 6")
    assert "hidden" not in match.group(1)


def test_history(tmp_path):
    t = Terminal(tmp_path)
    t.expect(r"In \[1\]: ")
    t.run("6 * 7", r"Out\[1\]: 42")
    t.expect(r"In \[2\]: ")
    t.run("%env TOKEN=abc", r"In \[3\]: ")
    t.type("\x04")
    t.child.expect(pexpect.EOF)
    kept = (tmp_path / "state" / "rg" / "repl.jsonl").read_text()
    assert kept == '"6 * 7"\n"%env TOKEN=…"\n'

    t = Terminal(tmp_path)
    t.expect(r"In \[1\]: ")
    t.type("\x1b[A\x1b[A")
    t.expect(r"6 \* 7")
    t.run("", r"Out\[1\]: 42")
    t.child.close(force=True)


def test_picture(tmp_path):
    t = Terminal(tmp_path, "--pictures", str(tmp_path / "pictures"))
    t.expect(r"In \[1\]: ")
    t.run("viz.HeatMap(tensor.Eye(4))", r"in-1-1\.png")
    assert (tmp_path / "pictures" / "in-1-1.png").read_bytes().startswith(b"\x89PNG")
    t.child.close(force=True)
