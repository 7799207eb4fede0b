"""Samples per second of PyTorch in its training loop: one process, or several under torchrun.

As a user would write it who wants it fast: all data in memory, no DataLoader, the fused Adam.
"""

import argparse
import json
import os
import time

import torch
from torch import nn
from works import WORKS_OF_PYTORCH, make_data

parser = argparse.ArgumentParser()
parser.add_argument("--work", choices=WORKS_OF_PYTORCH, required=True)
parser.add_argument("--seconds", type=float, default=3)
parser.add_argument("--bf16", action="store_true", help="under autocast")
options = parser.parse_args()

torch.set_num_threads(1)
ranks = int(os.environ.get("WORLD_SIZE", 1))
rank = int(os.environ.get("RANK", 0))
torch.manual_seed(rank)

work = WORKS_OF_PYTORCH[options.work]
features, labels, weights = make_data(work, rows=work.rows // ranks, seed=rank)
features, labels = torch.from_numpy(features), torch.from_numpy(labels)

widths = [work.inputs, *work.hidden]
layers = []
for inputs, outputs in zip(widths, widths[1:]):
    layers += [nn.Linear(inputs, outputs), nn.ReLU()]
model = nn.Sequential(*layers, nn.Linear(widths[-1], work.classes))
if ranks > 1:
    import torch.distributed as dist

    # gloo's threads may run anywhere: binding the processes to cores makes it slower.
    dist.init_process_group("gloo")
    model = nn.parallel.DistributedDataParallel(model)
loss_function = nn.CrossEntropyLoss(weight=torch.from_numpy(weights))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)


def run(steps, state={"order": None, "next": 0}):
    """Takes steps through shuffled epochs."""
    for _ in range(steps):
        if state["order"] is None or state["next"] + work.batch > len(labels):
            state["order"] = torch.randperm(len(labels))
            state["next"] = 0
        rows = state["order"][state["next"] : state["next"] + work.batch]
        state["next"] += work.batch
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.bf16):
            loss = loss_function(model(features.index_select(0, rows)), labels.index_select(0, rows))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


def seconds_for(steps):
    start = time.perf_counter()
    run(steps)
    return time.perf_counter() - start


seconds_for(5)
steps = max(5, int(options.seconds / (seconds_for(20) / 20)))
if ranks > 1:
    # All processes must take as many steps.
    agreed = torch.tensor([steps])
    dist.broadcast(agreed, 0)
    steps = int(agreed)
seconds = seconds_for(steps)
if rank == 0:
    speed = steps * work.batch * ranks / seconds
    print(json.dumps({"samples_per_second": speed, "version": f"PyTorch {torch.__version__}"}), flush=True)
if ranks > 1:
    dist.barrier()
    # Taking gloo down ends in std::terminate now and then.
    os._exit(0)
