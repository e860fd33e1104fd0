"""Makes goldens.json: results and gradients of torch's operations on fixed inputs.

    python gen_goldens.py > goldens.json

Made with torch 2.15.0 (the file says which version made it). Inputs are drawn by NumPy's PCG64 with
a seed per case and rounded to four decimals, so that they are exact in the file; torch computes in
float64. The gradients are those of sum(out * w), where w[i] = 0.5 + (7919 * i mod 101) / 101 over the
elements of out in row-major order.
"""

import json
import sys
import zlib

import numpy as np
import torch
import torch.nn.functional as F

cases = []


def weights(n):
    return 0.5 + (7919 * torch.arange(n, dtype=torch.float64) % 101) / 101


def rounded(t):
    return {"shape": list(t.shape), "data": [float(f"{v:.9g}") for v in t.detach().double().flatten().tolist()]}


def case(name, f, *inputs):
    """inputs: (lo, hi, *shape) draws a float input; a list of ints is an index tensor."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    xs = []
    for spec in inputs:
        if isinstance(spec, list):
            xs.append(torch.tensor(spec))
        else:
            lo, hi, *shape = spec
            x = np.round(rng.uniform(lo, hi, shape), 4)
            xs.append(torch.tensor(x, dtype=torch.float64, requires_grad=True))
    out = f(*xs)
    entry = {"name": name, "inputs": [], "output": rounded(out)}
    if out.dtype == torch.float64 and out.requires_grad:
        (out.flatten() * weights(out.numel())).sum().backward()
    for x in xs:
        entry["inputs"].append({"int": not x.is_floating_point(), **rounded(x)})
    entry["grads"] = [rounded(x.grad) if x.grad is not None else None for x in xs]
    cases.append(entry)


U = (-2, 2, 3, 4)  # any numbers
P = (0.3, 3, 3, 4)  # positive numbers

for name in "neg abs sign floor ceil round square exp sin cos tanh sigmoid relu erf".split():
    case(name, getattr(torch, name), U)
for name in "log sqrt rsqrt reciprocal".split():
    case(name, getattr(torch, name), P)
case("gelu", F.gelu, U)
case("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"), U)
case("silu", F.silu, U)

B = [(-2, 2, 3, 1, 4), (0.5, 2, 2, 1)]  # broadcast together
for name in "add sub mul div maximum minimum remainder".split():
    case(name, getattr(torch, name), *B)
case("pow", torch.pow, (0.3, 2, 3, 1, 4), (-2, 2, 2, 1))
case("pow_scalar", lambda x: x**3, U)
case("clamp", lambda x: x.clamp(-0.5, 1), U)
case("where", lambda x, y: torch.where(x > y, x * 2, y * 3), U, (-2, 2, 4))
for name in "eq ne lt le gt ge".split():
    case(name, getattr(torch, name), (-1, 1, 3, 4), (-1, 1, 4))

for name in "sum mean prod amax amin logsumexp".split():
    case(name, lambda x, f=getattr(torch, name): f(x, dim=1), (-2, 2, 2, 3, 4))
case("sum_all", torch.sum, U)
case("sum_keepdim", lambda x: x.sum((0, 2), keepdim=True), (-2, 2, 2, 3, 4))
case("var", lambda x: x.var(1), U)
case("var_biased", lambda x: x.var((0, 2), correction=0), (-2, 2, 2, 3, 4))
case("std", lambda x: x.std(), U)
case("argmax", lambda x: x.argmax(1), U)
case("argmin", lambda x: x.argmin(0), U)
case("argmax_all", lambda x: x.argmax(), U)

case("permute", lambda x: x.permute(2, 0, 1).reshape(4, 6), (-2, 2, 2, 3, 4))
case("expand", lambda x: x.expand(2, 3, 4) * 1, (-2, 2, 3, 1))
case("slice", lambda x: x[1:, ::2, -1], (-2, 2, 3, 5, 4))
case("flip", lambda x: x.flip(0, 1), U)
case("cat", lambda x, y: torch.cat([x, y, x], 1), U, (-2, 2, 3, 2))
case("stack", lambda x, y: torch.stack([x, y], 1), U, U)
case("pad", lambda x: F.pad(x, (1, 2, 0, -1), value=0.5), U)
case("tril", lambda x: x.tril(-1), (-2, 2, 2, 4, 4))
case("triu", lambda x: x.triu(1), (-2, 2, 4, 5))
case("gather", lambda x, i: x.gather(1, i), U, [[0, 3, 3], [1, 2, 0]])
case("scatter_add", lambda x, i, s: x.scatter_add(0, i, s), U, [[0, 2, 2], [1, 2, 0]], (-2, 2, 2, 3))
case("index_select", lambda x, i: x.index_select(1, i), U, [3, 0, 0, 2, 3])
case("embedding", lambda w, i: F.embedding(i, w), (-2, 2, 5, 3), [[1, 4, 1], [0, 0, 2]])
case("one_hot", lambda i: F.one_hot(i, 4), [[1, 3], [0, 2]])

case("matmul", torch.matmul, (-2, 2, 3, 4), (-2, 2, 4, 5))
case("matmul_batch", torch.matmul, (-2, 2, 2, 1, 3, 4), (-2, 2, 3, 4, 2))
case("matmul_vector", torch.matmul, (-2, 2, 4), (-2, 2, 2, 4, 3))
case("linear", F.linear, (-2, 2, 2, 3, 4), (-1, 1, 5, 4), (-1, 1, 5))
case("softmax", lambda x: x.softmax(1), (-4, 4, 2, 5, 3))
case("log_softmax", lambda x: x.log_softmax(-1), (-4, 4, 3, 5))
case("layer_norm", lambda x, w, b: F.layer_norm(x, (6,), w, b), (-2, 2, 2, 3, 6), (0.5, 1.5, 6), (-1, 1, 6))
case("rms_norm", lambda x, w: F.rms_norm(x, (6,), w, 1e-5), (-2, 2, 3, 6), (0.5, 1.5, 6))
case("cross_entropy", F.cross_entropy, (-4, 4, 4, 5), [1, 4, 0, 2])
case("cross_entropy_ignore", lambda x, t: F.cross_entropy(x, t, label_smoothing=0.1), (-4, 4, 4, 5), [1, -100, 0, 2])
case("mse", F.mse_loss, U, U)
case("l1", F.l1_loss, U, U)
case("bce", F.binary_cross_entropy_with_logits, (-6, 6, 3, 4), (0, 1, 3, 4))
case("conv2d", lambda x, w, b: F.conv2d(x, w, b, stride=2, padding=1), (-1, 1, 2, 3, 6, 5), (-1, 1, 4, 3, 3, 3), (-1, 1, 4))
case("conv2d_groups", lambda x, w: F.conv2d(x, w, dilation=2, groups=2), (-1, 1, 2, 4, 6, 5), (-1, 1, 4, 2, 2, 3))
case("max_pool2d", lambda x: F.max_pool2d(x, 3, stride=2, padding=1), (-1, 1, 2, 2, 6, 5))
case("max_pool2d_ties", lambda x: F.max_pool2d(x.round(), 2), (-1, 1, 1, 2, 4, 4))
case("max_pool2d_relu", lambda x: F.max_pool2d(x.relu() + x, 2), (-1, 1, 1, 2, 4, 4))
case("avg_pool2d", lambda x: F.avg_pool2d(x, 3, stride=2, padding=1), (-1, 1, 2, 2, 6, 5))
case("attention", F.scaled_dot_product_attention, (-2, 2, 2, 2, 4, 3), (-2, 2, 2, 2, 5, 3), (-2, 2, 2, 2, 5, 3))
case(
    "attention_causal",
    lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
    (-2, 2, 2, 2, 4, 3),
    (-2, 2, 2, 2, 4, 3),
    (-2, 2, 2, 2, 4, 3),
)

json.dump({"torch": torch.__version__, "numpy": np.__version__, "cases": cases}, sys.stdout, separators=(",", ":"))
