"""Faults of real cells: each ends its cell with a plain word, and the next cell finds what can be found."""

import os
import signal
import time

import psutil
import pytest
from conftest import Session
from test_cells import plain


@pytest.fixture
def own():
    """A session whose worker may die."""
    s = Session("eval")
    s.run('import "strings"\ntype Pair struct{ A, B int }\nfunc twice(n int) int { return 2 * n }\nlost := 3')
    yield s
    s.close()


def worker(session) -> psutil.Process:
    (process,) = psutil.Process(session.manager.provisioner.pid).children()
    return process


def survived(session, out, lost="lost"):
    """Checks that a cell died of its worker, and what is left."""
    assert out.error["ename"] == "WorkerDied" and out.reply["status"] == "error"
    assert lost in out.text and "gone" in out.text
    after = session.run('twice(21) + Pair{1, 2}.B + len(strings.ToUpper("x"))')
    assert after.result["text/plain"] == "45", after
    assert session.run("lost").error is not None


def test_callback(own):
    out = own.run('import "sort"\nxs := []int{3, 1, 2}\nsort.Slice(xs, func(i, j int) bool { panic("in a callback") })')
    assert out.error["ename"] != "WorkerDied" and "in a callback" in plain(out.text)
    assert own.run("lost").result["text/plain"] == "3"


def test_exit(own):
    out = own.run('import "os"\nos.Exit(3)')
    assert out.error is not None and "3" in out.text
    assert own.run("twice(4)").result["text/plain"] == "8"


@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_worker_dies(own, sig):
    msg_id = own.begin('import "fmt"\nfmt.Println("begun")\nfor {}')
    os.kill(worker(own).pid, sig)
    survived(own, own.collect(msg_id))


def test_all_is_declared_again(own):
    """What was declared before, between and after the deaths of two workers, and changed since, is there."""
    own.run('import str "strings"\ntype P struct{ X, Y int }\nfunc (p P) Sum() int { return p.X + p.Y }')
    own.run("const (\n\tA = iota + 1\n\tB\n)\ntype Q[T any] struct{ list []T }\nfunc (q Q[T]) Len() int { return len(q.list) }")
    own.run("func area(p P) int { return p.X * p.Y }\ngone := P{1, 2}")
    msg_id = own.begin('import "fmt"\nfmt.Println("begun")\nfor {}')
    os.kill(worker(own).pid, signal.SIGKILL)
    survived(own, own.collect(msg_id))
    own.run("func area(p P) int { return 10 * p.X * p.Y }\nfunc both(p P) int { return area(p) + p.Sum() + B }")
    own.run("func (p *P) Scale(n int) { p.X *= n; p.Y *= n }")
    msg_id = own.begin('fmt.Println("begun")\nfor {}')
    os.kill(worker(own).pid, signal.SIGKILL)
    out = own.collect(msg_id)
    assert out.error["ename"] == "WorkerDied" and "declared again" in out.text
    out = own.run('p := P{2, 3}\np.Scale(2)\nstr.Repeat("a", both(p)-both(P{2, 3})) + str.Repeat("b", Q[P]{[]P{p}}.Len())')
    assert out.error is None, out.text
    assert out.result["text/plain"] == "a" * 185 + "b"


def test_worker_dies_between_cells(own):
    dead = worker(own)
    dead.kill()
    deadline = time.monotonic() + 120
    while "gone" not in own.late.text:
        assert time.monotonic() < deadline, "nobody said that the worker died"
        own.late.add(own.client.get_iopub_msg(timeout=120))
    assert "lost" in own.late.text
    assert own.run("twice(4)").result["text/plain"] == "8"


def test_memory(monkeypatch):
    monkeypatch.setenv("RG_MEMORY_LIMIT", "600MiB")
    s = Session("eval")
    s.run("kept := 7\nvar hold [][]byte")
    out = s.run("for { b := make([]byte, 8<<20); for i := 0; i < len(b); i += 4096 { b[i] = 1 }; hold = append(hold, b) }")
    assert out.error["ename"] == "OutOfMemory" and "600 MiB" in out.text
    assert s.run("kept").result["text/plain"] == "7"
    assert s.run("hold = nil\nkept").result["text/plain"] == "7"
    s.close()


def test_nothing_outlives_the_kernel(own):
    front = psutil.Process(own.manager.provisioner.pid)
    family = [front, *front.children(recursive=True)]
    os.kill(front.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(family[1:], timeout=120)
    assert not alive
