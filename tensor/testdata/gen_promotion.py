"""Makes promotion.json: the data types that torch computes in.

    python gen_promotion.py > promotion.json

Made with torch 2.15.0 (the file says which version made it). Each row is [first, second, result]; an
operand is written float32 for a tensor with axes, float32() for one of rank 0.
"""

import itertools
import json

import torch

names = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int8", "uint8", "bool"]
rows = []
for a, b in itertools.product(names, names):
    for sa, sb in itertools.product(["", "()"], ["", "()"]):
        x = torch.ones([2] if sa == "" else [], dtype=getattr(torch, a))
        y = torch.ones([2] if sb == "" else [], dtype=getattr(torch, b))
        rows.append([a + sa, b + sb, str(torch.result_type(x, y)).removeprefix("torch.")])

# A Python number: whole, and with a fraction. rg's methods take float64s, and tell the two apart by value.
numbers = []
for a in names:
    x = torch.ones([2], dtype=getattr(torch, a))
    for v in [2, 2.5]:
        numbers.append([a, v, str(torch.result_type(x, v)).removeprefix("torch.")])

print(json.dumps({"torch": torch.__version__, "tensors": rows, "numbers": numbers}).replace("],", "],\n"))
