"""rgkernel repl in a terminal, typed into as a person would."""

import os
import re
import time

import pexpect
import pytest
from conftest import RGKERNEL

COLOURS = re.compile(r"\x1b(\[[0-9;?]*( ?[A-Za-z])|[=>])")


class Terminal:
    """A terminal that answers where its cursor is, as real ones do."""

    def __init__(self, folder, *args, **env):
        env = {**os.environ, "TERM": "xterm-256color", "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"),
               "INPUTRC": os.devnull, **env}
        for name in ("TMUX", "KITTY_WINDOW_ID", "TERM_PROGRAM", "LC_TERMINAL"):
            env.pop(name, None)
        self.child = pexpect.spawn(str(RGKERNEL), ["repl", *args], env=env, cwd=str(folder), encoding="utf-8",
                                   dimensions=(50, 120), timeout=120)

        self.seen = ""
        self.asked = ""  # the end of what came, where a question may be cut in two

    def expect(self, pattern):
        """Waits for a text, colours apart; it and what came before are dropped."""
        while True:
            plain = COLOURS.sub("", self.seen)
            match = re.search(pattern, plain)
            if match:
                self.seen = plain[match.end():]
                return match
            try:
                self.read()
            except pexpect.TIMEOUT:
                raise AssertionError(f"no {pattern!r} in {plain!r}") from None

    def read(self, timeout=120):
        text = self.child.read_nonblocking(4096, timeout=timeout)
        self.seen += text
        self.asked += text
        for _ in range(self.asked.count("\x1b[6n")):
            self.child.send("\x1b[1;9R")
        self.asked = self.asked[self.asked.rfind("\x1b[6n") + 4:][-3:] if "\x1b[6n" in self.asked else self.asked[-3:]

    def rest(self, seconds):
        """Lets time pass in which the terminal goes on answering: an editor that waits for an answer takes the next key for one."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                self.read(left)
            except pexpect.TIMEOUT:
                pass

    def end(self):
        """Waits for the program to end."""
        try:
            while True:
                self.read()
        except pexpect.EOF:
            self.child.close()

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
    terminal.run("func double(n int) int {", r"int \{\s*\r\n")
    terminal.run("return 2 * n", r"return 2 \* n\s*\r\n")
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
    terminal.rest(1)
    terminal.type("\x03")
    terminal.expect(r"Interrupted")
    terminal.expect(r"In \[3\]: ")
    # At the prompt it throws away what was typed.
    terminal.type("nonsense(\x03")
    terminal.expect(r"(?s)\^C.*In \[3\]: ")
    terminal.run("x", r"Out\[3\]: 7\r\n")
    terminal.expect(r"In \[4\]: ")
    terminal.type("\x04")
    terminal.end()
    assert terminal.child.exitstatus == 0


def test_input(terminal):
    terminal.run('rg.Input("name? ")', r"\nname\? $")  # the question, not the echo of the cell
    terminal.run("Ada", r"Out\[1\]: Ada")
    terminal.expect(r"In \[2\]: ")
    terminal.type('len(rg.Password("secret? "))\r')
    terminal.expect(r"\nsecret\? $")
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
    t.end()
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
