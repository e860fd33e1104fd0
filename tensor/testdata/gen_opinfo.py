"""Makes opinfo.safetensors.gz: what torch makes of samples of its own OpInfo database.

    python gen_opinfo.py          # writes the file beside this script and says what it holds

Needs torch 2.15.0 (CPU), numpy, safetensors, expecttest and hypothesis; the file says which versions made it.

For each operation in OPS and each data type that rg and the operation have, a few of the database's samples are
chosen, with as many different kinds of arguments as fit: ranks, empty tensors, options. Element-wise operations
get rows of special values (NaN, infinities, both zeros, the integers' limits) besides. Inputs are laid out
contiguous, transposed, or strided with an offset, in turn. Each sample is run as it is in its data type, and
gradients are those of the outputs' sum weighted by w[i] = 0.5 + (7919 * i mod 101) / 101, in row-major order,
for all floating-point inputs that have one. Complex numbers are stored as torch.view_as_real shows them.

Where torch's own result is further than half the data type's default tolerance from what it computes in float64 of
the same inputs, the float64 result, rounded, is stored beside it, as "wide" and for gradients "w": an element may
agree with either.

The file is gzip round a safetensors file. Each data type's elements are in one vector named after it; "cases" is
JSON: a tensor is {"t": dtype, "at": its first element in the vector, "shape", "stride" unless it is contiguous, and
"g": its gradient}; "u" is a tuple of indices, "f" is a float that JSON lacks, "d" a data type, "s" a slice, "e" an ellipsis.
"""

import collections
import gzip
import itertools
import json
import math
import os
import random
import sys
import warnings
import zlib

import numpy as np
import safetensors
import torch
from safetensors.torch import save
from torch.testing._internal import common_methods_invocations as db
from torch.testing._internal.opinfo import core
from torch.testing._internal.opinfo.definitions import fft, linalg, special
from torch.utils._pytree import tree_flatten, tree_map

warnings.simplefilter("ignore")
torch.set_num_threads(1)
SEED = 20261128

UNARY = """abs acos acosh asin asinh atan atanh ceil cos cosh deg2rad digamma erf erfc erfinv exp exp2 expm1 floor
frac isfinite isinf isnan isposinf isneginf isreal lgamma log log10 log1p log2 logical_not bitwise_not logit neg
positive rad2deg reciprocal round round.decimals_0 round.decimals_3 round.decimals_neg_3 rsqrt sigmoid sign sgn signbit sin sinc sinh sqrt square tan
tanh trunc nan_to_num polygamma.polygamma_n_0 polygamma.polygamma_n_1 special.i0e special.i1 special.i1e i0
special.ndtr special.ndtri special.log_ndtr special.entr special.erfcx special.xlog1py angle
nn.functional.relu nn.functional.relu6 nn.functional.gelu nn.functional.silu nn.functional.elu nn.functional.celu
nn.functional.selu nn.functional.leaky_relu nn.functional.softplus nn.functional.softsign nn.functional.logsigmoid
nn.functional.mish nn.functional.tanhshrink nn.functional.hardtanh nn.functional.hardsigmoid nn.functional.hardswish
nn.functional.hardshrink nn.functional.softshrink nn.functional.threshold""".split()

BINARY = """add sub rsub mul div.no_rounding_mode div.floor_rounding div.trunc_rounding true_divide floor_divide
remainder fmod pow float_power maximum minimum max.binary min.binary fmax fmin eq ne lt le gt ge logical_and
logical_or logical_xor bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift atan2 hypot copysign
heaviside logaddexp logaddexp2 xlogy isclose __radd__ __rdiv__ __rmul__ __rmod__ __rpow__ __rsub__ __rand__ __ror__
__rxor__ gcd lcm nextafter ldexp clamp_max clamp_min""".split()

OTHERS = """lerp addcmul addcdiv clamp where masked_fill nn.functional.prelu nn.functional.glu
nn.functional.softmin nn.functional.softmin.with_dtype softmax softmax.with_dtype log_softmax log_softmax.with_dtype
sum mean prod amax amin aminmax max.reduction_with_dim max.reduction_no_dim min.reduction_with_dim
min.reduction_no_dim argmax argmin all any var std var.unbiased std.unbiased var_mean std_mean norm norm.fro
norm.inf linalg.norm linalg.vector_norm linalg.matrix_norm logsumexp nansum nanmean count_nonzero cumsum cumprod
logcumsumexp cummax cummin median nanmedian kthvalue quantile nanquantile mode diff cov corrcoef dist renorm trapezoid
cumulative_trapezoid
sort msort argsort topk unique unique_consecutive searchsorted bucketize bincount histc nonzero argwhere isin
reshape view view_as reshape_as permute transpose t T mT squeeze squeeze.multiple unsqueeze expand expand_as
broadcast_to broadcast_tensors repeat tile flip fliplr flipud roll cat stack hstack vstack dstack column_stack split
split.list_args split_with_sizes chunk tensor_split hsplit vsplit dsplit narrow select slice __getitem__ index_select
gather scatter scatter_add scatter_reduce.sum scatter_reduce.mean scatter_reduce.amax scatter_reduce.amin
scatter_reduce.prod masked_scatter masked_select tril triu diag diagflat diag_embed diagonal linalg.diagonal trace
movedim unflatten flatten ravel unbind rot90 unfold meshgrid.list_of_tensors meshgrid.variadic_tensors cartesian_prod
combinations block_diag tril_indices triu_indices repeat_interleave take take_along_dim put index_put index_add
index_copy index_fill index_reduce.mean index_reduce.prod index_reduce.amax index_reduce.amin select_scatter
diagonal_scatter atleast_1d atleast_2d atleast_3d clone contiguous to zeros_like ones_like full_like eye linspace
logspace arange full zeros ones fill zero_ as_strided equal allclose
matmul mm bmm mv dot vdot inner addmm addmv addbmm baddbmm addr outer kron cross linalg.cross tensordot einsum cdist
__rmatmul__ linalg.multi_dot linalg.vecdot nn.functional.linear nn.functional.bilinear
linalg.inv linalg.solve linalg.solve_triangular triangular_solve linalg.det logdet linalg.slogdet linalg.cholesky
cholesky_inverse cholesky_solve linalg.qr linalg.svd svd linalg.svdvals linalg.eigh linalg.eigvalsh linalg.lstsq
linalg.pinv pinverse linalg.matrix_power linalg.matrix_rank linalg.vander matrix_exp linalg.lu linalg.cond
fft.fft fft.ifft fft.rfft fft.irfft fft.fft2 fft.ifft2 fft.fftn fft.ifftn fft.rfft2 fft.irfft2 fft.hfft fft.ihfft fft.rfftn
fft.irfftn fft.fftshift fft.ifftshift complex real imag conj view_as_real view_as_complex
nn.functional.normalize nn.functional.layer_norm nn.functional.rms_norm nn.functional.batch_norm
nn.functional.group_norm nn.functional.instance_norm nn.functional.local_response_norm nn.functional.conv1d
nn.functional.conv2d nn.functional.conv3d nn.functional.conv_transpose1d nn.functional.conv_transpose2d
nn.functional.max_pool1d nn.functional.max_pool2d nn.functional.max_pool3d nn.functional.avg_pool1d
nn.functional.avg_pool2d nn.functional.avg_pool3d nn.functional.adaptive_avg_pool1d nn.functional.adaptive_avg_pool2d
nn.functional.adaptive_avg_pool3d nn.functional.adaptive_max_pool1d nn.functional.adaptive_max_pool2d
nn.functional.interpolate.nearest nn.functional.interpolate.nearest-exact nn.functional.interpolate.linear
nn.functional.interpolate.bilinear nn.functional.interpolate.bicubic nn.functional.interpolate.area
nn.functional.interpolate.trilinear nn.functional.upsample_bilinear nn.functional.upsample_nearest
nn.functional.pixel_shuffle nn.functional.pixel_unshuffle nn.functional.channel_shuffle nn.functional.pad.constant
constant_pad_nd nn.functional.pad.reflect nn.functional.pad.replicate nn.functional.pad.circular
nn.functional.pad.replicate_negative nn.functional.unfold nn.functional.embedding nn.functional.one_hot
nn.functional.cross_entropy nn.functional.nll_loss nn.functional.mse_loss nn.functional.l1_loss
nn.functional.smooth_l1_loss nn.functional.huber_loss nn.functional.binary_cross_entropy
nn.functional.binary_cross_entropy_with_logits nn.functional.kl_div nn.functional.poisson_nll_loss
nn.functional.gaussian_nll_loss nn.functional.soft_margin_loss nn.functional.hinge_embedding_loss
nn.functional.margin_ranking_loss nn.functional.triplet_margin_loss nn.functional.cosine_embedding_loss
nn.functional.cosine_similarity nn.functional.pairwise_distance nn.functional.pdist
nn.functional.multi_margin_loss nn.functional.multilabel_margin_loss nn.functional.multilabel_soft_margin_loss
nn.functional.scaled_dot_product_attention nn.functional.grid_sample""".split()

OPS = UNARY + BINARY + OTHERS

# How many samples of each data type; element-wise operations share their code and get fewer.
DTYPES = {
    torch.float32: 10, torch.float64: 5, torch.int64: 4, torch.bool: 2, torch.bfloat16: 3, torch.float16: 2,
    torch.int32: 1, torch.int8: 1, torch.uint8: 1, torch.complex64: 4,
}
COMPLEX = set("real imag conj view_as_real view_as_complex".split())  # and fft.*
TIES = set("sort msort argsort topk kthvalue median nanmedian".split())
SIGNS = set("svd linalg.svd linalg.eigh".split())
NAMES = {
    torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
    torch.int32: "I32", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
    torch.complex64: "C64", torch.complex128: "C128",
}
TOLERANCE = {
    torch.float32: (1.3e-6, 1e-5), torch.float64: (1e-7, 1e-7), torch.float16: (1e-3, 1e-5), torch.bfloat16: (1.6e-2, 1e-5),
}
LARGEST = 400  # elements of a sample, in and out

# Small sizes in the database's own functions: S, M and L are the lengths of its axes.
SIZES = {"S": 3, "M": 5, "L": 7}
MODULES = [m for m in (db, core, fft, linalg, special) if hasattr(m, "S")]
DEFAULTS = [{k: getattr(m, k) for k in SIZES if hasattr(m, k)} for m in MODULES]


def sizes(small):
    for m, old in zip(MODULES, DEFAULTS):
        for k in old:
            setattr(m, k, SIZES[k] if small else old[k])


def seed(text):
    n = zlib.crc32(f"{SEED} {text}".encode())
    torch.manual_seed(n)
    random.seed(n)
    np.random.seed(n)


def is_tensor(x):
    return isinstance(x, torch.Tensor)


def draw(op, dtype, elementwise):
    """The database's samples, made small where its functions allow. Those of element-wise operations differ only in
    shape, and its reference inputs for them are large."""
    out = []
    for source in (op.sample_inputs,) if elementwise else (op.sample_inputs, op.reference_inputs):
        for small in (True, False):
            sizes(small)
            seed(f"{op.name} {op.variant_test_name} {dtype} {small}")
            try:
                drawn = list(itertools.islice(source("cpu", dtype), 200))
            except Exception:  # some functions rely on the sizes
                continue
            out += drawn
            break
    sizes(False)
    return out


def arguments(sample):
    return [sample.input, *sample.args], sample.kwargs


def kind(sample):
    """What makes a sample different from another: ranks, emptiness, types and options, but not the numbers."""
    def of(x):
        if is_tensor(x):
            return ("t", x.dim(), 0 in x.shape, 1 in x.shape, x.dtype)
        if isinstance(x, float):
            return "inf" if math.isinf(x) else "float"
        return x if isinstance(x, (bool, int, str, type(None), torch.dtype)) else type(x).__name__ + str(x)
    args, kwargs = arguments(sample)
    return str(tree_map(of, (args, kwargs)))


def weight(sample):
    return sum(x.numel() for x in tree_flatten(arguments(sample))[0] if is_tensor(x))


def choose(samples, n):
    """One of each kind first, evenly spread over the kinds; then more of a kind."""
    groups = collections.OrderedDict()
    largest = max(LARGEST, min(map(weight, samples), default=0))
    for s in samples:
        if weight(s) <= largest:
            groups.setdefault(kind(s), []).append(s)
    for g in groups.values():
        g.sort(key=weight)
    firsts = [g[0] for g in groups.values()]
    if len(firsts) > n:
        firsts = [firsts[i * len(firsts) // n] for i in range(n)]
    rest = [s for g in groups.values() for s in g[1:]]
    rest = rest[:: max(1, len(rest) // max(1, n - len(firsts)))]
    return firsts + rest[: max(0, n - len(firsts))]


SPECIALS = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, -3.0, 20.0, -20.0,
            88.8, -104.0, 1e-5, 1e-30, -1e30, 0.999, 7e4]
INTS = {torch.int64: [0, 1, -1, 2, -3, 7, -8, 2**31, 2**53 + 1, 2**63 - 1, -2**63, -2**63 + 1],
        torch.int32: [0, 1, -1, 2, -3, 7, -8, 2**24 + 1, 2**31 - 1, -2**31],
        torch.int8: [0, 1, -1, 2, -3, 7, 127, -128], torch.uint8: [0, 1, 2, 3, 7, 127, 128, 255]}


def special(name, dtype):
    """Rows of special values for element-wise operations, and a tensor of rank 6."""
    if dtype.is_complex:
        return
    values = SPECIALS if dtype.is_floating_point else INTS.get(dtype, [False, True])
    if dtype in (torch.float16, torch.bfloat16):
        values = values[:20]
    if name.endswith(("shrink", "elu", "hardtanh")):  # torch's vector and scalar code differ in the gradient at NaN
        values = [v for v in values if v == v]
    if name == "logit" and dtype.is_floating_point:  # and here at 0
        values = [v for v in values if v]
    if name.endswith("softsign") and not dtype.is_floating_point:  # 1 + |x| overflows
        return
    x = torch.tensor(values, dtype=dtype)
    if name in UNARY:
        yield core.SampleInput(x)
        yield core.SampleInput(x[: 4].reshape(1, 2, 1, 2, 1, 1) if dtype != torch.bool else x.reshape(1, 2, 1, 1, 1, 1))
        return
    few = x[:11] if dtype.is_floating_point else x
    kwargs = {}
    if name.startswith("div.") and name != "div.no_rounding_mode":
        kwargs = {"rounding_mode": name[4:].removesuffix("_rounding")}
    if name in ("clamp_max", "clamp_min"):
        yield core.SampleInput(few[:, None], args=(few[None, :],), kwargs=kwargs)
        return
    if name in ("ldexp", "bitwise_left_shift", "bitwise_right_shift"):
        return
    if not dtype.is_floating_point and dtype != torch.bool and name in (
            "remainder", "fmod", "floor_divide", "div.floor_rounding", "div.trunc_rounding", "__rmod__", "gcd", "lcm"):
        few = few[(few != 0) & (few != torch.iinfo(dtype).min)]  # least / -1 ends the process
        yield core.SampleInput(few[:, None], args=(few[None, :],), kwargs=kwargs)
        return
    if name in ("pow", "__rpow__") and not dtype.is_floating_point and dtype != torch.bool:
        yield core.SampleInput(few[:, None], args=(torch.tensor([0, 1, 2, 3, 5], dtype=dtype)[None, :],))
        return
    yield core.SampleInput(few[:, None], args=(few[None, :],), kwargs=kwargs)
    yield core.SampleInput(few[:2].reshape(1, 2, 1, 1, 1, 1), args=(few[:2].reshape(2, 1, 1),), kwargs=kwargs)


def laid_out(x, how):
    """The same elements in another order in memory."""
    if not is_tensor(x) or x.dim() == 0 or x.layout != torch.strided:
        return x
    x = x.detach()
    if how == "transposed":
        order = list(range(x.dim()))[::-1]
        return x.permute(order).clone(memory_format=torch.contiguous_format).permute(order)
    if how == "strided":
        base = torch.zeros(*x.shape[:-1], 2 * x.shape[-1] + 1, dtype=x.dtype)
        view = base[..., 1::2]
        view.copy_(x)
        return view
    return x.clone(memory_format=torch.contiguous_format)


def distinct(x):
    """As many different numbers: which of equals comes first is left open by torch's sorting."""
    if not is_tensor(x) or x.dtype == torch.bool or x.numel() > 200:
        return None
    return torch.randperm(x.numel()).reshape(x.shape).to(x.dtype)


def weights(x, rounded):
    """What flows into a result, rounded to a data type and then of the result's."""
    n = x.numel() * (2 if x.is_complex() else 1)
    w = (0.5 + (7919 * torch.arange(n, dtype=torch.float64) % 101) / 101)
    if x.is_complex():
        return torch.view_as_complex(w.reshape(*x.shape, 2)).to(x.dtype)
    return w.reshape(x.shape).to(rounded).to(x.dtype)


def run(op, args, kwargs, wanted, rounded=None):
    """Results, gradients of the inputs numbered in wanted, and inputs that the operation has changed."""
    leaves, spec = tree_flatten((args, kwargs))
    def fresh(x):
        return torch.empty_strided(x.shape, x.stride(), dtype=x.dtype).copy_(x) if is_tensor(x) else x
    leaves = [fresh(x) for x in leaves]
    if wanted:
        for i in wanted:
            leaves[i].requires_grad_(True)
    before = [x.detach().clone() if is_tensor(x) else x for x in leaves]
    args, kwargs = torch.utils._pytree.tree_unflatten(leaves, spec)
    if op.name in ("zero_", "fill"):
        args[0] = args[0].clone()
        before[0] = leaves[0] = None
    outs = op.op(*args, **kwargs)
    if op.name in SIGNS:  # the signs of singular vectors and eigenvectors are arbitrary
        outs = [x if x.dim() < args[0].dim() else x.abs() for x in tree_flatten(outs)[0]]
    outs = [x for x in tree_flatten(outs)[0] if is_tensor(x) or isinstance(x, (bool, int, float))]
    changed = [x.detach() for x, b in zip(leaves, before) if is_tensor(x) and not torch.equal(x.detach(), b) and not (x != x).any()]
    grads = {}
    heads = [x for x in outs if is_tensor(x) and x.requires_grad]
    if wanted and heads:
        got = torch.autograd.grad(heads, [leaves[i] for i in wanted], [weights(x, rounded or x.dtype) for x in heads], allow_unused=True)
        grads = dict(zip(wanted, [g.to_dense() if g is not None and g.is_sparse else g for g in got]))
    return [x.detach() if is_tensor(x) else x for x in outs], grads, changed


def near(got, want, dtype):
    rel, abs_ = TOLERANCE[dtype]
    return torch.allclose(got.double(), want.to(dtype).double(), rel / 2, abs_ / 2, equal_nan=True)


class File:
    def __init__(self):
        self.parts = collections.defaultdict(list)
        self.length = collections.Counter()
        self.seen = {}

    def tensor(self, x, layout=False):
        name = NAMES[x.dtype]
        if x.is_complex():
            x = torch.view_as_real(x.resolve_conj())
            part = NAMES[x.dtype]
        else:
            part = name
        if not layout or 0 in x.shape:
            x = x.contiguous()
        n = 1 + sum((d - 1) * s for d, s in zip(x.shape, x.stride())) if x.numel() else 0
        flat = torch.as_strided(x, (n,), (1,), x.storage_offset()).clone()
        raw = (part, flat.view(torch.uint8).numpy().tobytes() if flat.dtype != torch.bool else flat.numpy().tobytes())
        if raw not in self.seen:
            self.seen[raw] = self.length[part]
            self.parts[part].append(flat)
            self.length[part] += n
        out = {"t": name, "at": self.seen[raw], "shape": list(x.shape)}
        if not x.is_contiguous():
            out["stride"] = list(x.stride())
        return out

    def value(self, x, grads={}, deep=False):
        if is_tensor(x):
            out = self.tensor(x, layout=True)
            if id(x) in grads:
                g, w = grads[id(x)]
                out["g"] = None if g is None else self.tensor(g)
                if g is not None and w is not None:
                    out["w"] = self.tensor(w.to(g.dtype))
            return out
        if isinstance(x, tuple) and deep:
            return {"u": [self.value(v, grads) for v in x]}
        if isinstance(x, (list, tuple)):
            return [self.value(v, grads) for v in x]
        if isinstance(x, float) and not math.isfinite(x):
            return {"f": str(x)}
        if isinstance(x, torch.dtype):
            return {"d": NAMES[x]} if x in NAMES else {"other": str(x)}
        if isinstance(x, slice):
            return {"s": [self.value(v) for v in (x.start, x.stop, x.step)]}
        if x is Ellipsis:
            return {"e": 1}
        if isinstance(x, (bool, int, float, str, type(None))):
            return x
        return {"other": str(x)}


def wide(x):
    if is_tensor(x) and x.is_floating_point():
        return torch.empty_strided(x.shape, x.stride(), dtype=torch.float64).copy_(x)
    if is_tensor(x) and x.is_complex():
        return x.to(torch.complex128)
    return x


def record(file, op, dtype, sample, how, stats):
    args, kwargs = arguments(sample)
    if op.name in TIES:
        args[0] = distinct(args[0])
        if args[0] is None:
            return None
    if not dtype.is_complex and any(is_tensor(x) and x.is_complex() for x in tree_flatten((args, kwargs))[0]):
        return None
    try:
        args, kwargs = tree_map(lambda x: laid_out(x, how), (args, kwargs))
        leaves = tree_flatten((args, kwargs))[0]
        wanted = []
        if op.supports_autograd and (dtype.is_floating_point or dtype.is_complex):
            wanted = [i for i, x in enumerate(leaves) if is_tensor(x) and (x.is_floating_point() or x.is_complex())]
        try:
            outs, grads, changed = run(op, args, kwargs, wanted)
        except Exception:
            if not wanted:
                raise
            wanted = []  # some argument has no derivative
            leaf = leaves[0]
            if is_tensor(leaf) and (leaf.is_floating_point() or leaf.is_complex()):
                try:
                    outs, grads, changed = run(op, args, kwargs, [0])
                    wanted = [0]
                except Exception:
                    pass
            if not wanted:
                outs, grads, changed = run(op, args, kwargs, [])
    except Exception as e:
        if how:
            return record(file, op, dtype, sample, "", stats)
        stats["failed in torch"] += 1
        return None
    if sum(x.numel() for x in outs if is_tensor(x)) > 4 * LARGEST:
        return None
    if any(is_tensor(x) and (x.dtype not in NAMES or x.layout != torch.strided) for x in leaves + outs):
        stats["data types that rg lacks"] += 1
        return None
    w_outs, w_grads, exact_out, exact_grad = [], {}, False, False
    if dtype in TOLERANCE and dtype != torch.float64:
        try:
            wide_args = tree_map(wide, (args, kwargs))
            w_outs, w_grads, _ = run(op, *wide_args, wanted, dtype)
            pairs = [(x, y) for x, y in zip(outs, w_outs) if is_tensor(x) and x.dtype in TOLERANCE]
            exact_out = not all(near(x, y, x.dtype) for x, y in pairs)
            pairs = [(x, w_grads[i]) for i, x in grads.items() if x is not None]
            exact_grad = not all(y is not None and near(x, y, x.dtype) for x, y in pairs)
        except Exception:
            pass
    name = op.name + ("." + op.variant_test_name if op.variant_test_name else "")
    by_id = {id(leaves[i]): (g, w_grads.get(i) if exact_grad else None) for i, g in grads.items()}
    case = {"op": name, "args": [file.value(x, by_id, name == "__getitem__") for x in args], "outs": [
        file.tensor(x) if is_tensor(x) else {"v": file.value(x)} for x in outs]}
    if kwargs:
        case["kw"] = {k: file.value(v, by_id) for k, v in kwargs.items()}
    if changed:
        case["changed"] = [file.tensor(x) for x in changed]
    if exact_out:
        case["wide"] = [file.tensor(y.to(x.dtype)) if is_tensor(x) else {"v": file.value(x)} for x, y in zip(outs, w_outs)]
    if exact_out or exact_grad:
        stats["with float64 results beside"] += 1
    return case


def main():
    ops = {o.name + ("." + o.variant_test_name if o.variant_test_name else ""): o for o in db.op_db}
    names = sys.argv[1:] or OPS
    file, cases, stats = File(), [], collections.Counter()
    for name in names:
        if name not in ops:
            print("no such operation:", name)
            continue
        op = ops[name]
        print(name, file=sys.stderr)
        made = 0
        for dtype, n in DTYPES.items():
            if dtype not in op.supported_dtypes("cpu") or dtype.is_complex and not (name in COMPLEX or name.startswith("fft.")):
                continue
            elementwise = name in UNARY or name in BINARY
            if elementwise:
                n = max(1, n // 2)
            chosen = choose(draw(op, dtype, elementwise), n)
            if elementwise:
                chosen += special(name, dtype)
            for i, s in enumerate(chosen):
                seed(f"{name} {dtype} {i}")
                case = record(file, op, dtype, s, ("", "transposed", "strided")[(i + made) % 3], stats)
                if case:
                    cases.append(case)
                    made += 1
        if not made:
            print("no samples:", name)
    tensors = {k: torch.cat(v) for k, v in sorted(file.parts.items())}
    text = json.dumps(cases, separators=(",", ":"))
    tensors["cases"] = torch.frombuffer(bytearray(text.encode()), dtype=torch.uint8)
    raw = save(tensors, {"torch": torch.__version__.split("+")[0], "numpy": np.__version__,
                         "safetensors": safetensors.__version__, "seed": str(SEED)})
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "opinfo.safetensors.gz")
    with open(path, "wb") as f, gzip.GzipFile("", "wb", 9, f, mtime=0) as z:
        z.write(raw)
    print(f"{len({c['op'] for c in cases})} operations, {len(cases)} samples, {os.path.getsize(path)} bytes; {dict(stats)}")


if __name__ == "__main__":
    main()
