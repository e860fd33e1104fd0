"""Makes prints.json: how NumPy prints arrays.

    python gen_prints.py > prints.json

Made with NumPy 2 (the file says which version made it), arrays drawn with PCG64 and seed 1. NumPy's True and
False are written as Go's true and false, which are as long.
"""

import json
import sys

import numpy as np

rng = np.random.default_rng(1)
np.set_printoptions(precision=4, threshold=1000, edgeitems=3, linewidth=100, floatmode="maxprec_equal")
cases = []


def case(x):
    text = np.array2string(x, separator=", ").replace("True", "true").replace("False", "false")
    data = [repr(float(v)) if x.dtype.kind == "f" else str(int(v)) for v in x.flatten()]
    cases.append({"dtype": x.dtype.name, "shape": list(x.shape), "data": data, "text": text})


shapes = [(), (1,), (5,), (0,), (3, 0), (0, 3), (2, 3), (30,), (2, 40), (2, 3, 4), (2, 1, 2, 3), (1, 2, 1, 2, 2), (1, 2, 1, 1, 2, 2), (1001,), (200, 6), (7, 150), (11, 10, 10)]


def floats(n, kind):
    x = rng.normal(size=n)
    match kind:
        case "normal":
            return x
        case "whole":
            return np.round(10 * x)
        case "halves":
            return np.round(10 * x) / 2
        case "wide":
            return x * 10 ** rng.uniform(-3, 3, n)
        case "small":
            return x * 1e-6
        case "large":
            return x * 1e7
        case "huge":
            return np.where(rng.random(n) < 0.5, x * 1e30, x)
        case "special":
            return np.where(rng.random(n) < 0.3, rng.choice([np.nan, np.inf, -np.inf, 0.0, -0.0], n), np.round(x, 2))
        case "nothing else":
            return rng.choice([np.nan, np.inf, -np.inf], n)
        case "zeros":
            return np.zeros(n)
        case "close to whole":
            return np.round(3 * x) + 1e-5


for shape in shapes:
    n = int(np.prod(shape))
    big = n > 500  # few of these, to keep the file small
    for dt in [np.float32, np.float64, np.float16]:
        for kind in ["normal", "whole", "halves", "wide", "small", "large", "huge", "special", "nothing else", "zeros", "close to whole"]:
            if big and (dt != np.float32 or kind not in ("wide", "special")):
                continue
            with np.errstate(over="ignore"):
                case(floats(n, kind).reshape(shape).astype(dt))
    for dt in [np.int64, np.int32, np.int8, np.uint8]:
        if big and dt != np.int8:
            continue
        info = np.iinfo(dt)
        case(rng.integers(max(info.min, -100), min(info.max, 1000), n).astype(dt).reshape(shape))
        if not big:
            case(rng.integers(info.min, info.max, n, dtype=dt).reshape(shape))
    if not big:
        case((rng.random(n) < 0.5).reshape(shape))
        case(np.ones(n, bool).reshape(shape))

x = np.array([1e-45, 1e38, 5e-324, 1.5]).astype(np.float64)
case(x)
case(np.array([1e-310, 1.0]))
case(np.array([1e100, 1e-100]))
case(np.array([99999999.0, 1e8]))
case(np.array([1e-4, 1.0]))
case(np.array([0.00009999, 0.0001]))
case(np.array([1e8 - 1]))
case(np.array([16777216.0, 0.5], np.float32))
case(np.array([0.5, 500.0]))
case(np.array([0.5, 501.0]))
case(np.array([65504.0], np.float16))
case(np.array([0.00012, 0.9], np.float16))

json.dump({"numpy": np.__version__, "cases": cases}, sys.stdout, separators=(",", ":"))
