"""The benchmarks of gpu/bench_test.go in PyTorch: a line a benchmark, its name, a figure and a unit. What fails has a line that begins with peer.py:
and leaves the others alone.

    peer.py                                # on the GPU
    peer.py --device cpu --seconds 0       # a look at the program itself: next to no size, and figures that mean nothing
    peer.py --only GPT2                    # one family
"""

import argparse
import contextlib
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

options = argparse.ArgumentParser()
options.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
options.add_argument("--seconds", type=float, default=1, help="that a benchmark takes at least")
options.add_argument("--only", help="the name of a family, such as MatMul")
options = options.parse_args()
DEVICE = options.device
SMALL = DEVICE == "cpu"
TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}

torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False


def scale(n, small):
    return small if SMALL else n


def wait():
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def failed(name, error):
    print(f"peer.py: {name}: {type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}", flush=True)


def measure(name, amount, unit, f):
    """Times f, which has that amount of work in units of its own: GFLOP/s of FLOPs, GB/s of bytes, or tokens/s of tokens."""
    try:
        for _ in range(3):
            f()
        wait()
        n, start = 0, time.perf_counter()
        while n == 0 or time.perf_counter() - start < options.seconds:
            for _ in range(8):
                f()
            wait()
            n += 8
        rate = amount * n / (time.perf_counter() - start)
        print(name, f"{rate / (1e9 if unit[0] == 'G' else 1):.{6 if SMALL else 1}f}", unit, flush=True)
    except Exception as error:  # an older PyTorch lacks a function, or memory runs out
        failed(name, error)


def on(*shape, dtype=torch.float32):
    return torch.randn(*shape, device=DEVICE, dtype=dtype)


def differentiated(leaves, forward, g=None):
    def run():
        y = forward()
        y.backward(g)
        for leaf in leaves:
            leaf.grad = None

    return run


def matmul():
    for name, dtype in {**TYPES, "float16": torch.float16, "tf32": torch.float32}.items():
        torch.backends.cuda.matmul.allow_tf32 = name == "tf32"
        for n in 1024, 8192:
            size = scale(n, 64)
            x, y = on(size, size, dtype=dtype), on(size, size, dtype=dtype)
            measure(f"MatMul/{name}/{n}", 2 * size**3, "GFLOP/s", lambda: x @ y)
    torch.backends.cuda.matmul.allow_tf32 = False


def linear():
    rows, width, wide = scale(1 << 14, 8), scale(768, 16), scale(3072, 64)
    for name, dtype in TYPES.items():
        x, w, bias = on(rows, width, dtype=dtype), on(wide, width, dtype=dtype), on(wide, dtype=dtype)
        measure(f"Linear/{name}", 2 * rows * w.numel(), "GFLOP/s", lambda: F.linear(x, w, bias))
        measure(f"LinearGELU/{name}", 2 * rows * w.numel(), "GFLOP/s", lambda: F.gelu(F.linear(x, w, bias), approximate="tanh"))


ROWS, COLUMNS = scale(1 << 15, 8), scale(1 << 12, 64)  # 512 MB of float32


def memory():
    x = on(ROWS, COLUMNS)
    w, bias = on(COLUMNS), on(COLUMNS)
    positive = x > 0
    order = torch.randint(ROWS, (ROWS,), device=DEVICE)
    classes = torch.randint(COLUMNS, (ROWS,), device=DEVICE)
    for name, passes, f in [
        ("copy", 2, lambda: x.clone()),
        ("add", 3, lambda: x + x),
        ("relu", 2, lambda: F.relu(x)),
        ("gelu", 2, lambda: F.gelu(x)),
        ("sum", 1, lambda: x.sum()),
        ("softmax", 2, lambda: F.softmax(x, -1)),
        ("layernorm", 2, lambda: F.layer_norm(x, (COLUMNS,), w, bias)),
        ("rmsnorm", 2, lambda: F.rms_norm(x, (COLUMNS,), w)),
        ("transpose", 2, lambda: x.T.contiguous()),
        ("cast", 1.5, lambda: x.bfloat16()),
        ("exp", 2, lambda: x.exp()),
        ("silu", 2, lambda: F.silu(x)),
        ("where", 3.25, lambda: torch.where(positive, x, x)),
        ("random", 1, lambda: torch.randn_like(x)),
        ("columns", 1, lambda: x.sum(0)),
        ("argmax", 1, lambda: x.argmax(-1)),
        ("crossentropy", 1, lambda: F.cross_entropy(x, classes)),
        ("gather", 2, lambda: x.index_select(0, order)),
        ("cumsum", 2, lambda: x.cumsum(-1)),
        ("cummax", 4, lambda: x.cummax(-1)),
    ]:
        measure(f"Memory/{name}", passes * 4 * x.numel(), "GB/s", f)


def both():
    x, gate = on(ROWS, COLUMNS).requires_grad_(), on(ROWS, COLUMNS).requires_grad_()
    w, bias = on(COLUMNS).requires_grad_(), on(COLUMNS).requires_grad_()
    g = on(ROWS, COLUMNS)
    classes = torch.randint(COLUMNS, (ROWS,), device=DEVICE)
    for name, passes, leaves, f, up in [
        ("gelu", 5, [x], lambda: F.gelu(x), g),
        ("softmax", 5, [x], lambda: F.softmax(x, -1), g),
        ("layernorm", 5, [x, w, bias], lambda: F.layer_norm(x, (COLUMNS,), w, bias), g),
        ("crossentropy", 3, [x], lambda: F.cross_entropy(x, classes), None),
        ("dropout", 4, [x], lambda: F.dropout(x, 0.1), g),
        ("swiglu", 8, [x, gate], lambda: x * F.silu(gate), g),
    ]:
        measure(f"Both/{name}", passes * 4 * x.numel(), "GB/s", differentiated(leaves, f, up))


def embedding():
    table = on(scale(50257, 100), scale(768, 16)).requires_grad_()
    tokens = torch.randint(table.shape[0], (scale(1 << 14, 32),), device=DEVICE)
    g = on(len(tokens), table.shape[1])
    measure("Both/embedding", 4 * (4 * g.numel() + table.numel()), "GB/s", differentiated([table], lambda: F.embedding(tokens, table), g))


def rope():
    length = scale(2048, 8)
    x, g = (on(4, scale(32, 2), length, 128, dtype=torch.bfloat16) for _ in range(2))
    x.requires_grad_()

    def turn():  # as LLaMA's: angles anew, and the halves of rows swapped
        angles = torch.arange(length, device=DEVICE)[:, None] * 10000.0 ** (-torch.arange(0, 128, 2, device=DEVICE) / 128)
        cos, sin = torch.cat([angles, angles], -1).cos().bfloat16(), torch.cat([angles, angles], -1).sin().bfloat16()
        left, right = x.chunk(2, -1)
        return x * cos + torch.cat([-right, left], -1) * sin

    measure("Both/rope", 2 * 4 * x.numel(), "GB/s", differentiated([x], turn, g))


def pooling():
    n, side = scale(64, 2), scale(112, 8)
    x, g = on(n, n, side, side).requires_grad_(), on(n, n, side // 2, side // 2)
    measure("Both/maxpool", 14 * x.numel(), "GB/s", differentiated([x], lambda: F.max_pool2d(x, 2), g))
    measure("Both/avgpool", 10 * x.numel(), "GB/s", differentiated([x], lambda: F.avg_pool2d(x, 2), g))


def attention():
    heads, length = scale(32, 2), scale(2048, 40)
    for name, dtype in TYPES.items():
        for d in 64, 128:
            q, k, v = (on(4, heads, length, d, dtype=dtype).requires_grad_() for _ in range(3))
            flops = 2 * 4 * heads * length**2 * d

            def forward():
                with torch.no_grad():
                    F.scaled_dot_product_attention(q, k, v, is_causal=True)

            def both():
                F.scaled_dot_product_attention(q, k, v, is_causal=True).sum().backward()
                q.grad = k.grad = v.grad = None

            measure(f"Attention/forward/{name}/{d}", flops, "GFLOP/s", forward)
            measure(f"Attention/both/{name}/{d}", 3.5 * flops, "GFLOP/s", both)


def adamw():
    width, layers = scale(768, 16), scale(12, 2)
    shapes = [(scale(50257, 100), width), (scale(1024, 10), width)]
    for _ in range(layers):
        for columns in 3, 1, 4:
            shapes += [(width, columns * width), (columns * width,), (width,)]
        shapes.append((4 * width, width))
    params = [on(*s).requires_grad_() for s in shapes]
    for p in params:
        p.grad = torch.randn_like(p)
    step = torch.optim.AdamW(params, fused=True).step
    measure("AdamW/float32", 28 * sum(p.numel() for p in params), "GB/s", step)


def conv():
    n, c, side = scale(32, 1), scale(128, 4), scale(56, 8)
    x, w = on(n, c, side, side), on(c, c, 3, 3)
    flops = 2 * 9 * n * c * c * side * side
    measure("Conv/forward/float32/3x3", flops, "GFLOP/s", lambda: F.conv2d(x, w, padding=1))
    g = torch.randn_like(x)
    x.requires_grad_(), w.requires_grad_()
    measure("Conv/both/float32/3x3", 3 * flops, "GFLOP/s", differentiated([x, w], lambda: F.conv2d(x, w, padding=1), g))


def sort():
    n = scale(1 << 24, 1 << 11)
    x = on(n)
    measure("Sort/float32", 12 * n, "GB/s", lambda: x.argsort(stable=True))
    edges, values = torch.arange(scale(1 << 12, 64), device=DEVICE, dtype=torch.float64), on(n, dtype=torch.float64)
    measure("Sort/searchsorted", 16 * n, "GB/s", lambda: torch.searchsorted(edges, values))


def matrices():
    batch, n = scale(512, 2), scale(64, 6)
    x, right = on(batch, n, n), on(batch, n, 1)
    positive = x @ x.mT + torch.eye(n, device=DEVICE)
    for name, flops, f in [
        ("solve", 2, lambda: torch.linalg.solve(x, right)),
        ("cholesky", 1 / 3, lambda: torch.linalg.cholesky(positive)),
        ("lu", 2 / 3, lambda: torch.linalg.lu(x)),
        ("qr", 4, lambda: torch.linalg.qr(x)),
        ("eigh", 9, lambda: torch.linalg.eigh(positive)),
        ("svd", 21, lambda: torch.linalg.svd(x)),
    ]:
        measure(f"Matrices/{name}", flops * batch * n**3, "GFLOP/s", f)


def ctc():
    steps, batch, classes, length = scale(256, 6), scale(64, 2), scale(64, 5), scale(64, 2)
    logp = on(steps, batch, classes).log_softmax(-1).detach().requires_grad_()
    labels = torch.randint(1, classes, (batch, length), device=DEVICE)
    inputs, targets = torch.full((batch,), steps), torch.full((batch,), length)
    measure("CTC/float32", 8 * logp.numel(), "GB/s", differentiated([logp], lambda: F.ctc_loss(logp, labels, inputs, targets)))


def fourier():
    for n in 1 << 12, 1000:
        rows = on(scale(1 << 12, 2), scale(n, n // 100))
        measure(f"Fourier/{n}", 12 * rows.numel(), "GB/s", lambda: torch.fft.rfft(rows))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):  # (B, T, C)
        b, t, c = x.shape
        q, k, v = (p.view(b, t, self.heads, c // self.heads).transpose(1, 2) for p in self.qkv(self.ln_1(x)).split(c, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # (B, heads, T, C/heads)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, c))
        return x + self.down(F.gelu(self.up(self.ln_2(x)), approximate="tanh"))


class GPT2(nn.Module):
    """internal/gpt2: the last product is with the embedding of tokens."""

    def __init__(self, vocab, layers, heads, width, context):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocab, width), nn.Embedding(context, width)
        self.h = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.ln_f = nn.LayerNorm(width)
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, 0, 0.02)

    def forward(self, tokens, targets):
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1], device=tokens.device))
        for block in self.h:
            x = block(x)
        logits = F.linear(self.ln_f(x), self.wte.weight)  # (B, T, vocab)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def gpt2():
    batch, length = 16, 1024
    sizes = (50304, 12, 12, 768, 1024)
    if not SMALL and torch.cuda.mem_get_info()[1] < 40e9:
        batch = 4
    if SMALL:
        batch, length, sizes = 2, 24, (96, 2, 2, 128, 24)
    model = GPT2(*sizes).to(DEVICE)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1, fused=True)
    tokens = torch.randint(sizes[0], (batch, length + 1), device=DEVICE)
    x, y = tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()
    for name, forward in ("GPT2/train", model), ("GPT2/train/compiled", torch.compile(model)):

        def step():
            with torch.autocast(DEVICE, torch.bfloat16):
                loss = forward(x, y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

        measure(name, batch * length, "tokens/s", step)


FAMILIES = {
    "MatMul": [matmul], "Linear": [linear], "Memory": [memory], "Both": [both, embedding, rope, pooling], "Attention": [attention], "AdamW": [adamw],
    "Conv": [conv], "Sort": [sort], "Matrices": [matrices], "CTC": [ctc], "Fourier": [fourier], "GPT2": [gpt2],
}
if options.only and options.only not in FAMILIES:
    sys.exit(f"peer.py: there is no family {options.only}: {', '.join(FAMILIES)}")
for family, functions in FAMILIES.items():
    for function in functions if options.only in (None, family) else []:
        try:
            function()
        except Exception as error:
            failed(family, error)
        if DEVICE == "cuda":
            with contextlib.suppress(Exception):
                torch.cuda.empty_cache()
