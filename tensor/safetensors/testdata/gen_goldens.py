"""Makes the files beside it: what the Python library writes, and what it says of odd headers.

    python gen_goldens.py

Made with safetensors 0.8.0 and numpy 2.4.6. Nothing is random.
"""

import ctypes
import json
import pathlib

import numpy as np
import safetensors
from safetensors.numpy import save_file

here = pathlib.Path(__file__).parent

# --- Files written by the library ---------------------------------------------------------------

# The numpy types, in an order that is not the file's, with names that need escapes.
save_file(
    {
        "weight": np.arange(6, dtype=np.float32).reshape(2, 3) / 4,
        "bias": np.array([-1.5, 0.25], dtype=np.float64),
        "ids": np.array([[1, -2], [3, 2**40]], dtype=np.int64),
        "small": np.array([-5, 7], dtype=np.int32),
        "bytes": np.arange(3, dtype=np.uint8),
        "signed": np.array([-128, 127, 0], dtype=np.int8),
        "mask": np.array([True, False, True]),
        "half": np.array([0.1, -65504, np.inf], dtype=np.float16),
        "scalar": np.array(42, dtype=np.float32),
        "empty": np.zeros((0, 4), dtype=np.float32),
        'quote " back \\ tab \t é \x01 </script> \x7f \u2028': np.zeros(1, dtype=np.uint8),
    },
    here / "numpy.safetensors",
    metadata={"note": 'one "entry"\n'},
)
save_file({}, here / "empty.safetensors")

# Every type that the library writes; the elements are the bytes 1, 2, 3, …
buf = (ctypes.c_uint8 * 64)(*range(1, 65))
sizes = {
    "bool": 1, "uint8": 1, "int8": 1, "int16": 2, "uint16": 2, "float16": 2, "bfloat16": 2, "int32": 4,
    "uint32": 4, "float32": 4, "complex64": 8, "float64": 8, "int64": 8, "uint64": 8, "float8_e4m3fn": 1,
    "float8_e5m2": 1, "float8_e8m0fnu": 1, "float8_e4m3fnuz": 1, "float8_e5m2fnuz": 1, "float4_e2m1fn_x2": 1,
}  # fmt: skip
safetensors.serialize_file(
    {
        name: safetensors.TensorSpec(dtype=name, shape=[1, 3], data_ptr=ctypes.addressof(buf), data_len=3 * size)
        for name, size in sizes.items()
    },
    here / "types.safetensors",
)

# --- What the library says of headers -----------------------------------------------------------

one = '"dtype":"U8","shape":[1],"data_offsets":[0,1]'


def tensor(dtype, shape, offsets):
    return f'{{"a":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}'


def pair(first, second):
    return (
        f'{{"a":{{"dtype":"U8","shape":[{first[1] - first[0]}],"data_offsets":[{first[0]},{first[1]}]}},'
        f'"b":{{"dtype":"U8","shape":[{second[1] - second[0]}],"data_offsets":[{second[0]},{second[1]}]}}}}'
    )


cases = [  # header, bytes of data
    ("{}", 0),
    ("{}", 1),
    ("", 0),
    ("[]", 0),
    ("{", 0),
    ("{}}", 0),
    ("{},", 0),
    ("{} x", 0),
    ("{}   ", 0),
    (" {}", 0),
    ("null", 0),
    ('{"a":{%s}}' % one, 1),
    ('{"a":{%s}}' % one, 0),
    ('{"a":{%s}}' % one, 2),
    ('{"":{%s}}' % one, 1),
    ('{"a":{%s,}}' % one, 1),
    ('{"a":{%s},}' % one, 1),
    ('{"a":{%s} "b":{%s}}' % (one, one), 1),
    ("{'a':{%s}}" % one, 1),
    ('{"a":{%s}' % one, 1),
    ('{"a":null}', 0),
    ('{"a":1}', 0),
    ('{"a":{}}', 0),
    ('{"a":{"dtype":"U8","shape":[1]}}', 1),
    ('{"a":{"dtype":"U8","data_offsets":[0,1]}}', 1),
    ('{"a":{"shape":[1],"data_offsets":[0,1]}}', 1),
    ('{"a":{%s,"more":[1,{"x":null}]}}' % one, 1),
    ('{"a":{%s,"more":[1,{"x":nil}]}}' % one, 1),
    ('{"a":{%s},"a":{%s}}' % (one, one), 1),
    ('{"a":{%s,"dtype":"U8"}}' % one, 1),
    ('{"\\u0061":{%s},"a":{%s}}' % (one, one), 1),
    ('{"\\ud83d\\ude00":{%s}}' % one, 1),
    ('{"\\ud800":{%s}}' % one, 1),
    ('{"\\udc00\\ud800":{%s}}' % one, 1),
    ('{"\\ud800\\u0061":{%s}}' % one, 1),
    ('{"\\x":{%s}}' % one, 1),
    ('{"\\u12g4":{%s}}' % one, 1),
    ('{"a\n":{%s}}' % one, 1),
    ('{"__metadata__":{},"a":{%s}}' % one, 1),
    ('{"__metadata__":null,"a":{%s}}' % one, 1),
    ('{"a":{%s},"__metadata__":{"k":"v","e":""}}' % one, 1),
    ('{"__metadata__":{"k":1}}', 0),
    ('{"__metadata__":{"k":null}}', 0),
    ('{"__metadata__":[]}', 0),
    ('{"__metadata__":{},"__metadata__":{}}', 0),
    ('{"__metadata__":{"k":"1","k":"2"}}', 0),
    (tensor("f32", "[1]", "[0,4]"), 4),
    (tensor("F128", "[1]", "[0,16]"), 16),
    (tensor("F32", "[2]", "[0,4]"), 4),
    (tensor("F32", "[]", "[0,4]"), 4),
    (tensor("F32", "[0]", "[0,0]"), 0),
    (tensor("F32", "[0,18446744073709551616]", "[0,0]"), 0),
    (tensor("F32", "[4294967296,4294967296]", "[0,0]"), 0),
    (tensor("F32", "[2305843009213693952,2]", "[0,0]"), 0),
    (tensor("F32", "[9223372036854775807,9223372036854775807]", "[0,4]"), 4),
    (tensor("F32", "[4611686018427387904]", "[0,0]"), 0),
    (tensor("F32", "[-1]", "[0,4]"), 4),
    (tensor("F32", "[1.0]", "[0,4]"), 4),
    (tensor("F32", "[1e0]", "[0,4]"), 4),
    (tensor("F32", "[01]", "[0,4]"), 4),
    (tensor("F32", "[-0]", "[0,0]"), 0),
    (tensor("F32", '["1"]', "[0,4]"), 4),
    (tensor("F32", "1", "[0,4]"), 4),
    (tensor("F32", "[1,]", "[0,4]"), 4),
    (tensor("F32", "[1 1]", "[0,4]"), 4),
    (tensor("U8", "[1]", "[0]"), 1),
    (tensor("U8", "[1]", "[0,1,2]"), 1),
    (tensor("U8", "[1]", "[1,0]"), 1),
    (tensor("U8", "[1]", "[-1,0]"), 1),
    (tensor("U8", "[1]", "[1,2]"), 2),
    (tensor("U8", "[1]", "[0,18446744073709551615]"), 1),
    (tensor("F4", "[2]", "[0,1]"), 1),
    (tensor("F4", "[3]", "[0,2]"), 2),
    (tensor("F6_E2M3", "[4]", "[0,3]"), 3),
    (tensor("F6_E3M2", "[2]", "[0,2]"), 2),
    (pair((0, 1), (1, 2)), 2),
    (pair((1, 2), (0, 1)), 2),
    (pair((0, 1), (2, 3)), 3),
    (pair((0, 2), (1, 3)), 3),
    (pair((0, 2), (0, 2)), 2),
    (pair((0, 0), (0, 0)), 0),
    (pair((0, 2), (1, 1)), 2),
    (pair((0, 2), (2, 2)), 2),
]
verdicts = []
for header, size in cases:
    raw = header.encode()
    try:
        safetensors.deserialize(len(raw).to_bytes(8, "little") + raw + bytes(size))
        verdict = ""
    except safetensors.SafetensorError as e:
        verdict = str(e).removeprefix("Error while deserializing: ")
    verdicts.append({"header": header, "data": size, "python": verdict})
(here / "headers.json").write_text(json.dumps(verdicts, indent=1, ensure_ascii=False) + "\n")
