"""Exponential moving average (EMA) of a generator's weights.

The weights of a GAN circle around a good point more than they rest there; their running average lies nearer to it
(Yazici et al., 2019). The average is a second network that is only looked at, never trained.
"""

import copy

import torch
from torch import nn


class EMA:
    """Running average of a network's weights with a half-life in steps.

    Parameters
    ----------
    module : Module
        The network to follow; it is copied, not changed.
    halflife_steps : float
        After so many updates the weight of an old value has halved; positive.

    Attributes
    ----------
    module : Module
        The averaged network, in evaluation mode and without gradients.

    Raises
    ------
    ValueError
        If `halflife_steps` is not positive.

    References
    ----------
    Yazici et al. (2019), section 3; half-life as in Karras et al. (2020b).

    Examples
    --------
    >>> G = nn.Linear(1, 1)
    >>> ema = EMA(G, halflife_steps=1)
    >>> _ = nn.init.zeros_(ema.module.weight), nn.init.ones_(G.weight)
    >>> ema.update(G)
    >>> ema.module.weight.item()    # half-way after one half-life
    0.5
    """

    def __init__(self, module: nn.Module, *, halflife_steps: float) -> None:
        if not halflife_steps > 0:
            raise ValueError(f"halflife_steps must be positive, got {halflife_steps}; try a tenth of the run")
        self.module = copy.deepcopy(module).eval().requires_grad_(False)
        self.decay = 0.5 ** (1 / halflife_steps)

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move the average towards `module`; buffers such as BatchNorm statistics are copied.

        Parameters
        ----------
        module : Module
            The network after a training step, of the same architecture.
        """
        for average, value in zip(self.module.parameters(), module.parameters(), strict=True):
            average.lerp_(value, 1 - self.decay)
        for average, value in zip(self.module.buffers(), module.buffers(), strict=True):
            average.copy_(value)
