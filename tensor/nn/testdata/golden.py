"""Writes golden.json: modules of torch.nn, forward and backward, on given weights.

Made with torch 2.15.0 on the CPU. Run: python golden.py > golden.json
"""
import json
import math

import torch
import torch.nn.functional as F

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)


def flat(t):
    return {"shape": list(t.shape), "data": [round(v, 12) for v in t.detach().flatten().tolist()]}


class Attention(torch.nn.Module):
    """GPT-2's, with its names."""

    def __init__(self, dim, heads):
        super().__init__()
        self.c_attn = torch.nn.Linear(dim, 3 * dim)
        self.c_proj = torch.nn.Linear(dim, dim)
        self.heads = heads

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (y.view(b, t, self.heads, c // self.heads).transpose(1, 2) for y in self.c_attn(x).split(c, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(y.transpose(1, 2).reshape(b, t, c))


class FeedForward(torch.nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.c_fc = torch.nn.Linear(dim, 4 * dim)
        self.c_proj = torch.nn.Linear(4 * dim, dim)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(torch.nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.ln_1 = torch.nn.LayerNorm(dim)
        self.attn = Attention(dim, heads)
        self.ln_2 = torch.nn.LayerNorm(dim)
        self.mlp = FeedForward(dim)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


cases = {}


def case(name, module, x, index=False):
    for p in module.parameters():  # away from ones and zeros
        p.data += 0.1 * torch.randn_like(p)
    if not index:
        x.requires_grad_()
    state = {k: flat(v) for k, v in module.state_dict().items() if v.dim() > 0}
    y = module(x)
    g = torch.cos(torch.arange(y.numel(), dtype=y.dtype)).reshape(y.shape)
    y.backward(g)
    cases[name] = {
        "state": state,
        "x": flat(x),
        "y": flat(y),
        "g": flat(g),
        "grads": {k: flat(p.grad) for k, p in module.named_parameters()},
        "after": {k: flat(v) for k, v in module.state_dict().items() if "running" in k},
    }
    if not index:
        cases[name]["grads"]["x"] = flat(x.grad)


case("linear", torch.nn.Linear(4, 3), torch.randn(2, 5, 4))
case("embedding", torch.nn.Embedding(6, 3), torch.tensor([[1, 5, 1], [0, 2, 1]]), index=True)
case("layernorm", torch.nn.LayerNorm(6), torch.randn(3, 6))
case("rmsnorm", torch.nn.RMSNorm(6, eps=1e-6), torch.randn(3, 6))
case("batchnorm", torch.nn.BatchNorm2d(3), torch.randn(2, 3, 2, 2))
case("conv2d", torch.nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2), torch.randn(2, 4, 5, 5))
case("maxpool2d", torch.nn.MaxPool2d(2), torch.randn(2, 2, 4, 5))
case("block", Block(8, 2), torch.randn(2, 4, 8))

losses = {}
logits, targets = torch.randn(4, 5, requires_grad=True), torch.tensor([1, 4, -100, 0])
x, y = torch.randn(3, 4, requires_grad=True), torch.rand(3, 4)
for name, a, b, loss in [
    ("crossentropy", logits, targets, F.cross_entropy),
    ("mse", x, y, F.mse_loss),
    ("l1", x, y, F.l1_loss),
    ("huber", x, y, F.smooth_l1_loss),
    ("bce", x, y, F.binary_cross_entropy_with_logits),
]:
    a.grad = None
    out = loss(a, b)
    out.backward()
    losses[name] = {"x": flat(a), "target": flat(b), "loss": out.item(), "grad": flat(a.grad)}

print(json.dumps({"torch": torch.__version__, "cases": cases, "losses": losses}))
