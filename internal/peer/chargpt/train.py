"""The PyTorch half of chargpt: see doc.go. Usage: train.py start.safetensors result.json settings-as-JSON"""

import json
import statistics
import struct
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

DTYPES = {"F32": np.float32, "F64": np.float64, "U8": np.uint8}


def load(path):
    """Reads a safetensors file: the length of a JSON header, the header, the numbers."""
    with open(path, "rb") as f:
        (size,) = struct.unpack("<Q", f.read(8))
        header, body = json.loads(f.read(size)), f.read()
    out = {}
    for name, t in header.items():
        if name != "__metadata__":
            begin, end = t["data_offsets"]
            out[name] = torch.from_numpy(np.frombuffer(body[begin:end], DTYPES[t["dtype"]]).reshape(t["shape"]).copy())
    return out


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.c_attn, self.c_proj, self.heads = nn.Linear(width, 3 * width), nn.Linear(width, width), heads

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (p.view(b, t, self.heads, c // self.heads).transpose(1, 2) for p in self.c_attn(x).split(c, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(y.transpose(1, 2).reshape(b, t, c))


class MLP(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc, self.c_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.ln_1, self.attn = nn.LayerNorm(width), Attention(width, heads)
        self.ln_2, self.mlp = nn.LayerNorm(width), MLP(width)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self, vocab, layers, heads, width, context):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocab, width), nn.Embedding(context, width)
        self.h = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.ln_f, self.lm_head = nn.LayerNorm(width), nn.Linear(width, vocab, bias=False)

    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))


def loss_of(model, stretches):
    stretches = stretches.long()
    x, y = stretches[:, :-1], stretches[:, 1:]
    return F.cross_entropy(model(x).flatten(0, 1), y.flatten())


def main(start, result, settings):
    s = json.loads(settings)
    torch.set_num_threads(s["threads"])
    torch.set_num_interop_threads(1)
    state = load(start)
    batches, judge, rates = state.pop("batches"), state.pop("judge"), state.pop("rates").tolist()
    model = GPT(s["vocab"], s["layers"], s["heads"], s["width"], s["context"])
    model.load_state_dict({name.removeprefix("model."): t for name, t in state.items()})
    # The fused step is the fastest that PyTorch has on a CPU.
    opt = torch.optim.AdamW(model.parameters(), lr=rates[0], betas=s["betas"], eps=s["eps"],
                            weight_decay=s["weight_decay"], fused=True)
    losses, times = [], []
    for step, rate in enumerate(rates):
        begin = time.perf_counter()
        loss_of(model, batches[step]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), s["limit"])
        for group in opt.param_groups:
            group["lr"] = rate
        opt.step()
        opt.zero_grad()
        times.append(time.perf_counter() - begin)
        if (step + 1) % s["interval"] == 0 or step == len(rates) - 1:
            with torch.no_grad():
                losses.append(loss_of(model, judge).item())
            print(f"torch  step {step + 1:4}  validation loss {losses[-1]:.4f}", file=sys.stderr)
    with open(result, "w") as f:
        json.dump({"name": f"torch {torch.__version__}", "validation_losses": losses, "seconds": sum(times),
                   "median_step_seconds": statistics.median(times)}, f)


if __name__ == "__main__":
    main(*sys.argv[1:])
