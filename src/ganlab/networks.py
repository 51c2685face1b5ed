"""Networks: a multilayer perceptron for toys and small convolutional pairs for 28 x 28 digits.

A generator maps latent vectors `(n, z_dim)` to images in (-1, 1); a discriminator maps images to logits `(n, 1)`,
without a sigmoid, since the losses take logits. The convolutional pair follows DCGAN (Radford et al., 2016) in what
matters (transposed convolutions up, strided convolutions down, BatchNorm in G, LeakyReLU in D) and leaves BatchNorm
out of D, so that gradient penalties are allowed.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd
from torch.nn.utils.parametrize import is_parametrized

from ganlab.arguments import (
    BATCH,
    FUNCTION,
    LATENT,
    MODULE,
    count,
    explained,
    for_network,
    labels_fit,
    number,
    require_sizes,
    same_shape,
    sequence,
    takes,
    tensor,
)

IMAGES = tensor(("n", 1, 28, 28), cure="grey 28 x 28 images: a single channel more by images[:, None]")
LABELS = tensor(("n",), dtypes=(torch.int64,), cure="one number for each example, not one-hot: labels.argmax(dim=1)")
SIZE = count()


@takes(
    sizes=sequence(count(), least=2, cure="give an input and an output width, such as [2, 8, 1]"), activation=FUNCTION
)
def mlp(sizes: Sequence[int], *, activation: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    """Fully connected layers with an activation between them and none at the end.

    Parameters
    ----------
    sizes : sequence of int
        Widths from input to output, at least two, each at least 1.
    activation : callable
        Makes the activation module, for example `nn.Tanh`.

    Raises
    ------
    ValueError
        If fewer than two sizes are given, or `activation` makes anything but a module.

    Examples
    --------
    >>> mlp([2, 8, 1])(torch.zeros(5, 2)).shape
    torch.Size([5, 1])
    """
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), activation()]
        MODULE("activation()", layers[-1])
    return nn.Sequential(*layers[:-1])


class Residual(nn.Module):
    """x + f(x): layers that add a correction to what goes through, in place of making it anew.

    Parameters
    ----------
    *layers : Module
        The parts of f, which keeps the shape.

    Raises
    ------
    ValueError
        If a part is no module; when called, if f changes the shape or does not take the input.

    Raises
    ------
    ValueError
        If a part is no module; when called, if f changes the shape or does not take the input.

    References
    ----------
    He et al. (2016), eq. 1.

    Examples
    --------
    >>> Residual(nn.Identity())(torch.ones(2))
    tensor([2., 2.])
    """

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        for layer in layers:
            MODULE("layers", layer)
        self.layers = nn.Sequential(*layers)

    @takes(x=BATCH)
    @explained
    def forward(self, x: Tensor) -> Tensor:
        """Add the correction."""
        correction = self.layers(x)
        same_shape(x=x, correction=correction, cure="f keeps the shape: pad its convolutions")
        return x + correction


class DCGenerator(nn.Module):
    """Latent vector to 28 x 28 image: dense to 7 x 7, one residual block, then twice to double the size.

    Each doubling is a transposed convolution with kernel 6, stride 2 and padding 2. It is computed in another order:
    a 3 x 3 convolution makes four channels for each one that is wanted, and `PixelShuffle` lays them side by side
    as 2 x 2 pixels. The functions are the same; this order is made of ordinary convolutions alone.

    Parameters
    ----------
    z_dim : int
        Coordinates of a latent vector. Digits have few degrees of freedom; more coordinates slow learning down.
    width : int
        Channels of the last hidden layer; the first has twice as many.

    Raises
    ------
    ValueError
        If a size is below 1; when called, if the input has another shape, dtype or device than the network.

    Notes
    -----
    Input `(n, z_dim)`; output `(n, 1, 28, 28)` in (-1, 1) through tanh.

    References
    ----------
    Radford, Metz and Chintala (2016), section 3, with the sizes of a 28 x 28 image; Shi et al. (2016), section 2.2.

    Examples
    --------
    >>> DCGenerator()(torch.randn(2, 16)).shape
    torch.Size([2, 1, 28, 28])
    """

    @takes(z_dim=SIZE, width=SIZE)
    def __init__(self, z_dim: int = 16, *, width: int = 16) -> None:
        super().__init__()
        z_dim, width = int(z_dim), int(width)  # of NumPy's whole numbers too
        self.z_dim = z_dim
        self.layers = nn.Sequential(
            nn.Linear(z_dim, 2 * width * 7 * 7),
            nn.Unflatten(1, (2 * width, 7, 7)),
            Residual(nn.BatchNorm2d(2 * width), nn.ReLU(), nn.Conv2d(2 * width, 2 * width, kernel_size=3, padding=1)),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.Conv2d(2 * width, 4 * width, kernel_size=3, padding=1),
            nn.PixelShuffle(2),  # 7 -> 14
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, 4, kernel_size=3, padding=1),
            nn.PixelShuffle(2),  # 14 -> 28
            nn.Tanh(),
        )

    @takes(z=LATENT)
    def forward(self, z: Tensor) -> Tensor:
        """Map `(n, z_dim)` to `(n, 1, 28, 28)`."""
        if z.shape[1] != self.z_dim:
            raise ValueError(
                f"z must have {self.z_dim} coordinates, got {z.shape[1]}; draw it with sample_z(n, G.z_dim)"
            )
        for_network("z", z, next(self.parameters()))
        return self.layers(z)


class DCDiscriminator(nn.Module):
    """28 x 28 image to logit: two strided convolutions, then a dense head; no BatchNorm.

    Parameters
    ----------
    width : int
        Channels of both convolutions.
    head : int
        Units of the hidden dense layer.

    Raises
    ------
    ValueError
        If a size is below 1; when called, if the input has another shape, dtype or device than the network.

    Notes
    -----
    Input `(n, 1, 28, 28)` in [-1, 1]; output logits `(n, 1)`.

    References
    ----------
    Radford, Metz and Chintala (2016), section 3, with the sizes of a 28 x 28 image.

    Examples
    --------
    >>> DCDiscriminator()(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 1])
    """

    @takes(width=SIZE, head=SIZE)
    def __init__(self, *, width: int = 16, head: int = 64) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, width, kernel_size=4, stride=2, padding=1),  # 28 -> 14
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, width, kernel_size=4, stride=2, padding=1),  # 14 -> 7
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(width * 7 * 7, head),
            nn.LeakyReLU(0.2),
        )
        self.logit = nn.Linear(head, 1)

    @takes(x=IMAGES)
    def forward(self, x: Tensor) -> Tensor:
        """Map `(n, 1, 28, 28)` to logits `(n, 1)`."""
        for_network("x", x, self.logit.weight)
        return self.logit(self.features(x))


class ConditionalGenerator(nn.Module):
    """A `DCGenerator` that is told which class to draw: the one-hot label is appended to z.

    Parameters
    ----------
    z_dim : int
        Coordinates of the noise.
    n_classes : int
        Number of labels.
    width : int
        As in `DCGenerator`.

    Raises
    ------
    ValueError
        As for `DCGenerator`; when called, if there is not one label for each row of z, or one is out of range (looked
        at on a CPU only, since the look makes a GPU wait).

    References
    ----------
    Mirza and Osindero (2014), section 3.2.

    Examples
    --------
    >>> ConditionalGenerator()(torch.randn(2, 16), torch.tensor([3, 7])).shape
    torch.Size([2, 1, 28, 28])
    """

    @takes(z_dim=SIZE, n_classes=SIZE, width=SIZE)
    def __init__(self, z_dim: int = 16, *, n_classes: int = 10, width: int = 16) -> None:
        super().__init__()
        self.z_dim, self.n_classes = z_dim, n_classes
        self.generator = DCGenerator(z_dim + n_classes, width=width)

    @takes(z=LATENT, labels=LABELS)
    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        """Map noise `(n, z_dim)` and int64 labels `(n,)` to images `(n, 1, 28, 28)`."""
        labels_fit(labels, z, self.n_classes)
        return self.generator(torch.cat([z, one_hot(labels, self.n_classes).to(z)], dim=1))


class ConditionalDiscriminator(nn.Module):
    """A `DCDiscriminator` that judges image and label together (projection discriminator).

    logit(x, y) = logit(x) + embedding(y) . features(x).

    Parameters
    ----------
    n_classes : int
        Number of labels.
    width, head : int
        As in `DCDiscriminator`; the head is wider, since its features have to tell the classes apart.

    Raises
    ------
    ValueError
        As for `DCDiscriminator` and, of the labels, for `ConditionalGenerator`.

    References
    ----------
    Miyato and Koyama (2018), eq. 3.

    Examples
    --------
    >>> ConditionalDiscriminator()(torch.zeros(2, 1, 28, 28), torch.tensor([3, 7])).shape
    torch.Size([2, 1])
    """

    @takes(n_classes=SIZE, width=SIZE, head=SIZE)
    def __init__(self, *, n_classes: int = 10, width: int = 16, head: int = 256) -> None:
        super().__init__()
        self.discriminator = DCDiscriminator(width=width, head=head)
        self.embedding = nn.Embedding(n_classes, head)

    @takes(x=IMAGES, labels=LABELS)
    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        """Map images `(n, 1, 28, 28)` and int64 labels `(n,)` to logits `(n, 1)`."""
        for_network("x", x, self.discriminator.logit.weight)
        labels_fit(labels, x, self.embedding.num_embeddings)
        features = self.discriminator.features(x)
        agreement = (self.embedding(labels) * features).sum(dim=1, keepdim=True)
        return self.discriminator.logit(features) + agreement


@takes(module=MODULE, std=number(above=0, cure="the paper uses 0.02"))
@torch.no_grad()
def init_dcgan(module: nn.Module, *, std: float = 0.02) -> nn.Module:
    """Draw convolution weights from N(0, std^2) and BatchNorm scales from N(1, 0.02^2); their biases are 0.

    Each kind of layer gets its own rule. A loop over *all* parameters with one rule would set the BatchNorm scales
    near 0 and switch those layers off.

    Parameters
    ----------
    module : Module
        Changed in place; all other layers keep their initialisation, and a layer without bias or scale has none to set.
        Parametrised weights (`torch.nn.utils.parametrizations`) are drawn before what is computed from them.
    std : float
        Standard deviation of convolution weights.

    Returns
    -------
    Module
        The same module.

    Raises
    ------
    ValueError
        If `std` is not positive, or a lazy layer does not know its sizes yet.

    References
    ----------
    Radford, Metz and Chintala (2016), section 4.

    Examples
    --------
    >>> G = init_dcgan(DCGenerator(), std=0.05)
    >>> bool(G.layers[3].weight.mean() > 0.9)
    True
    """
    require_sizes("module", module)
    for layer in module.modules():
        if isinstance(layer, _ConvNd):
            _draw(layer, 0.0, std)
        elif isinstance(layer, _BatchNorm):
            _draw(layer, 1.0, 0.02)
    return module


def _draw(layer: nn.Module, mean: float, std: float) -> None:
    """Draw a layer's weight from N(mean, std^2) and set its bias to 0, where it has them."""
    if is_parametrized(layer, "weight"):
        layer.weight = nn.init.normal_(torch.empty_like(layer.weight), mean, std)
    elif layer.weight is not None:
        # The old spectral_norm keeps the parameter under another name and computes `weight` from it.
        nn.init.normal_(getattr(layer, "weight_orig", layer.weight), mean, std)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
