"""Exercises of chapter 13: a round with labels, four rounds with bugs, straight-through words, inversion."""

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot, softplus

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, items, near, number, tensor
from ganlab.checks.traces import untouched

conditional_round = Exercise(
    "conditional_round",
    "A round in which both players know the label",
    stub='''
from torch.nn.functional import softplus


def conditional_round(G, D, opt_g, opt_d, real, y, z):
    """Move D, then G, in the non-saturating game; return both losses.

    G(z, y) draws examples, D(x, y) returns logits (n, 1). The fakes get
    the labels y of the real examples.
    """
    raise NotImplementedError
''',
    reference='''
from torch.nn.functional import softplus


def conditional_round(G, D, opt_g, opt_d, real, y, z):
    """Move D, then G, in the non-saturating game; return both losses.

    G(z, y) draws examples, D(x, y) returns logits (n, 1). The fakes get
    the labels y of the real examples.
    """
    fake = G(z, y)
    on_real, on_fake = D(real, y), D(fake.detach(), y)
    d_loss = softplus(-on_real).mean() + softplus(on_fake).mean()
    opt_d.zero_grad()
    d_loss.backward()
    opt_d.step()
    g_loss = softplus(-D(fake, y)).mean()
    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()
    return d_loss, g_loss
''',
    goals=(
        (1, "Let G draw a fake for each label"),
        (2, "Let D judge pairs, each example with its label, and write down its loss"),
        (3, "Move D: clear old gradients, find new ones, step"),
        (1, "Let the D that has moved judge the fakes again, with their labels"),
        (3, "Move G in the same three moves"),
        (1, "Return both losses"),
    ),
    equivalent={
        "swap: d_loss = softplus(-on_real).mean() + softplus(on_fake).mean() / opt_d.zero_grad()": (
            "clearing needs no loss, only to come before backward"
        ),
        "swap: g_loss = softplus(-D(fake, y)).mean() / opt_g.zero_grad()": (
            "clearing needs no loss, only to come before backward"
        ),
        "opt_d.zero_grad() -> D.zero_grad()": "the optimiser owns just these parameters",
        "opt_g.zero_grad() -> G.zero_grad()": "the optimiser owns just these parameters",
    },
)


class _G(nn.Module):
    """Noise and label to a point on a line."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(5, 1)
        self.asked: list[Tensor] = []

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        self.asked.append(y.detach().clone())
        return self.layer(torch.cat([z, one_hot(y, 3).to(z)], dim=1))


class _D(nn.Module):
    """Point and label to a logit."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
        self.seen: list[tuple[Tensor, Tensor]] = []

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        self.seen.append((x.detach().clone(), y.detach().clone()))
        return self.layers(torch.cat([x, one_hot(y, 3).to(x)], dim=1))


def _pair() -> tuple[_G, _D]:
    """Make a pair whose parameters already carry gradients, of another time."""
    G, D = _G().double(), _D().double()
    for parameter in (*G.parameters(), *D.parameters()):
        parameter.grad = torch.ones_like(parameter)
    return G, D


def _batch(n: int = 6) -> tuple[Tensor, Tensor, Tensor]:
    y = torch.arange(n) % 3
    return torch.randn(n, 1).double() + 5, y, torch.randn(n, 2).double()


def _played(conditional_round):
    """Let the answer play one round by SGD; return pair, batch, losses and a copy of the pair before."""
    G, D = _pair()
    before = _G().double(), _D().double()
    for copy, net in zip(before, (G, D), strict=True):
        copy.load_state_dict(net.state_dict())
    batch = _batch()
    opts = (torch.optim.SGD(net.parameters(), lr=0.5) for net in (G, D))
    losses = items(conditional_round(G, D, *opts, *batch), 2, "two numbers: d_loss and g_loss")
    return G, D, batch, losses, before


def _flat(tensors) -> Tensor:
    return torch.cat([each.detach().flatten() for each in tensors])


def _moved_d(before, batch) -> tuple[Tensor, Tensor]:
    """Return the loss of D and its weights after the right step, which `before` makes."""
    (G, D), (real, y, z) = before, batch
    loss = softplus(-D(real, y)).mean() + softplus(D(G(z, y).detach(), y)).mean()
    with torch.no_grad():
        for parameter, slope in zip(D.parameters(), torch.autograd.grad(loss, list(D.parameters())), strict=True):
            parameter -= 0.5 * slope
    return loss.detach(), _flat(D.parameters())


def _moved_g(before, batch) -> tuple[Tensor, Tensor]:
    (G, D), (_, y, z) = before, batch
    loss = softplus(-D(G(z, y), y)).mean()
    with torch.no_grad():
        for parameter, slope in zip(G.parameters(), torch.autograd.grad(loss, list(G.parameters())), strict=True):
            parameter -= 0.5 * slope
    return loss.detach(), _flat(G.parameters())


@conditional_round.case(points=2, hint="G, and D each time, takes y as its second argument.")
def labels_travel_with_examples(conditional_round):
    """Every example, real or fake, is judged with the label it belongs to."""
    G, D, (real, y, z), _, before = _played(conditional_round)
    if not all(torch.equal(asked, y) for asked in G.asked):
        raise Finding("G is asked for other labels than y", "G(z, y)", "The fakes get the labels of the real batch.")
    fake = before[0](z, y).detach()
    for x, labels in D.seen:
        for example, label in zip(x, labels, strict=True):
            is_real = (example - real).abs().min() < 1e-9
            place = (example - (real if is_real else fake)).abs().sum(dim=1).argmin()
            if label != y[place]:
                kind = "real example" if is_real else "fake"
                raise Finding(
                    f"D sees a {kind} of label {y[place]} with the label {label}",
                    "the label that belongs to it",
                    "An example and its label are a pair: D judges whether the pair is real.",
                )


@conditional_round.case(points=2, hint="D learns: real pairs are real, fake pairs are fake. Clear old gradients.")
def d_moves_down_its_loss(conditional_round):
    """D makes one step of SGD down the sum of two means."""
    _, D, batch, _, before = _played(conditional_round)
    near(_flat(D.parameters()), _moved_d(before, batch)[1], "a weight of D after the round", tolerance=1e-6)


@conditional_round.case(points=2, hint="G descends -log D of its fakes, judged by the D that has moved, with y.")
def g_moves_down_its_loss(conditional_round):
    """G makes one step of SGD on fresh gradients, against the D that has moved."""
    G, _, batch, _, before = _played(conditional_round)
    _moved_d(before, batch)
    near(_flat(G.parameters()), _moved_g(before, batch)[1], "a weight of G after the round", tolerance=1e-6)


@conditional_round.case(hint="Return d_loss, g_loss, each from before its player's step.")
def returns_both_losses(conditional_round):
    """The losses are those before each step."""
    *_, batch, losses, before = _played(conditional_round)
    near(losses[0], _moved_d(before, batch)[0].item(), "d_loss")
    near(losses[1], _moved_g(before, batch)[0].item(), "g_loss")


@conditional_round.case(points=2, hint="If each half alone is right, look at the order of the steps.")
def learns_three_labels(conditional_round):
    """After 60 rounds on a line, at least 80 % of the fakes lie at the place of their label."""
    G, D = _G(), _D()
    opt_g, opt_d = (torch.optim.Adam(net.parameters(), lr=0.08, betas=(0.0, 0.99)) for net in (G, D))
    y = torch.arange(60) % 3
    for _ in range(60):
        real = 2.0 * (y[:, None] - 1) + 0.2 * torch.randn(60, 1)
        conditional_round(G, D, opt_g, opt_d, real, y, torch.randn(60, 2))
    with torch.no_grad():
        places = G(torch.randn(60, 2), y)
    nearest = (places - torch.tensor([-2.0, 0.0, 2.0])).abs().argmin(dim=1)
    share = (nearest == y).float().mean().item()
    if share < 0.8:
        raise Finding(f"a share of {share:.2f} of the fakes lies where its label belongs", "0.80 or more")


@conditional_round.case()
def leaves_the_batch_alone(conditional_round):
    """Real examples, labels and noise are not changed, nor the modes of G and D."""
    (G, D), (real, y, z) = _pair(), _batch()
    opts = [torch.optim.SGD(net.parameters(), lr=0.1) for net in (G, D)]
    with untouched(real=real, y=y, z=z, G=G, D=D):
        conditional_round(G, D, *opts, real, y, z)


_FAKE_PAIR, _REAL_PAIR, _G_PAIR = "D(fake.detach(), y)", "D(real, y)", "D(fake, y)"
for _key, _title, _edits, _case, _says in (
    (
        "T23",
        "asks G for the labels in another order",
        [("fake = G(z, y)", "fake = G(z, y.flip(0))")],
        "labels",
        "other labels",
    ),
    ("T23", "shows D fakes with other labels", [(_FAKE_PAIR, "D(fake.detach(), y.roll(1))")], "labels", "a fake of"),
    ("T23", "shows D real examples with other labels", [(_REAL_PAIR, "D(real, y.roll(1))")], "labels", "real example"),
    ("T23", "forgets the label in the step of G", [(_G_PAIR, "D(fake, 0 * y)")], "labels", "a fake of"),
    ("T23", "gives all fakes one label in the step of D", [(_FAKE_PAIR, "D(fake.detach(), 0 * y)")], "labels", "pair"),
    ("E14", "plays the minimax loss", [("softplus(-D(fake, y))", "-softplus(D(fake, y))")], "g_moves", "weight of G"),
    ("U4", "makes G draw what D finds fake", [("softplus(-D(fake, y))", "softplus(D(fake, y))")], "g_moves", "of G"),
    ("U4", "swaps the labels real and fake", [("softplus(-on_real)", "softplus(on_real)")], "d_moves", "weight of D"),
    ("U7", "keeps old gradients of D", [("    opt_d.zero_grad()\n", "")], "d_moves", "weight of D"),
    ("U7", "keeps old gradients of G", [("    opt_g.zero_grad()\n", "")], "g_moves", "weight of G"),
    ("E8", "returns the loss of D twice", [("return d_loss, g_loss", "return d_loss, d_loss")], "returns", "g_loss"),
    ("E13", "adds instead of averaging", [("softplus(on_fake).mean()", "softplus(on_fake).sum()")], "d_moves", "of D"),
):
    _full = {
        "labels": "labels_travel_with_examples",
        "d_moves": "d_moves_down_its_loss",
        "g_moves": "g_moves_down_its_loss",
        "returns": "returns_both_losses",
    }[_case]
    conditional_round.mistake(_key, _title, *_edits, caught_by=_full, says=_says)


label_bugs = Exercise(
    "label_bugs",
    "Four rounds with labels, and what is wrong with them",
    stub="""
# 0  nothing is wrong
# 1  D never sees a label
# 2  D sees fakes with other labels than they were drawn for
# 3  one class is never asked for
# 4  the label is missing in the step of G only
# 5  D sees real images with the labels of other images
# for example {"A": 0, "B": 1, "C": 2, "D": 3}
bugs = ...
""",
    reference="""
# 0  nothing is wrong
# 1  D never sees a label
# 2  D sees fakes with other labels than they were drawn for
# 3  one class is never asked for
# 4  the label is missing in the step of G only
# 5  D sees real images with the labels of other images
# for example {"A": 0, "B": 1, "C": 2, "D": 3}
bugs = {"A": 1, "B": 3, "C": 0, "D": 2}
""",
)

_BUGS = {"A": 1, "B": 3, "C": 0, "D": 2}
_LOOK = {
    "A": "Follow y from the arguments to the logit of D.",
    "B": "Which numbers can randint return?",
    "C": "For each fake: which label was asked for, and which one does D see?",
    "D": "For each fake: which label was asked for, and which one does D see?",
}
_WRONG = {
    "A": {
        0: "D accepts y; what does it do with it?",
        4: "Does D use the label in its own step?",
        2: "The labels given to D are right; what does D do with them?",
    },
    "B": {
        0: "The upper end of randint is not included.",
        2: "G and D get the same labels; which of the ten do not occur?",
    },
    "C": {
        2: "G and D get the same labels, though not those of the real images.",
        5: "The real images keep their own labels; those of the fakes are drawn.",
        3: "randint(10, ...) returns 0 to 9.",
    },
    "D": {
        0: "Which label does D see next to a fake, and which one was it drawn for?",
        4: "D gets a label in both steps; is it the right one?",
        5: "The real images keep their own labels; look at the fakes.",
    },
}


def _bug(bugs, letter: str) -> float:
    if type(bugs) is not dict or set(bugs) != set(_BUGS):
        raise Finding("your answer has other letters", 'a dictionary {"A": …, "B": …, "C": …, "D": …}')
    return number(bugs[letter], f"the bug of {letter}")


def _one_letter(letter: str, title: str):
    def case(bugs):
        found = _bug(bugs, letter)
        if found != _BUGS[letter]:
            hint = _WRONG[letter].get(found, _LOOK[letter])
            raise Finding(f"you gave {letter} the number {found:g}", "another number", hint)

    case.__name__, case.__doc__ = f"listing_{letter.lower()}", title
    label_bugs.case(hint=_LOOK[letter])(case)


_one_letter("A", "Listing A: what becomes of the label in D?")
_one_letter("B", "Listing B: which labels are asked for?")
_one_letter("C", "Listing C: do fakes and their labels fit?")
_one_letter("D", "Listing D: do fakes and their labels fit?")
for _title, _edit, _case, _says in (
    ("finds nothing wrong with a D that drops the label", ('"A": 1', '"A": 0'), "listing_a", "accepts y"),
    ("thinks that only G's step misses the label", ('"A": 1', '"A": 4'), "listing_a", "own step"),
    ("thinks that fakes have wrong labels", ('"A": 1', '"A": 2'), "listing_a", "what does D do"),
    ("overlooks the end of randint", ('"B": 3', '"B": 0'), "listing_b", "not included"),
    ("takes drawn labels for wrong ones", ('"B": 3', '"B": 2'), "listing_b", "the same labels"),
    ("takes drawn labels for a bug", ('"C": 0', '"C": 2'), "listing_c", "the same labels"),
    ("thinks that real labels are mixed up", ('"C": 0', '"C": 5'), "listing_c", "keep their own"),
    ("thinks that the nines are missing", ('"C": 0', '"C": 3'), "listing_c", "0 to 9"),
    ("overlooks that the labels are drawn twice", ('"D": 2', '"D": 0'), "listing_d", "next to a fake"),
    ("thinks that a label is missing", ('"D": 2', '"D": 4'), "listing_d", "both steps"),
):
    label_bugs.mistake("T23", _title, _edit, caught_by=_case, says=_says)


straight_through = Exercise(
    "straight_through",
    "Hard words forward, soft slopes backward",
    stub='''
from torch.nn.functional import one_hot


def straight_through(soft):
    """Return one-hot vectors that have the slope of the soft ones.

    soft has shape (..., K) and adds up to 1 over the last dimension.
    """
    raise NotImplementedError
''',
    reference='''
from torch.nn.functional import one_hot


def straight_through(soft):
    """Return one-hot vectors that have the slope of the soft ones.

    soft has shape (..., K) and adds up to 1 over the last dimension.
    """
    hard = one_hot(soft.argmax(dim=-1), soft.shape[-1])
    return hard - soft.detach() + soft
''',
    equivalent={
        "no_grad: hard = one_hot(soft.argmax(dim=-1), soft.shape[-1])": "argmax has no gradient to lose",
        "hard = one_hot(soft.argmax(dim=-1), soft.shape[-1]) -> "
        "hard = one_hot(soft.argmax(dim=-1), soft.shape[-1]).detach()": "argmax has no gradient to lose",
    },
)


def _soft(*shape: int, seed_row: int = 0) -> Tensor:
    values = torch.linspace(-1.3, 2.1, 997, dtype=torch.float64)
    places = (torch.arange(torch.Size(shape).numel()) * 379 + seed_row) % 997
    return values[places].view(shape).softmax(dim=-1)


@straight_through.case(points=2, hint="The largest entry becomes 1, the others 0, in each row by itself.")
def value_is_one_hot(straight_through):
    """The value is the nearest one-hot vector of each row."""
    soft = torch.tensor([[0.2, 0.5, 0.3], [0.34, 0.33, 0.33], [0.1, 0.6, 0.3]], dtype=torch.float64)
    wanted = torch.tensor([[0, 1, 0], [1, 0, 0], [0, 1, 0]], dtype=torch.float64)
    hints = {
        soft: "That is the soft word itself: D must see a hard one.",
        wanted + soft: "Hard plus soft: take the value of the soft word away again, without its slope.",
        wanted * soft: "A product of both is no one-hot vector.",
        soft.round(): "Rounding leaves rows without a 1, where no entry reaches one half.",
    }
    near(straight_through(soft.clone()), wanted, "the words of three rows", hints=hints)


@straight_through.case(points=2, hint="Only one of the terms may keep its slope: detach the other soft one.")
def slope_is_that_of_the_soft_word(straight_through):
    """Backward, the function is the identity."""
    soft = _soft(4, 5).requires_grad_()
    pull = torch.arange(20, dtype=torch.float64).view(4, 5) - 7
    word = tensor(straight_through(soft), "the word", shape=(4, 5))
    if not word.requires_grad:
        raise Finding("the word carries no gradient", "the slope of the soft word", "argmax and one_hot have none.")
    (slope,) = torch.autograd.grad((word * pull).sum(), soft, allow_unused=True, materialize_grads=True)
    hints = {
        -pull: "The sign is flipped: the term that is subtracted keeps its slope.",
        torch.zeros_like(pull): "The slopes of two soft terms cancel: detach one of them.",
        2 * pull: "Two soft terms keep their slope: one is enough.",
    }
    near(slope, pull, "the slope at the soft words", hints=hints)


@straight_through.case(hint="Work along the last dimension: dim=-1.")
def any_number_of_dimensions(straight_through):
    """Vectors alone and batches of sentences are handled alike."""
    for shape in ((6,), (2, 3, 4)):
        soft = _soft(*shape, seed_row=11)
        wanted = (soft == soft.amax(dim=-1, keepdim=True)).double()
        near(straight_through(soft.clone()), wanted, f"the words of shape {shape}")


@straight_through.case(hint="Take the largest entry as it is, without drawing anew.")
def draws_nothing(straight_through):
    """The same soft words give the same hard ones."""
    soft = torch.full((200, 3), 0.3, dtype=torch.float64)
    soft[:, 1] = 0.4
    near(tensor(straight_through(soft), "the words")[:, 1].mean(), 1.0, "the share of the largest entry in 200 rows")


@straight_through.case()
def leaves_the_soft_words_alone(straight_through):
    """The argument is not changed."""
    soft = _soft(3, 4)
    with untouched(soft=soft):
        straight_through(soft)


_HARD, _OUT = "hard = one_hot(soft.argmax(dim=-1), soft.shape[-1])", "return hard - soft.detach() + soft"
_DRAWN = _HARD.replace("soft.argmax(dim=-1)", "__import__('torch').distributions.Categorical(soft).sample()")
_VALUE, _SLOPE = "value_is_one_hot", "slope_is_that_of_the_soft_word"
for _title, _edits, _case, _says in (
    ("returns the soft word", [(_OUT, "return soft")], _VALUE, "soft word itself"),
    ("returns the hard word alone", [(_OUT, "return hard.to(soft)")], _SLOPE, "no gradient"),
    ("forgets the detach", [(_OUT, "return hard - soft + soft")], _SLOPE, "cancel"),
    ("detaches the wrong term", [(_OUT, "return hard - soft + soft.detach()")], _SLOPE, "sign is flipped"),
    ("detaches everything", [(_OUT, "return (hard - soft + soft).detach()")], _SLOPE, "no gradient"),
    ("adds the soft word without taking it away", [(_OUT, "return hard + soft")], _VALUE, "Hard plus soft"),
    ("masks the soft word", [(_OUT, "return hard * soft")], _VALUE, "product"),
    ("rounds", [(_HARD, "hard = soft.round()")], _VALUE, "Rounding"),
    ("looks for the largest entry of a column", [(_HARD, _HARD.replace("dim=-1", "dim=0"))], _VALUE, "the words"),
    ("works along dimension 1", [(_HARD, _HARD.replace("dim=-1", "dim=1"))], "any_number_of_dimensions", "imension"),
    ("draws anew from the soft word", [(_HARD, _DRAWN)], _VALUE, "the words"),
    ("doubles the slope", [(_OUT, "return hard - 2 * soft.detach() + 2 * soft")], _SLOPE, "one is enough"),
):  # fmt: skip
    straight_through.mistake("T22", _title, *_edits, caught_by=_case, says=_says)


invert = Exercise(
    "invert",
    "The latent vector of a given image",
    stub='''
import torch


def invert(G, x, z, steps, rate):
    """Descend the summed squared error of G(z) to x; return the z found.

    z, shape (n, z_dim), is where to start. Plain gradient descent with a
    fixed rate; G keeps its weights and their gradients.
    """
    raise NotImplementedError
''',
    reference='''
import torch


def invert(G, x, z, steps, rate):
    """Descend the summed squared error of G(z) to x; return the z found.

    z, shape (n, z_dim), is where to start. Plain gradient descent with a
    fixed rate; G keeps its weights and their gradients.
    """
    for _ in range(steps):
        z = z.detach().clone().requires_grad_()
        error = (G(z) - x).square().sum()
        (slope,) = torch.autograd.grad(error, z)
        z = z - rate * slope
    return z.detach()
''',
    goals=(
        (2, "Begin every step with a z that hangs on no graph and asks for a gradient"),
        (1, "Measure the summed squared error of its image"),
        (2, "Go down the slope in z, and ask for no other slope, so that G stays as it is"),
        (1, "Return the z found, without a graph"),
    ),
    equivalent={
        "error = (G(z) - x).square().sum() -> error = (x - G(z)).square().sum()": "the square has no sign",
        "error = (G(z) - x).square().sum() -> error = (-(G(z) - x)).square().sum()": "the square has no sign",
        "z = z.detach().clone().requires_grad_() -> z = z.detach().requires_grad_()": (
            "the start is never written to, and detach makes a tensor with a flag of its own"
        ),
        "z = z.detach().clone().requires_grad_() -> z = z.clone().requires_grad_()": (
            "the slope is taken at this z alone; only the graph of older steps is kept longer"
        ),
    },
)

_A = torch.tensor([[1.0, 0.5], [-0.5, 1.0], [0.2, 0.3]], dtype=torch.float64)


class _Curved(nn.Module):
    """Two latent numbers to three pixels, bent a little."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(_A.clone())

    def forward(self, z: Tensor) -> Tensor:
        image = z @ self.weight.T
        return image + 0.1 * image**2


def _search(G: nn.Module, x: Tensor, z: Tensor, steps: int, rate: float) -> Tensor:
    """Make the right steps by the slopes written out."""
    for _ in range(steps):
        image = z @ _A.T
        z = z - rate * (2 * (image + 0.1 * image**2 - x) * (1 + 0.2 * image)) @ _A
    return z


def _task() -> tuple[nn.Module, Tensor, Tensor]:
    G = _Curved()
    hidden = torch.tensor([[0.7, -0.4], [-0.6, 0.9], [0.1, 0.5], [1.0, 1.0]], dtype=torch.float64)
    return G, G(hidden).detach(), torch.tensor([[0.0, 0.1]], dtype=torch.float64).repeat(4, 1)


@invert.case(points=2, hint="The step is z - rate * slope, with the slope of the squared error.")
def one_step(invert):
    """One step moves z against the gradient of the squared error."""
    G, x, z = _task()
    right = _search(G, x, z, 1, 0.05)
    hints = {
        2 * z - right: "That is uphill: the slope is subtracted.",
        z: "z has not moved.",
        z + (right - z) / 4: "The error is averaged over the four images: each needs a step of its own, so add.",
        z + (right - z) / 12: "The error is averaged: each image needs a step of its own, so add.",
        G(right).detach(): "That is the image: return the latent vectors.",
    } if z.shape == right.shape else {}  # fmt: skip
    hints = {wrong: hint for wrong, hint in hints.items() if wrong.shape == right.shape}
    near(invert(G, x, z.clone(), 1, 0.05), right, "z after one step", hints=hints, tolerance=1e-7)


@invert.case(points=2, hint="Compute the slope anew in every step, at the z of the moment.")
def many_steps(invert):
    """Five steps follow the slope where z is."""
    G, x, z = _task()
    near(invert(G, x, z.clone(), 5, 0.05), _search(G, x, z, 5, 0.05), "z after five steps", tolerance=1e-7)


@invert.case(hint="Descend until the images agree.")
def finds_the_hidden_vectors(invert):
    """After 400 steps G(z) is the image."""
    G, x, z = _task()
    found = tensor(invert(G, x, z.clone(), 400, 0.1), "z", shape=(4, 2))
    near((G(found.detach()) - x).abs().max(), 0.0, "the largest error of a pixel after 400 steps", tolerance=1e-3)


@invert.case(hint="Each image has an error of its own: sum, so that companions do not matter.")
def companions_do_not_matter(invert):
    """An image alone is inverted as in company."""
    G, x, z = _task()
    together = tensor(invert(G, x, z.clone(), 3, 0.05), "z", shape=(4, 2))
    near(invert(G, x[1:2], z[1:2].clone(), 3, 0.05), together[1:2].detach(), "z of an image alone", tolerance=1e-7)


@invert.case(hint="Steps may be 0: then z is where it was.")
def no_step_at_all(invert):
    """Without steps the start is returned."""
    G, x, z = _task()
    near(invert(G, x, z.clone(), 0, 0.05), z, "z after no step")


@invert.case(points=2, hint="torch.autograd.grad(error, z) leaves the weights and their gradients alone.")
def leaves_g_and_the_start_alone(invert):
    """G's weights and gradients, the images and the start are as before; z carries no graph."""
    G, x, z = _task()
    weight = G.weight
    with untouched(weight=weight, x=x, z=z, G=G):
        found = tensor(invert(G, x, z, 2, 0.05), "z", shape=(4, 2))
    if found.requires_grad:
        raise Finding("z still carries a graph", "plain numbers", "Detach what you return.")


_ERROR, _STEP, _BACK = "error = (G(z) - x).square().sum()", "z = z - rate * slope", "return z.detach()"
_START = "z = z.detach().clone().requires_grad_()"
_GRAD = "(slope,) = torch.autograd.grad(error, z)"
for _key, _title, _edits, _case, _says in (
    ("T16", "goes uphill", [(_STEP, "z = z + rate * slope")], "one_step", "uphill"),
    ("T16", "averages over all numbers", [(_ERROR, _ERROR.replace("sum", "mean"))], "one_step", "averaged"),
    (
        "T16",
        "averages over the images",
        [(_ERROR, "error = (G(z) - x).square().sum(dim=1).mean()")],
        "one_step",
        "four images",
    ),
    ("T16", "takes the absolute error", [(_ERROR, "error = (G(z) - x).abs().sum()")], "one_step", "after one step"),
    ("T16", "takes the distance without square", [(_ERROR, "error = (G(z) - x).norm()")], "one_step", "one step"),
    ("T16", "returns the image", [(_BACK, "return G(z).detach()")], "one_step", "shape"),
    ("T16", "makes one step only", [("range(steps)", "range(min(steps, 1))")], "many_steps", "five steps"),
    (
        "U7",
        "leaves gradients in G",
        [(_GRAD, "error.backward()\n        slope = z.grad")],
        "leaves_g_and_the_start_alone",
        "weight",
    ),
    ("T16", "returns a graph", [(_BACK, "return z")], "leaves_g_and_the_start_alone", "graph"),
    (
        "T16",
        "pulls z towards 0",
        [(_ERROR, "error = (G(z) - x).square().sum() + 0.1 * z.square().sum()")],
        "one_step",
        "after one step",
    ),
    (
        "U7",
        "moves the start itself",
        [("    for _ in", "    start = z\n    for _ in"), (_BACK, "start.copy_(z.detach())\n    return start")],
        "leaves_g_and_the_start_alone",
        "z",
    ),
):
    invert.mistake(_key, _title, *_edits, caught_by=_case, says=_says)
