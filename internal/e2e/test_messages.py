"""What the messaging protocol promises, asked message by message: fields and their types, who is whose
parent, what comes in which order, and what a message must leave alone."""

import numbers
import queue
import re
import time
import uuid

import pytest

STATUSES = {"ok", "error", "aborted"}
TEXT, NUMBER, LIST, OBJECT, FLAG = str, numbers.Integral, list, dict, bool

# The fields that the content of a message must have. A tuple offers a choice; None stands for null.
FIELDS = {
    "execute_reply": {"status": TEXT, "execution_count": NUMBER},
    "execute_input": {"code": TEXT, "execution_count": NUMBER},
    "execute_result": {"data": OBJECT, "metadata": OBJECT, "execution_count": NUMBER},
    "display_data": {"data": OBJECT, "metadata": OBJECT, "transient": OBJECT},
    "update_display_data": {"data": OBJECT, "metadata": OBJECT, "transient": OBJECT},
    "clear_output": {"wait": FLAG},
    "stream": {"name": TEXT, "text": TEXT},
    "error": {"ename": TEXT, "evalue": TEXT, "traceback": LIST},
    "status": {"execution_state": TEXT},
    "complete_reply": {"status": TEXT, "matches": LIST, "cursor_start": NUMBER, "cursor_end": NUMBER, "metadata": OBJECT},
    "inspect_reply": {"status": TEXT, "found": FLAG, "data": OBJECT, "metadata": OBJECT},
    "is_complete_reply": {"status": TEXT},
    "history_reply": {"status": TEXT, "history": LIST},
    "comm_info_reply": {"status": TEXT, "comms": OBJECT},
    "connect_reply": {n: NUMBER for n in ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")},
    "kernel_info_reply": {
        "status": TEXT, "protocol_version": TEXT, "implementation": TEXT, "implementation_version": TEXT,
        "language_info": OBJECT, "banner": TEXT, "help_links": LIST, "supported_features": LIST,
    },
    "usage_reply": {"hostname": TEXT, "pid": NUMBER, "kernel_memory": NUMBER, "host_virtual_memory": OBJECT, "cpu_count": NUMBER},
    "shutdown_reply": {"status": TEXT, "restart": FLAG},
    "interrupt_reply": {"status": TEXT},
    "comm_open": {"comm_id": TEXT, "target_name": TEXT, "data": OBJECT},
    "comm_msg": {"comm_id": TEXT, "data": (OBJECT, LIST, TEXT)},
    "comm_close": {"comm_id": TEXT, "data": OBJECT},
    "input_request": {"prompt": TEXT, "password": FLAG},
    "iopub_welcome": {"subscription": TEXT},
    "create_subshell_reply": {"status": TEXT, "subshell_id": TEXT},
    "delete_subshell_reply": {"status": TEXT},
    "list_subshell_reply": {"status": TEXT, "subshell_id": LIST},
}


def proper(msg, kind=None, parent=None):
    """Checks a message against the protocol and returns its content."""
    header = msg["header"]
    for field in ("msg_id", "session", "username", "msg_type", "version"):
        assert isinstance(header[field], str) and header[field] or field == "username", (field, header)
    assert header["date"].tzinfo is not None
    assert re.fullmatch(r"5\.\d+", header["version"])
    assert kind is None or msg["msg_type"] == kind, msg
    assert parent is None or msg["parent_header"]["msg_id"] == parent, msg
    assert isinstance(msg["metadata"], dict)
    content = msg["content"]
    if content.get("status") == "error":
        want = FIELDS["error"]
    elif content.get("status") == "aborted":
        want = {}
    else:
        want = FIELDS[msg["msg_type"]]
    for field, types in want.items():
        assert isinstance(content[field], types), (field, content)
    if "status" in content and msg["msg_type"] != "is_complete_reply":
        assert content["status"] in STATUSES
    if "traceback" in content:
        assert all(isinstance(line, str) for line in content["traceback"])
    for bundle in (content.get("data"), content.get("metadata")):
        if bundle and msg["msg_type"] in ("execute_result", "display_data", "update_display_data"):
            assert all(isinstance(mime, str) for mime in bundle)
    return content


class Answer:
    """The reply to a request and what IOPub had for it, busy first and idle last."""

    def __init__(self, reply, outputs):
        self.reply, self.outputs = reply, outputs
        self.content = reply["content"]

    def of(self, kind):
        return [m["content"] for m in self.outputs if m["msg_type"] == kind]

    @property
    def kinds(self):
        return [m["msg_type"] for m in self.outputs]


def ask(session, kind, content=None, channel="shell", header=None, timeout=120):
    msg_id = send(session, kind, content, channel, header)
    return answer(session, msg_id, kind.replace("_request", "_reply"), channel, timeout)


def send(session, kind, content=None, channel="shell", header=None):
    client = session.client
    msg = client.session.msg(kind, content or {})
    msg["header"].update(header or {})
    getattr(client, f"{channel}_channel").send(msg)
    return msg["header"]["msg_id"]


def answer(session, msg_id, kind, channel="shell", timeout=120):
    client = session.client
    outputs = []
    pending = session.__dict__.setdefault("pending", [])  # what came for other requests
    for msg in [m for m in pending if m["parent_header"].get("msg_id") == msg_id]:
        pending.remove(msg)
        outputs.append(msg)
    deadline = time.monotonic() + timeout

    def idle():
        return any(m["msg_type"] == "status" and m["content"]["execution_state"] == "idle" for m in outputs)

    while not idle():
        try:
            msg = client.get_iopub_msg(timeout=max(deadline - time.monotonic(), 0.01))
        except queue.Empty:
            raise AssertionError(f"no idle for {kind}; so far {[m['msg_type'] for m in outputs]}") from None
        (outputs if msg["parent_header"].get("msg_id") == msg_id else pending).append(msg)
    for msg in outputs:
        proper(msg, parent=msg_id)
    states = [m["content"]["execution_state"] for m in outputs if m["msg_type"] == "status"]
    assert states == ["busy"] * (len(states) - 1) + ["idle"] and len(states) >= 2, states
    assert outputs[0]["msg_type"] == "status" and outputs[-1]["msg_type"] == "status"

    replies = session.__dict__.setdefault("replies", [])
    while True:
        found = [m for m in replies if m["parent_header"].get("msg_id") == msg_id]
        if found:
            replies.remove(found[0])
            break
        replies.append(getattr(client, f"get_{channel}_msg")(timeout=timeout))
    proper(found[0], kind, msg_id)
    return Answer(found[0], outputs)


def execute(session, code, header=None, timeout=120, **flags):
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
               "stop_on_error": True, **flags}
    return ask(session, "execute_request", content, header=header, timeout=timeout)


@pytest.fixture(scope="module")
def session():
    from conftest import Session

    s = Session("eval")
    yield s
    s.close()


def test_execute(session):
    a = execute(session, "6 * 7")
    assert a.content["status"] == "ok" and a.content["payload"] == [] and a.content["user_expressions"] == {}
    assert a.kinds == ["status", "execute_input", "execute_result", "status"]
    assert a.of("execute_input")[0]["code"] == "6 * 7"
    counts = {c["execution_count"] for c in a.of("execute_input") + a.of("execute_result")}
    assert counts == {a.content["execution_count"]}
    assert a.of("execute_result")[0]["data"]["text/plain"] == "42"
    assert a.reply["metadata"]["status"] == "ok" and "started" in a.reply["metadata"]


def test_counting(session):
    first = execute(session, "x := 1").content["execution_count"]
    assert execute(session, "x").content["execution_count"] == first + 1
    # What is silent, or not kept, isn't counted.
    for flags in ({"silent": True}, {"store_history": False}):
        execute(session, "x = 2", **flags)
    assert execute(session, "x").content["execution_count"] == first + 2


def test_silent(session):
    a = execute(session, "x := 5\nx", silent=True)
    assert a.content["status"] == "ok" and a.kinds == ["status", "status"]
    broken = execute(session, "panic(1)", silent=True)
    assert broken.content["status"] == "error" and broken.kinds == ["status", "status"]


def test_store_history(session):
    execute(session, '"kept in the history"')
    execute(session, '"not kept in the history"', store_history=False)
    h = ask(session, "history_request", {"hist_access_type": "tail", "n": 1, "output": False, "raw": True}).content["history"]
    assert [entry[2] for entry in h] == ['"kept in the history"']


def test_error(session):
    a = execute(session, 'panic("on purpose")')
    assert a.content["status"] == "error"
    assert a.kinds == ["status", "execute_input", "error", "status"]
    for field in ("ename", "evalue", "traceback"):
        assert a.of("error")[0][field] == a.content[field]
    assert a.content["user_expressions"] == {}


def test_user_expressions(session):
    execute(session, "a := 41")
    a = execute(session, "a++", user_expressions={"good": "a", "sum": "a + 1", "bad": "nowhere", "statement": "a = 1"})
    values = a.content["user_expressions"]
    assert values["good"] == {"status": "ok", "data": {"text/plain": "42"}, "metadata": {}}
    assert values["sum"]["data"]["text/plain"] == "43"
    for name in ("bad", "statement"):
        assert values[name]["status"] == "error"
        assert {"ename", "evalue", "traceback"} <= set(values[name])
    assert execute(session, "a").of("execute_result")[0]["data"]["text/plain"] == "42"


def run_all(session, cells):
    """Sends cells without waiting and returns their answers."""
    ids = []
    for code, flags in cells:
        ids.append(send(session, "execute_request", {"code": code, "silent": False, "store_history": True, "allow_stdin": False,
                                                     "user_expressions": {}, **flags}))
    return [answer(session, i, "execute_reply") for i in ids]


def test_stop_on_error(session):
    cells = run_all(session, [("panic(1)", {"stop_on_error": True}), ("1", {}), ("2", {})])
    assert [c.content["status"] for c in cells] == ["error", "aborted", "aborted"]
    assert all(c.kinds == ["status", "status"] for c in cells[1:])
    cells = run_all(session, [("panic(1)", {"stop_on_error": False}), ("1", {})])
    assert [c.content["status"] for c in cells] == ["error", "ok"]


def test_an_error_aborts_cells_only(session):
    failing = send(session, "execute_request", {"code": "import \"time\"\ntime.Sleep(200*time.Millisecond)\npanic(1)", "silent": False})
    others = [send(session, kind, content) for kind, content in (
        ("kernel_info_request", {}), ("comm_info_request", {}), ("inspect_request", {"code": "tensor", "cursor_pos": 3}),
        ("is_complete_request", {"code": "1"}), ("history_request", {"hist_access_type": "tail", "n": 1}))]
    kinds = ["kernel_info", "comm_info", "inspect", "is_complete", "history"]
    for i, kind in zip(others, kinds):
        assert answer(session, i, f"{kind}_reply").content["status"] in ("ok", "complete")
    assert answer(session, failing, "execute_reply").content["status"] == "error"


def test_order_of_many(session):
    ids = [send(session, "execute_request", {"code": f"{n}", "silent": False}) for n in range(100)]
    counts = []
    for n, i in enumerate(ids):
        a = answer(session, i, "execute_reply")
        assert a.of("execute_result")[0]["data"]["text/plain"] == str(n)
        counts.append(a.content["execution_count"])
    assert counts == list(range(counts[0], counts[0] + 100))


def test_streams_are_in_order_and_before_the_reply(session):
    a = execute(session, 'import ("fmt"; "os")\nfor i := range 3 { fmt.Println("out", i); fmt.Fprintln(os.Stderr, "err", i) }')
    text = {name: "".join(s["text"] for s in a.of("stream") if s["name"] == name) for name in ("stdout", "stderr")}
    assert text == {"stdout": "out 0\nout 1\nout 2\n", "stderr": "err 0\nerr 1\nerr 2\n"}


def test_output_of_a_child_process(session):
    a = execute(session, 'import ("os"; "os/exec")\nc := exec.Command("echo", "from a child")\nc.Stdout = os.Stdout\nc.Run()')
    assert "".join(s["text"] for s in a.of("stream")) == "from a child\n"


def test_displays(session):
    a = execute(session, 'display.Show(display.HTML("<b>x</b>"))')
    data = a.of("display_data")[0]["data"]
    assert data["text/html"] == "<b>x</b>"
    assert execute(session, "display.Clear(true)").of("clear_output") == [{"wait": True}]


def test_complete(session):
    execute(session, "alpha := 1\nalphabet := 2")
    code = "é := alph"
    c = ask(session, "complete_request", {"code": code, "cursor_pos": len(code)}).content
    assert {"alpha", "alphabet"} <= set(c["matches"])
    assert (c["cursor_start"], c["cursor_end"]) == (5, 9)
    kinds = c["metadata"]["_jupyter_types_experimental"]
    assert {"text", "start", "end", "type"} <= set(kinds[0])
    assert ask(session, "complete_request", {"code": "nothingLikeIt", "cursor_pos": 13}).content["matches"] == []


def test_inspect(session):
    execute(session, "// Twice doubles.\nfunc Twice(n int) int { return 2 * n }")
    c = ask(session, "inspect_request", {"code": "Twice(3)", "cursor_pos": 3, "detail_level": 0}).content
    assert c["found"] and "func Twice(n int) int" in c["data"]["text/plain"] and "2 * n" not in c["data"]["text/plain"]
    c = ask(session, "inspect_request", {"code": "Twice(3)", "cursor_pos": 3, "detail_level": 1}).content
    assert "2 * n" in c["data"]["text/plain"]
    c = ask(session, "inspect_request", {"code": "nowhere", "cursor_pos": 3, "detail_level": 0}).content
    assert c == {"status": "ok", "found": False, "data": {}, "metadata": {}}


def test_pager(session):
    for code, source in (("?Twice", False), ("Twice?", False), ("??Twice", True)):
        execute(session, "// Twice doubles.\nfunc Twice(n int) int { return 2 * n }")
        a = execute(session, code)
        page = a.content["payload"][0]
        assert page["source"] == "page" and page["start"] == 0 and "func Twice(n int) int" in page["data"]["text/plain"]
        assert ("2 * n" in page["data"]["text/plain"]) == source
        assert a.kinds == ["status", "execute_input", "status"]
    assert execute(session, "?nowhere").content["ename"] == "CompileError"


def test_is_complete(session):
    for code, status in (("x := 1", "complete"), ("for {", "incomplete"), ("x := )", "invalid"), ("", "complete")):
        c = ask(session, "is_complete_request", {"code": code}).content
        assert c["status"] == status
        assert ("indent" in c) == (status == "incomplete")


def test_kernel_info(session):
    for channel in ("shell", "control"):
        c = ask(session, "kernel_info_request", channel=channel).content
        info = c["language_info"]
        assert c["protocol_version"].startswith("5.") and c["implementation"] == "rg"
        assert info["name"] == "go" and info["file_extension"] == ".go" and info["mimetype"] == "text/x-go"
        assert "kernel subshells" in c["supported_features"]


def test_connect_and_usage(session):
    c = ask(session, "connect_request").content
    known = session.manager.get_connection_info()
    assert c["shell_port"] == known["shell_port"] and c["hb_port"] == known["hb_port"]
    c = ask(session, "usage_request", channel="control").content
    assert c["kernel_memory"] > 10 << 20 and c["host_virtual_memory"]["total"] > c["kernel_memory"]


def test_history(session):
    for code in ("100 + 1", "100 + 2", "100 + 1"):
        execute(session, code)
    last = execute(session, '"the end"').content["execution_count"]

    def find(**q):
        return ask(session, "history_request", {"raw": True, "output": False, **q}).content["history"]

    assert [e[2] for e in find(hist_access_type="tail", n=2)] == ["100 + 1", '"the end"']
    current = find(hist_access_type="tail", n=1)[0][0]
    assert find(hist_access_type="range", session=0, start=last - 2, stop=last) == [
        [current, last - 2, "100 + 2"], [current, last - 1, "100 + 1"]]
    assert find(hist_access_type="range", session=0, start=last, stop=last + 1, output=True) == [
        [current, last, ['"the end"', "the end"]]]
    assert [e[2] for e in find(hist_access_type="search", pattern="100 + ?", n=3)] == ["100 + 1", "100 + 2", "100 + 1"]
    assert [e[2] for e in find(hist_access_type="search", pattern="100 + *", n=10, unique=True)][-2:] == ["100 + 2", "100 + 1"]
    assert find(hist_access_type="search", pattern="nowhere to be found") == []


COMMS = """
import "encoding/json"
var line *rg.Comm
rg.RegisterComm("echo", func(c *rg.Comm, m rg.CommMessage) {
	line = c
	c.Send(map[string]any{"hello": json.RawMessage(m.Data)})
	c.OnMessage(func(m rg.CommMessage) { c.Send(m.Data, m.Buffers...) })
})
"""


def comm(session, kind, content):
    """Sends a comm message, which has no reply, and returns what IOPub had for it."""
    msg_id = send(session, kind, content)
    outputs = []
    while not any(m["msg_type"] == "status" and m["content"]["execution_state"] == "idle" for m in outputs):
        msg = session.client.get_iopub_msg(timeout=120)
        if msg["parent_header"].get("msg_id") == msg_id:
            proper(msg)
            outputs.append(msg)
    return [m for m in outputs if m["msg_type"] != "status"]


def test_comms(session):
    execute(session, COMMS)
    line = uuid.uuid4().hex
    (hello,) = comm(session, "comm_open", {"comm_id": line, "target_name": "echo", "data": {"x": 1}})
    assert (hello["msg_type"], hello["content"]["comm_id"], hello["content"]["data"]) == ("comm_msg", line, {"hello": {"x": 1}})
    (echo,) = comm(session, "comm_msg", {"comm_id": line, "data": {"y": [1, 2]}})
    assert echo["content"]["data"] == {"y": [1, 2]}
    assert ask(session, "comm_info_request", {"target_name": "echo"}).content["comms"] == {line: {"target_name": "echo"}}
    assert ask(session, "comm_info_request", {"target_name": "other"}).content["comms"] == {}
    # From a cell.
    a = execute(session, 'line.Send("from a cell")')
    assert a.of("comm_msg")[0] == {"comm_id": line, "data": "from a cell"}
    # A handler's panic is seen, and nothing else comes of it.
    execute(session, 'line.OnMessage(func(rg.CommMessage) { panic("in a handler") })')
    (said,) = comm(session, "comm_msg", {"comm_id": line, "data": {}})
    assert said["msg_type"] == "stream" and "in a handler" in said["content"]["text"]
    assert comm(session, "comm_close", {"comm_id": line, "data": {}}) == []
    assert ask(session, "comm_info_request", {}).content["comms"] == {}
    (refused,) = comm(session, "comm_open", {"comm_id": "none", "target_name": "nobody", "data": {}})
    assert refused["msg_type"] == "comm_close" and refused["content"]["comm_id"] == "none"


def test_comm_opened_by_a_cell(session):
    a = execute(session, 'mine := rg.OpenComm("widget", map[string]int{"n": 3})')
    opened = a.of("comm_open")[0]
    assert opened["target_name"] == "widget" and opened["data"] == {"n": 3}
    assert opened["comm_id"] in ask(session, "comm_info_request", {}).content["comms"]
    assert execute(session, "mine.Close()").of("comm_close")[0]["comm_id"] == opened["comm_id"]


def begun(session, msg_id, kind="execute_input"):
    """Waits for the first message of its kind that IOPub has for a request."""
    pending = session.__dict__.setdefault("pending", [])
    while not any(m["parent_header"].get("msg_id") == msg_id and m["msg_type"] == kind for m in pending):
        pending.append(session.client.get_iopub_msg(timeout=120))


def interrupted(session, msg_id):
    begun(session, msg_id)
    assert ask(session, "interrupt_request", channel="control").content["status"] == "ok"
    return answer(session, msg_id, "execute_reply")


def test_interrupt_of_a_handler(session):
    execute(session, 'rg.RegisterComm("stuck", func(*rg.Comm, rg.CommMessage) { for {} })')
    msg_id = send(session, "comm_open", {"comm_id": "stuck", "target_name": "stuck", "data": {}})
    begun(session, msg_id, "status")
    ask(session, "interrupt_request", channel="control")
    said = ""
    while "nterrupted" not in said:
        msg = session.client.get_iopub_msg(timeout=120)
        if msg["parent_header"].get("msg_id") == msg_id and msg["msg_type"] == "stream":
            said += msg["content"]["text"]
    assert execute(session, "1 + 1").content["status"] == "ok"


def test_control_does_not_wait_for_shell(session):
    running = send(session, "execute_request", {"code": "for {}", "silent": False})
    waiting = send(session, "execute_request", {"code": "1", "silent": False})
    assert ask(session, "kernel_info_request", channel="control").content["status"] == "ok"
    assert interrupted(session, running).content["ename"] == "Interrupted"
    assert answer(session, waiting, "execute_reply").content["status"] == "aborted"


def test_input(session):
    execute(session, 'import ("bufio"; "os")')
    for code, password in (('rg.Input("who? ")', False), ('rg.Password("who? ")', True)):
        msg_id = send(session, "execute_request", {"code": code, "silent": False, "allow_stdin": True})
        request = session.client.get_stdin_msg(timeout=120)
        assert proper(request, "input_request", msg_id) == {"prompt": "who? ", "password": password}
        session.client.input("me")
        assert answer(session, msg_id, "execute_reply").of("execute_result")[0]["data"]["text/plain"] == "me"
    h = ask(session, "history_request", {"hist_access_type": "tail", "n": 2, "output": True}).content["history"]
    assert [e[2][1] for e in h] == ["me", None]  # a password isn't kept


def test_reading_standard_input(session):
    code = 'in := bufio.NewScanner(os.Stdin)\nvar words []string\nfor len(words) < 2 && in.Scan() { words = append(words, in.Text()) }\nwords'
    msg_id = send(session, "execute_request", {"code": 'import ("bufio"; "os")\n' + code, "silent": False, "allow_stdin": True})
    for word in ("one", "two"):
        session.client.get_stdin_msg(timeout=120)
        session.client.input(word)
    words = answer(session, msg_id, "execute_reply").of("execute_result")[0]["data"]["text/plain"]
    assert "one" in words and "two" in words


@pytest.mark.parametrize("code", ['rg.Input("")', 'import "fmt"\nvar s string\nfmt.Scan(&s)\ns', 'import ("bufio"; "os")\nbufio.NewReader(os.Stdin).ReadString(10)'])
def test_no_input_allowed(session, code):
    a = execute(session, code, allow_stdin=False)
    if "Scan" in code:  # says so in its error
        assert a.content["status"] in ("ok", "error")
    else:
        assert a.content["ename"] == "StdinNotImplementedError"
    with pytest.raises(queue.Empty):
        session.client.get_stdin_msg(timeout=0.2)


def test_interrupt_while_waiting_for_input(session):
    msg_id = send(session, "execute_request", {"code": 'rg.Input("never? ")', "silent": False, "allow_stdin": True})
    session.client.get_stdin_msg(timeout=120)
    assert interrupted(session, msg_id).content["status"] == "error"
    assert execute(session, "1").content["status"] == "ok"


def test_subshells(session):
    sub = ask(session, "create_subshell_request", channel="control").content["subshell_id"]
    other = ask(session, "create_subshell_request", channel="control").content["subshell_id"]
    assert set(ask(session, "list_subshell_request", channel="control").content["subshell_id"]) == {sub, other}
    execute(session, "shared := 1")
    running = send(session, "execute_request", {"code": "for shared < 10 { }\nshared", "silent": False})
    begun(session, running)
    a = execute(session, "shared + 1", header={"subshell_id": sub})
    assert a.of("execute_result")[0]["data"]["text/plain"] == "2"
    a = execute(session, "undefinedName", header={"subshell_id": other})
    assert a.content["status"] == "error"
    assert interrupted(session, running).content["ename"] == "Interrupted"
    for s in (sub, other):
        assert ask(session, "delete_subshell_request", {"subshell_id": s}, channel="control").content["status"] == "ok"
    assert ask(session, "list_subshell_request", channel="control").content["subshell_id"] == []
    assert execute(session, "1", header={"subshell_id": sub}).content["status"] == "error"


@pytest.mark.parametrize("content", [{}, {"code": 5}, {"code": None}])
def test_malformed_execute(session, content):
    assert ask(session, "execute_request", content).content["status"] == "error"


@pytest.mark.parametrize("kind", ["complete", "inspect", "is_complete", "history", "comm_info", "delete_subshell"])
def test_malformed(session, kind):
    content = {"complete": {"code": 1}, "inspect": {"code": []}, "is_complete": {"code": {}}, "history": {"n": "x"},
               "comm_info": {"target_name": 3}, "delete_subshell": {}}[kind]
    channel = "control" if "subshell" in kind else "shell"
    assert ask(session, f"{kind}_request", content, channel=channel).content["status"] == "error"


def test_unknown_request(session):
    FIELDS["surprise_reply"] = {"status": TEXT}
    assert ask(session, "surprise_request").content["status"] == "error"


def test_welcome(session):
    import zmq

    info = session.manager.get_connection_info()
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.linger = 0
    socket.connect(f"tcp://{info['ip']}:{info['iopub_port']}")
    socket.subscribe(b"kernel")
    assert socket.poll(120_000)
    _, frames = session.client.session.feed_identities(socket.recv_multipart())
    assert proper(session.client.session.deserialize(frames), "iopub_welcome") == {"subscription": "kernel"}
    socket.close()


def test_shutdown():
    from conftest import Session

    s = Session("eval")
    child = int(execute(s, 'import "os/exec"\nc := exec.Command("sleep", "1000")\nc.Start()\nc.Process.Pid').of("execute_result")[0]["data"]["text/plain"])
    a = ask(s, "shutdown_request", {"restart": False}, channel="control")
    assert a.content == {"status": "ok", "restart": False} and a.of("shutdown_reply") == [a.content]
    deadline = time.monotonic() + 120
    import psutil

    while psutil.pid_exists(child) and psutil.Process(child).status() != "zombie":
        assert time.monotonic() < deadline, "a cell's child outlived the kernel"
        time.sleep(0.1)
    s.close()
