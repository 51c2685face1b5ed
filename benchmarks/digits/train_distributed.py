"""Train the digits on many devices, one process a device, and resume when killed.

    accelerate launch --multi_gpu benchmarks/digits/train_distributed.py      # every GPU of this machine
    ACCELERATE_USE_CPU=1 torchrun --standalone --local-addr localhost --nproc-per-node 2 \\
        benchmarks/digits/train_distributed.py --steps 100                       # on this machine's processors

In a notebook: `notebook_launcher(train_distributed, num_processes=2)`. Each process plays on 64 images a step. The
main process writes `digits-run.pt` every 30 seconds; the same command continues from it. It stands on the recipe of
`ganlab.digits`, played in its two plain steps, since each is wrapped; only the wrapping and the checkpoint are new.
"""

import argparse

import torch
from accelerate import Accelerator
from tqdm.auto import tqdm

from ganlab.data import mnist
from ganlab.digits import TrainedGAN, batch_size, digit_players, lazy_r1_step
from ganlab.scaling import check_in_step, distributed
from ganlab.steps import generator_step
from ganlab.training import checkpointed, load_checkpoint, train


def train_distributed(steps: int = 2500, seed: int = 0, checkpoint: str = "digits-run.pt") -> None:
    """Train for so many steps, all processes together; the main one writes `digits.pt`.

    The budget counts steps: a clock is each process's own, and learning rates that follow it would differ.
    """
    accelerator = Accelerator()
    with accelerator.main_process_first():  # one download
        images, _, source = mnist(device=accelerator.device)
    players = digit_players(lambda step: step / steps, seed=seed, device=accelerator.device)
    load_checkpoint(players, checkpoint)
    check_in_step(players, accelerator)

    run = train(
        players,
        lambda n, rng: images[torch.randint(len(images), (n,), generator=rng, device=rng.device)],
        steps=steps,
        batch_size=batch_size(accelerator.device) * accelerator.num_processes,
        d_step=distributed(lazy_r1_step(players), accelerator),
        g_step=distributed(generator_step, accelerator),
    )
    if accelerator.is_main_process:
        run = checkpointed(run, players, checkpoint)
    for _ in tqdm(run, initial=players.step, total=steps, disable=not accelerator.is_main_process):
        pass
    if accelerator.is_main_process:
        TrainedGAN(players.G.eval(), players.history, source).save("digits.pt")
    accelerator.end_training()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=0)
    train_distributed(**vars(parser.parse_args()))
