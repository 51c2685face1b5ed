"""Problems of chapter 10, handwritten digits: a checkerboard before training, and an alarm for copies that moved."""

import itertools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, near, number, tensor
from ganlab.checks.traces import untouched
from ganlab.course.problems.problem import Problem, Wording, posed
from ganlab.course.variants import Draw

_COUNTS = "counts have no gradient"

_CHECKERBOARD = Wording(
    text="""
Before you train a generator you want to know how uneven its last layers are by construction. In the chapter, a
transposed convolution stamps a block on the output for each pixel of its input, and where the kernel is no multiple of
the stride, some output pixels get more stamps than others. Behind a second layer the unevenness of the first goes on:
what counts there is the number of **paths** from input pixels to an output pixel, a path being a stamp of the first
layer on a pixel in between, and a stamp of that pixel in the second layer; and so on for more layers.

Return how many times as many paths lead to the output pixel that has most as to the one that has least. The border is
always different, so leave out **«border»** pixels of the output on each of its four sides.
""",
    stub='''
import torch
from torch.nn.functional import conv_transpose2d


def checkerboard(size, layers):
    """Return the largest number of paths to an output pixel / the least.

    The input has size x size pixels; layers is a list of (kernel, stride,
    padding) of transposed convolutions, the first one first. «border» pixels of
    the output on each side do not count.
    """
    raise NotImplementedError
''',
    answer="""
paths = torch.ones(1, 1, size, size, dtype=torch.float64)
for kernel, stride, padding in layers:
    stamp = torch.ones(1, 1, kernel, kernel, dtype=torch.float64)
    paths = conv_transpose2d(paths, stamp, stride=stride, padding=padding)
b = «border»
inside = paths[:, :, b:-b, b:-b]
return (inside.max() / inside.min()).item()
""",
    mistakes=[
        ("U13", "lets the border count", [("paths[:, :, b:-b, b:-b]", "paths")], "an_even_layer", "border"),
        ("U13", "leaves out one pixel on each side", [("b = «border»", "b = 1")], "an_even_layer", "border"),
        ("U13", "counts along one side of the image only",
         [("inside.max() / inside.min()", "(inside.max() / inside.min()) ** 0.5")], "one_layer", "both directions"),
        ("U13", "looks at the last layer alone",
         [("    paths = torch.ones(1, 1, size, size, dtype=torch.float64)\n", "    side = size\n"),
          ("        stamp =", "        paths = torch.ones(1, 1, side, side, dtype=torch.float64)\n        stamp ="),
          ("padding=padding)\n", "padding=padding)\n        side = paths.shape[-1]\n")],
         "two_layers", "goes on"),
        ("U13", "multiplies the unevenness of the layers",
         [("    paths = torch.ones(1, 1, size, size, dtype=torch.float64)\n", "    ratio = torch.ones(1)\n"),
          ("        stamp =", "        paths = torch.ones(1, 1, 30, 30, dtype=torch.float64)\n        stamp ="),
          ("padding=padding)\n    b = «border»\n    inside = paths[:, :, b:-b, b:-b]\n",
           "padding=padding)\n        inside = paths[:, :, 15:-15, 15:-15]\n"
           "        ratio = ratio * inside.max() / inside.min()\n"),
          ("return (inside.max() / inside.min()).item()", "return ratio.item()")],
         "two_layers", "no product"),
        ("U13", "takes the difference of most and least",
         [("inside.max() / inside.min()", "inside.max() - inside.min()")],
         "an_even_layer", "how many times as many"),
        ("U20", "draws random images of ones and zeros", [("paths = torch.ones(1", "paths = torch.randn(1")],
         "an_even_layer", "ones"),
        ("U13", "turns the ratio round", [("inside.max() / inside.min()", "inside.min() / inside.max()")],
         "one_layer", "at least 1"),
        ("U13", "sends random weights through instead of ones",
         [("stamp = torch.ones(", "stamp = torch.rand(")], "an_even_layer", "ones"),
    ],
    equivalent={
        "swap: for kernel, stride, padding in layers: / b = «border»": "neither needs the other",
        "no_grad: paths = conv_transpose2d(paths, stamp, stride=stride, padding=padding)": _COUNTS,
        "no_grad: for kernel, stride, padding in layers:": _COUNTS,
        "paths = conv_transpose2d(paths, stamp, stride=stride, padding=padding) -> "
        "paths = conv_transpose2d(paths, stamp, stride=stride, padding=padding).detach()": _COUNTS,
        "paths = torch.ones(1, 1, size, size, dtype=torch.float64) -> "
        "paths = torch.ones(2, 1, size, size, dtype=torch.float64)": "two images of ones have the same paths",
        "return (inside.max() / inside.min()).item() -> return inside.max() / inside.min()": (
            "the same number, in a tensor"
        ),
    },
)  # fmt: skip


def checkerboard(draw: Draw) -> Problem:
    """Count the paths through transposed convolutions, and how unevenly they end."""
    border = draw.randrange(2, 10)
    problem = posed("checkerboard", "A checkerboard before training", _CHECKERBOARD, {"border": border})
    _checkerboard_visible(problem.exercise, border)
    _checkerboard_hidden(problem.exercise, border)
    return problem


Layers = Sequence[tuple[int, int, int]]


def _paths(size: int, layers: Layers) -> list[int]:
    """Count paths along one side, stamp by stamp."""
    counts = [1] * size
    for kernel, stride, padding in layers:
        after = [0] * ((len(counts) - 1) * stride + kernel)
        for at, paths in enumerate(counts):
            for k in range(kernel):
                after[at * stride + k] += paths
        counts = after[padding : len(after) - padding]
    return counts


def _uneven(counts: list[int], border: int) -> float:
    inside = counts[border : len(counts) - border]
    return max(inside) / min(inside)


def _board(checkerboard: Callable, size: int, layers: Layers, border: int) -> None:
    counts = _paths(size, layers)
    right = _uneven(counts, border) ** 2
    hints = {
        _uneven(counts, 0) ** 2: "The border has fewer paths: leave it out.",
        right**0.5: "That is along one side: an image has stamps in both directions.",
        1 / right: "That is the least divided by the most; asked for is a number that is at least 1.",
    }
    what = f"for {size} x {size} pixels and the layers {list(layers)} the ratio"
    near(number(checkerboard(size, list(layers)), "the ratio"), right, what, tolerance=1e-5, hints=hints)


def _checkerboard_visible(exercise: Exercise, border: int) -> None:
    @exercise.case(
        hint="Send an image of ones through the layers, with ones as weights, to see how many times as many."
    )
    def an_even_layer(checkerboard):
        """Where the kernel is a multiple of the stride, all pixels inside have as many paths."""
        for layer in ((4, 2, 1), (2, 2, 0), (6, 3, 1)):
            _board(checkerboard, 16, [layer], border)

    @exercise.case(points=2, hint="Count stamps in both directions, away from the border.")
    def one_layer(checkerboard):
        """Where it is no multiple, some pixels inside have more paths than others."""
        for layer in ((3, 2, 0), (5, 2, 1), (5, 3, 0)):
            _board(checkerboard, 16, [layer], border)


def _checkerboard_hidden(exercise: Exercise, border: int) -> None:
    told = "The unevenness of a layer goes on in the next one, but it is no product: stamps of neighbours add up."

    @exercise.case(points=2, visible=False, hint=told)
    def two_layers(checkerboard):
        """Paths go through all layers, one after the other."""
        for layers in ([(3, 2, 1), (4, 2, 1)], [(3, 2, 1), (3, 2, 1)], [(5, 2, 2), (4, 2, 1), (3, 1, 1)]):
            _board(checkerboard, 13, layers, border)

    @exercise.case(visible=False, hint=f"Leave out {border} pixels on each side, no more and no less.")
    def near_the_border(checkerboard):
        """Just as many pixels are left out as the task says."""
        for kernel in (2 * border + 3, border, border + 1, border + 2):
            _board(checkerboard, 24, [(kernel, 1, 0)], border)

    @exercise.case(visible=False, hint="Nothing depends on the numbers of one network.")
    def random_networks(checkerboard):
        """Random layers are counted as well."""
        for _ in range(4):
            size, layers = int(torch.randint(19, 24, ())), []
            for _ in range(int(torch.randint(1, 4, ()))):
                stride = int(torch.randint(1, 3, ()))
                layers.append((int(torch.randint(stride, 6, ())), stride, 0))
            _board(checkerboard, size, layers, border)

    @exercise.case(visible=False)
    def leaves_no_trace(checkerboard):
        """The random state and the settings of the session stay as they are."""
        with untouched():
            checkerboard(24, [(4, 2, 1)])


_PICKED = "True and False have no gradient"
_DISTANCES = (
    "distances = [torch.cdist(images.roll((i, j), dims=(2, 3)).flatten(1), training.flatten(1)) "
    "for i in range(-«up», «up» + 1) for j in range(-«side», «side» + 1)]"
)

_MOVED_COPIES = Wording(
    text="""
In the chapter, copies of training images are found by their distance to the nearest training image, unless they were
moved by a pixel. Write an alarm that finds moved copies, and that knows how often it goes off without a reason.

- The distance of an image to the training set is the smallest Euclidean distance to any training image over all moves
  of the image, in pixels by up to **«side» sideways** and up to **«up» up or down**, in both directions and
  together. Pixels that leave on one side come back on the other, as with `roll`.
- Held-out images cannot be copies. The alarm may go off for **«percent» %** of them: its limit is the quantile
  «rate» of their distances. (`quantile` with its usual interpolation.)
- A fake is suspicious if its distance is below the limit.
""",
    stub='''
import torch


def moved_copies(fakes, training, held_out):
    """Return which fakes are suspicious, a tensor of True and False.

    All three have shape (n, 1, height, width), each with its own n. Moves,
    in pixels, go up to «side» sideways and «up» up or down; the alarm may go
    off for «percent» % of images like the held-out ones.
    """
    raise NotImplementedError
''',
    answer="""
def closest(images):
    distances = [
        torch.cdist(
            images.roll((i, j), dims=(2, 3)).flatten(1), training.flatten(1)
        )
        for i in range(-«up», «up» + 1)
        for j in range(-«side», «side» + 1)
    ]
    return torch.cat(distances, dim=1).min(dim=1).values

limit = closest(held_out).quantile(«rate»)
return closest(fakes) < limit
""",
    mistakes=[
        ("T16", "does not move the images",
         [("images.roll((i, j), dims=(2, 3)).flatten(1)", "images.flatten(1)")], "moved_ones_are_found", "move"),
        ("T21", "moves the fakes, and compares with held-out images that stay",
         [("limit = closest(held_out).quantile", "limit = torch.cdist(held_out.flatten(1), training.flatten(1))"
           ".min(dim=1).values.quantile")], "new_images_alarm_as_rarely_as_they_may", "the same way"),
        ("T21", "sets the limit by the fakes themselves", [("closest(held_out)", "closest(fakes)")],
         "moved_ones_are_found", "Held-out images"),
        ("T21", "sets the limit by the training images", [("closest(held_out)", "closest(training)")],
         "moved_ones_are_found", "Held-out images"),
        ("T21", "lets the alarm go off for all but «percent» %", [("quantile(«rate»)", "quantile(1 - «rate»)")],
         "new_images_alarm_as_rarely_as_they_may", "quantile"),
        ("U13", "exchanges rows and columns", [("(i, j)", "(j, i)")], "moved_ones_are_found", "second of the dims"),
        ("U13", "moves in one direction only", [("range(-«up», ", "range(0, "), ("range(-«side», ", "range(0, ")],
         "moved_ones_are_found", "both directions"),
        ("T16", "compares with the training image that is farthest", [(".min(dim=1)", ".max(dim=1)")],
         "moved_ones_are_found", "nearest"),
        ("T16", "calls suspicious what is far away", [("closest(fakes) < limit", "closest(fakes) > limit")],
         "moved_ones_are_found", "below the limit"),
    ],
    equivalent={
        f"no_grad: {_DISTANCES}": _PICKED,
        "no_grad: limit = closest(held_out).quantile(«rate»)": _PICKED,
        "no_grad: ": _PICKED,
        "no_grad: return closest(fakes) < limit": _PICKED,
        "limit = closest(held_out).quantile(«rate») -> limit = closest(held_out).detach().quantile(«rate»)": _PICKED,
        "return closest(fakes) < limit -> return closest(fakes).detach() < limit": _PICKED,
        "return closest(fakes) < limit -> return closest(fakes) <= limit": "no distance is just the limit",
        f"{_DISTANCES} -> {_DISTANCES.replace('(2, 3)', '(-2, 3)')}": (
            "of four dimensions the third is the last but one"
        ),
        "return torch.cat(distances, dim=1).min(dim=1).values -> "
        "return torch.cat(distances, dim=1).min(dim=-1).values": "the last of two dimensions is 1",
        "return torch.cat(distances, dim=1).min(dim=1).values -> "
        "return torch.cat(distances, dim=-1).min(dim=1).values": "the last of two dimensions is 1",
    },
)  # fmt: skip


def moved_copies(draw: Draw) -> Problem:
    """Find copies that were moved, and keep the rate of false alarms."""
    side, up = draw.choice([(1, 2), (2, 1), (1, 3), (3, 1), (2, 3), (3, 2)])
    rate = draw.choice([0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1])
    drawn = {"side": side, "up": up, "rate": rate, "percent": round(100 * rate)}
    problem = posed("moved_copies", "An alarm for copies that were moved", _MOVED_COPIES, drawn)
    _copies_visible(problem.exercise, (up, side), rate)
    _copies_hidden(problem.exercise, (up, side), rate)
    return problem


def _scribbles(n: int, side: int = 8) -> Tensor:
    """Images of n random strokes."""
    return torch.randn(n, 1, side, side, dtype=torch.float64).tanh()


def _distances(images: Tensor, training: Tensor, reach: tuple[int, int]) -> Tensor:
    """Move the training images instead, one after the other."""
    best = torch.full((len(images),), torch.inf, dtype=torch.float64)
    for i, j in itertools.product(*(range(-r, r + 1) for r in reach)):
        for moved in training.roll(i, dims=2).roll(j, dims=3):
            best = torch.minimum(best, (images - moved).square().sum(dim=(1, 2, 3)).sqrt())
    return best


def _alarm(moved_copies: Callable, sets: tuple, expected: Tensor, what: str) -> None:
    found = tensor(moved_copies(*(each.clone() for each in sets)), "the answer", shape=(len(expected),))
    wrong = found.bool() != expected
    if wrong.any():
        at = int(wrong.nonzero()[0])
        raise Finding(f"{what}: fake {at + 1} of {len(expected)} is {bool(found[at])}", f"{bool(expected[at])}")


def _copies_visible(exercise: Exercise, reach: tuple[int, int], rate: float) -> None:
    up, side = reach
    told = (
        "Held-out images set the limit, and what is below the limit is suspicious. For the distance to the nearest "
        f"training image move in both directions, up to {up} up or down, which is dimension 2, and up to {side} "
        "sideways, the second of the dims."
    )

    @exercise.case(points=2, hint=told)
    def moved_ones_are_found(moved_copies):
        """Copies are found as far as they may be moved, and new images of the same kind are not."""
        training = _scribbles(12)
        moves = [(0, 0), (up, side), (-up, -side), (up, -side), (-up, side)]
        copies = torch.cat([training[k : k + 1].roll(move, dims=(2, 3)) for k, move in enumerate(moves)])
        sets = torch.cat([copies, _scribbles(3)]), training, 0.9 * training
        expected = torch.arange(8) < 5
        _alarm(moved_copies, sets, expected, "five copies, moved as far as they may be, and three new images")

    @exercise.case(hint="Who moves farther is not looked for.")
    def no_farther(moved_copies):
        """A copy that was moved one pixel farther is as far away as a new image."""
        training = 0.001 * _scribbles(4)
        training[:, :, 0, 0] = 3.0
        fakes = training.roll(up + 1, dims=2)[:2], training.roll(side + 1, dims=3)[:2]
        held_out = training.roll((up + 1, side + 1), dims=(2, 3)) * 0.9
        _alarm(moved_copies, (torch.cat(fakes), training, held_out), torch.zeros(4).bool(), "copies that moved too far")


def _copies_hidden(exercise: Exercise, reach: tuple[int, int], rate: float) -> None:
    told = f"Look at held-out images the same way as at fakes, moved as they are; the limit is the quantile {rate}."

    @exercise.case(points=2, visible=False, hint=told)
    def new_images_alarm_as_rarely_as_they_may(moved_copies):
        """Of new images about as many are suspicious as may be."""
        for scale in (1.0, 20.0):
            training, held_out, fakes = (scale * _scribbles(n) for n in (6, 60, 90))
            limit = _distances(held_out, training, reach).quantile(rate)
            expected = _distances(fakes, training, reach) < limit
            _alarm(moved_copies, (fakes, training, held_out), expected, f"new images, of size {scale:g}")

    @exercise.case(visible=False, hint="The images need not be square.")
    def other_shapes(moved_copies):
        """Images that are not square, and sets of other sizes, are judged as well."""
        training, held_out = _scribbles(5)[:, :, :, :7], _scribbles(25)[:, :, :, :7]
        fakes = torch.cat([_scribbles(12)[:, :, :, :7], training.roll((-reach[0], reach[1]), dims=(2, 3))])
        limit = _distances(held_out, training, reach).quantile(rate)
        _alarm(moved_copies, (fakes, training, held_out), _distances(fakes, training, reach) < limit, "8 x 7 pixels")

    @exercise.case(visible=False)
    def leaves_the_images_alone(moved_copies):
        """No image is changed."""
        fakes, training, held_out = _scribbles(3), _scribbles(3), _scribbles(3)
        with untouched(fakes=fakes, training=training, held_out=held_out):
            moved_copies(fakes, training, held_out)
