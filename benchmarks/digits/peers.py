"""Recipes of well-known tutorials, in our own words: the layers, losses and settings as published, nothing tuned.

Each recipe is a `Peer`: `play(images)` makes one update round with a minibatch of real images, `sample(n)` draws.
All of them get the real images from one tensor in memory, which is faster than the loaders in the originals; this
favours them. Labels are 1 for real and 0 for fake, and losses are written with logits, which is the published
formula without its rounding.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, interpolate
from torch.optim import Adam

from ganlab.losses import wasserstein_d, wasserstein_g
from ganlab.penalties import gradient_penalty

Z_DIM = 100


@dataclass
class Peer:
    """Two networks, one round of updates, and how images go in and come out."""

    G: nn.Module
    play: Callable[[Tensor], None]
    batch_size: int = 64
    size: int = 28

    @torch.no_grad()
    def sample(self, n: int, *, seed: int = 0) -> Tensor:
        """Draw n images (n, 1, 28, 28); samples of another size are brought to 28 by inverting the enlargement."""
        self.G.eval()
        z = torch.randn(n, Z_DIM, generator=torch.Generator().manual_seed(seed))
        images = torch.cat([self.G(part) for part in z.split(200)]).view(n, 1, self.size, self.size)
        self.G.train()
        return images if self.size == 28 else shrink(images)


def enlarge(images: Tensor, size: int = 32) -> Tensor:
    """Bilinear enlargement of 28 x 28 images, as a data loader does it."""
    return interpolate(images, size=(size, size), mode="bilinear", align_corners=False)


def shrink(images: Tensor) -> Tensor:
    """Undo `enlarge` by least squares: averaging instead would blur, and a blur costs a score more than 20 points."""
    size = images.shape[-1]
    identity = torch.eye(28).view(28, 1, 28, 1)
    rows = interpolate(identity, size=(size, 1), mode="bilinear", align_corners=False).view(28, size)  # one axis
    back = torch.linalg.pinv(rows)
    return (back.T @ images @ back).clamp(-1, 1)


def vanilla_gan() -> Peer:
    """MLP GAN of the tutorial diegoalejogm/gans: dropout in D, batch 100."""
    G = nn.Sequential(
        *(layer for a, b in [(Z_DIM, 256), (256, 512), (512, 1024)] for layer in (nn.Linear(a, b), nn.LeakyReLU(0.2))),
        nn.Linear(1024, 784),
        nn.Tanh(),
    )
    D = nn.Sequential(
        nn.Flatten(),
        *(
            layer
            for a, b in [(784, 1024), (1024, 512), (512, 256)]
            for layer in (nn.Linear(a, b), nn.LeakyReLU(0.2), nn.Dropout(0.3))
        ),
        nn.Linear(256, 1),
    )
    opt_g, opt_d = Adam(G.parameters(), lr=2e-4), Adam(D.parameters(), lr=2e-4)

    def play(real: Tensor) -> None:
        n = len(real)
        fake = G(torch.randn(n, Z_DIM))
        _descend(opt_d, cross_entropy(D(real), 1) + cross_entropy(D(fake.detach()), 0))
        _descend(opt_g, cross_entropy(D(G(torch.randn(n, Z_DIM))), 1))

    return Peer(G, play, batch_size=100)


def mlp_gan() -> Peer:
    """PyTorch-GAN's `gan.py`: MLPs with BatchNorm in G, the generator moves first."""
    G, D = _mlp_generator(), _mlp_critic()
    return Peer(G, _generator_first(G, D, *_adams(G, D)))


def wgan_gp() -> Peer:
    """PyTorch-GAN's `wgan_gp.py`: the same MLPs, five critic steps to one of G, penalty weight 10."""
    G, D = _mlp_generator(), _mlp_critic()
    opt_g, opt_d = _adams(G, D)
    rounds = 0

    def play(real: Tensor) -> None:
        nonlocal rounds
        z = torch.randn(len(real), Z_DIM)
        fake = G(z).detach()
        flat = real.flatten(1)
        _descend(opt_d, wasserstein_d(D(flat), D(fake)) + 10 * gradient_penalty(D, flat, fake))
        if rounds % 5 == 0:  # as published: also after the very first critic step
            _descend(opt_g, wasserstein_g(D(G(z))))
        rounds += 1

    return Peer(G, play)


def dcgan() -> Peer:
    """PyTorch-GAN's `dcgan.py`: 32 x 32 pixels, upsampling and convolutions, BatchNorm and dropout in D.

    The second argument of its BatchNorm layers, 0.8, is the eps, not the momentum; kept as published.
    """
    G = nn.Sequential(
        nn.Linear(Z_DIM, 128 * 8 * 8),
        nn.Unflatten(1, (128, 8, 8)),
        nn.BatchNorm2d(128),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(128, 128, 3, padding=1),
        nn.BatchNorm2d(128, eps=0.8),
        nn.LeakyReLU(0.2),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(128, 64, 3, padding=1),
        nn.BatchNorm2d(64, eps=0.8),
        nn.LeakyReLU(0.2),
        nn.Conv2d(64, 1, 3, padding=1),
        nn.Tanh(),
    )
    blocks: list[nn.Module] = []
    for n_in, n_out in [(1, 16), (16, 32), (32, 64), (64, 128)]:
        blocks += [nn.Conv2d(n_in, n_out, 3, stride=2, padding=1), nn.LeakyReLU(0.2), nn.Dropout2d(0.25)]
        blocks += [nn.BatchNorm2d(n_out, eps=0.8)] if n_in > 1 else []
    D = nn.Sequential(*blocks, nn.Flatten(), nn.Linear(128 * 2 * 2, 1))
    for layer in [*G.modules(), *D.modules()]:
        if isinstance(layer, nn.Conv2d):
            nn.init.normal_(layer.weight, 0.0, 0.02)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)
    play = _generator_first(G, D, *_adams(G, D))
    return Peer(G, lambda real: play(enlarge(real)), size=32)


PEERS: dict[str, Callable[[], Peer]] = {
    "WGAN-GP, MLP (PyTorch-GAN)": wgan_gp,
    "DCGAN, 32 px (PyTorch-GAN)": dcgan,
    "GAN, MLP (PyTorch-GAN)": mlp_gan,
    "GAN, MLP (diegoalejogm)": vanilla_gan,
}


def cross_entropy(logits: Tensor, label: float) -> Tensor:
    """Binary cross-entropy to one label, batch mean."""
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def _generator_first(G: nn.Module, D: nn.Module, opt_g: Adam, opt_d: Adam) -> Callable[[Tensor], None]:
    """Round of `gan.py` and `dcgan.py`: G moves, then D on the same fakes, with half the usual loss."""

    def play(real: Tensor) -> None:
        fake = G(torch.randn(len(real), Z_DIM))
        _descend(opt_g, cross_entropy(D(fake), 1))
        real = real if real.shape[-1] == 32 else real.flatten(1)
        _descend(opt_d, (cross_entropy(D(real), 1) + cross_entropy(D(fake.detach()), 0)) / 2)

    return play


def _mlp_generator() -> nn.Sequential:
    layers: list[nn.Module] = [nn.Linear(Z_DIM, 128), nn.LeakyReLU(0.2)]
    for n_in, n_out in [(128, 256), (256, 512), (512, 1024)]:
        layers += [nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out, eps=0.8), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Linear(1024, 784), nn.Tanh())


def _mlp_critic() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(784, 512), nn.LeakyReLU(0.2), nn.Linear(512, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1)
    )


def _adams(G: nn.Module, D: nn.Module) -> tuple[Adam, Adam]:
    return (Adam(G.parameters(), lr=2e-4, betas=(0.5, 0.999)), Adam(D.parameters(), lr=2e-4, betas=(0.5, 0.999)))


def _descend(optimizer: Adam, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
