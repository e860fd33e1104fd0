"""The Python side of bench: see doc.go.

    peer.py serve                  answers requests, a line of JSON each, on standard input
    peer.py step SETTINGS          trains a GPT for some steps and prints the times and the peak memory
"""

import json
import statistics
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from threadpoolctl import threadpool_limits

BF16, F32, F64, I8 = torch.bfloat16, torch.float32, torch.float64, torch.int8
DTYPES = {"f32": F32, "f64": F64, "bf16": BF16, "i8": I8}


def operand(dtype, shape, transposed=False):
    if transposed:
        shape = [*shape[:-2], shape[-1], shape[-2]]
    t = torch.randint(-100, 100, shape, dtype=I8) if dtype == "i8" else torch.randn(shape).to(DTYPES[dtype])
    return t.transpose(-1, -2) if transposed else t


def matmul(r):
    x, y = operand(r["dtype"], r["x"], r.get("tx")), operand(r["dtype"], r["y"], r.get("ty"))
    if r["dtype"] == "i8":
        return lambda: torch._int_mm(x, y)
    out = torch.matmul(x, y)
    return lambda: torch.matmul(x, y, out=out)


def openblas(r):
    x, y = operand(r["dtype"], r["x"]).numpy(), operand(r["dtype"], r["y"]).numpy()
    out = np.matmul(x, y)
    return lambda: np.matmul(x, y, out=out)


ELEMENTWISE = {
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "softmax": lambda x: torch.softmax(x, -1),
    "log_softmax": lambda x: torch.log_softmax(x, -1),
    "layernorm": lambda x: F.layer_norm(x, x.shape[-1:]),
    "relu": torch.relu,
    "mean_last": lambda x: x.mean(-1),
    "sum_all": torch.sum,
    "sum_last": lambda x: x.sum(-1),
    "sum_first": lambda x: x.sum(0),
    "max_last": lambda x: x.amax(-1),
    "argmax_last": lambda x: x.argmax(-1),
    "transpose": lambda x: x.transpose(-1, -2).contiguous(),
    "permute": lambda x: x.permute(0, 2, 1, 3).contiguous(),
    "cast_bf16": lambda x: x.to(BF16),
    "softmax_relu_add": lambda x: torch.softmax(torch.relu(x + x), -1),
}
OUT = {"exp", "log", "tanh", "erf", "sin", "cos", "sigmoid", "sqrt", "rsqrt", "neg", "abs", "square", "reciprocal",
       "add", "sub", "mul", "div", "maximum", "pow"}


def elementwise(r):
    positive = r["op"] in {"log", "sqrt", "rsqrt", "pow"}
    x = torch.rand(r["shape"]) + 0.1 if positive else torch.randn(r["shape"])
    x = x.to(DTYPES[r.get("dtype", "f32")])
    binary = r["op"] in {"add", "sub", "mul", "div", "maximum", "pow"}
    y = torch.rand(r["shape"]) + 0.5
    if r["op"] in OUT:
        f, out = getattr(torch, r["op"]), torch.empty_like(x)
        return (lambda: f(x, y, out=out)) if binary else (lambda: f(x, out=out))
    f = ELEMENTWISE[r["op"]]
    return lambda: f(x)


def attention(r):
    q, k, v = (torch.randn(r["shape"], requires_grad=r["grad"]) for _ in range(3))
    g = torch.randn(r["shape"])

    def forward():
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)

    def both():
        q.grad = k.grad = v.grad = None
        forward().backward(g)

    return both if r["grad"] else forward


def conv2d(r):
    x = torch.randn(r["x"], requires_grad=r["grad"])
    w = torch.randn(r["w"], requires_grad=r["grad"])

    def forward():
        return F.conv2d(x, w, stride=r["stride"], padding=r["padding"])

    g = torch.randn_like(forward())

    def both():
        x.grad = w.grad = None
        forward().backward(g)

    return both if r["grad"] else forward


def load_first(r):
    from safetensors import safe_open

    def f():
        with safe_open(r["path"], framework="pt") as file:
            return file.get_tensor(r["name"])[0, 0].item()

    return f


def load_all(r):
    from safetensors.torch import load_file

    def f():
        return [t.sum().item() for t in load_file(r["path"]).values()]

    return f


MAKERS = {f.__name__: f for f in (matmul, openblas, elementwise, attention, conv2d, load_first, load_all)}


def serve():
    made = {}
    for line in sys.stdin:
        r = json.loads(line)
        key = json.dumps({k: v for k, v in r.items() if k not in ("threads", "seconds")}, sort_keys=True)
        try:
            with torch.set_grad_enabled(r.get("grad", False)), threadpool_limits(r["threads"]):
                torch.set_num_threads(r["threads"])
                if key not in made:
                    made.clear()  # the operands of one row at a time
                    made[key] = MAKERS[r["kind"]](r)
                samples = sample(made[key], r["seconds"])
            print(json.dumps({"samples": samples}), flush=True)
        except Exception as e:  # a peer that can't do it says so in the table
            print(json.dumps({"error": f"{type(e).__name__}: {e}"}), flush=True)


def sample(f, seconds):
    """Times batches of calls that take 2 ms or more, after one that brings what it needs to the caches."""
    f()
    start = time.perf_counter()
    f()
    first = time.perf_counter() - start
    calls = max(1, int(2e-3 / max(first, 1e-9)))
    out = [first] if calls == 1 else []
    while not out or time.perf_counter() - start < seconds:
        begin = time.perf_counter()
        for _ in range(calls):
            f()
        out.append((time.perf_counter() - begin) / calls)
    return out


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_attn, self.c_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (p.view(b, t, self.heads, c // self.heads).transpose(1, 2)
                   for p in self.c_attn(self.ln_1(x)).split(c, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.c_proj(y.transpose(1, 2).reshape(b, t, c))
        return x + self.down(F.gelu(self.up(self.ln_2(x)), approximate="tanh"))


class GPT(nn.Module):
    """GPT-2: the last product is with the embedding of tokens."""

    def __init__(self, vocab, layers, heads, width, context):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocab, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.ln_f = nn.LayerNorm(width)

    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return F.linear(self.ln_f(x), self.wte.weight)


def peak_memory():
    """The most bytes that this process has had in memory; ru_maxrss counts what started it as well."""
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmHWM:"))


def step(s):
    torch.set_num_threads(s["threads"])
    torch.set_num_interop_threads(1)
    model = GPT(s["vocab"], s["layers"], s["heads"], s["width"], s["context"])
    # The fused step is the fastest that PyTorch has on a CPU.
    opt = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    tokens = torch.randint(0, s["vocab"], (s["batch"], s["length"] + 1))
    x, y = tokens[:, :-1], tokens[:, 1:].flatten()
    before = peak_memory()
    times = []
    for _ in range(s["steps"]):
        begin = time.perf_counter()
        opt.zero_grad()
        loss = F.cross_entropy(model(x).flatten(0, 1), y)
        loss.backward()
        opt.step()
        times.append(time.perf_counter() - begin)
    json.dump({"seconds": statistics.median(times[1:]), "peak": peak_memory(), "before": before,
               "parameters": sum(p.numel() for p in model.parameters()), "loss": loss.item()}, sys.stdout)


if __name__ == "__main__":
    serve() if sys.argv[1] == "serve" else step(json.loads(sys.argv[2]))
