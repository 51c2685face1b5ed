"""Metrics: how far generated examples are from real ones, and in which way.

Most metrics compare two sets of *features*, tensors of shape `(n, d)`. For digits the features are the 128 hidden
units of a small classifier, the judge (`digit_judge`), trained by `scripts/train_judge.py`; its weights come with
the package. Values compare only under the same features and the same numbers of samples: the Fréchet distance here
is *not* the FID of papers, which uses the features of Inception v3.

Every estimate from n samples has noise and most have bias; the docstrings say which. Modes of toys are counted in
the plane itself, without features.
"""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ganlab import saving
from ganlab.arguments import (
    BATCH,
    FUNCTION,
    PATH,
    WrongType,
    count,
    explained,
    instance,
    number,
    one_device,
    optional,
    refuse,
    same_columns,
    same_shape,
    takes,
    tensor,
)
from ganlab.data import mnist

JUDGE_FILE = Path(__file__).parent / "static" / "judge.pt"

CHUNK = 1000  # rows compared together: bounds the memory of n x n distances
PORTION = 200  # images that the judge looks at together: more only move memory around


IMAGE_SHAPE = ("n", 1, 28, 28)
BYTES = "bytes go there by images / 127.5 - 1"
INPUT = tensor(IMAGE_SHAPE)  # its numbers are looked at later
IN_RANGE = tensor(low=-1, high=1, cure=BYTES)
MODERATE = {"finite": True, "low": -1e40, "high": 1e40}  # any float32; beyond it products of doubles overflow
FEATURES = tensor(("n", "d"), **MODERATE, cure="images go through digit_judge().features(images) first")
NEIGHBOURS = count(cure="3 and 5 are usual")
POINTS = tensor(("n", "dim"), **MODERATE, cure="a point is a row: for one dimension use x[:, None]")
RADIUS = number(above=0, cure="three standard deviations of a mode is usual")
LOGITS = tensor(("n", "m"), finite=True, cure="give the classifier's logits, one row for each image")
SCORES = tensor(("n",), ("n", 1), finite=True, cure="give one score an example, such as the logits of D")
LABELS = tensor(("n",), dtypes=(torch.int64,), cure="one class number for each example: logits.argmax(dim=1)")
SHARES = tensor(("m",), low=0, cure="count the classes, and divide counts by n")


DARK = 0.05  # images in [0, 1] have a background, and it is darker than this


def _images(name: str, value: Any) -> None:
    """Take images as the book has them: (n, 1, 28, 28) in [-1, 1]."""
    if isinstance(value, Tensor) and value.dtype == torch.uint8:
        refuse(name, "floating-point numbers in [-1, 1]", value, BYTES, error=WrongType)
    if isinstance(value, Tensor) and value.shape[1:] != IMAGE_SHAPE[1:]:
        refuse(name, "images of shape (n, 1, 28, 28)", value, _to_judge_shape(value.shape))
    INPUT(name, value)
    _require_numbers(name, value)
    IN_RANGE(name, value)
    low, high = value.min().item(), value.max().item()
    if 0 <= low < DARK < high:  # a generator that has failed may draw nothing but white: that is no error of range
        raise ValueError(
            f"{name} must lie in [-1, 1], got {low:.3g} to {high:.3g}, as if in [0, 1]; rescale by * 2 - 1"
        )


class DigitJudge(nn.Module):
    """A digit classifier whose hidden layer serves as the feature space; 99.5 % right on MNIST's test images.

    Four 3 x 3 convolutions with BatchNorm and ReLU (32, 32, 64, 64 channels, every second with stride 2), 128 hidden
    units with ReLU (the features, not normalised), dropout 0.3, ten logits. `digit_judge` returns the trained one.

    Notes
    -----
    Input `(n, 1, 28, 28)` in [-1, 1], like all images of the book, of any floating-point dtype; output logits
    `(n, 10)`.

    Examples
    --------
    >>> DigitJudge().eval()(torch.full((2, 1, 28, 28), -1.0)).shape
    torch.Size([2, 10])
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for n_in, n_out, stride in [(1, 32, 1), (32, 32, 2), (32, 64, 1), (64, 64, 2)]:
            layers += [nn.Conv2d(n_in, n_out, 3, stride=stride, padding=1), nn.BatchNorm2d(n_out), nn.ReLU()]
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 7 * 7, 128), nn.ReLU())
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(128, 10))

    @takes(images=INPUT)
    def forward(self, images: Tensor) -> Tensor:
        """Map images to logits."""
        return self.head(self._seen(images))

    @takes(images=_images)
    @torch.no_grad()
    def features(self, images: Tensor) -> Tensor:
        """Map images `(n, 1, 28, 28)` to features `(n, 128)`, in small portions and without gradients.

        Parameters
        ----------
        images : Tensor of shape (n, 1, 28, 28)
            In [-1, 1], of any floating-point dtype, on any device.

        Returns
        -------
        Tensor of shape (n, 128)
            Where the judge is.

        Raises
        ------
        ValueError
            If shape, dtype or range is wrong, or the judge is in training mode, where images change each other.
        """
        if self.training:
            raise ValueError("the judge must be in evaluation mode, got one in training mode; call judge.eval() first")
        return torch.cat([self._seen(part) for part in images.split(PORTION)])

    def _seen(self, images: Tensor) -> Tensor:
        weight = self.head[1].weight
        if images.is_meta and not weight.is_meta:
            refuse("images", "images with numbers in them", images, "compute on a real device, or move the judge")
        return self.body((images.to(weight) + 1) / 2)


JUDGE = instance(DigitJudge, "a DigitJudge", cure="leave it out for the package's own")


@takes(path=PATH)
def digit_judge(path: str | os.PathLike[str] = JUDGE_FILE) -> DigitJudge:
    """Return the trained judge, in evaluation mode, on the CPU; it is loaded once and shared.

    Parameters
    ----------
    path : path
        Weights that `scripts/train_judge.py` wrote; by default the ones that come with the package.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it holds anything but the weights of a `DigitJudge`.

    Examples
    --------
    >>> digit_judge().features(torch.full((2, 1, 28, 28), -1.0)).shape
    torch.Size([2, 128])
    """
    return _loaded_judge(Path(path).absolute())


@takes(images=_images, judge=optional(JUDGE))
def digit_score(images: Tensor, *, judge: DigitJudge | None = None) -> float:
    """Fréchet distance in the judge's features between images and the 10 000 test images of MNIST; lower is better.

    With 10 000 images: real training images score 4.4 (the floor), blurred ones (3 x 3) about 160, noise 21 000.

    Parameters
    ----------
    images : Tensor of shape (n, 1, 28, 28)
        In [-1, 1]; 10 000 of them for values that can be compared.
    judge : DigitJudge, optional
        Another judge in place of the package's own.

    Raises
    ------
    ValueError
        If shape, dtype or range is wrong, or there are no more images than features (128).

    Examples
    --------
    >>> round(digit_score(mnist("train").images[:10_000]), 1)    # doctest: +SKIP
    4.4
    """
    if judge is None:
        return frechet_distance(_test_features(), digit_judge().features(images).cpu())
    return frechet_distance(judge.features(mnist("test").images), judge.features(images))


@takes(images=_images, judge=optional(JUDGE))
@torch.no_grad()
def class_histogram(images: Tensor, *, judge: DigitJudge | None = None) -> Tensor:
    """Share of each digit among the images, as the judge reads them.

    Parameters
    ----------
    images : Tensor of shape (n, 1, 28, 28)
        In [-1, 1].
    judge : DigitJudge, optional
        Another judge in place of the package's own.

    Returns
    -------
    Tensor of shape (10,)
        Shares, with sum 1.

    Raises
    ------
    ValueError
        If shape, dtype or range is wrong.

    Examples
    --------
    >>> class_histogram(torch.rand(5, 1, 28, 28) * 2 - 1).sum()
    tensor(1.)
    """
    judge = digit_judge() if judge is None else judge
    digits = judge.head(judge.features(images)).argmax(dim=1)
    return torch.bincount(digits, minlength=10) / len(digits)


@takes(shares=SHARES, reference=optional(SHARES))
def histogram_kl(shares: Tensor, reference: Tensor | None = None) -> float:
    """KL(shares || reference) of two class histograms, in nats; 0 where the classes come as often as they should.

    Parameters
    ----------
    shares : Tensor of shape (m,)
        Non-negative, with sum 1 (to one in a thousand).
    reference : Tensor of shape (m,), optional
        Positive, with sum 1; by default all classes equally often.

    Raises
    ------
    ValueError
        If either is of counts, or does not sum to 1; if the reference has a class that never comes, or other classes.

    Examples
    --------
    >>> round(histogram_kl(torch.tensor([1.0, 0.0])), 4)    # one of two classes: log 2
    0.6931
    """
    reference = torch.full_like(shares, 1 / len(shares)) if reference is None else reference
    same_shape(shares=shares, reference=reference, cure="count the same classes in both")
    one_device(shares=shares, reference=reference)
    _require_sum_one("shares", shares)
    _require_sum_one("reference", reference)
    if not reference.min() > 0:
        raise ValueError("reference must be positive, got a class with share 0; leave that class out of both")
    return torch.special.xlogy(shares, shares / reference).sum().item()


@takes(logits=LOGITS)
def inception_score(logits: Tensor) -> float:
    """exp E[KL(p(y | x) || p(y))]: high if each image is clear and all classes come up; between 1 and their number.

    It never looks at a real image, so it cannot see what is missing within a class.

    Parameters
    ----------
    logits : Tensor of shape (n, m)
        Of a classifier, for n generated images; probabilities are refused.

    Raises
    ------
    ValueError
        If the logits are not finite, or are probabilities already: at least 0, with sum 1 in each row.

    References
    ----------
    Salimans et al. (2016), section 4.

    Examples
    --------
    >>> round(inception_score(1000 * torch.eye(10)), 3)    # ten sure answers, all different
    10.0
    """
    _require_numbers("logits", logits)
    if logits.min() >= 0 and (logits.double().sum(dim=1) - 1).abs().max() < 1e-3:
        raise ValueError("logits must come before the softmax, got rows of probabilities; pass logits, or p.log()")
    p = logits.double().softmax(dim=1)
    return torch.special.xlogy(p, p / p.mean(dim=0)).sum(dim=1).mean().exp().item()


@takes(real=FEATURES, fake=FEATURES)
def frechet_distance(real: Tensor, fake: Tensor) -> float:
    """Squared 2-Wasserstein distance of the two Gaussians with the features' means and covariances.

    ||m1 - m2||^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)). It sees two moments and nothing else. The estimate is biased
    upwards: for two samples of n from one standard normal distribution by about (d^2 / 2 + 5 d / 2) / n, where the
    truth is 0. Compare at equal n only.

    Parameters
    ----------
    real, fake : Tensor of shape (n, d), (m, d)
        Features, with more samples than dimensions.

    Raises
    ------
    ValueError
        If the shapes do not fit, a value is not finite, or a covariance would be singular for lack of samples.

    References
    ----------
    Fréchet (1957); Heusel et al. (2017), eq. 6; bias: Chong and Forsyth (2020).

    Examples
    --------
    >>> x = torch.randn(1000, 3, dtype=torch.float64)
    >>> round(frechet_distance(x, x + 2.0), 6)    # moved by (2, 2, 2)
    12.0
    """
    _require_features(real, fake, least=real.shape[-1] + 1)
    (mean_1, cov_1), (mean_2, cov_2) = _moments(real), _moments(fake)
    # tr (C1 C2)^(1/2) = tr (R C2 R)^(1/2) with R^2 = C1: symmetric, so its eigenvalues are real.
    values, vectors = torch.linalg.eigh(cov_1)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    overlap = torch.linalg.eigvalsh(root @ cov_2 @ root).clamp(min=0).sqrt().sum()
    return ((mean_1 - mean_2).square().sum() + cov_1.trace() + cov_2.trace() - 2 * overlap).item()


@takes(real=FEATURES, fake=FEATURES)
def kernel_distance(real: Tensor, fake: Tensor) -> float:
    """Unbiased estimate of the squared maximum mean discrepancy with the kernel (x . y / d + 1)^3 (KID).

    Unbiased at every n, so it can be negative where the two sets come from one distribution.

    Parameters
    ----------
    real, fake : Tensor of shape (n, d), (m, d)
        Features, at least two of each.

    Raises
    ------
    ValueError
        If the shapes do not fit, a value is not finite, or there are fewer than two samples.

    References
    ----------
    Bińkowski et al. (2018), section 4; Gretton et al. (2012), eq. 3.

    Examples
    --------
    >>> x, y = torch.zeros(2, 1), torch.ones(2, 1)
    >>> kernel_distance(x, y)    # 1 + 8 - 2 * 1
    7.0
    """
    _require_features(real, fake, least=2)
    real, fake = real.double(), fake.double()
    return (_mean_kernel_within(real) + _mean_kernel_within(fake) - 2 * _mean_kernel(real, fake)).item()


class PrecisionRecall(NamedTuple):
    """Share of fakes that look real; share of reals that the fakes could have been."""

    precision: float
    recall: float


@takes(real=FEATURES, fake=FEATURES, k=NEIGHBOURS)
def precision_recall(real: Tensor, fake: Tensor, *, k: int = 3) -> PrecisionRecall:
    """Shares of each set that lie in the support of the other, a union of balls around samples.

    The ball around a sample reaches to its k-th nearest neighbour in its own set, and holds its rim. Distances are
    computed from differences, so equal samples are at distance 0 and no tie is decided by rounding.

    Parameters
    ----------
    real, fake : Tensor of shape (n, d), (m, d)
        Features, more than k of each.
    k : int
        Neighbours, at least 1.

    Returns
    -------
    PrecisionRecall

    Raises
    ------
    ValueError
        If the shapes do not fit, a value is not finite, or there are not more than k samples.

    References
    ----------
    Kynkäänniemi et al. (2019), eq. 1 and 2.

    Examples
    --------
    >>> x = torch.arange(5.0)[:, None]
    >>> precision_recall(x, torch.tensor([[0.0], [0.5], [50.0], [51.0]]), k=1)
    PrecisionRecall(precision=0.5, recall=0.4)
    """
    _require_features(real, fake, least=k + 1)
    fakes_in_reals, _ = _balls(real, fake, k)
    reals_in_fakes, _ = _balls(fake, real, k)
    return PrecisionRecall(_share(fakes_in_reals > 0), _share(reals_in_fakes > 0))


class DensityCoverage(NamedTuple):
    """Balls of reals that a fake lies in, on average, divided by k; share of reals with a fake in their ball."""

    density: float
    coverage: float


@takes(real=FEATURES, fake=FEATURES, k=NEIGHBOURS)
def density_coverage(real: Tensor, fake: Tensor, *, k: int = 5) -> DensityCoverage:
    """Precision and recall made robust: balls are drawn around reals only, and counted.

    An outlier among the fakes makes no large ball, and a fake in one real outlier's ball counts little. Density may
    exceed 1. For two samples of n from one distribution density is near 1 and coverage near 1 - 2^-k.

    Parameters
    ----------
    real, fake : Tensor of shape (n, d), (m, d)
        Features, more than k of each.
    k : int
        Neighbours, at least 1.

    Returns
    -------
    DensityCoverage

    Raises
    ------
    ValueError
        If the shapes do not fit, a value is not finite, or there are not more than k samples.

    References
    ----------
    Naeem et al. (2020), eq. 5 and 8.

    Examples
    --------
    >>> x = torch.arange(5.0)[:, None]
    >>> density_coverage(x, x, k=1)
    DensityCoverage(density=2.6, coverage=1.0)
    """
    _require_features(real, fake, least=k + 1)
    counts, occupied = _balls(real, fake, k)
    return DensityCoverage(counts.double().mean().item() / k, _share(occupied))


class Membership(NamedTuple):
    """How well scores tell members of a training set from others; 0.5 and 0 if not at all, 1 and 1 if perfectly."""

    auc: float
    advantage: float


@takes(members=SCORES, others=SCORES)
def membership(members: Tensor, others: Tensor) -> Membership:
    """Say how well a score tells the members of a training set from other examples of the same distribution.

    `auc`, the area under the ROC curve, is the probability that a random member scores higher than a random other one;
    a tie counts one half. `advantage` is the largest difference of two shares: members above a threshold, minus others
    above it. The threshold is chosen with the answers in hand, so the advantage is biased upwards, most of all for few
    examples.

    Parameters
    ----------
    members, others : Tensor of shape (n,) or (n, 1), (m,) or (m, 1)
        Scores, in any unit; more means that the example looks more like a member.

    Returns
    -------
    Membership

    Raises
    ------
    ValueError
        If a score is not finite, or there is more than one score an example.

    References
    ----------
    Yeom et al. (2018), for the advantage; Hayes et al. (2019), for the scores of a discriminator.

    Examples
    --------
    >>> membership(torch.tensor([3.0, 2.0, 1.0]), torch.tensor([2.0, 0.0]))
    Membership(auc=0.75, advantage=0.5)
    """
    for name, scores in {"members": members, "others": others}.items():
        _require_numbers(name, scores)
    one_device(members=members, others=others)
    members, others = (scores.double().flatten().sort().values for scores in (members, others))
    below = torch.searchsorted(others, members)  # others that score less, for each member
    not_above = torch.searchsorted(others, members, right=True)
    auc = (below + not_above).double().mean().item() / (2 * len(others))
    thresholds = torch.cat([members, others])
    above = [1 - torch.searchsorted(scores, thresholds) / len(scores) for scores in (members, others)]
    return Membership(auc, max(0.0, (above[0] - above[1]).max().item()))


@takes(D=FUNCTION, members=BATCH, others=BATCH)
@explained
@torch.no_grad()
def membership_inference(D: Callable[[Tensor], Tensor], members: Tensor, others: Tensor) -> Membership:
    """Try to tell the images that a discriminator was trained on from others, by its logits alone.

    A discriminator that has learned its training images by heart gives them higher logits than new images of the same
    kind. D is asked in portions, so it must be in evaluation mode if it has BatchNorm or dropout.

    Parameters
    ----------
    D : callable
        Maps examples `(n, ...)` to logits `(n, 1)`.
    members, others : Tensor of shape (n, ...), (m, ...)
        Examples that D was trained on, and examples of the same distribution that it was not.

    Returns
    -------
    Membership

    Raises
    ------
    ValueError
        If D returns anything but one finite number an example.

    References
    ----------
    Hayes et al. (2019): the white-box attack.

    Examples
    --------
    >>> x = torch.arange(6.0)[:, None]
    >>> membership_inference(lambda x: -x, x[:3], x[3:])
    Membership(auc=1.0, advantage=1.0)
    """
    return membership(*(_one_score_each(D, examples) for examples in (members, others)))


@takes(training=FEATURES, others=FEATURES, fake=FEATURES)
def nearer_to_training(training: Tensor, others: Tensor, fake: Tensor) -> float:
    """Share of fakes that have a training example nearer than any of as many others; 1/2 if none is copied.

    Training examples and others of the same distribution, as many of each, are equally good neighbours for a fake
    that was drawn without knowledge of either. Ties count one half. A generator that draws well and copies nothing
    has 1/2, up to noise of about 1 / (2 sqrt(n)) for n fakes, and a little more from the chance in both sets.

    Parameters
    ----------
    training, others, fake : Tensor of shape (n, d), (n, d), (m, d)
        Features, of as many training examples as others.

    Raises
    ------
    ValueError
        If the shapes do not fit, the two sets have different sizes, or a value is not finite.

    References
    ----------
    In the spirit of Meehan, Chaudhuri and Dasgupta (2020).

    Examples
    --------
    >>> x = torch.arange(4.0)[:, None]
    >>> nearer_to_training(x, x + 0.5, torch.tensor([[0.1], [1.0], [2.6], [3.25]]))
    0.625
    """
    _require_features(training, fake, least=1)
    _require_features(others, fake, least=1)
    if len(training) != len(others):
        raise ValueError(
            f"as many others as training examples are needed, got {len(others)} and {len(training)}; "
            "the larger set would be nearer by its size alone, so cut it"
        )
    to_training, to_others = (
        torch.cat([_distances(part, x).min(dim=1).values for part in fake.split(CHUNK)]) for x in (training, others)
    )
    return (_share(to_training < to_others) + _share(to_training <= to_others)) / 2


class ClassShares(NamedTuple):
    """Share of each class and the ends of its 95 % interval, each of shape (m,)."""

    share: Tensor
    low: Tensor
    high: Tensor


@takes(labels=LABELS, n_classes=count(cure="digits have 10"))
def class_shares(labels: Tensor, *, n_classes: int) -> ClassShares:
    """Share of each class among labels, with an interval that also holds for rare classes (Wilson's, 95 %).

    A class that never occurs has the share 0 and an interval that begins there and ends near 3.8 / n: absence from n
    samples is no proof that the class is missing.

    Parameters
    ----------
    labels : Tensor of shape (n,), int64
        Classes of n samples, 0 to `n_classes - 1`, as a classifier reads them.
    n_classes : int
        Number of classes.

    Returns
    -------
    ClassShares

    Raises
    ------
    ValueError
        If a label is out of range.

    References
    ----------
    Wilson (1927).

    Examples
    --------
    >>> shares = class_shares(torch.tensor([0, 0, 1, 0]), n_classes=3)
    >>> shares.share
    tensor([0.7500, 0.2500, 0.0000], dtype=torch.float64)
    >>> round(shares.high[2].item(), 2)    # none of four: still up to 49 %
    0.49
    """
    _require_numbers("labels", labels)
    if not (labels.min() >= 0 and labels.max() < n_classes):
        low, high = labels.min().item(), labels.max().item()
        raise ValueError(f"labels must lie in 0 to {n_classes - 1}, got {low} to {high}; count them from 0")
    n, z = len(labels), 1.959964
    share = torch.bincount(labels, minlength=n_classes).double() / n
    middle, scale = share + z**2 / (2 * n), 1 + z**2 / n
    half = z * (share * (1 - share) / n + z**2 / (4 * n**2)).sqrt()
    return ClassShares(share, ((middle - half) / scale).clamp(min=0), ((middle + half) / scale).clamp(max=1))


@takes(samples=POINTS, modes=POINTS, radius=RADIUS, least=count())
def modes_covered(samples: Tensor, modes: Tensor, *, radius: float, least: int = 1) -> int:
    """Count the modes that have samples within a radius.

    Parameters
    ----------
    samples : Tensor of shape (n, dim)
        Generated points.
    modes : Tensor of shape (m, dim)
        Centres of the modes.
    radius : float
        Positive; three standard deviations of a mode is usual. A sample at just this distance counts.
    least : int
        So many samples make a mode covered, at least 1.

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, or the radius is not positive.

    References
    ----------
    Srivastava et al. (2017), section 4.1.

    Examples
    --------
    >>> modes_covered(torch.tensor([[0.1, 0.0], [5.0, 5.0]]), torch.tensor([[0.0, 0.0], [1.0, 0.0]]), radius=0.3)
    1
    """
    return int((_near_modes(samples, modes, radius).sum(dim=0) >= least).sum())


@takes(samples=POINTS, modes=POINTS, radius=RADIUS)
def share_near_modes(samples: Tensor, modes: Tensor, *, radius: float) -> float:
    """Share of the samples that lie within a radius of some mode (`high quality samples`).

    Parameters
    ----------
    samples, modes, radius
        As in `modes_covered`.

    Raises
    ------
    ValueError
        As `modes_covered` does.

    References
    ----------
    Srivastava et al. (2017), section 4.1.

    Examples
    --------
    >>> share_near_modes(torch.tensor([[0.1, 0.0], [5.0, 5.0]]), torch.zeros(1, 2), radius=0.3)
    0.5
    """
    return _share(_near_modes(samples, modes, radius).any(dim=1))


@takes(samples=POINTS, modes=POINTS, radius=optional(RADIUS))
def mode_shares(samples: Tensor, modes: Tensor, *, radius: float | None = None) -> Tensor:
    """Return the share of all samples that belongs to each mode: those whose nearest centre it is.

    With a radius only samples within it count, so the shares have the sum `share_near_modes(samples, modes, radius=)`.

    Parameters
    ----------
    samples : Tensor of shape (n, dim)
        Generated points.
    modes : Tensor of shape (m, dim)
        Centres of the modes. A sample between two, at the same distance from both, goes to one of them.
    radius : float, optional
        Positive; a sample at just this distance counts. By default samples at any distance count, and the sum is 1.

    Returns
    -------
    Tensor of shape (m,)
        float64, on the device of the samples.

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, or the radius is not positive.

    References
    ----------
    Srivastava et al. (2017), section 4.1, where samples within three standard deviations count.

    Examples
    --------
    >>> samples = torch.tensor([[0.1, 0.0], [0.9, 0.0], [5.0, 5.0], [9.0, 0.0]])
    >>> mode_shares(samples, torch.tensor([[0.0, 0.0], [1.0, 0.0]])).tolist()
    [0.25, 0.75]
    """
    _require_points(samples, modes)
    parts = [_distances(part, modes).min(dim=1) for part in samples.split(CHUNK)]
    nearest = torch.cat([part.indices for part in parts])
    if radius is not None:
        nearest = nearest[torch.cat([part.values for part in parts]) <= _rim(radius, samples)]
    return torch.bincount(nearest, minlength=len(modes)).double() / len(samples)


@functools.cache
def _loaded_judge(path: Path) -> DigitJudge:
    judge, state = DigitJudge(), saving.read(path, kind="judge")
    own = {name: value.shape for name, value in judge.state_dict().items()}
    if own != {name: getattr(value, "shape", None) for name, value in state.items()}:
        raise ValueError(f"{path} must hold the weights of a DigitJudge, got others; name another file")
    judge.load_state_dict(state)
    return judge.eval().requires_grad_(False)


@functools.cache
def _test_features() -> Tensor:
    return digit_judge().features(mnist("test").images).cpu()


def _moments(features: Tensor) -> tuple[Tensor, Tensor]:
    return features.double().mean(dim=0), torch.cov(features.double().T).reshape([features.shape[1]] * 2)


def _mean_kernel(x: Tensor, y: Tensor) -> Tensor:
    """Mean of (x . y / d + 1)^3 over all pairs."""
    total = sum((part @ y.T / x.shape[1] + 1).pow(3).sum() for part in x.split(CHUNK))
    return total / (len(x) * len(y))


def _mean_kernel_within(x: Tensor) -> Tensor:
    """The same within one set, without the pairs of a sample with itself."""
    n, itself = len(x), (x.square().sum(dim=1) / x.shape[1] + 1).pow(3).mean()
    return (n * _mean_kernel(x, x) - itself) / (n - 1)


def _balls(centres: Tensor, points: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Draw a ball around each centre, out to its k-th neighbour among the centres.

    Returns for each point the number of balls that it lies in, and for each centre whether its ball holds a point.
    """
    counts, occupied = torch.zeros(len(points), dtype=torch.long, device=points.device), []
    for part in centres.split(CHUNK):
        nearest = _distances(part, centres).topk(k + 1, dim=1, largest=False)  # the first is itself
        inside = _distances(part, points) <= nearest.values[:, -1:]
        counts += inside.sum(dim=0)
        occupied.append(inside.any(dim=1))
    return counts, torch.cat(occupied)


def _distances(x: Tensor, y: Tensor) -> Tensor:
    """Distances of all pairs, from differences: through a matrix product equal points would be apart by rounding."""
    return torch.cdist(x.double(), y.double(), compute_mode="donot_use_mm_for_euclid_dist")


def _one_score_each(D: Callable[[Tensor], Tensor], examples: Tensor) -> Tensor:
    scores = torch.cat([D(part).flatten() for part in examples.split(PORTION)])
    if len(scores) != len(examples):
        raise ValueError(
            f"D must return one logit an example, got {len(scores)} for {len(examples)}; end it in one unit"
        )
    return scores


def _near_modes(samples: Tensor, modes: Tensor, radius: float) -> Tensor:
    _require_points(samples, modes)
    return torch.cat([_distances(part, modes) <= _rim(radius, samples) for part in samples.split(CHUNK)])


def _require_points(samples: Tensor, modes: Tensor) -> None:
    _require_numbers("samples", samples)
    same_columns(samples=samples, modes=modes, cure="both must be points of one space")
    one_device(samples=samples, modes=modes)


def _rim(radius: float, samples: Tensor) -> Tensor:
    """The radius, rounded as the samples are: so a sample that was put at this distance is within it."""
    return torch.tensor(radius, dtype=samples.dtype, device=samples.device).double()


def _share(mask: Tensor) -> float:
    return mask.double().mean().item()


def _require_features(real: Tensor, fake: Tensor, *, least: int) -> None:
    _require_numbers("real", real)
    same_columns(real=real, fake=fake, cure="take both from one judge")
    one_device(real=real, fake=fake)
    if min(len(real), len(fake)) < least:
        raise ValueError(
            f"this metric needs at least {least} of each with {real.shape[1]} features, got {len(real)} real and "
            f"{len(fake)} fake samples; draw 10 000 for values that can be compared"
        )


def _require_sum_one(name: str, shares: Tensor) -> None:
    _require_numbers(name, shares)
    total = shares.double().sum().item()
    if not abs(total - 1) <= 1e-3:
        raise ValueError(f"{name} must have sum 1, got sum {total:.3f}; divide counts by n")


def _require_numbers(name: str, value: Tensor) -> None:
    if value.is_meta:
        refuse(name, "a tensor with numbers in it", value, "compute on a real device: a metric is a number")


def _to_judge_shape(sizes: torch.Size) -> str:
    """How to bring images of another shape before the judge."""
    if len(sizes) == 3 and sizes[1:] == (28, 28):
        return "add the channel with images[:, None]"
    if len(sizes) != 4 or sizes[1] not in (1, 3):
        return "the judge reads grey images of 28 x 28 pixels only"
    grey = "" if sizes[1] == 1 else "make colours grey with images.mean(dim=1, keepdim=True)"
    size = "" if sizes[2:] == (28, 28) else "scale with torch.nn.functional.interpolate(images, size=28, mode='area')"
    return ", then ".join(filter(None, [grey, size]))
