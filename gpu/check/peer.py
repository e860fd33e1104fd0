"""The benchmarks of gpu/bench_test.go in PyTorch: a line a benchmark, its name, a figure and a unit."""

import time

import torch
import torch.nn.functional as F

torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
DEVICE = "cuda"


def measure(name, amount, unit, f):
    for _ in range(3):
        f()
    torch.cuda.synchronize()
    n, start = 0, time.perf_counter()
    while time.perf_counter() - start < 1:
        for _ in range(8):
            f()
        torch.cuda.synchronize()
        n += 8
    print(name, f"{amount * n / (time.perf_counter() - start) / 1e9:.1f}", unit, flush=True)


def on(*shape, dtype=torch.float32):
    return torch.randn(*shape, device=DEVICE, dtype=dtype)


TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}

for name, dtype in {**TYPES, "float16": torch.float16, "tf32": torch.float32}.items():
    torch.backends.cuda.matmul.allow_tf32 = name == "tf32"
    for n in 1024, 8192:
        x, y = on(n, n, dtype=dtype), on(n, n, dtype=dtype)
        measure(f"MatMul/{name}/{n}", 2 * n**3, "GFLOP/s", lambda: x @ y)
torch.backends.cuda.matmul.allow_tf32 = False

for name, dtype in TYPES.items():
    x, w, bias = on(1 << 14, 768, dtype=dtype), on(3072, 768, dtype=dtype), on(3072, dtype=dtype)
    measure(f"Linear/{name}", 2 * x.shape[0] * w.numel(), "GFLOP/s", lambda: F.linear(x, w, bias))
    measure(f"Linear/gelu/{name}", 2 * x.shape[0] * w.numel(), "GFLOP/s", lambda: F.gelu(F.linear(x, w, bias), approximate="tanh"))

x = on(1 << 15, 1 << 12)
w, bias = on(1 << 12), on(1 << 12)
positive = x > 0
order = torch.randint(x.shape[0], (x.shape[0],), device=DEVICE)
classes = torch.randint(x.shape[1], (x.shape[0],), device=DEVICE)
for name, passes, f in [
    ("copy", 2, lambda: x.clone()),
    ("add", 3, lambda: x + x),
    ("relu", 2, lambda: F.relu(x)),
    ("gelu", 2, lambda: F.gelu(x)),
    ("sum", 1, lambda: x.sum()),
    ("softmax", 2, lambda: F.softmax(x, -1)),
    ("layernorm", 2, lambda: F.layer_norm(x, (1 << 12,), w, bias)),
    ("rmsnorm", 2, lambda: F.rms_norm(x, (1 << 12,), w)),
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


def differentiated(leaves, forward, g=None):
    def run():
        y = forward()
        y.backward(g)
        for leaf in leaves:
            leaf.grad = None

    return run


g = torch.randn_like(x)
gate = torch.randn_like(x)
for t in x, w, bias, gate:
    t.requires_grad_()
for name, passes, leaves, f, up in [
    ("gelu", 5, [x], lambda: F.gelu(x), g),
    ("softmax", 5, [x], lambda: F.softmax(x, -1), g),
    ("layernorm", 5, [x, w, bias], lambda: F.layer_norm(x, (1 << 12,), w, bias), g),
    ("crossentropy", 3, [x], lambda: F.cross_entropy(x, classes), None),
    ("dropout", 4, [x], lambda: F.dropout(x, 0.1), g),
    ("swiglu", 8, [x, gate], lambda: x * F.silu(gate), g),
]:
    measure(f"Both/{name}", passes * 4 * x.numel(), "GB/s", differentiated(leaves, f, up))
del x, g, gate, positive

table = on(50257, 768).requires_grad_()
tokens = torch.randint(50257, (1 << 14,), device=DEVICE)
gradient = on(1 << 14, 768)
measure("Both/embedding", 4 * (4 * gradient.numel() + table.numel()), "GB/s", differentiated([table], lambda: F.embedding(tokens, table), gradient))
queries, turned = on(4, 32, 2048, 128, dtype=torch.bfloat16).requires_grad_(), on(4, 32, 2048, 128, dtype=torch.bfloat16)


def rope():  # as LLaMA's: angles anew, and the halves of rows swapped
    angles = torch.arange(2048, device=DEVICE)[:, None] * 10000.0 ** (-torch.arange(0, 128, 2, device=DEVICE) / 128)
    cos, sin = torch.cat([angles, angles], -1).cos().bfloat16(), torch.cat([angles, angles], -1).sin().bfloat16()
    left, right = queries.chunk(2, -1)
    return queries * cos + torch.cat([-right, left], -1) * sin


measure("Both/rope", 2 * 4 * queries.numel(), "GB/s", differentiated([queries], rope, turned))
del queries, turned
image, pooled = on(64, 64, 112, 112).requires_grad_(), on(64, 64, 56, 56)
measure("Both/maxpool", 14 * image.numel(), "GB/s", differentiated([image], lambda: F.max_pool2d(image, 2), pooled))
measure("Both/avgpool", 10 * image.numel(), "GB/s", differentiated([image], lambda: F.avg_pool2d(image, 2), pooled))
del table, image, pooled

for name, dtype in TYPES.items():
    for d in 64, 128:
        q, k, v = (on(4, 32, 2048, d, dtype=dtype).requires_grad_() for _ in range(3))
        flops = 2 * 4 * 32 * 2048**2 * d

        def forward():
            with torch.no_grad():
                F.scaled_dot_product_attention(q, k, v, is_causal=True)

        def both():
            F.scaled_dot_product_attention(q, k, v, is_causal=True).sum().backward()
            q.grad = k.grad = v.grad = None

        measure(f"Attention/forward/{name}/{d}", flops, "GFLOP/s", forward)
        measure(f"Attention/both/{name}/{d}", 3.5 * flops, "GFLOP/s", both)

shapes = [(50257, 768), (1024, 768)]
for _ in range(12):
    for columns in 3, 1, 4:
        shapes += [(768, columns * 768), (columns * 768,), (768,)]
    shapes.append((4 * 768, 768))
params = [on(*s).requires_grad_() for s in shapes]
for p in params:
    p.grad = torch.randn_like(p)
optimizer = torch.optim.AdamW(params, fused=True)
measure("AdamW/float32", 28 * sum(p.numel() for p in params), "GB/s", optimizer.step)
del params, optimizer

images, weight = on(32, 128, 56, 56), on(128, 128, 3, 3)
flops = 2 * 9 * 32 * 128 * 128 * 56 * 56
measure("Conv/forward/float32/3x3", flops, "GFLOP/s", lambda: F.conv2d(images, weight, padding=1))
g = torch.randn_like(images)
images.requires_grad_(), weight.requires_grad_()
measure("Conv/both/float32/3x3", 3 * flops, "GFLOP/s", differentiated([images, weight], lambda: F.conv2d(images, weight, padding=1), g))

numbers = on(1 << 24)
measure("Sort/float32", 12 * numbers.numel(), "GB/s", lambda: numbers.argsort(stable=True))
edges, values = torch.arange(1 << 12, device=DEVICE, dtype=torch.float64), on(1 << 24, dtype=torch.float64)
measure("Sort/searchsorted", 16 * values.numel(), "GB/s", lambda: torch.searchsorted(edges, values))

matrices, right = on(512, 64, 64), on(512, 64, 1)
positive = matrices @ matrices.mT + torch.eye(64, device=DEVICE)
for name, flops, f in [
    ("solve", 2, lambda: torch.linalg.solve(matrices, right)),
    ("cholesky", 1 / 3, lambda: torch.linalg.cholesky(positive)),
    ("lu", 2 / 3, lambda: torch.linalg.lu(matrices)),
    ("qr", 4, lambda: torch.linalg.qr(matrices)),
    ("eigh", 9, lambda: torch.linalg.eigh(positive)),
    ("svd", 21, lambda: torch.linalg.svd(matrices)),
]:
    measure(f"Matrices/{name}", flops * 512 * 64**3, "GFLOP/s", f)

logp = on(256, 64, 64).log_softmax(-1).detach().requires_grad_()
labels = torch.randint(1, 64, (64, 64), device=DEVICE)
steps, lengths = torch.full((64,), 256), torch.full((64,), 64)
measure("CTC/float32", 8 * logp.numel(), "GB/s", differentiated([logp], lambda: F.ctc_loss(logp, labels, steps, lengths)))

for n in 1 << 12, 1000:
    rows = on(1 << 12, n)
    measure(f"Fourier/{n}", 12 * rows.numel(), "GB/s", lambda: torch.fft.rfft(rows))
