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

x = on(1 << 15, 1 << 12)
w, bias = on(1 << 12), on(1 << 12)
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
]:
    measure(f"Memory/{name}", passes * 4 * x.numel(), "GB/s", f)

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
measure("Conv/forward/float32/3x3", 2 * 9 * 32 * 128 * 128 * 56 * 56, "GFLOP/s", lambda: F.conv2d(images, weight, padding=1))

numbers = on(1 << 24)
measure("Sort/float32", 12 * numbers.numel(), "GB/s", lambda: numbers.argsort(stable=True))
