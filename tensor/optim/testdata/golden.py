"""Writes golden.json: what torch's optimizers make of two parameters over a few steps.

Made with torch 2.15.0 on the CPU. Run: python golden.py > golden.json
"""
import json

import torch

torch.set_default_dtype(torch.float64)


def run(make, clip=None):
    a = torch.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True)
    b = torch.tensor([0.3, -0.7], requires_grad=True)
    opt = make([a, b])
    norms, path = [], []
    for step in range(6):
        loss = ((a @ b - torch.tensor([1.0, 2.0])) ** 2).sum() + (a**3).mean()
        loss.backward()
        if clip:
            norms.append(torch.nn.utils.clip_grad_norm_([a, b], clip).item())
        opt.step()
        opt.zero_grad()
        path.append(a.detach().flatten().tolist() + b.tolist())
    return {"path": path, "norms": norms}


print(
    json.dumps(
        {
            "torch": torch.__version__,
            "sgd": run(lambda p: torch.optim.SGD(p, lr=0.01)),
            "momentum": run(lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, dampening=0.1, weight_decay=0.05)),
            "nesterov": run(lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True)),
            "adamw": run(lambda p: torch.optim.AdamW(p)),
            "adamw_options": run(lambda p: torch.optim.AdamW(p, lr=0.1, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.2)),
            "adamw_none": run(lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0)),
            "clipped": run(lambda p: torch.optim.SGD(p, lr=0.1), clip=1.5),
        }
    )
)
