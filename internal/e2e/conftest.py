"""Shared pieces of the tests that drive rg through the real Jupyter clients.

They run in the virtual environment that `make test` builds, where the kernelspec `rg` is installed.
"""

from __future__ import annotations

import os
import pathlib
import queue
import subprocess
import time

import pytest
from jupyter_client.manager import start_new_kernel

ROOT = pathlib.Path(__file__).resolve().parents[2]
RGKERNEL = pathlib.Path(os.environ.get("RGKERNEL", ROOT / "bin" / "rgkernel"))
NOTEBOOKS = ROOT / "notebooks"


class Session:
    """A live rg kernel, spoken to as a front end does."""

    def __init__(self, engine: str):
        env = {**os.environ, "RG_ENGINE": engine}
        self.manager, self.client = start_new_kernel(kernel_name="rg", startup_timeout=60, env=env)
        self.late = Outcome()  # what came for cells that had ended: goroutines go on

    def run(self, code: str, timeout: float = 120, **kw) -> "Outcome":
        msg_id = self.client.execute(code, **kw)
        return self.collect(msg_id, timeout)

    def begin(self, code: str, timeout: float = 120) -> str:
        """Starts a cell that prints "begun", and returns when it has."""
        msg_id = self.client.execute(code)
        deadline, said = time.monotonic() + timeout, ""
        while "begun" not in said:
            msg = self.client.get_iopub_msg(timeout=max(deadline - time.monotonic(), 0.01))
            if msg["parent_header"].get("msg_id") == msg_id and msg["msg_type"] == "stream":
                said += msg["content"]["text"]
        return msg_id

    def collect(self, msg_id: str, timeout: float = 120) -> "Outcome":
        out = Outcome()
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no idle for {msg_id}; so far: {out}")
            try:
                msg = self.client.get_iopub_msg(timeout=left)
            except queue.Empty:
                continue
            if msg["parent_header"].get("msg_id") != msg_id:
                self.late.add(msg)
                self.late.parents.append(msg["parent_header"].get("msg_id"))
                continue
            if out.add(msg):
                break
        while True:
            reply = self.client.get_shell_msg(timeout=timeout)
            if reply["parent_header"].get("msg_id") == msg_id:
                out.reply = reply["content"]
                return out

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()


class Outcome:
    """Everything that one execute_request brought back."""

    def __init__(self):
        self.stdout = self.stderr = ""
        self.displays, self.updates = [], []
        self.result = self.error = self.reply = None
        self.parents = []  # of what came late: the requests that it belongs to

    def add(self, msg) -> bool:
        """Takes in one IOPub message; True when it says idle."""
        kind, content = msg["msg_type"], msg["content"]
        if kind == "stream":
            setattr(self, content["name"], getattr(self, content["name"]) + content["text"])
        elif kind == "display_data":
            self.displays.append(content)
        elif kind == "update_display_data":
            self.updates.append(content)
        elif kind == "execute_result":
            self.result = content["data"]
        elif kind == "error":
            self.error = content
        return kind == "status" and content["execution_state"] == "idle"

    @property
    def text(self) -> str:
        """All that a person would read."""
        parts = [self.stdout, self.stderr]
        if self.result:
            parts.append(self.result["text/plain"])
        if self.error:
            parts += self.error["traceback"] + [self.error["ename"], self.error["evalue"]]
        return "\n".join(parts)

    def __repr__(self):
        return f"Outcome({self.text!r}, displays={len(self.displays)}, reply={self.reply})"


@pytest.fixture(params=["eval", "yaegi"])
def session(request):
    s = Session(request.param)
    yield s
    s.close()


def rgkernel(*args: str, timeout: float = 120, **kw) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(RGKERNEL), *map(str, args)], capture_output=True, text=True, timeout=timeout, check=False, **kw
    )
