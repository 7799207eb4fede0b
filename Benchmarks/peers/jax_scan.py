"""Samples per second of JAX in its training loop: an epoch is one compiled scan over its batches."""

import argparse
import json
import os
import time

# Read when jax is imported.
os.environ["XLA_FLAGS"] = (
    "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1 " + os.environ.get("XLA_FLAGS", "")
)
os.environ["JAX_PLATFORMS"] = "cpu"
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import jax
import jax.numpy as jnp
import numpy as np
import optax
from works import WORKS, make_data

parser = argparse.ArgumentParser()
parser.add_argument("--work", choices=WORKS, required=True)
parser.add_argument("--seconds", type=float, default=3)
options = parser.parse_args()

work = WORKS[options.work]
# A scan of some seconds is long enough.
rows = min(work.rows, 200 * work.batch) if work.hidden else work.rows
features, labels, weights = (jnp.asarray(part) for part in make_data(work, rows=rows))
steps = rows // work.batch

widths = [work.inputs, *work.hidden, work.classes]
key = jax.random.key(0)
parameters = []
for inputs, outputs in zip(widths, widths[1:]):
    key, own = jax.random.split(key)
    bound = inputs**-0.5
    parameters.append(
        (jax.random.uniform(own, (inputs, outputs), minval=-bound, maxval=bound), jnp.zeros(outputs))
    )
optimizer = optax.adam(1e-3)


def loss_of(parameters, x, y):
    for weight, bias in parameters[:-1]:
        x = jax.nn.relu(x @ weight + bias)
    weight, bias = parameters[-1]
    losses = optax.softmax_cross_entropy_with_integer_labels(x @ weight + bias, y)
    sample_weights = weights[y]
    return jnp.sum(sample_weights * losses) / jnp.sum(sample_weights)


def step(state, rows):
    parameters, moments = state
    gradient = jax.grad(loss_of)(parameters, features[rows], labels[rows])
    updates, moments = optimizer.update(gradient, moments)
    return (optax.apply_updates(parameters, updates), moments), None


def epoch(state, order):
    return jax.lax.scan(step, state, order.reshape(steps, work.batch))[0]


epoch = jax.jit(epoch, donate_argnums=0)
state = (parameters, optimizer.init(parameters))
generator = np.random.default_rng(0)


def new_order():
    """By NumPy: jax.random.permutation sorts, which takes longer than an epoch of a small model."""
    return generator.permutation(rows)[: steps * work.batch].astype(np.int32)


state = jax.block_until_ready(epoch(state, new_order()))
epochs, seconds, start = 0, 0.0, time.perf_counter()
while seconds < options.seconds:
    state = jax.block_until_ready(epoch(state, new_order()))
    epochs += 1
    seconds = time.perf_counter() - start
speed = epochs * steps * work.batch / seconds
print(json.dumps({"samples_per_second": speed, "version": f"JAX {jax.__version__}"}))
