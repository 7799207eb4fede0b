"""A table of numbers, trained on by two processes: what a PyTorch user would write by hand.

    torchrun --nproc-per-node 2 covertype_ddp.py data.csv --epochs 10

Balanced class weights, standardized features, a tenth held out, a linear model, Adam.
"""

import argparse
import os

import pandas
import torch
import torch.distributed as dist
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.add_argument("--label", required=True)
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--batch-size", type=int, default=256)
options = parser.parse_args()

torch.set_num_threads(1)
torch.manual_seed(0)
dist.init_process_group("gloo")
rank, ranks = dist.get_rank(), dist.get_world_size()

table = pandas.read_csv(options.data)
labels, classes = pandas.factorize(table.pop(options.label), sort=True)
features, labels = torch.tensor(table.to_numpy("float32")), torch.tensor(labels)
order = torch.randperm(len(labels))
held_out, trained_on = order[: len(order) // 10], order[len(order) // 10 :]
deviation, mean = torch.std_mean(features[trained_on], 0, correction=0)
features = (features - mean) / torch.where(deviation > 0, deviation, torch.ones(()))

counts = torch.bincount(labels[trained_on], minlength=len(classes))
weights = len(trained_on) / (len(classes) * counts)
own = trained_on[rank::ranks]
own = own[: len(trained_on) // ranks]
x, y = features[own], labels[own]

model = nn.parallel.DistributedDataParallel(nn.Linear(features.shape[1], len(classes)))
loss_function = nn.CrossEntropyLoss(weight=weights)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
share = options.batch_size // ranks
for epoch in range(options.epochs):
    order = torch.randperm(len(y))
    for rows in order.split(share):
        loss = loss_function(model(x.index_select(0, rows)), y.index_select(0, rows))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        predicted = model.module(features[held_out]).argmax(1)
        hits = torch.bincount(labels[held_out][predicted == labels[held_out]], minlength=len(classes))
        recalls = hits / torch.bincount(labels[held_out], minlength=len(classes)).clamp(min=1)
    if rank == 0:
        accuracy = float((predicted == labels[held_out]).float().mean())
        print(f"epoch {epoch + 1}: accuracy {accuracy:.4f}, balanced accuracy {float(recalls.mean()):.4f}", flush=True)
dist.barrier()
# Taking gloo down ends in std::terminate now and then.
os._exit(0)
