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

# What follows is in optable_test.go, which checks gradients at the same inputs.

S = (-0.9, 0.9, 2, 3)
T = (-2.3, 2.3, 2, 3)
Q = (0.3, 3, 2, 3)
for name in "tan asin acos atanh logit_ erfinv".split():
    case(name, (lambda x: torch.logit(x * 0.4 + 0.5)) if name == "logit_" else getattr(torch, name), S)
for name in "atan sinh cosh asinh exp2 expm1 trunc frac erfc sinc rad2deg deg2rad".split():
    case(name, getattr(torch, name), T)
for name in "log2 log10 log1p lgamma digamma".split():
    case(name, getattr(torch, name), Q)
case("lgamma_negative", torch.lgamma, T)
case("digamma_negative", torch.digamma, T)
case("trigamma", lambda x: torch.polygamma(1, x), T)
case("acosh", torch.acosh, (1.2, 4, 2, 3))
case("signbit", torch.signbit, T)
case("nan_to_num", lambda x: (torch.where(x > 1, torch.inf, torch.where(x < -1, torch.nan, x))).nan_to_num(7, 9, 5), T)
case("isfinite", lambda x: torch.isfinite(1 / x.trunc()), T)
case("isinf", lambda x: torch.isinf(1 / x.trunc()), T)
case("isclose", lambda x, y: torch.isclose(x, y, rtol=0.3, atol=0.2), T, T)

D = [(-5, 5, 2, 1, 3), (0.5, 2, 2, 1)]
for name in "atan2 hypot fmod logaddexp copysign".split():
    case(name, getattr(torch, name), *D)
floor = lambda x, y: torch.div(x, y, rounding_mode="floor")  # floor_divide, with its gradient of 0
case("floor_divide", floor, *D)
case("floor_divide_negative", floor, (-9, 9, 12), (-3, -1, 12))
case("fmod_int", torch.fmod, [-7, -6, -5, 5, 6, 7], [3, -3, 2, -2, 4, -4])
case("floor_divide_int", torch.floor_divide, [-7, -6, -5, 5, 6, 7], [3, -3, 2, -2, 4, -4])
case("bitwise", lambda x, y: torch.stack([x & y, x | y, x ^ y, ~x]), [-7, 6, 5, 12], [3, -3, 2, 10])
case("xlogy", torch.xlogy, T, Q)
case("heaviside", lambda x, y: torch.heaviside(x.detach().trunc(), y.detach()), T, T)
case("lerp", lambda x, y: torch.lerp(x, y, 0.3), T, T)
case("lerp_tensor", torch.lerp, T, T, (0, 1, 3))
case("addcmul", lambda x, a, b: torch.addcmul(x, a, b, value=0.7), T, T, T)
case("addcdiv", lambda x, a, b: torch.addcdiv(x, a, b, value=0.7), T, T, Q)
case("clamp_tensor", torch.clamp, T, (-1, 0, 3), (0, 1, 2, 1))

case("leaky_relu", lambda x: F.leaky_relu(x, 0.1), T)
case("prelu", F.prelu, (-2, 2, 2, 3, 2), (0, 1, 3))
case("elu", lambda x: F.elu(x, 1.3), T)
case("celu", lambda x: F.celu(x, 1.3), T)
case("selu", F.selu, T)
case("softplus", F.softplus, (-30, 18, 2, 5))
case("logsigmoid", F.logsigmoid, (-30, 30, 2, 5))
case("mish", F.mish, T)
case("softsign", F.softsign, T)
case("tanhshrink", F.tanhshrink, T)
case("hardtanh", lambda x: F.hardtanh(x, -1, 0.5), T)
case("relu6", F.relu6, (-3, 9, 2, 3))
case("hardsigmoid", F.hardsigmoid, (-6, 6, 2, 5))
case("hardswish", F.hardswish, (-6, 6, 2, 5))
case("hardshrink", F.hardshrink, T)
case("softshrink", F.softshrink, T)
case("threshold", lambda x: F.threshold(x, 0.4, -3), T)
case("swiglu", lambda x, gate: x * F.silu(gate), U, (-3, 3, 4))
case("glu", lambda x: F.glu(x, 0), (-2, 2, 4, 3))
case("softmin", lambda x: F.softmin(x, 0), T)

R = (-2, 2, 3, 4)


def both(pair):
    """Values, and indices as floats without a gradient."""
    return torch.cat([pair[0].flatten(), pair[1].flatten().double()])


case("max_indices", lambda x: both(x.max(1)), R)
case("min_indices", lambda x: both(x.min(0)), R)
for p in [0, 1, 2, 3, 0.5, torch.inf, -torch.inf]:
    case(f"norm_{p}", lambda x, p=p: torch.linalg.vector_norm(x, p, dim=1), R)
case("norm_zero", lambda x: torch.linalg.vector_norm(x * 0, 2), R)
case("normalize", lambda x: F.normalize(x, dim=1), R)
case("count_nonzero", lambda x: x.trunc().count_nonzero(1), R)
case("nansum", lambda x: x.masked_fill(x > 1, torch.nan).nansum(1), R)
case("nanmean", lambda x: x.masked_fill(x > 1, torch.nan).nanmean(1), R)
case("cumsum", lambda x: x.cumsum(1), R)
case("cumprod", lambda x: x.cumprod(1), R)
case("logcumsumexp", lambda x: x.logcumsumexp(1), R)
case("cummax", lambda x: both(x.cummax(1)), R)
case("cummin", lambda x: both(x.cummin(0)), R)
case("median", lambda x: both(x.median(1)), R)
case("nanmedian", lambda x: both(x.masked_fill(x > 1, torch.nan).nanmedian(1)), (-2, 2, 2, 5))
case("kthvalue", lambda x: both(x.kthvalue(3, 1)), R)
case("quantile", lambda x: x.quantile(0.3, 1), R)
case("mode", lambda x: x.round().mode(1).values, (-2, 2, 3, 7))
case("diff", lambda x: x.diff(2, 1), R)
case("cov", torch.cov, R)
case("corrcoef", torch.corrcoef, R)
case("sort", lambda x: both(x.sort(1, descending=True)), R)
case("argsort", lambda x: x.argsort(0), R)
case("topk", lambda x: both(x.topk(2, 1)), R)
case("bottomk", lambda x: both(x.topk(2, 1, largest=False)), R)
case("unique", lambda i: torch.cat([u.flatten() for u in i.unique(return_inverse=True, return_counts=True)]), [[3, -1, 3], [2, 2, 7]])
case(
    "unique_consecutive",
    lambda i: torch.cat([u.flatten() for u in i.unique_consecutive(return_inverse=True, return_counts=True)]),
    [[3, 3, 3], [2, 3, 3]],
)
case("searchsorted", lambda x, v: torch.searchsorted(x.sort(1).values, v), R, (-3, 3, 3, 5))
case("searchsorted_right", lambda x, v: torch.searchsorted(x, v, right=True), [1, 3, 3, 5, 9], [0, 3, 9, 12, 4])
case("bucketize", lambda x, b: torch.bucketize(x, b), [0, 3, 9, 12, 4], [1, 3, 3, 5, 9])
case("bincount", lambda i: i.bincount(minlength=7), [1, 3, 1, 0, 4])
case("bincount_weights", lambda i, w: i.bincount(w.detach()), [1, 3, 1, 0, 4], (0, 1, 5))
case("histc", lambda x: x.detach().histc(5, -1.5, 1.5), (-2, 2, 40))
case("nonzero", lambda i: i.nonzero(), [[0, 3, 1], [2, 0, 0]])

case("roll", lambda x: x.roll(-2, 1), R)
case("repeat_interleave", lambda x: x.repeat_interleave(2, 0), R)
case("repeat_interleave_each", lambda x, n: x.repeat_interleave(n, 0), R, [2, 0, 3])
case("tile", lambda x: x.tile(2), R)
case("pad_reflect", lambda x: F.pad(x, (2, 1, 1, 0), mode="reflect"), (-2, 2, 1, 2, 3, 4))
case("pad_replicate", lambda x: F.pad(x, (2, 5, 1, 0), mode="replicate"), (-2, 2, 1, 2, 3, 4))
case("pad_circular", lambda x: F.pad(x, (2, 1, 1, 0), mode="circular"), (-2, 2, 1, 2, 3, 4))
case("diagonal", lambda x: x.diagonal(1, 0, 2) * 1, (-2, 2, 3, 2, 4))
case("diag_embed", lambda x: x.diag_embed(-1), (-2, 2, 2, 3))
case("diag", lambda x: torch.diag(x, 1), (-2, 2, 3))
case("trace", torch.trace, R)
case("movedim", lambda x: x.movedim(0, 2) * 1, (-2, 2, 2, 3, 4))
case("unflatten", lambda x: x.unflatten(1, (2, -1)) * 1, R)
case("unbind", lambda x: x.unbind(1)[2] * 1, R)
case("rot90", lambda x: torch.stack([x.rot90(1), x.rot90(-3), x.rot90(5)]), R)
case("rot90_back", lambda x: torch.stack([x.rot90(-1), x.rot90(3)]), R)
case("unfold", lambda x: x.unfold(1, 3, 2) * 1, (-2, 2, 2, 8))
case("meshgrid", lambda x, y: torch.stack(torch.meshgrid(x, y, indexing="ij")), (-2, 2, 2), (-2, 2, 3))
case("cartesian_prod", torch.cartesian_prod, (-2, 2, 2), (-2, 2, 3))
case("hstack", lambda x, y: torch.hstack([x, y]), R, R)
case("vstack", lambda x, y: torch.vstack([x, y]), (-2, 2, 3), R[:2] + (2, 3))
case("block_diag", torch.block_diag, R, (-2, 2, 2, 1))
case("tril_indices", lambda i: torch.tril_indices(3, 4, 1), [0])
case("triu_indices", lambda i: torch.triu_indices(3, 4, 1), [0])
case("scatter", lambda x, i, s: x.scatter(1, i, s), R, [[0, 3], [2, 1]], (-2, 2, 2, 2))
case("scatter_scalar", lambda x, i: x.scatter(1, i, 1.5), R, [[0, 3], [2, 1]])
case("index_add", lambda x, i, s: x.index_add(0, i, s), R, [2, 0, 2], R)
case("index_copy", lambda x, i, s: x.index_copy(0, i, s), R, [2, 0], (-2, 2, 2, 4))
case("index_fill", lambda x, i: x.index_fill(1, i, 0.5), R, [2, 0])
case("take", lambda x, i: x.take(i), R, [[0, -1], [5, 5]])
case("take_along_dim", lambda x, i: x.take_along_dim(i, 1), R, [[0, 3, 3]])
case("index", lambda x, i, j: x[i, j], (-2, 2, 3, 4, 2), [[0], [-1]], [1, 3, 0])
case("masked_select", lambda x, m: x.masked_select(m.bool()), R, [1, 0, 0, 1])
case("masked_scatter", lambda x, m, s: x.masked_scatter(m.bool(), s), R, [1, 0, 0, 1], (-2, 2, 7))

M = (-2, 2, 2, 3)
case("outer", torch.outer, (-2, 2, 3), (-2, 2, 2))
case("kron", torch.kron, M, (-2, 2, 2))
case("cross", lambda x, y: torch.cross(x, y, 1), M, M)
case("tensordot", lambda x, y: torch.tensordot(x, y, 2), (-2, 2, 2, 2, 3), (-2, 2, 2, 3, 2))
case("dot", torch.dot, (-2, 2, 3), (-2, 2, 3))
case("cosine_similarity", F.cosine_similarity, M, M)
case("cdist", lambda x, y: torch.cdist(x, y, 2), M, (-2, 2, 3, 3))
case("einsum_matmul", lambda x, y: torch.einsum("ij,jk->ik", x, y), M, (-2, 2, 3, 2))
case("einsum_batch", lambda x, y: torch.einsum("bhtd,bhsd->bhts", x, y), (-2, 2, 1, 2, 2, 2), (-2, 2, 1, 2, 3, 2))
case("einsum_ellipsis", lambda x, y: torch.einsum("...ij,kj->...ki", x, y), (-2, 2, 2, 2, 3), (-2, 2, 2, 3))
case("einsum_broadcast", lambda x, y: torch.einsum("...i,...i", x, y), (-2, 2, 2, 1, 3), (-2, 2, 2, 3))
case("einsum_trace", lambda x: torch.einsum("ii", x), (-2, 2, 3, 3))
case("einsum_diagonal", lambda x: torch.einsum("bii->bi", x), (-2, 2, 2, 3, 3))
case("einsum_transpose", lambda x: torch.einsum("ji", x), M)
case("einsum_bilinear", lambda x, a, y: torch.einsum("bi,oij,bj->bo", x, a, y), M, (-2, 2, 2, 3, 2), (-2, 2, 2, 2))
case("einsum_sum", lambda x, y: torch.einsum("ab,cd->bd", x, y), M, M)

I1 = (-1, 1, 2, 4, 7)
I2 = (-1, 1, 2, 4, 5, 4)
case("conv1d", lambda x, w, b: F.conv1d(x, w, b, stride=2, padding=2, dilation=2, groups=2), I1, (-1, 1, 4, 2, 3), (-1, 1, 4))
case(
    "conv2d_pairs",
    lambda x, w: F.conv2d(x, w, stride=(2, 1), padding=(0, 2), dilation=(1, 2)),
    (-1, 1, 1, 2, 5, 4),
    (-1, 1, 2, 2, 3, 2),
)
case(
    "conv_transpose1d",
    lambda x, w, b: F.conv_transpose1d(x, w, b, stride=2, padding=1, output_padding=1),
    (-1, 1, 2, 2, 4),
    (-1, 1, 2, 3, 3),
    (-1, 1, 3),
)
case(
    "conv_transpose2d",
    lambda x, w, b: F.conv_transpose2d(x, w, b, stride=(2, 3), padding=(1, 0), output_padding=(1, 2), groups=2, dilation=(2, 1)),
    (-1, 1, 1, 4, 3, 2),
    (-1, 1, 4, 2, 2, 3),
    (-1, 1, 4),
)
case("max_pool1d", lambda x: F.max_pool1d(x, 3, stride=2, padding=1), I1)
case("max_pool2d_dilation", lambda x: F.max_pool2d(x, (2, 3), stride=(1, 2), dilation=(2, 1), padding=(0, 1)), I2)
case("max_pool2d_ceil", lambda x: F.max_pool2d(x, 3, stride=2, ceil_mode=True), (-1, 1, 1, 2, 6, 4))
case("avg_pool1d", lambda x: F.avg_pool1d(x, 3, stride=2, padding=1), I1)
case(
    "avg_pool2d_ceil",
    lambda x: F.avg_pool2d(x, (3, 2), stride=(2, 2), padding=(1, 0), ceil_mode=True),
    (-1, 1, 1, 2, 6, 5),
)
case("avg_pool2d_exclude", lambda x: F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False), I2)
case(
    "avg_pool2d_exclude_ceil",
    lambda x: F.avg_pool2d(x, 3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
    (-1, 1, 1, 2, 6, 4),
)
case("adaptive_avg_pool1d", lambda x: F.adaptive_avg_pool1d(x, 3), I1)
case("adaptive_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, (3, 6)), I2)
case("adaptive_max_pool1d", lambda x: F.adaptive_max_pool1d(x, 3), I1)
case("adaptive_max_pool2d", lambda x: F.adaptive_max_pool2d(x, (3, 2)), I2)
J = (-1, 1, 1, 2, 3, 4)
case("interpolate_nearest", lambda x: F.interpolate(x, size=(5, 3)), J)
case("interpolate_nearest_scale", lambda x: F.interpolate(x, scale_factor=1.7), (-1, 1, 1, 2, 5))
case("interpolate_exact", lambda x: F.interpolate(x, size=(5, 3), mode="nearest-exact"), J)
case("interpolate_linear", lambda x: F.interpolate(x, size=7, mode="linear"), (-1, 1, 1, 2, 5))
case("interpolate_bilinear", lambda x: F.interpolate(x, size=(5, 3), mode="bilinear"), J)
case("interpolate_bilinear_corners", lambda x: F.interpolate(x, size=(5, 3), mode="bilinear", align_corners=True), J)
case("interpolate_bilinear_scale", lambda x: F.interpolate(x, scale_factor=1.6, mode="bilinear"), J)
case("interpolate_bicubic", lambda x: F.interpolate(x, size=(5, 3), mode="bicubic"), J)
case("interpolate_bicubic_corners", lambda x: F.interpolate(x, size=(5, 3), mode="bicubic", align_corners=True), J)
case("interpolate_area", lambda x: F.interpolate(x, size=(2, 3), mode="area"), J)
case("pixel_shuffle", lambda x: F.pixel_shuffle(x, 2), (-1, 1, 1, 8, 2, 3))
case("pixel_unshuffle", lambda x: F.pixel_unshuffle(x, 2), (-1, 1, 1, 2, 4, 6))

case(
    "batch_norm",
    lambda x, w, b: F.batch_norm(x, torch.zeros(4).double(), torch.ones(4).double(), w, b, training=True),
    (-2, 2, 3, 4, 2),
    (0.5, 1.5, 4),
    (-1, 1, 4),
)
case("batch_norm_running", lambda x, m, v: F.batch_norm(x, m.detach(), v.detach()), (-2, 2, 3, 4), (-1, 1, 4), (0.5, 2, 4))
case("group_norm", lambda x, w, b: F.group_norm(x, 2, w, b), (-2, 2, 2, 4, 3), (0.5, 1.5, 4), (-1, 1, 4))
case("instance_norm", F.instance_norm, (-2, 2, 2, 2, 5))
case("local_response_norm", lambda x: F.local_response_norm(x, 3, 0.3, 0.7, 1.5), (-2, 2, 2, 5, 2))
case("embedding_padding", lambda w, i: F.embedding(i, w, padding_idx=1), (-2, 2, 5, 2), [[1, 4, 1], [0, 0, 2]])

K = (-3, 3, 4, 5)
W5 = (0.2, 2, 5)
case("nll", lambda x, t: F.nll_loss(x, t), K, [1, 4, 0, 2])
case("nll_weight", lambda x, t, w: F.nll_loss(x, t, w.detach()), K, [1, -100, 0, 2], W5)
case(
    "cross_entropy_weight",
    lambda x, t, w: F.cross_entropy(x, t, w.detach(), label_smoothing=0.1),
    K,
    [1, -100, 0, 2],
    W5,
)
case("cross_entropy_none", lambda x, t: F.cross_entropy(x, t, reduction="none"), K, [1, -100, 0, 2])
case("cross_entropy_sum", lambda x, t: F.cross_entropy(x, t, reduction="sum", label_smoothing=0.2), K, [1, 4, 0, 2])
case("cross_entropy_soft", lambda x, p: F.cross_entropy(x, p.softmax(1), label_smoothing=0.1), K, K)
case("kl_div", lambda x, p: F.kl_div(x.log_softmax(1), p, reduction="batchmean"), K, (0, 1, 4, 5))
case("kl_div_log", lambda x, p: F.kl_div(x, p, log_target=True, reduction="sum"), K, (-3, 0, 4, 5))
case("bce_prob", lambda x, y: F.binary_cross_entropy(x, y.detach()), (0.05, 0.95, 2, 3), (0, 1, 2, 3))
case(
    "bce_logits_weight",
    lambda x, y, w, p: F.binary_cross_entropy_with_logits(x, y, w.detach(), pos_weight=p.detach(), reduction="sum"),
    (-6, 6, 2, 3),
    (0, 1, 2, 3),
    (0, 1, 2, 3),
    (0.5, 2, 3),
)
case("huber", lambda x, y: F.huber_loss(x, y, delta=0.7), (-2, 2, 3, 4), (-2, 2, 3, 4))
case("smooth_l1", lambda x, y: F.smooth_l1_loss(x, y, beta=0.7), (-2, 2, 3, 4), (-2, 2, 3, 4))
case("poisson_nll", F.poisson_nll_loss, (-2, 2, 3, 4), (0, 5, 3, 4))
case("gaussian_nll", F.gaussian_nll_loss, (-2, 2, 3, 4), (-2, 2, 3, 4), (0.3, 2, 3, 4))
Y = [1, -1, -1, 1]
case("soft_margin", lambda x, y: F.soft_margin_loss(x, y), (-3, 3, 4), Y)
case("hinge_embedding", lambda x, y: F.hinge_embedding_loss(x, y), (-3, 3, 4), Y)
case("margin_ranking", lambda x, z, y: F.margin_ranking_loss(x, z, y, margin=0.3), (-2, 2, 4), (-2, 2, 4), Y)
case("triplet_margin", F.triplet_margin_loss, (-2, 2, 4, 3), (-2, 2, 4, 3), (-2, 2, 4, 3))
case("pairwise_distance", F.pairwise_distance, (-2, 2, 4, 3), (-2, 2, 4, 3))
case("cosine_embedding", lambda x, z, y: F.cosine_embedding_loss(x, z, y, margin=0.1), (-2, 2, 4, 3), (-2, 2, 4, 3), Y)
case(
    "attention_gqa",
    lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True),
    (-2, 2, 1, 4, 3, 2),
    (-2, 2, 1, 2, 3, 2),
    (-2, 2, 1, 2, 3, 2),
)
case(
    "attention_mask",
    lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, attn_mask=m.bool()),
    (-2, 2, 1, 2, 2, 2),
    (-2, 2, 1, 2, 3, 2),
    (-2, 2, 1, 2, 3, 2),
    [[1, 0, 1], [0, 1, 1]],
)


def rope(x, interleaved):
    """Su et al. 2021, by complex numbers."""
    t, d = x.shape[-2:]
    turn = torch.polar(torch.ones(t, d // 2).double(), torch.outer(torch.arange(t) + 5.0, 10000 ** (-2 * torch.arange(d // 2) / d)).double())
    if interleaved:
        return torch.view_as_real(torch.view_as_complex(x.unflatten(-1, (-1, 2))) * turn).flatten(-2)
    y = torch.complex(x[..., : d // 2], x[..., d // 2 :]) * turn
    return torch.cat([y.real, y.imag], -1)


torch.set_default_dtype(torch.float64)
case("rope", lambda x: rope(x, False), (-2, 2, 2, 3, 4))
case("rope_interleaved", lambda x: rope(x, True), (-2, 2, 2, 3, 4))

L = torch.linalg
A3 = (-2, 2, 2, 3, 3)
TALL = (-2, 2, 2, 4, 3)
WIDE = (-2, 2, 2, 4)


def spd(x):
    return x @ x.mT + 0.5 * torch.eye(x.shape[-2])


def flat(*xs):
    return torch.cat([x.flatten() for x in xs])


case("inverse", L.inv, A3)
case("solve", L.solve, A3, (-2, 2, 3, 2))
case("solve_vector", L.solve, (-2, 2, 3, 3), (-2, 2, 3))
case("solve_triangular", lambda a, b: L.solve_triangular(a, b, upper=True), (0.5, 2, 3, 3), (-2, 2, 3, 2))
case("det", L.det, A3)
case("det_singular", lambda x, y: L.det(torch.outer(x, y) + torch.diag(torch.tensor([0.0, 0, 2]))), (1, 2, 3), (1, 2, 3))
case("slogdet", lambda x: flat(*L.slogdet(x)), A3)
case("cholesky", lambda x: L.cholesky(spd(x)), A3)
case("qr_tall", lambda x: flat(*L.qr(x)), TALL)
case("qr_wide", lambda x: flat(*L.qr(x)), WIDE)
case("svd_tall", lambda x: flat(*(y.square() for y in L.svd(x, full_matrices=False))), TALL)
case("svd_wide", lambda x: flat(*(y.square() for y in L.svd(x, full_matrices=False))), WIDE)
case("eigh", lambda x: flat(*(y.square() for y in L.eigh(spd(x)))), A3)
case("lstsq_tall", lambda a, b: L.lstsq(a, b).solution, (-2, 2, 4, 3), (-2, 2, 4, 2))
case("lstsq_wide", lambda a, b: L.lstsq(a, b).solution, (-2, 2, 2, 3), (-2, 2, 2, 2))
case("pinv_tall", L.pinv, (-2, 2, 4, 3))
case("pinv_wide", L.pinv, WIDE)
case("matrix_rank", lambda x, y: L.matrix_rank(torch.stack([torch.outer(x, y), torch.eye(3)])), (1, 2, 3), (1, 2, 3))
case("matrix_power", lambda x: torch.stack([L.matrix_power(x, n) for n in (0, 1, 3, -2)]), (-2, 2, 3, 3))

C = (-2, 2, 2, 5, 2)
RE = torch.view_as_real
case("fft", lambda x: RE(torch.fft.fft(torch.view_as_complex(x))), C)
case("fft_axis", lambda x: RE(torch.fft.fft(torch.view_as_complex(x), n=3, dim=0, norm="ortho")), C)
case("ifft", lambda x: RE(torch.fft.ifft(torch.view_as_complex(x), n=6)), C)
case("fft2", lambda x: RE(torch.fft.fft2(torch.view_as_complex(x), norm="forward")), C)
case("ifft2", lambda x: RE(torch.fft.ifft2(torch.view_as_complex(x))), C)
case("rfft", lambda x: RE(torch.fft.rfft(x)), (-2, 2, 2, 6))
case("rfft_odd", lambda x: RE(torch.fft.rfft(x, n=5, norm="ortho")), (-2, 2, 2, 4))
case("irfft", lambda x: torch.fft.irfft(torch.view_as_complex(x)), (-2, 2, 2, 4, 2))
case("irfft_odd", lambda x: torch.fft.irfft(torch.view_as_complex(x), n=5, norm="forward"), (-2, 2, 2, 3, 2))
case("fftfreq", lambda i: flat(torch.fft.fftfreq(5, 0.5), torch.fft.fftfreq(6, 0.5), torch.fft.rfftfreq(6, 0.5)), [0])
case("fftshift", lambda x: torch.stack([torch.fft.fftshift(x), torch.fft.ifftshift(x)]), (-2, 2, 5))
case("complex_mul", lambda x, y: RE(torch.view_as_complex(x) * torch.view_as_complex(y).conj()), C, C)
case("complex_abs", lambda x: torch.view_as_complex(x).abs(), C)

for r in "mean amax amin prod".split():
    case(f"scatter_reduce_{r}", lambda x, i, s, r=r: x.scatter_reduce(0, i, s, r), (-2, 2, 3, 4), [[0, 2, 2], [2, 2, 0]], (-2, 2, 2, 3))

def uniques(x, dim):
    return flat(*torch.unique(x.detach(), dim=dim, return_inverse=True, return_counts=True))


case("unique_rows", lambda i: uniques(i, 0), [[1, 2], [0, 5], [1, 2], [1, 0], [0, 5], [1, 2]])
case("unique_columns", lambda x: uniques(x.round(), 1), (-1, 1, 2, 9))
V5 = (-1, 1, 1, 4, 4, 5, 3)
case(
    "conv3d",
    lambda x, w, b: F.conv3d(x, w, b, stride=(2, 1, 2), padding=(1, 0, 1), dilation=(1, 2, 1), groups=2),
    V5,
    (-1, 1, 4, 2, 3, 2, 2),
    (-1, 1, 4),
)
case("conv3d_plain", F.conv3d, (-1, 1, 2, 2, 3, 3, 3), (-1, 1, 3, 2, 2, 2, 2))
case(
    "conv_transpose3d",
    lambda x, w, b: F.conv_transpose3d(x, w, b, stride=(2, 1, 2), padding=(1, 0, 1), output_padding=(1, 0, 1), groups=2, dilation=(1, 2, 1)),
    (-1, 1, 1, 4, 2, 3, 2),
    (-1, 1, 4, 2, 2, 2, 3),
    (-1, 1, 4),
)
case("max_pool3d", lambda x: F.max_pool3d(x, (2, 3, 2), stride=(2, 1, 2), padding=(1, 1, 0), dilation=(1, 2, 1)), (-1, 1, 1, 2, 4, 6, 4))
case("max_pool3d_ties", lambda x: F.max_pool3d(x.round() * 1, 2), (-1, 1, 1, 2, 4, 4, 4))
case("avg_pool3d", lambda x: F.avg_pool3d(x, (3, 2, 2), stride=2, padding=(1, 1, 0), ceil_mode=True, count_include_pad=False), (-1, 1, 1, 2, 4, 6, 5))
case("adaptive_avg_pool3d", lambda x: F.adaptive_avg_pool3d(x, (2, 3, 5)), (-1, 1, 1, 2, 3, 5, 4))
case("adaptive_max_pool3d", lambda x: F.adaptive_max_pool3d(x, (2, 3, 2)), (-1, 1, 1, 2, 3, 5, 4))
BAGS = [3, 0, 0, 4, 2, 1]
case("embedding_bag_mean", lambda w, i: F.embedding_bag(i, w), (-2, 2, 5, 3), [[1, 4, 1], [0, 0, 2]])
case("embedding_bag_sum", lambda w, i, o, s: F.embedding_bag(i, w, o, mode="sum", per_sample_weights=s), (-2, 2, 5, 3), BAGS, [0, 3, 3], (0.5, 2, 6))
case("embedding_bag_max", lambda w, i, o: F.embedding_bag(i, w, o, mode="max"), (-2, 2, 5, 3), BAGS, [0, 3, 3])
case("embedding_bag_padding", lambda w, i: F.embedding_bag(i, w, padding_idx=1), (-2, 2, 5, 3), [[1, 4, 1], [1, 1, 1]])
case("lu_square", lambda x: flat(*L.lu(x)), A3)
case("lu_tall", lambda x: flat(*L.lu(x)), TALL)
case("lu_wide", lambda x: flat(*L.lu(x)), WIDE)
case("matrix_exp", L.matrix_exp, A3)
case("cholesky_solve", lambda x, b: torch.cholesky_solve(b, L.cholesky(spd(x))), (-2, 2, 3, 3), (-2, 2, 3, 2))
case("matrix_norm", lambda x: torch.stack([L.matrix_norm(x, p) for p in (2, -2, 1, -1, np.inf, -np.inf)]), TALL)
# torch's cond can't be differentiated but for 2, so by its definition.
case(
    "cond",
    lambda x: torch.stack([L.cond(x)] + [L.matrix_norm(x, p) * L.matrix_norm(L.inv(x), p) for p in (1, np.inf)]),
    (-2, 2, 3, 3),
)
case("multi_dot", lambda *xs: L.multi_dot(xs), (-2, 2, 3), (-2, 2, 3, 5), (-2, 2, 5, 2), (-2, 2, 2, 4))
case("addmm", lambda x, a, b: torch.addmm(x, a, b, beta=0.7, alpha=1.3), (-2, 2, 4), (-2, 2, 3, 2), (-2, 2, 2, 4))
case("bilinear", F.bilinear, (-2, 2, 2, 3), (-2, 2, 2, 2), (-2, 2, 4, 3, 2), (-1, 1, 4))
case("stft", lambda x, w: RE(torch.stft(x, 8, 3, 6, w, return_complex=True)), (-2, 2, 2, 20), (0.2, 1, 6))
case(
    "stft_plain",
    lambda x: RE(torch.stft(x, 6, center=False, onesided=False, normalized=True, hop_length=2, window=torch.ones(6), return_complex=True)),
    (-2, 2, 13),
)
case("istft", lambda x, w: torch.istft(torch.view_as_complex(x), 8, 3, 6, w), (-2, 2, 2, 5, 6, 2), (0.6, 1, 6))
case("istft_length", lambda x: torch.istft(torch.view_as_complex(x), 4, 1, length=9, normalized=True, window=torch.ones(4)), (-2, 2, 3, 6, 2))
case("windows", lambda i: flat(torch.hann_window(5), torch.hamming_window(6), torch.blackman_window(7)), [0])
case("ctc", lambda x, t: F.ctc_loss(x.log_softmax(2), t, [6, 5], [3, 2]), (-2, 2, 6, 2, 4), [[1, 2, 2], [3, 1, 0]])
case("ctc_sum", lambda x, t: F.ctc_loss(x.log_softmax(2), t, [6, 6], [3, 3], blank=3, reduction="sum"), (-2, 2, 6, 2, 4), [[1, 2, 2], [2, 1, 0]])
case(
    "ctc_none",
    lambda x, t: F.ctc_loss(x.log_softmax(2), t, [6, 2], [0, 3], reduction="none", zero_infinity=True),
    (-2, 2, 6, 2, 4),
    [[1, 2, 2], [2, 1, 3]],
)

POS = (1.6, 5, 2, 3)
for n in (0, 1, 2, 5):
    case(f"polygamma_{n}", lambda x, n=n: torch.polygamma(n, x), (0.3, 4, 2, 3))
case("mvlgamma", lambda x: torch.mvlgamma(x, 3), POS)
case("entr", torch.special.entr, (0.1, 2, 2, 3))
case("xlog1py", torch.special.xlog1py, R, (-0.5, 2, 4))
case("ndtr", torch.special.ndtr, R)
case("ndtri", torch.special.ndtri, (0.05, 0.95, 2, 3))
case("logaddexp2", torch.logaddexp2, R, R)
case("ldexp", torch.ldexp, R, (-2, 2, 4))
case("gcd", torch.gcd, [12, -18, 0, 7], [8, 12, 0, 0])
case("lcm", torch.lcm, [12, -18, 0, 7], [8, 12, 5, -3])
case("shifts", lambda x, y: torch.stack([x << y, x >> y]), [12, -18, 5, 7], [2, 1, 0, 70])
case("isin", lambda x, y: torch.isin(x, y), [[1, 2], [3, 4]], [4, 1, 9])
case("var_mean", lambda x: flat(*torch.var_mean(x, 1)), R)
case("std_mean", lambda x: flat(*torch.std_mean(x, 0)), R)
case("aminmax", lambda x: flat(*torch.aminmax(x, dim=1)), R)
case("dist", lambda x, y: torch.dist(x, y, 3), R, R)
case("pdist", lambda x: F.pdist(x, 3), (-2, 2, 4, 3))
case("renorm", lambda x: x.renorm(2, 1, 1.5), (-2, 2, 2, 3, 2))
case("trapezoid", lambda x: torch.trapezoid(x, dx=0.3, dim=0), (-2, 2, 4, 3))
case("cumulative_trapezoid", lambda x: torch.cumulative_trapezoid(x, dx=0.3, dim=1), R)
case("nanquantile", lambda x: torch.where(x > 1, torch.nan, x).nanquantile(0.3, 1), (-2, 2, 3, 6))
case("tensor_split", lambda x: flat(*(y * w for y, w in zip(torch.tensor_split(x, (1, -1), 1), (1, 2, 3)))), (-2, 2, 2, 5))
case("hsplit", lambda x: torch.hsplit(x, [1, 3])[1] * 1, R)
case("vsplit", lambda x: torch.vsplit(x, [1])[1] * 1, R)
case("dsplit", lambda x: torch.dsplit(x, [1])[1] * 1, (-2, 2, 2, 2, 3))
case("dstack", lambda x, y: torch.dstack([x, y]), R, R)
case("column_stack", lambda x, y: torch.column_stack([x, y]), (-2, 2, 3), (-2, 2, 3, 2))
case("broadcast_tensors", lambda x, y: torch.stack(torch.broadcast_tensors(x, y)), (-2, 2, 2, 1), (-2, 2, 3))
case("slice_scatter", lambda x, y: torch.slice_scatter(x, y, 1, 1, 5, 2), (-2, 2, 2, 6), (-2, 2, 2, 2))
case("select_scatter", lambda x, y: torch.select_scatter(x, y, 1, -1), (-2, 2, 2, 3), (-2, 2, 2))
case("diagonal_scatter", lambda x, y: torch.diagonal_scatter(x, y, 1), (-2, 2, 3, 4), (-2, 2, 3))
case("index_put", lambda x, v, i, j: x.index_put((i, j), v), (-2, 2, 3, 4, 2), (-2, 2, 2), [[0], [-1]], [1, 3, 0])
case("index_put_add", lambda x, v, i: x.index_put((i,), v, accumulate=True), (-2, 2, 3, 4), (-2, 2, 3, 4), [1, 1, 0])
case("put", lambda x, i, v: x.put(i, v), (-2, 2, 3, 4), [0, -1, 5], (-2, 2, 3))
case("combinations", lambda x: torch.combinations(x, 3), (-2, 2, 5))
case("vander", lambda x: L.vander(x, N=4), (-2, 2, 2, 3))
case("im2col", lambda x: F.unfold(x, (2, 3), dilation=(2, 1), padding=1, stride=(1, 2)), (-1, 1, 1, 2, 4, 5))
case("col2im", lambda x: F.fold(x, (4, 5), (2, 3), dilation=(2, 1), padding=1, stride=(1, 2)), (-1, 1, 1, 12, 12))
case("lp_pool2d", lambda x: F.lp_pool2d(x, 3, (2, 3), stride=2), (0.1, 1, 1, 2, 5, 6))
case("channel_shuffle", lambda x: F.channel_shuffle(x, 2), (-1, 1, 1, 6, 2, 2))
G = (-1.2, 1.2, 2, 3, 2, 2)
for name, kw in {
    "bilinear": dict(align_corners=False),
    "border": dict(align_corners=False, padding_mode="border"),
    "corners": dict(align_corners=True),
    "nearest": dict(align_corners=False, mode="nearest"),
}.items():
    case(f"grid_sample_{name}", lambda x, g, kw=kw: F.grid_sample(x, g if name != "nearest" else g.detach(), **kw), (-1, 1, 2, 2, 4, 3), G)
case("affine_grid", lambda x: F.affine_grid(x, (2, 1, 2, 3), align_corners=False), (-1, 1, 2, 2, 3))
case("affine_grid_corners", lambda x: F.affine_grid(x, (2, 1, 2, 3), align_corners=True), (-1, 1, 2, 2, 3))
case("multi_margin", lambda x, y: F.multi_margin_loss(x, y, p=2, margin=0.7), K, [1, 4, 0, 2])
case("multilabel_soft_margin", lambda x, y: F.multilabel_soft_margin_loss(x, y.detach()), K, (0, 1, 4, 5))
case("multilabel_margin", lambda x, y: F.multilabel_margin_loss(x, y), K, [[1, 0, -1, 2, 2], [4, -1, 0, 0, 0], [-1, 0, 0, 0, 0], [3, 2, 1, 0, 4]])

json.dump({"torch": torch.__version__, "numpy": np.__version__, "cases": cases}, sys.stdout, separators=(",", ":"), allow_nan=False)
