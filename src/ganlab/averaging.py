"""Exponential moving average (EMA) of a generator's weights.

The weights of a GAN circle around a good point more than they rest there; their running average lies nearer to it
(Yazici et al., 2019). The average is a second network that is only looked at, never trained.
"""

import copy

import torch
from torch import nn
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from ganlab.arguments import MODULE, number, require_sizes, takes


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
        If `halflife_steps` is not positive, or the network cannot be copied: layers that PyTorch's old `spectral_norm`
        or `weight_norm` changed keep a computed tensor, those of `torch.nn.utils.parametrizations` do not.

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

    @takes(module=MODULE, halflife_steps=number(above=0, cure="try a tenth of the run"))
    def __init__(self, module: nn.Module, *, halflife_steps: float) -> None:
        self.module = _copied(module).eval().requires_grad_(False)
        self.decay = 0.5 ** (1 / halflife_steps)

    @takes(module=MODULE)
    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move the average towards `module`; buffers such as BatchNorm statistics are copied.

        Parameters
        ----------
        module : Module
            The network after a training step, of the same architecture.

        Raises
        ------
        ValueError
            If the architecture is another one; the average then stays as it is.
        """
        require_same_tensors(self.module, module)
        for average, value in zip(self.module.parameters(), module.parameters(), strict=True):
            average.lerp_(value, 1 - self.decay)
        for average, value in zip(self.module.buffers(), module.buffers(), strict=True):
            average.copy_(value)


def _copied(module: nn.Module) -> nn.Module:
    """Copy a network; what cannot be copied is refused with the cure."""
    for name, layer in module.named_modules():
        for hook in layer._forward_pre_hooks.values():
            if isinstance(hook, SpectralNorm | WeightNorm):
                old = "spectral_norm" if isinstance(hook, SpectralNorm) else "weight_norm"
                raise ValueError(
                    f"the network must be one that can be copied, got torch.nn.utils.{old} on {name or 'it'} "
                    f"({type(layer).__name__}); use torch.nn.utils.parametrizations.{old} in its place"
                )
    require_sizes("module", module)
    try:
        return copy.deepcopy(module)
    except RuntimeError as error:
        raise ValueError(
            f"the network must be one that can be copied, got a layer that keeps a computed tensor ({error}); "
            "compute it in forward, or as torch.nn.utils.parametrize does"
        ) from error


def require_same_tensors(average: nn.Module, module: nn.Module) -> None:
    """Raise unless a network has the weights and buffers of its average: as many, in the same shapes and places."""
    require_sizes("module", module)
    kept, new = ([(v.shape, v.dtype, v.device) for v in _tensors(network)] for network in (average, module))
    if kept != new:
        ours, theirs = next(
            (pair for pair in zip(kept, new, strict=False) if pair[0] != pair[1]), (len(kept), len(new))
        )
        raise ValueError(
            f"module must have the architecture, dtype and device of the average ({ours} where it differs), "
            f"got {theirs}; make a new EMA for another network"
        )


def _tensors(module: nn.Module) -> list[torch.Tensor]:
    return [*module.parameters(), *module.buffers()]
