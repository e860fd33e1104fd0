"""What a person meets in a notebook: values that live on, errors at the right line, faults survived."""

import re
import time

import pytest
from conftest import ROOT


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_values_live_on(session):
    assert session.run("x := 41").error is None
    assert session.run('import "fmt"\nfmt.Println("between")').stdout == "between\n"
    session.run("func next() int { return x + 1 }")
    assert session.run("next()").result["text/plain"] == "42"


def test_type_error_names_line_and_column_and_changes_nothing(session):
    session.run("x := 1")
    out = session.run('y := 2\nvar s string = x\nx = 7')
    assert out.error["ename"] == "CompileError"
    text = plain(out.text)
    assert "In [2]:2:16" in text and "string" in text
    assert session.run("x").result["text/plain"] == "1"
    assert session.run("y").error is not None


def test_panic_names_the_line(session):
    session.run("func at(s []int, i int) int {\n\treturn s[i]\n}")
    out = session.run("s := []int{1, 2, 3}\n\nat(s, 5)")
    text = plain(out.text)
    assert "index out of range [5] with length 3" in text
    assert "In [1]:2" in text and "In [2]:3" in text


def test_interrupt_leaves_everything_usable(session):
    session.run("n := 0\ncount := func() int { n++; return n }")
    msg_id = session.begin('import "fmt"\ncount()\nfmt.Println("begun")\nfor { count() }')
    session.manager.interrupt_kernel()
    out = session.collect(msg_id)
    assert out.error["ename"] == "Interrupted"
    before = int(session.run("n").result["text/plain"])
    assert before > 0
    assert session.run("count()").result["text/plain"] == str(before + 1)


@pytest.mark.parametrize(
    "code",
    [
        'import "time"\ntime.Sleep(time.Hour)',
        "c := make(chan int)\n<-c",
        "select {}",
        'import "sync"\nvar wg sync.WaitGroup\nwg.Add(1)\nwg.Wait()',
    ],
)
def test_interrupt_of_what_blocks(session, code):
    session.run("kept := 7")
    msg_id = session.begin('import "fmt"\nfmt.Println("begun")\n' + code)
    session.manager.interrupt_kernel()
    out = session.collect(msg_id)
    assert out.error["ename"] == "Interrupted"
    assert session.run("kept").result["text/plain"] == "7"


def test_panic_in_a_goroutine(session):
    session.run("kept := 7")
    out = session.run('import "sync"\nvar wg sync.WaitGroup\nwg.Add(1)\n'
                      'go func() { defer wg.Done(); panic("boo in a goroutine") }()\nwg.Wait()')
    for _ in range(20):  # Done runs before the goroutine's panic is reported
        if "boo in a goroutine" in out.text + session.late.text:
            break
        session.run('import "time"\ntime.Sleep(50 * time.Millisecond)')
    assert "boo in a goroutine" in out.text + session.late.text
    assert session.run("kept").result["text/plain"] == "7"


def test_late_output_belongs_to_its_cell(session):
    first = session.client.execute('import ("fmt"; "time")\ngo func() { time.Sleep(200 * time.Millisecond); fmt.Println("late") }()')
    session.collect(first)
    out = session.run('time.Sleep(time.Second)\n"mine"')
    assert out.text.strip() == "mine"
    assert session.late.stdout == "late\n" and set(session.late.parents) == {first}


def test_stale_cells(session):
    session.run("x := 1")
    session.run("x * 2")
    assert "stale: In [2]" in session.run("x := 21").stderr
    out = session.run("%rerun stale")
    assert "In [2]" in out.stdout and out.displays[0]["data"]["text/plain"] == "42"


def test_recursion_without_end(session):
    session.run("func twice(n int) int { return 2 * n }")
    out = session.run("func f(n int) int { return f(n+1) + 1 }\nf(0)", timeout=120)
    assert "stack overflow" in plain(out.text)
    assert session.run("twice(21)").result["text/plain"] == "42"


def test_concurrent_map_write(session):
    session.run("func twice(n int) int { return 2 * n }\nlost := 3")
    out = session.run(
        'import "time"\nm := map[int]int{}\n'
        "for g := range 8 { go func() { for i := 0; ; i++ { m[i%7] = g } }() }\n"
        "time.Sleep(20 * time.Second)",
        timeout=240,
    )
    assert "concurrent map" in out.text
    assert out.error is not None and out.error["ename"] == "WorkerDied"
    # A fresh worker has the functions again, and says which values are gone.
    assert "lost" in out.text
    assert session.run("twice(21)").result["text/plain"] == "42"


def test_input(session):
    msg_id = session.client.execute('name := rg.Input("who? ")\n"hello " + name', allow_stdin=True)
    request = session.client.get_stdin_msg(timeout=120)
    assert request["content"] == {"prompt": "who? ", "password": False}
    session.client.input("gopher")
    assert session.collect(msg_id).result["text/plain"] == "hello gopher"


def test_scan(session):
    msg_id = session.client.execute('import "fmt"\nvar a, b int\nfmt.Scan(&a, &b)\na * b', allow_stdin=True)
    session.client.get_stdin_msg(timeout=120)
    session.client.input("6 7")
    assert session.collect(msg_id).result["text/plain"] == "42"


def test_many_lines_arrive_whole(session):
    out = session.run('import "fmt"\nfor i := range 100000 { fmt.Println(i) }', timeout=120)
    assert out.stdout == "".join(f"{i}\n" for i in range(100000))


def test_gonum_and_plot_are_there(session):
    out = session.run('import "gonum.org/v1/gonum/mat"\n'
                      "a := mat.NewDense(2, 2, []float64{2, 0, 0, 4})\nmat.Det(a)")
    assert abs(float(out.result["text/plain"]) - 8) < 1e-9, out
    out = session.run('import "gonum.org/v1/plot"\np := plot.New()\np.Title.Text = "empty"\np')
    assert "image/svg+xml" in out.result, out


def test_live_plot_is_one_display_updated(session):
    out = session.run(
        'import "time"\ncurve := viz.NewLossCurve("loss")\n'
        "for i := range 30 { curve.Add(\"train\", i, 1/float64(i+1)); time.Sleep(20 * time.Millisecond) }\n"
        "curve.Done()"
    )
    assert out.error is None, out
    assert len(out.displays) == 1 and len(out.updates) >= 1
    assert len(out.updates) <= 8  # about five a second
    # The pictures on the way are vectors alone; the one that stays has every representation.
    assert {"image/svg+xml", "image/png", "text/plain"} <= set(out.updates[-1]["data"])
    for item in out.displays + out.updates:
        assert {"image/svg+xml", "text/plain"} <= set(item["data"])
        assert item["transient"]["display_id"] == out.displays[0]["transient"]["display_id"]


def test_the_example_of_the_readme(session):
    readme = (ROOT / "README.md").read_text()
    code = re.search(r"```go\n(.*?)```", readme, re.S)[1]
    assert float(session.run(code).result["text/plain"]) > 0.9
