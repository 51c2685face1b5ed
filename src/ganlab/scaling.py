"""Scaling: the same two steps on many devices, one process a device.

Each process holds both players and plays on its share of every minibatch. Before an optimiser moves, the gradients of
*its* player are averaged over the processes. For a loss that is a batch mean this is the step of one process with the
whole minibatch, so the players stay equal everywhere, to the last bit. Launching, devices and communication are those
of Hugging Face Accelerate; it is needed only by those who scale (`pip install accelerate`).

The networks are not wrapped. `DistributedDataParallel` expects each backward pass to reach every parameter, and a
gradient penalty never reaches the last bias of D; it would also average gradients of D in the generator's step, where
nobody uses them. The public code of StyleGAN3 and of R3GAN averages gradients in the same way.

Not here: networks too large for one device, and BatchNorm statistics, which stay each process's own.
"""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ganlab.arguments import FUNCTION, WrongType, refuse, takes
from ganlab.players import PLAYERS, Players

if TYPE_CHECKING:
    from accelerate import Accelerator


def _accelerator(name: str, value: Any) -> None:
    if not all(hasattr(value, each) for each in ("num_processes", "process_index", "reduce")):
        refuse(name, "an Accelerator", value, "make one with accelerate.Accelerator()", error=WrongType)


@takes(step=FUNCTION, accelerator=_accelerator)
def distributed(step: Callable[..., Tensor], accelerator: "Accelerator") -> Callable[..., Tensor]:
    """Return a step that sees this process's share of the minibatch and averages gradients over all processes.

    Pass it to `training.train` as `d_step` or `g_step`; the `batch_size` there is that of all processes together. All
    draw the same random numbers and keep different rows, so noise is fresh in each process, one checkpoint fits all,
    and the result does not depend on the number of processes (up to rounding).

    Parameters
    ----------
    step : callable
        `step(G, D, optimizer, *batches)`, such as `steps.discriminator_step`; its loss is a batch mean.
    accelerator : Accelerator
        Knows this process's number and talks to the others.

    Returns
    -------
    callable
        Takes the arguments of `step` with whole minibatches; returns the loss of the whole minibatch, so that a run
        that diverges ends in all processes at once.

    Raises
    ------
    ValueError
        When called, if a minibatch cannot be cut into equal shares, or the step leaves its player without gradients.

    Examples
    --------
    In a script for `accelerate launch`, where the same lines run in each process::

        accelerator = Accelerator()
        d_step, g_step = (distributed(step, accelerator) for step in (discriminator_step, generator_step))
        for progress in train(players, sample_real, steps=2500, batch_size=128, d_step=d_step, g_step=g_step):
            ...
    """

    def average(optimizer: Optimizer, *_: Any) -> None:
        gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        if not gradients:
            raise ValueError("the step must leave gradients in its weights, got none; call backward() in it")
        mean = accelerator.reduce(torch.cat([gradient.flatten() for gradient in gradients]), "mean")
        for gradient, part in zip(gradients, mean.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(part.view_as(gradient))

    def step_on_share(G: nn.Module, D: nn.Module, optimizer: Optimizer, *batches: Tensor) -> Tensor:
        hook = optimizer.register_step_pre_hook(average)
        try:
            loss = step(G, D, optimizer, *(_share(batch, accelerator) for batch in batches))
        finally:
            hook.remove()
        return accelerator.reduce(loss, "mean")

    return step_on_share


@takes(players=PLAYERS, accelerator=_accelerator)
def check_in_step(players: Players, accelerator: "Accelerator") -> None:
    """Raise unless all processes hold the same weights and the same source of random numbers, to the last bit.

    Call it when the players are built or loaded: processes that start apart average gradients of different networks,
    and nothing in the losses shows it.

    Parameters
    ----------
    players : Players
        This process's players; left as they are.
    accelerator : Accelerator
        Talks to the other processes.

    Raises
    ------
    ValueError
        If they differ.
    """
    from accelerate.utils import gather_object

    tensors = [*players.G.parameters(), *players.D.parameters(), players.generator.get_state()]
    content = b"".join(_bytes(tensor) for tensor in tensors)
    digests = gather_object([hashlib.sha256(content).hexdigest()])
    if len(set(digests)) > 1:
        raise ValueError(
            f"the players differ between the {accelerator.num_processes} processes; build them after "
            "seed_everything(seed) with the same seed in each, and load the same checkpoint in each"
        )


def _bytes(tensor: Tensor) -> bytes:
    """The numbers as they lie in memory, of any dtype: NumPy lacks some."""
    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def _share(batch: Tensor, accelerator: "Accelerator") -> Tensor:
    """Cut a minibatch into as many equal blocks of rows as there are processes; return this process's block."""
    processes = accelerator.num_processes
    if len(batch) % processes:
        raise ValueError(
            f"a minibatch of {len(batch)} cannot be shared equally by {processes} processes; "
            f"try batch_size={len(batch) // processes * processes or processes}"
        )
    return batch.chunk(processes)[accelerator.process_index]
