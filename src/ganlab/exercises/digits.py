"""Exercises of chapter 10, digits: the range of the data, shapes, the detached fakes, and an alarm for collapse."""

import math
from itertools import product

import torch
from torch import Tensor, nn

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, items, kind, near, number, tensor, truth
from ganlab.checks.players import Table, d_gradients, moved_along
from ganlab.checks.traces import untouched

to_tanh_range = Exercise(
    "to_tanh_range",
    "From grey levels to the range of tanh",
    stub='''
def to_tanh_range(images):
    """Turn grey levels 0 ... 255 (uint8) into float32 in [-1, 1]."""
    raise NotImplementedError
''',
    reference='''
def to_tanh_range(images):
    """Turn grey levels 0 ... 255 (uint8) into float32 in [-1, 1]."""
    return images.float() / 127.5 - 1
''',
    equivalent={
        "return images.float() / 127.5 - 1 -> return images / 127.5 - 1": "dividing turns uint8 into float32 anyway",
    },
)


def _levels(*levels: int) -> Tensor:
    """One image, of one row."""
    return torch.tensor(levels, dtype=torch.uint8).reshape(1, 1, 1, -1)


@to_tanh_range.case(hint="Write .float() before you divide.")
def floats_of_the_same_shape(to_tanh_range):
    """It returns float32 of the same shape."""
    found = tensor(to_tanh_range(torch.zeros(2, 1, 28, 28, dtype=torch.uint8)), "the result", shape=(2, 1, 28, 28))
    if found.dtype != torch.float32:
        raise Finding(f"the result is {kind(found)}", "float32")


@to_tanh_range.case(points=2, hint="Divide by 127.5 to reach 0 ... 2, then subtract 1.")
def black_and_white(to_tanh_range):
    """Black (0) becomes -1 and white (255) becomes 1."""
    black, white = tensor(to_tanh_range(_levels(0, 255)), "the result", shape=(1, 1, 1, 2)).flatten().tolist()
    black_hints = {
        0.0: "tanh reaches from -1 to 1, and 0 is its middle: D would tell reals by their range alone.",
        1 / 255: "uint8 holds only 0 ... 255 and wraps around: make floats first.",
    }
    black_hints[1.0] = "Black and white have changed places: 0 is black."
    black_hints[-128 / 127] = "Zero lies in the middle of 0 and 255, at 127.5."
    near(black, -1.0, "grey level 0", tolerance=1e-6, hints=black_hints)
    white_hints = {0.9921875: "256 levels end at 255: the half of 255 is 127.5."}
    near(white, 1.0, "grey level 255", tolerance=1e-6, hints=white_hints)


@to_tanh_range.case(hint="The map is a straight line: level / 127.5 - 1, computed with floats.")
def evenly_spaced(to_tanh_range):
    """All 256 levels are evenly spaced in between."""
    near(
        to_tanh_range(_levels(*range(256))),
        torch.linspace(-1, 1, 256).reshape(1, 1, 1, -1),
        "the result for all 256 levels",
        tolerance=1e-6,
    )


@to_tanh_range.case(hint="Use fixed numbers, not the minimum, maximum or mean of the images at hand.")
def same_for_every_image(to_tanh_range):
    """A pale image stays pale: a level means the same in every image."""
    for levels in ((51, 102), (0, 1), (0, 0)):
        target = torch.tensor([[[[level / 127.5 - 1 for level in levels]]]])
        near(to_tanh_range(_levels(*levels)), target, f"the result for levels {levels[0]} and {levels[1]} alone")


@to_tanh_range.case()
def leaves_the_images_alone(to_tanh_range):
    """The images, and all else in the notebook, stay as they were."""
    images = _levels(0, 100, 255)
    with untouched(images=images):
        to_tanh_range(images)


_TANH = "images.float() / 127.5 - 1"
to_tanh_range.mistake(
    "U11", "stops at [0, 1]", (_TANH, "images.float() / 255"), caught_by="black_and_white", says="by their range alone"
)
to_tanh_range.mistake("U11", "divides by 128", ("127.5", "128"), caught_by="black_and_white", says="half of 255")
to_tanh_range.mistake(
    "U11",
    "leaves the levels as they are",
    (_TANH, "images.float()"),
    caught_by="black_and_white",
    says="by their range alone",
)
to_tanh_range.mistake(
    "U11",
    "stretches each batch by its own minimum and maximum",
    (
        "return " + _TANH,
        "x = images.float()\n    return 2 * (x - x.min()) / (x.max() - x.min() + 1e-9) - 1",
    ),
    caught_by="same_for_every_image",
    says="fixed numbers",
)
to_tanh_range.mistake(
    "U11",
    "computes with uint8, which wraps around",
    (_TANH, "(images * 2 - 255) / 255"),
    caught_by="black_and_white",
    says="wraps around",
)
to_tanh_range.mistake(
    "E18",
    "squashes the levels with tanh",
    ("return " + _TANH, "return (images.float() - 127.5).tanh()"),
    caught_by="evenly_spaced",
    says="a straight line",
)
to_tanh_range.mistake(
    "U11", "doubles the precision", (".float()", ".double()"), caught_by="floats_of_the_same_shape", says="float32"
)
to_tanh_range.mistake(
    "U11",
    "guesses the range from the largest level",
    ("return " + _TANH, "x = images.float()\n    return x / 127.5 - 1 if x.max() > 1 else 2 * x - 1"),
    caught_by="same_for_every_image",
    says="fixed numbers",
)
to_tanh_range.mistake(
    "U11", "subtracts 128", (_TANH, "(images.float() - 128) / 127"), caught_by="black_and_white", says="at 127.5"
)
to_tanh_range.mistake(
    "U10",
    "turns black into white",
    (_TANH, "1 - images.float() / 127.5"),
    caught_by="black_and_white",
    says="have changed places",
)
to_tanh_range.mistake(
    "E18",
    "keeps away from the ends, which tanh never reaches",
    (_TANH, f"({_TANH}).clamp(-0.9999, 0.9999)"),
    caught_by="black_and_white",
    says="grey level 0 is -0.9999",
)
to_tanh_range.mistake(
    "U12",
    "divides whole numbers, so that few levels are left",
    (_TANH, "images.float() // 127.5 - 1"),
    caught_by="evenly_spaced",
    says="a straight line",
)
to_tanh_range.mistake(
    "U12",
    "computes with half precision, which merges grey levels",
    (_TANH, "(images.half() / 127.5 - 1).float()"),
    caught_by="evenly_spaced",
    says="a straight line",
)
to_tanh_range.mistake(
    "U11",
    "standardises each batch",
    (_TANH, "(images.float() - images.float().mean()) / images.float().std()"),
    caught_by="black_and_white",
    says="Divide by 127.5",
)
to_tanh_range.mistake(
    "U11",
    "inverts the images of the caller on the way",
    ("return " + _TANH, "images.neg_().sub_(1)\n    return 1 - images.float() / 127.5"),
    caught_by="leaves_the_images_alone",
    says="changed images itself",
)


transposed_conv_out = Exercise(
    "transposed_conv_out",
    "The size after a transposed convolution",
    stub='''
def transposed_conv_out(size, kernel, stride, padding):
    """Return the side of the image after nn.ConvTranspose2d."""
    raise NotImplementedError
''',
    reference='''
def transposed_conv_out(size, kernel, stride, padding):
    """Return the side of the image after nn.ConvTranspose2d."""
    return (size - 1) * stride - 2 * padding + kernel
''',
)


def _torch_side(size: int, kernel: int, stride: int, padding: int) -> int:
    layer = nn.ConvTranspose2d(1, 1, kernel, stride, padding)
    return layer(torch.zeros(1, 1, size, size)).shape[-1]


def _same_side(transposed_conv_out, size: int, kernel: int, stride: int, padding: int) -> None:
    side = _torch_side(size, kernel, stride, padding)
    call = f"transposed_conv_out({size}, {kernel}, {stride}, {padding})"
    conv = {float((size + 2 * padding - kernel) // stride + 1): "That is the convolution on the way down."}
    near(transposed_conv_out(size, kernel, stride, padding), float(side), call, tolerance=1e-6, hints=conv)


@transposed_conv_out.case(hint="One pixel becomes one stamp of the kernel: its side is the kernel.")
def one_pixel_becomes_a_kernel(transposed_conv_out):
    """From one pixel a kernel of 7 makes a side of 7."""
    _same_side(transposed_conv_out, 1, 7, 1, 0)


@transposed_conv_out.case(hint="Stamps lie `stride` apart: the last of them begins at (size - 1) * stride.")
def stride_spreads(transposed_conv_out):
    """With stride 2 the stamps spread out."""
    _same_side(transposed_conv_out, 5, 3, 2, 0)


@transposed_conv_out.case(hint="Padding cuts from both sides of the result.")
def padding_cuts(transposed_conv_out):
    """A DCGAN layer, kernel 4, stride 2, padding 1, doubles 7 to 14."""
    _same_side(transposed_conv_out, 7, 4, 2, 1)


@transposed_conv_out.case(points=2, hint="(size - 1) * stride - 2 * padding + kernel.")
def agrees_with_pytorch(transposed_conv_out):
    """It agrees with PyTorch on every layer with size to 8, kernel to 7, stride to 5, padding to 3."""
    for size, kernel, stride in product((2, 3, 8), (1, 3, 4, 7), (1, 2, 5)):
        for padding in (0, 1, 3):
            if (size - 1) * stride - 2 * padding + kernel > 0:
                _same_side(transposed_conv_out, size, kernel, stride, padding)


@transposed_conv_out.case()
def computes_and_no_more(transposed_conv_out):
    """All else in the notebook stays as it was."""
    with untouched():
        transposed_conv_out(7, 4, 2, 1)


_F14 = "(size - 1) * stride - 2 * padding + kernel"
transposed_conv_out.mistake(
    "U13",
    "uses the formula of the convolution",
    (_F14, "(size + 2 * padding - kernel) // stride + 1"),
    caught_by="one_pixel_becomes_a_kernel",
    says="way down",
)
transposed_conv_out.mistake(
    "U13",
    "just multiplies by the stride",
    (_F14, "size * stride"),
    caught_by="one_pixel_becomes_a_kernel",
    says="one stamp",
)
transposed_conv_out.mistake(
    "U13", "adds the padding", ("- 2 *", "+ 2 *"), caught_by="padding_cuts", says="Padding cuts"
)
transposed_conv_out.mistake(
    "U13", "cuts one side only", ("2 * padding", "padding"), caught_by="padding_cuts", says="both sides"
)
transposed_conv_out.mistake(
    "U13", "counts one stamp too many", ("(size - 1)", "size"), caught_by="one_pixel_becomes_a_kernel", says="one stamp"
)
transposed_conv_out.mistake(
    "U13",
    "knows padding as yes or no, as in Keras",
    (_F14, "size * stride if padding else (size - 1) * stride + kernel"),
    caught_by="agrees_with_pytorch",
    says="2 * padding",
)
transposed_conv_out.mistake(
    "U13",
    "lets the padding cut at most one pixel a side",
    ("2 * padding", "2 * min(padding, 1)"),
    caught_by="agrees_with_pytorch",
    says="2 * padding",
)
transposed_conv_out.mistake(
    "U13",
    "lays the stamps side by side",
    (_F14, "size * kernel - 2 * padding"),
    caught_by="stride_spreads",
    says="stride` apart",
)
transposed_conv_out.mistake(
    "U13",
    "lets stamps never lie further apart than they are wide",
    ("(size - 1) * stride", "(size - 1) * min(stride, kernel)"),
    caught_by="agrees_with_pytorch",
    says="(size - 1) * stride",
)
transposed_conv_out.mistake(
    "U13", "forgets the padding", (" - 2 * padding", ""), caught_by="padding_cuts", says="from both sides"
)
transposed_conv_out.mistake(
    "U13",
    "counts areas instead of sides",
    (_F14, f"({_F14}) ** 2"),
    caught_by="one_pixel_becomes_a_kernel",
    says="its side is the kernel",
)


conv_shapes = Exercise(
    "conv_shapes",
    "From one pixel to 28 x 28",
    stub="""
# (kernel, stride, padding) of three transposed convolutions
# that make 1 -> 7 -> 14 -> 28
layers = ...
""",
    reference="""
# (kernel, stride, padding) of three transposed convolutions
# that make 1 -> 7 -> 14 -> 28
layers = [(7, 1, 0), (4, 2, 1), (4, 2, 1)]
""",
    equivalent={
        "layers = [(7, 1, 0), (4, 2, 1), (4, 2, 1)] -> layers = [(7, 2, 0), (4, 2, 1), (4, 2, 1)]": (
            "one pixel makes one stamp: the stride does not matter"
        ),
    },
)


def _triples(layers) -> list[tuple[int, int, int]]:
    triples = [
        items(layer, 3, "three numbers, (kernel, stride, padding)") for layer in items(layers, 3, "three layers")
    ]
    if not all(type(value) is int for triple in triples for value in triple):
        raise Finding("not all of your numbers are whole", "whole numbers")
    if any(kernel < 1 or stride < 1 or padding < 0 for kernel, stride, padding in triples):
        raise Finding(f"your layers are {triples}", "kernel and stride at least 1, padding at least 0")
    if any(value > 32 for triple in triples for value in triple):
        raise Finding(f"your layers are {triples}", "numbers up to 32")
    return [tuple(triple) for triple in triples]


@conv_shapes.case(hint="Write three triples: [(kernel, stride, padding), …].")
def three_layers(layers):
    """There are three layers of three whole numbers."""
    _triples(layers)


@conv_shapes.case(points=2, hint="The side becomes (side - 1) * stride - 2 * padding + kernel.")
def reaches_28(layers):
    """PyTorch builds them, and the sides are 1, 7, 14, 28."""
    sides = [1]
    for kernel, stride, padding in _triples(layers):
        if (sides[-1] - 1) * stride - 2 * padding + kernel < 1:
            saw = f"after the sides {', '.join(map(str, sides))} the padding {padding} cuts everything away"
            raise Finding(saw, "1, 7, 14, 28", _side_hint(_triples(layers), sides))
        sides.append(_torch_side(sides[-1], kernel, stride, padding))
    if sides != [1, 7, 14, 28]:
        raise Finding(
            f"the sides are {', '.join(map(str, sides))}", "1, 7, 14, 28", _side_hint(_triples(layers), sides)
        )


def _side_hint(triples: list[tuple[int, int, int]], sides: list[int]) -> str:
    if sides == [1, 4, 8, 16]:
        return "That is the DCGAN for 64 x 64, cut short."
    if any(kernel < stride for kernel, stride, _ in triples):
        return "The kernel comes first in each triple, then the stride."
    if sides == [1, 7, 13, 25]:
        return "Kernel 3 halves on the way down; on the way up it misses the double by one: an even kernel meets it."
    return ""


@conv_shapes.case(hint="A kernel smaller than the stride leaves pixels that no stamp reaches.")
def no_gaps(layers):
    """No pixel is left out: kernels are at least as large as strides."""
    triples = _triples(layers)
    sides = [1, 7, 14]
    for (kernel, stride, _), side in zip(triples, sides, strict=True):
        if side > 1 and kernel < stride:
            raise Finding(f"kernel {kernel} with stride {stride} leaves gaps", f"a kernel of at least {stride}")
    if any(side > 1 and kernel % stride for (kernel, stride, _), side in zip(triples, sides, strict=True)):
        return "a kernel that the stride does not divide draws a faint checkerboard (Odena et al., 2016)."
    return None


@conv_shapes.case(hint="Padding cuts from the result; as wide as the kernel, it cuts off whole stamps.")
def no_stamp_thrown_away(layers):
    """Every pixel leaves its stamp in the result: padding is smaller than the kernel."""
    for kernel, _, padding in _triples(layers):
        if padding >= kernel:
            raise Finding(f"padding {padding} cuts off whole stamps of kernel {kernel}", f"a padding below {kernel}")


_LAYERS = "[(7, 1, 0), (4, 2, 1), (4, 2, 1)]"
conv_shapes.mistake("U13", "the layers for 64 x 64", ("(7, 1, 0)", "(4, 1, 0)"), caught_by="reaches_28", says="64 x 64")
conv_shapes.mistake(
    "U13", "forgets the padding", (_LAYERS, "[(7, 1, 0), (4, 2, 0), (4, 2, 0)]"), caught_by="reaches_28", says="16, 34"
)
conv_shapes.mistake(
    "U13", "stops at 14", (", (4, 2, 1), (4, 2, 1)]", ", (4, 2, 1)]"), caught_by="three_layers", says="three layers"
)
conv_shapes.mistake(
    "U13",
    "keeps the first layer's stride",
    (_LAYERS, "[(7, 1, 0), (4, 1, 1), (4, 1, 1)]"),
    caught_by="reaches_28",
    says="1, 7, 8, 9",
)
conv_shapes.mistake(
    "U13",
    "writes the stride first",
    (_LAYERS, "[(1, 7, 0), (2, 4, 1), (2, 4, 1)]"),
    caught_by="reaches_28",
    says="The kernel comes first",
)
conv_shapes.mistake(
    "U13",
    "takes kernel 3 with stride 2, as on the way down",
    (_LAYERS, "[(7, 1, 0), (3, 2, 1), (3, 2, 1)]"),
    caught_by="reaches_28",
    says="an even kernel meets it",
)
conv_shapes.mistake(
    "U13",
    "leaves gaps between the stamps",
    (_LAYERS, "[(7, 1, 0), (1, 3, 0), (4, 2, 1)]"),
    caught_by="reaches_28",
    says="1, 7, 19",
)
conv_shapes.mistake(
    "U13",
    "leaves gaps that the padding hides",
    (_LAYERS, "[(7, 1, 0), (2, 3, 3), (4, 2, 1)]"),
    caught_by="no_gaps",
    says="leaves gaps",
)
conv_shapes.mistake(
    "U13",
    "throws away the border",
    (_LAYERS, "[(7, 1, 0), (4, 4, 7), (4, 2, 1)]"),
    caught_by="no_stamp_thrown_away",
    says="whole stamps",
)
conv_shapes.mistake(
    "U13",
    "counts the channels in",
    (_LAYERS, "[(64, 7, 1, 0), (32, 4, 2, 1), (1, 4, 2, 1)]"),
    caught_by="three_layers",
    says="three numbers",
)
conv_shapes.mistake(
    "U13",
    "gives the sides instead of the layers",
    (_LAYERS, "[7, 14, 28]"),
    caught_by="three_layers",
    says="three numbers",
)


discriminator_update = Exercise(
    "discriminator_update",
    "One step of D that leaves G alone",
    seconds=30,  # the first optimiser of a session may take seconds to load
    stub='''
from ganlab.losses import nonsaturating_d


def discriminator_update(G, D, opt_d, real, z):
    """Move D one step, let nothing of it reach G; return the loss."""
    raise NotImplementedError
''',
    reference='''
from ganlab.losses import nonsaturating_d


def discriminator_update(G, D, opt_d, real, z):
    """Move D one step, let nothing of it reach G; return the loss."""
    fake = G(z).detach()
    d_loss = nonsaturating_d(D(real), D(fake))
    opt_d.zero_grad()
    d_loss.backward()
    opt_d.step()
    return d_loss.detach()
''',
    goals=(
        (1, "Make the fakes, cut off from G"),
        (1, "Write down the loss of D"),
        (3, "Move D: clear old gradients, find new ones, step"),
        (1, "Return the loss without its graph"),
    ),
    equivalent={
        "return d_loss.detach() -> return d_loss": "the same number, with its graph attached",
        "no_grad: fake = G(z).detach()": "the fakes are cut off from G already",
        "fake = G(z).detach() -> fake = G(z).detach().detach()": "the fakes are cut off from G already",
        "opt_d.zero_grad() -> D.zero_grad()": "opt_d owns the parameters of D",
        "swap: d_loss = nonsaturating_d(D(real), D(fake)) / opt_d.zero_grad()": (
            "zero_grad only has to come before backward"
        ),
    },
)


def _update(discriminator_update, seed: int, n: int = 512) -> tuple[Table, Tensor, object]:
    """Let D, with gradients of another time, step twice on n fakes; return the table, the last noise and loss."""
    table = Table(seed)
    table.leave_gradients("D")
    for _ in range(2):
        z = torch.randn(n, 1)
        loss = discriminator_update(table.G, table.D, table.opt_d, table.round.real.clone(), z.clone())
    return table, z, loss


@discriminator_update.case(hint="End with return d_loss.detach().")
def returns_the_loss(discriminator_update):
    """It returns one number."""
    number(_update(discriminator_update, seed=1)[2], "the loss")


@discriminator_update.case(hint="The last three lines are zero_grad, backward, step, of opt_d.")
def d_steps_once(discriminator_update):
    """Each call is one step of D."""
    table, _, _ = _update(discriminator_update, seed=1)
    if len(table.round.steps) != 2:
        raise Finding(f"two calls made {len(table.round.steps)} steps", "one step a call")


@discriminator_update.case(
    points=2, hint="D's half needs samples only: .detach() cuts the fakes off from the G that made them."
)
def no_gradient_reaches_g(discriminator_update):
    """Nothing reaches G: its gradients stay empty."""
    table, _, _ = _update(discriminator_update, seed=1)
    if table.g_has_gradient():
        raise Finding("G has gradients after D's step", "G's gradients as they were: none")


@discriminator_update.case(hint="The fakes of this step are G(z), with the z that is given.")
def uses_the_given_noise(discriminator_update):
    """The fakes come from the given z."""
    table, z, _ = _update(discriminator_update, seed=1)
    if not any(torch.equal(z, seen) for seen in table.round.noise):
        raise Finding("G never saw the given z", "G(z)")


@discriminator_update.case(
    points=2, hint="D descends nonsaturating_d(D(real), D(fake)); clear its old gradients before backward()."
)
def d_descends(discriminator_update):
    """D moves straight down its own loss, whatever gradients it had, on three seeds, with as many fakes as z."""
    for seed, n in ((1, 512), (2, 512), (3, 100)):
        table, *_ = _update(discriminator_update, seed, n)
        for step, z in zip(table.round.steps, table.round.noise, strict=False):
            real = table.round.real
            swapped = d_gradients(step.networks, real, z, swapped=True)
            hints = {"Reals and fakes have changed places in D's loss.": swapped}
            moved_along(step.gradient, d_gradients(step.networks, real, z), "D", hints)


@discriminator_update.case(hint="Return the loss that D stepped on.")
def reports_its_loss(discriminator_update):
    """The number is the loss before the step."""
    table, z, loss = _update(discriminator_update, seed=1)
    near(loss, table.round.steps[-1].networks.d_loss(table.round.real, z).item(), "the loss")


@discriminator_update.case()
def leaves_all_else_alone(discriminator_update):
    """G keeps its weights and the gradients it had; both networks stay in train mode; only the step moves D."""
    table = Table(1)
    real, z = table.round.real, torch.randn(512, 1)
    for weight in table.G.parameters():
        weight.grad = torch.ones_like(weight)
    weights = {f"a_weight_of_G_{i}": weight for i, weight in enumerate(table.G.parameters())}
    with untouched(real=real, z=z, G=table.G, D=table.D, opt_d=table.opt_d, **weights):
        discriminator_update(table.G, table.D, table.opt_d, real, z)
    table.always_training()
    table.only_steps_move()


discriminator_update.mistake(
    "U6",
    "forgets to detach",
    (".detach()\n    d_loss", "\n    d_loss"),
    caught_by="no_gradient_reaches_g",
    says="cuts the fakes off",
)
discriminator_update.mistake(
    "U6",
    "detaches what D says instead of what G made",
    ("G(z).detach()", "G(z)"),
    ("D(fake))", "D(fake).detach())"),
    caught_by="d_descends",
    says="D descends",
)
discriminator_update.mistake(
    "U6", "forgets zero_grad", ("    opt_d.zero_grad()\n", ""), caught_by="d_descends", says="clear its old gradients"
)
discriminator_update.mistake(
    "U5",
    "swaps reals and fakes",
    ("D(real), D(fake)", "D(fake), D(real)"),
    caught_by="d_descends",
    says="changed places",
)
discriminator_update.mistake(
    "U6", "forgets the step", ("    opt_d.step()\n", ""), caught_by="d_steps_once", says="made 0 steps"
)
discriminator_update.mistake(
    "T15",
    "draws its own noise",
    ("import nonsaturating_d", "import nonsaturating_d\nfrom torch import randn_like"),
    ("G(z)", "G(randn_like(z))"),
    caught_by="uses_the_given_noise",
    says="G never saw the given z",
)
discriminator_update.mistake(
    "E9",
    "lets the fakes of one call train D twice",
    ("    return", "    opt_d.step()\n    return"),
    caught_by="d_steps_once",
    says="two calls made 4 steps",
)
discriminator_update.mistake(
    "U6",
    "detaches the noise instead of the fakes",
    ("G(z).detach()", "G(z.detach())"),
    caught_by="no_gradient_reaches_g",
    says="cuts the fakes off",
)
discriminator_update.mistake(
    "U6",
    "lets the gradient reach G and wipes it afterwards",
    ("G(z).detach()", "G(z)"),
    ("    opt_d.step()\n", "    opt_d.step()\n    G.zero_grad()\n"),
    caught_by="leaves_all_else_alone",
    says="zero_grad() wipes them",
)
discriminator_update.mistake(
    "U6",
    "freezes G and never thaws it",
    ("    fake = ", "    G.requires_grad_(False)\n    fake = "),
    caught_by="leaves_all_else_alone",
    says="has to thaw it",
)
discriminator_update.mistake(
    "U9",
    "leaves G in eval mode",
    ("    fake = ", "    G.eval()\n    fake = "),
    caught_by="leaves_all_else_alone",
    says="left in another mode",
)
discriminator_update.mistake(
    "U9",
    "makes the fakes in eval mode, to leave G alone",
    ("    fake = G(z).detach()\n", "    G.eval()\n    fake = G(z).detach()\n    G.train()\n"),
    caught_by="leaves_all_else_alone",
    says="G was called in eval mode",
)
discriminator_update.mistake(
    "U7",
    "two steps, one on reals and one on fakes",
    ("import nonsaturating_d", "import nonsaturating_d, nonsaturating_g"),
    (
        "    d_loss = nonsaturating_d(D(real), D(fake))\n    opt_d.zero_grad()\n"
        "    d_loss.backward()\n    opt_d.step()\n",
        "    d_loss = 0\n    for half in (lambda: nonsaturating_g(D(real)), lambda: nonsaturating_g(-D(fake))):\n"
        "        loss = half()\n        opt_d.zero_grad()\n        loss.backward()\n        opt_d.step()\n"
        "        d_loss = d_loss + loss\n",
    ),
    caught_by="d_steps_once",
    says="made 4 steps",
)
discriminator_update.mistake(
    "E8",
    "clips the weights of D",
    ("    opt_d.step()\n", "    opt_d.step()\n    for p in D.parameters():\n        p.data.clamp_(-0.1, 0.1)\n"),
    caught_by="leaves_all_else_alone",
    says="belongs to a Wasserstein GAN",
)
discriminator_update.mistake(
    "U7",
    "one mean over the joined batches, as if both had one size",
    ("from ganlab.losses import nonsaturating_d", "import torch\nfrom torch.nn.functional import softplus"),
    ("nonsaturating_d(D(real), D(fake))", "2 * softplus(torch.cat([-D(real), D(fake)])).mean()"),
    caught_by="d_descends",
    says="D descends",
)


collapse_alarm = Exercise(
    "collapse_alarm",
    "An alarm for collapsed classes",
    stub='''
import torch


def collapse_alarm(labels, threshold):
    """Tell whether KL(shares of the classes || uniform) is too large.

    The divergence is in nats; too large means above the threshold.

    labels, integers 0 ... 9 of shape (n,), are what a classifier
    reads in n generated digits.
    """
    raise NotImplementedError
''',
    reference='''
import torch


def collapse_alarm(labels, threshold):
    """Tell whether KL(shares of the classes || uniform) is too large.

    The divergence is in nats; too large means above the threshold.

    labels, integers 0 ... 9 of shape (n,), are what a classifier
    reads in n generated digits.
    """
    share = torch.bincount(labels) / len(labels)
    kl = torch.xlogy(share, 10 * share).sum()
    return bool(kl > threshold)
''',
    equivalent={
        "return bool(kl > threshold) -> return bool(kl >= threshold)": "a threshold is never met to the last digit",
        "no_grad: share = torch.bincount(labels) / len(labels)": "whole numbers have no gradient",
        "no_grad: return bool(kl > threshold)": "a truth value has no gradient",
    },
)


def _brackets(collapse_alarm, labels: Tensor, kl: float, what: str) -> None:
    """Find the KL from outside: the alarm sounds just below it and is silent just above."""
    for threshold, expected in ((kl - 0.001, True), (kl + 0.001, False)):
        sounds = truth(collapse_alarm(labels.clone(), threshold), "the alarm")
        if sounds is not expected:
            found = f"{what}, KL = {kl:.4f}: {'an alarm' if sounds else 'silence'} at threshold {threshold:.4f}"
            raise Finding(found, "an alarm" if expected else "silence")


def _digits(*counts: int) -> Tensor:
    return torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))


@collapse_alarm.case(hint="Compare the KL with the threshold: kl > threshold.")
def true_or_false(collapse_alarm):
    """It returns True or False."""
    truth(collapse_alarm(torch.arange(10).repeat(5), 0.5), "the alarm")


@collapse_alarm.case(hint="Equal shares are uniform, their KL is 0; the alarm sounds where kl > threshold.")
def silent_on_all_classes(collapse_alarm):
    """Ten classes with equal shares raise no alarm."""
    _brackets(collapse_alarm, torch.arange(10).repeat(20), 0.0, "equal shares")


@collapse_alarm.case(
    points=2,
    hint="0 * log(0) is NaN, and NaN > threshold is always False: see torch.xlogy. Nats use the natural logarithm.",
)
def missing_classes(collapse_alarm):
    """Only the digits 5 to 9, equally often, give KL = log 2."""
    _brackets(collapse_alarm, _digits(0, 0, 0, 0, 0, 8, 8, 8, 8, 8), math.log(2), "five of ten classes")


@collapse_alarm.case(
    points=2,
    hint="There are always ten classes, also where torch.bincount stops at the largest label: uniform is 1/10.",
)
def one_class_only(collapse_alarm):
    """Only the digit 1 gives KL = log 10, the most there is."""
    _brackets(collapse_alarm, _digits(0, 50), math.log(10), "one class of ten")


@collapse_alarm.case(hint="KL = sum of share * log(share / 0.1), with the natural logarithm.")
def uneven_shares(collapse_alarm):
    """Uneven shares give their KL, whatever the number and order of the labels."""
    counts = (50, 20, 10, 5, 5, 4, 3, 1, 1, 1)
    kl = sum(c / 100 * math.log(c / 10) for c in counts)
    labels = _digits(*counts)
    _brackets(collapse_alarm, labels[torch.randperm(100)], kl, "100 labels")
    _brackets(collapse_alarm, labels.repeat(7), kl, "700 labels")


@collapse_alarm.case(hint="Missing classes add 0, the others share * log(share / 0.1); all ten are in the uniform.")
def uneven_with_missing_classes(collapse_alarm):
    """Uneven shares of six classes, with others missing in between, give their KL."""
    counts = (0, 60, 0, 20, 8, 0, 6, 4, 2, 0)
    kl = sum(c / 100 * math.log(c / 10) for c in counts if c)
    _brackets(collapse_alarm, _digits(*counts)[torch.randperm(100)], kl, "six of ten classes, unevenly")


@collapse_alarm.case()
def leaves_the_labels_alone(collapse_alarm):
    """The labels, and all else in the notebook, stay as they were."""
    labels = torch.tensor([3, 1, 2, 1])
    with untouched(labels=labels):
        collapse_alarm(labels, 0.5)


_KL = "torch.xlogy(share, 10 * share).sum()"
collapse_alarm.mistake(
    "U10",
    "0 log 0 becomes NaN: the alarm never sounds",
    (_KL, "(share * (10 * share).log()).sum()"),
    caught_by="missing_classes",
    says="NaN > threshold",
)
collapse_alarm.mistake(
    "U10",
    "takes the largest label for the number of classes",
    ("10 * share", "len(share) * share"),
    caught_by="one_class_only",
    says="uniform is 1/10",
)
collapse_alarm.mistake(
    "U10",
    "sounds on the healthy generator",
    ("kl > threshold", "kl < threshold"),
    caught_by="silent_on_all_classes",
    says="equal shares",
)
collapse_alarm.mistake(
    "U10",
    "uses the entropy of the shares",
    (_KL, "-torch.xlogy(share, share).sum()"),
    caught_by="silent_on_all_classes",
    says="an alarm",
)
collapse_alarm.mistake(
    "T11",
    "the other KL, infinite with one class missing",
    (_KL, "-(0.1 * (10 * share).log()).sum()"),
    caught_by="missing_classes",
    says="an alarm",
)
collapse_alarm.mistake(
    "T11",
    "forgets the uniform distribution",
    ("10 * share", "share"),
    caught_by="silent_on_all_classes",
    says="silence",
)
collapse_alarm.mistake(
    "T11",
    "measures in bits",
    (_KL, f"{_KL} / torch.log(torch.tensor(2.0))"),
    caught_by="missing_classes",
    says="an alarm",
)
collapse_alarm.mistake(
    "U10", "returns the KL itself", ("bool(kl > threshold)", "kl"), caught_by="true_or_false", says="True or False"
)
collapse_alarm.mistake(
    "U10", "forgets to divide by n", (" / len(labels)", ""), caught_by="silent_on_all_classes", says="equal shares"
)
_SHARE = "share = torch.bincount(labels) / len(labels)"
_RETURN = "return bool(kl > threshold)"
collapse_alarm.mistake(
    "U10",
    "looks at the largest class only",
    (_KL, "(10 * share).max().log()"),
    caught_by="uneven_shares",
    says="sum of share * log(share / 0.1)",
)
collapse_alarm.mistake(
    "T11",
    "compares with the uniform of the classes that occur",
    (_KL, "torch.xlogy(share, (share > 0).sum() * share).sum()"),
    caught_by="missing_classes",
    says="five of ten classes",
)
collapse_alarm.mistake(
    "T11",
    "adds one to every count",
    (_SHARE, "share = (torch.bincount(labels, minlength=10) + 1) / (len(labels) + 10)"),
    caught_by="missing_classes",
    says="five of ten classes",
)
collapse_alarm.mistake(
    "T11",
    "rounds the KL",
    (_KL, f"{_KL}.round(decimals=2)"),
    caught_by="missing_classes",
    says="KL = 0.6931",
)
collapse_alarm.mistake(
    "T18",
    "makes shares with softmax",
    (_SHARE, "share = torch.bincount(labels).float().softmax(0)"),
    caught_by="missing_classes",
    says="five of ten classes",
)
collapse_alarm.mistake(
    "T11",
    "half of the sum of absolute differences",
    (_KL, "(share - 0.1).abs().sum() / 2"),
    caught_by="missing_classes",
    says="silence",
)
collapse_alarm.mistake(
    "U10",
    "drops the missing classes and spreads them over the rest",
    (_KL, "torch.xlogy(share, share / share[share > 0].mean()).sum()"),
    caught_by="missing_classes",
    says="five of ten classes",
)
collapse_alarm.mistake(
    "U10",
    "sorts the labels of the caller",
    (_SHARE, "labels.copy_(labels.sort()[0])\n    " + _SHARE),
    caught_by="leaves_the_labels_alone",
    says="changed labels itself",
)
