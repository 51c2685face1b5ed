"""Exercises of the clinic: eight training scripts, each broken in one function that the reader repairs.

The stub of each exercise holds the function as it was posted, below a line that stops it; the first mistake is this
function, so that the check is known to see the bug that the page is about.
"""

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, differentiable, items, kind, near, number, tensor
from ganlab.checks.players import Table, d_gradients, g_gradients, moved_along
from ganlab.checks.traces import untouched

_IN_TIME = "zero_grad only has to come before backward"
_NO_GRADIENT = "nothing goes backward through it"

clinic_error = Exercise(
    "clinic_error",
    "A round that stops with an error",
    seconds=30,  # the first optimiser of a session may take seconds to load
    stub='''
from torch.nn.functional import softplus


def play_round(G, D, opt_g, opt_d, real, z):
    """Move D, then G against the new D; return both losses."""
    raise NotImplementedError  # delete this line, repair the others
    s_real, s_fake = D(real), D(G(z))
    d_loss = softplus(-s_real).mean() + softplus(s_fake).mean()
    g_loss = softplus(-s_fake).mean()
    opt_d.zero_grad()
    d_loss.backward(retain_graph=True)
    opt_d.step()
    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()
    return d_loss.item(), g_loss.item()
''',
    reference='''
from torch.nn.functional import softplus


def play_round(G, D, opt_g, opt_d, real, z):
    """Move D, then G against the new D; return both losses."""
    fake = G(z)
    s_real, s_fake = D(real), D(fake.detach())
    d_loss = softplus(-s_real).mean() + softplus(s_fake).mean()
    opt_d.zero_grad()
    d_loss.backward()
    opt_d.step()
    g_loss = softplus(-D(fake)).mean()
    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()
    return d_loss.item(), g_loss.item()
''',
    goals=(
        (1, "Make the fakes once"),
        (2, "Let D judge them, cut off from G, and write down its loss"),
        (3, "Finish the half of D: clear old gradients, find new ones, step"),
        (1, "Only now write down the loss of G, which needs the new D"),
        (3, "Finish the half of G in the same three moves"),
        (1, "Return both losses as plain numbers"),
    ),
    equivalent={
        "return (d_loss.item(), g_loss.item()) -> return (d_loss, g_loss.item())": "the same number, with its graph",
        "return (d_loss.item(), g_loss.item()) -> return (d_loss.item(), g_loss)": "the same number, with its graph",
        "swap: d_loss = softplus(-s_real).mean() + softplus(s_fake).mean() / opt_d.zero_grad()": _IN_TIME,
        "swap: g_loss = softplus(-D(fake)).mean() / opt_g.zero_grad()": _IN_TIME,
        "opt_d.zero_grad() -> D.zero_grad()": "opt_d owns the parameters of D",
        "opt_g.zero_grad() -> G.zero_grad()": "opt_g owns the parameters of G",
    },
)

_CLASSIC = (
    "opt_d.step() writes into the weights of D. Which loss, computed before it, goes backward through them after it?"
)


def _round(play_round: Callable, seed: int, rounds: int = 1) -> tuple[Table, Tensor, Sequence[object]]:
    table = Table(seed)
    table.leave_gradients("DG")
    for _ in range(rounds):
        z = torch.randn(len(table.round.real), 1)
        losses = play_round(table.G, table.D, table.opt_g, table.opt_d, table.round.real.clone(), z.clone())
    return table, z, items(losses, 2, "two numbers, d_loss and g_loss")


@clinic_error.case(hint=_CLASSIC)
def runs_through(play_round):
    """It runs, and returns two numbers."""
    try:
        _, _, losses = _round(play_round, seed=1)
    except Finding as found:
        if "inplace" in found.saw:
            raise Finding(found.saw, found.expected, _CLASSIC, found.line) from None
        raise
    number(losses[0], "d_loss"), number(losses[1], "g_loss")


@clinic_error.case(hint="First opt_d.step(), then opt_g.step(), once each.")
def one_step_each(play_round):
    """D takes one step, then G takes one."""
    table, _, _ = _round(play_round, seed=1)
    taken = [step.player for step in table.round.steps]
    if taken != ["D", "G"]:
        raise Finding(f"the steps were taken by {', then '.join(taken) or 'nobody'}", "D, then G")


@clinic_error.case(
    points=2, hint="D descends its own loss and nothing else: which backward() calls came before its step?"
)
def d_descends_its_own_loss(play_round):
    """D moves straight down its own loss, whatever gradients it had, also in a second round."""
    for seed, rounds in ((1, 1), (2, 2)):
        table, z, _ = _round(play_round, seed, rounds)
        step, real = table.round.steps[-2], table.round.real
        wanted, late = d_gradients(step.networks, real, z), g_gradients_of_d(step.networks.D, step.networks.G, z)
        moved_along(step.gradient, wanted, "D", {"The gradient of G's loss is added to that of D's.": wanted + late})


def g_gradients_of_d(D: nn.Module, G: nn.Module, z: Tensor) -> Tensor:
    """Return what the backward of G's loss leaves in D, as one vector."""
    slopes = torch.autograd.grad(softplus(-D(G(z))).mean(), list(D.parameters()))
    return torch.cat([slope.flatten() for slope in slopes])


@clinic_error.case(
    points=2, hint="G descends softplus(-D(G(z))), with the D that has just moved; nothing is detached on this way."
)
def g_goes_down_through_the_new_d(play_round):
    """G moves straight down its own loss, judged by the new D, whatever gradients it had, also in a second round."""
    for seed, rounds in ((1, 1), (2, 2)):
        table, z, _ = _round(play_round, seed, rounds)
        before, step = table.round.steps[-2:]
        hints = {
            "G was judged by D as it was before its step: compute G's loss after opt_d.step().": g_gradients(
                before.networks, z
            )
        }
        moved_along(step.gradient, g_gradients(step.networks, z), "G", hints)


@clinic_error.case(hint="Return the losses that were stepped on.")
def reports_both_losses(play_round):
    """The two numbers are the losses at the moment of each step."""
    table, z, losses = _round(play_round, seed=1)
    d_step, g_step = table.round.steps
    near(losses[0], d_step.networks.d_loss(table.round.real, z).item(), "d_loss")
    near(losses[1], g_step.networks.g_loss(z).item(), "g_loss")


@clinic_error.case()
def leaves_the_players_ready(play_round):
    """Both networks stay in train mode and unfrozen, G gets no gradient from D's half, and only the steps move them."""
    table = Table(1)
    real, z = table.round.real, torch.randn(512, 1)
    with untouched(real=real, z=z, G=table.G, D=table.D, opt_g=table.opt_g, opt_d=table.opt_d):
        play_round(table.G, table.D, table.opt_g, table.opt_d, real, z)
    table.always_training()
    table.only_steps_move()
    if table.round.steps[0].g_has_gradient:
        hint = "D's half needs samples only: .detach() cuts the fakes off from the G that made them."
        raise Finding("G has gradients at D's step", "no gradient of D's loss in G", hint)


_BODY = """    fake = G(z)
    s_real, s_fake = D(real), D(fake.detach())
    d_loss = softplus(-s_real).mean() + softplus(s_fake).mean()
    opt_d.zero_grad()
    d_loss.backward()
    opt_d.step()
    g_loss = softplus(-D(fake)).mean()
    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()
"""
_LOSSES = """    s_real, s_fake = D(real), D(G(z))
    d_loss = softplus(-s_real).mean() + softplus(s_fake).mean()
    g_loss = softplus(-s_fake).mean()
"""
for _title, _wrong, _case, _says in (
    (
        "the function as it was posted",
        _LOSSES + "    opt_d.zero_grad()\n    d_loss.backward(retain_graph=True)\n    opt_d.step()\n"
        "    opt_g.zero_grad()\n    g_loss.backward()\n    opt_g.step()\n",
        "runs_through",
        "Which loss, computed before it",
    ),
    (
        "clones the logits, which leaves the weights as they are",
        _LOSSES.replace("D(G(z))", "D(G(z)).clone()")
        + "    opt_d.zero_grad()\n    d_loss.backward(retain_graph=True)\n"
        "    opt_d.step()\n    opt_g.zero_grad()\n    g_loss.backward()\n    opt_g.step()\n",
        "runs_through",
        "Which loss, computed before it",
    ),
    (
        "both backward passes first, then both steps",
        _LOSSES + "    opt_d.zero_grad()\n    opt_g.zero_grad()\n    d_loss.backward(retain_graph=True)\n"
        "    g_loss.backward()\n    opt_d.step()\n    opt_g.step()\n",
        "d_descends_its_own_loss",
        "is added to that of D",
    ),
    (
        "leaves out the step of D, so that the message goes",
        _LOSSES + "    opt_d.zero_grad()\n    d_loss.backward(retain_graph=True)\n    opt_g.zero_grad()\n"
        "    g_loss.backward()\n    opt_g.step()\n",
        "one_step_each",
        "taken by G",
    ),
    (
        "moves G first",
        _LOSSES + "    opt_g.zero_grad()\n    g_loss.backward(retain_graph=True)\n    opt_d.zero_grad()\n"
        "    g_step = [p.grad.clone() for p in G.parameters()]\n    d_loss.backward()\n"
        "    for p, g in zip(G.parameters(), g_step):\n        p.grad = g\n    opt_g.step()\n    opt_d.step()\n",
        "one_step_each",
        "taken by G, then D",
    ),
    (
        "takes both gradients before either step",
        _LOSSES + "    g_step = __import__('torch').autograd.grad(g_loss, list(G.parameters()), retain_graph=True)\n"
        "    opt_d.zero_grad()\n    d_loss.backward(inputs=list(D.parameters()))\n    opt_d.step()\n"
        "    for p, g in zip(G.parameters(), g_step):\n        p.grad = g\n    opt_g.step()\n",
        "g_goes_down_through_the_new_d",
        "compute G's loss after",
    ),
    (
        "lets D's loss run through G and never clears it",
        _BODY.replace("fake.detach()", "fake")
        .replace("d_loss.backward()", "d_loss.backward(retain_graph=True)")
        .replace("    opt_g.zero_grad()\n", ""),
        "g_goes_down_through_the_new_d",
        "nothing is detached",
    ),
):
    clinic_error.mistake("U8", _title, (_BODY, _wrong), caught_by=_case, says=_says)
clinic_error.mistake(
    "U8",
    "detaches the fakes in G's half, so that the message goes",
    ("softplus(-D(fake))", "softplus(-D(fake.detach()))"),
    caught_by="g_goes_down_through_the_new_d",
    says="nothing is detached on this way",
)
clinic_error.mistake(
    "U6",
    "detaches the fakes once for both halves, and asks for their gradient",
    ("fake = G(z)", "fake = G(z).detach().requires_grad_()"),
    caught_by="g_goes_down_through_the_new_d",
    says="no gradient reached G",
)
clinic_error.mistake(
    "U6",
    "keeps the graph of D's half, and lets it reach G",
    ("D(fake.detach())", "D(fake)"),
    ("d_loss.backward()", "d_loss.backward(retain_graph=True)"),
    caught_by="leaves_the_players_ready",
    says="cuts the fakes off",
)
clinic_error.mistake(
    "U6",
    "freezes D for G's half and never thaws it",
    ("    g_loss = ", "    D.requires_grad_(False)\n    g_loss = "),
    caught_by="d_descends_its_own_loss",
    says="everything detached",
)
clinic_error.mistake(
    "U4",
    "trains G on the label of fakes",
    ("softplus(-D(fake))", "softplus(D(fake))"),
    caught_by="g_goes_down_through_the_new_d",
    says="opposite way",
)


clinic_wandering = Exercise(
    "clinic_wandering",
    "A generator that wanders from mode to mode",
    stub="""
import torch


def minibatches(data, n):
    \"\"\"Return one epoch, a list of minibatches of n rows of data.

    The last one is smaller if n does not divide the number of rows.
    \"\"\"
    raise NotImplementedError  # delete this line, repair the others
    return list(torch.split(data, n))
""",
    reference="""
import torch


def minibatches(data, n):
    \"\"\"Return one epoch, a list of minibatches of n rows of data.

    The last one is smaller if n does not divide the number of rows.
    \"\"\"
    order = torch.randperm(len(data))
    return list(torch.split(data[order], n))
""",
    equivalent={
        "no_grad: order = torch.randperm(len(data))": _NO_GRADIENT,
        "no_grad: return list(torch.split(data[order], n))": _NO_GRADIENT,
        "order = torch.randperm(len(data)) -> order = -torch.randperm(len(data))": "0, -1, … name each row once, too",
    },
)


def _sorted(n_rows: int = 512) -> Tensor:
    """Return rows in order: the first column counts them, the second is their class of eight, sorted."""
    rows = torch.arange(n_rows)
    return torch.stack([rows, rows * 8 // n_rows, torch.full_like(rows, 7)], dim=1).float()


def _epoch(minibatches: Callable, data: Tensor, n: int = 64) -> list[Tensor]:
    given = minibatches(data, n)
    if type(given) not in (list, tuple):
        raise Finding(f"your function gives {kind(given)}", "a list of minibatches")
    return [tensor(batch, "a minibatch") for batch in given]


@clinic_wandering.case(hint="torch.split cuts a tensor into pieces of n rows.")
def sizes_of_the_minibatches(minibatches):
    """Each minibatch has n whole rows, the last one what is left."""
    for n_rows, n, wanted in ((512, 64, [64] * 8), (100, 32, [32, 32, 32, 4]), (10, 10, [10])):
        sizes = [tuple(batch.shape) for batch in _epoch(minibatches, _sorted(n_rows), n)]
        if sizes != [(size, 3) for size in wanted]:
            raise Finding(f"{n_rows} rows in minibatches of {n} gave the shapes {sizes}", f"{wanted} rows of 3 numbers")


@clinic_wandering.case(points=2, hint="A permutation has each row once; drawing row numbers anew would repeat some.")
def each_row_once(minibatches):
    """In one epoch each row comes once, and unchanged."""
    data, seen = _sorted(), torch.cat(_epoch(minibatches, _sorted()))
    missing = len(data) - len(seen[:, 0].unique())
    if missing:
        raise Finding(f"{missing} of {len(data)} rows never come", "each row once in an epoch")
    if not torch.equal(seen[seen[:, 0].argsort()], data):
        raise Finding("the numbers of some rows are not those of the data", "whole rows, as they are")


@clinic_wandering.case(
    points=2, hint="Look at one minibatch: which modes are in it? Shuffle the rows, not the minibatches."
)
def a_minibatch_is_like_the_data(minibatches):
    """If the data are sorted by class, each minibatch still holds all classes."""
    for batch in _epoch(minibatches, _sorted()):
        share = torch.bincount(batch[:, 1].long(), minlength=8) / len(batch)
        if share.max() > 0.45:  # 1/8 is expected, and this is 9 standard deviations more
            saw = f"a minibatch of 64 has {share.max():.0%} of its rows from one of 8 classes"
            raise Finding(saw, "about an eighth from each class, as in the data")


@clinic_wandering.case(hint="Draw a new order at every call.")
def a_new_order_each_epoch(minibatches):
    """Two epochs have different orders."""
    first, second = (torch.cat(_epoch(minibatches, _sorted()))[:, 0] for _ in range(2))
    if (first == second).float().mean() > 0.1:
        raise Finding("two epochs come in the same order", "a new order for each epoch")


@clinic_wandering.case()
def leaves_the_data_alone(minibatches):
    """The data keep their order, and the seed is left alone."""
    data = _sorted()
    with untouched(data=data):
        minibatches(data, 64)


_ORDER, _SPLIT = "    order = torch.randperm(len(data))\n", "    return list(torch.split(data[order], n))\n"
for _title, _wrong, _case, _says in (
    (
        "the function as it was posted",
        "    return list(torch.split(data, n))\n",
        "a_minibatch_is_like_the_data",
        "100%",
    ),
    (
        "shuffles the order of the minibatches, not of the rows",
        "    batches = list(torch.split(data, n))\n    return [batches[i] for i in torch.randperm(len(batches))]\n",
        "sizes_of_the_minibatches",
        "the shapes",
    ),
    (
        "shuffles the minibatches but for the last",
        "    batches = list(torch.split(data, n))\n    order = torch.randperm(len(batches) - 1)\n"
        "    return [batches[i] for i in order] + batches[-1:]\n",
        "a_minibatch_is_like_the_data",
        "Shuffle the rows",
    ),
    (
        "shuffles within each minibatch",
        "    return [batch[torch.randperm(len(batch))] for batch in torch.split(data, n)]\n",
        "a_minibatch_is_like_the_data",
        "Shuffle the rows",
    ),
    (
        "draws row numbers with repetition",
        "    order = torch.randint(len(data), (len(data),))\n" + _SPLIT,
        "each_row_once",
        "rows never come",
    ),
    (
        "begins at a random row and goes on in order",
        "    order = (torch.arange(len(data)) + torch.randint(len(data), ())) % len(data)\n" + _SPLIT,
        "a_minibatch_is_like_the_data",
        "of 8 classes",
    ),
    (
        "deals the rows out like cards, the same way in each epoch",
        "    k = -(-len(data) // n)\n    order = torch.cat([torch.arange(i, len(data), k) for i in range(k)])\n"
        + _SPLIT,
        "a_new_order_each_epoch",
        "same order",
    ),
    (
        "draws one order for all epochs",
        "    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(0))\n" + _SPLIT,
        "a_new_order_each_epoch",
        "same order",
    ),
    (
        "sets the seed, so that the order is always the same",
        "    torch.manual_seed(0)\n" + _ORDER + _SPLIT,
        "a_new_order_each_epoch",
        "same order",
    ),
    (
        "shuffles each column for itself",
        "    columns = [column[torch.randperm(len(data))] for column in data.T]\n"
        "    return list(torch.split(torch.stack(columns, dim=1), n))\n",
        "each_row_once",
        "not those of the data",
    ),
    (
        "drops the last, smaller minibatch",
        _ORDER + "    whole = len(data) // n * n\n    return list(torch.split(data[order][:whole], n))\n",
        "sizes_of_the_minibatches",
        "the shapes",
    ),
    (
        "shuffles the caller's data in place",
        "    data[:] = data[torch.randperm(len(data))]\n    return list(torch.split(data.clone(), n))\n",
        "leaves_the_data_alone",
        "changed data itself",
    ),
    (
        "gives the orders instead of the rows",
        _ORDER + "    return list(torch.split(order, n))\n",
        "sizes_of_the_minibatches",
        "rows of 3 numbers",
    ),
):
    clinic_wandering.mistake("U10", _title, (_ORDER + _SPLIT, _wrong), caught_by=_case, says=_says)


_LABELS = "y = torch.cat([torch.ones(len(real), 1), torch.zeros(len(fake), 1)])"

clinic_one_half = Exercise(
    "clinic_one_half",
    "A discriminator that answers one half to everything",
    stub="""
import torch
from torch.nn.functional import softplus


def loss_of_d(D, real, fake):
    \"\"\"Return D's cross-entropy, mean over the rows of both batches.

    D gives logits of shape (n, 1).
    \"\"\"
    raise NotImplementedError  # delete this line, repair the others
    x = torch.cat([real, fake])
    y = torch.cat([torch.ones(len(real)), torch.zeros(len(fake))])
    s = D(x)
    return (softplus(s) - y * s).mean()
""",
    reference="""
import torch
from torch.nn.functional import softplus


def loss_of_d(D, real, fake):
    \"\"\"Return D's cross-entropy, mean over the rows of both batches.

    D gives logits of shape (n, 1).
    \"\"\"
    x = torch.cat([real, fake])
    y = torch.cat([torch.ones(len(real), 1), torch.zeros(len(fake), 1)])
    s = D(x)
    return (softplus(s) - y * s).mean()
""",
    equivalent={
        f"swap: x = torch.cat([real, fake]) / {_LABELS}": "the labels do not need the examples",
        f"swap: {_LABELS} / s = D(x)": "the logits do not need the labels",
        f"no_grad: {_LABELS}": _NO_GRADIENT,
        f"{_LABELS} -> {_LABELS.replace('torch.zeros(', '-torch.zeros(')}": "minus zero is zero",
        "return (softplus(s) - y * s).mean() -> return (softplus(s) - y.mul_(s)).mean()": "y is its own tensor",
    },
)


class _Numbers(nn.Module):
    """A D whose logit is the first number of an example, so that a test chooses the logits."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1)[:, :1]


def _column(*logits: float) -> Tensor:
    return torch.tensor(logits)[:, None]


_SHAPES = "Print the shape of every tensor on the way: s, y, y * s. Each logit has to meet its own label, and no other."


@clinic_one_half.case(points=2, hint=_SHAPES)
def no_loss_if_all_is_right(loss_of_d):
    """If D is right and sure about every example, the loss is 0."""
    value = loss_of_d(_Numbers(), _column(40.0, 50.0, 60.0), _column(-40.0, -50.0, -60.0))
    hints = {
        25.0: _SHAPES,
        50.0: "Reals have the label 1, fakes the label 0.",
    }
    near(value, 0.0, "for reals with logits 40 to 60 and fakes with -40 to -60 the loss", hints=hints)


@clinic_one_half.case(
    points=2, hint="It is the mean of softplus(-s) over reals and of softplus(s) over fakes, together."
)
def mixed_logits(loss_of_d):
    """On mixed logits it is the mean cross-entropy over the rows of both batches, of equal and of unequal size."""
    for real, fake in (((2.0, -1.0, 0.5), (1.0, -3.0, 0.0)), ((2.0, -1.0), (1.0, -3.0, 0.0, 4.0, -2.0))):
        real, fake = _column(*real), _column(*fake)
        each = torch.cat([softplus(-real), softplus(fake)])
        s, y = torch.cat([real, fake]), len(real) / len(each)
        hints = {
            (softplus(s) - y * s).mean().item(): _SHAPES,
            (softplus(-real).mean() + softplus(fake).mean()).item(): "That is the sum of two means; asked for is one "
            "mean over all rows.",
            ((softplus(-real).mean() + softplus(fake).mean()) / 2).item(): "That is the mean of two means; with "
            "batches of unequal size the mean over all rows is another number.",
            each.sum().item(): "That is the sum over the rows, not their mean.",
        }
        given = f"for reals with logits {real.flatten().tolist()}, fakes with {fake.flatten().tolist()} the loss"
        near(loss_of_d(_Numbers(), real, fake), each.mean().item(), given, hints=hints)


@clinic_one_half.case(points=2, hint="The gradient has to reach every weight of D: nothing is detached here.")
def d_learns_from_it(loss_of_d):
    """Its gradient reaches D, and is that of the cross-entropy."""
    D, real, fake = nn.Linear(2, 1), torch.randn(6, 2) + 1, torch.randn(4, 2) - 1
    value = differentiable(loss_of_d(D, real, fake), "the loss")
    wanted = torch.cat([softplus(-D(real)), softplus(D(fake))]).mean()
    found, right = (torch.autograd.grad(v, D.weight, retain_graph=True)[0] for v in (value, wanted))
    near(found, right, "the gradient in the weights of D")


@clinic_one_half.case(hint="Rows are whatever D takes: numbers, vectors or images. Only the labels need a shape.")
def works_for_images(loss_of_d):
    """It works for images as for numbers, and in double precision."""
    D = nn.Sequential(nn.Flatten(), nn.Linear(9, 1)).double()
    real, fake = torch.randn(5, 1, 3, 3).double(), torch.randn(3, 1, 3, 3).double()
    wanted = torch.cat([softplus(-D(real)), softplus(D(fake))]).mean().item()
    near(loss_of_d(D, real, fake), wanted, "for images of 3 x 3 pixels the loss", tolerance=1e-6)


@clinic_one_half.case(hint="Very large logits are fine for softplus; log(sigmoid(s)) and exp(s) overflow.")
def stays_finite(loss_of_d):
    """It stays right for large logits on the wrong side."""
    near(
        loss_of_d(_Numbers(), _column(-300.0), _column(100.0)), 200.0, "for a real with -300, a fake with 100 the loss"
    )


@clinic_one_half.case()
def leaves_d_and_data_alone(loss_of_d):
    """D and both batches stay as they were."""
    D, real, fake = nn.Linear(1, 1), torch.randn(8, 1), torch.randn(8, 1)
    with untouched(D=D, real=real, fake=fake, weight_of_D=D.weight):
        loss_of_d(D, real, fake)


_CAT, _Y = "    x = torch.cat([real, fake])\n", "torch.cat([torch.ones(len(real), 1), torch.zeros(len(fake), 1)])"
_CROSS = "(softplus(s) - y * s).mean()"
for _key, _title, _edits, _case, _says in (
    (
        "U7",
        "the function as it was posted",
        [(_Y, "torch.cat([torch.ones(len(real)), torch.zeros(len(fake))])")],
        "no_loss_if_all_is_right",
        "Print the shape of every tensor",
    ),
    (
        "U7",
        "labels in a row instead of a column",
        [(_Y, _Y + ".T")],
        "no_loss_if_all_is_right",
        "Print the shape of every tensor",
    ),
    (
        "U7",
        "flattens the logits and leaves the labels a column",
        [("D(x)", "D(x).squeeze(1)")],
        "no_loss_if_all_is_right",
        "Print the shape of every tensor",
    ),
    (
        "U5",
        "labels the wrong way round",
        [("torch.ones(", "torch.Tensor.new_ones(real, "), ("torch.zeros(", "torch.ones("), ("new_ones", "new_zeros")],
        "no_loss_if_all_is_right",
        "Reals have the label 1",
    ),
    ("E9", "sums over the rows", [(_CROSS, "(softplus(s) - y * s).sum()")], "mixed_logits", "not their mean"),
    (
        "E9",
        "adds the means of both batches",
        [(_CROSS, "softplus(-s[: len(real)]).mean() + softplus(s[len(real) :]).mean()")],
        "mixed_logits",
        "the sum of two means",
    ),
    (
        "E9",
        "takes the mean of the means of both batches",
        [(_CROSS, "(softplus(-s[: len(real)]).mean() + softplus(s[len(real) :]).mean()) / 2")],
        "mixed_logits",
        "the mean of two means",
    ),
    (
        "U18",
        "smooths the labels",
        [(_Y, "0.9 * " + _Y)],
        "no_loss_if_all_is_right",
        "the loss is",
    ),
    (
        "U2",
        "squared error on the logits",
        [(_CROSS, "(s - y).square().mean()")],
        "no_loss_if_all_is_right",
        "the loss is",
    ),
    (
        "U6",
        "detaches the logits",
        [("D(x)", "D(x).detach()")],
        "d_learns_from_it",
        "carries no gradient",
    ),
    (
        "U7",
        "gives all rows one label, their mean",
        [(_CROSS, "(softplus(s) - y.mean() * s).mean()")],
        "no_loss_if_all_is_right",
        "Print the shape of every tensor",
    ),
    (
        "U2",
        "log of the sigmoid, which overflows",
        [(_CROSS, "-(y * torch.log(torch.sigmoid(s)) + (1 - y) * torch.log(1 - torch.sigmoid(s))).nanmean()")],
        "stays_finite",
        "log(sigmoid(s)) and exp(s) overflow",
    ),
    (
        "U4",
        "forgets the fakes",
        [("torch.cat([real, fake])", "real"), (_Y, "torch.ones(len(real), 1)")],
        "mixed_logits",
        "over reals and",
    ),
):
    clinic_one_half.mistake(_key, _title, *_edits, caught_by=_case, says=_says)


clinic_frozen = Exercise(
    "clinic_frozen",
    "Losses that freeze at odd numbers",
    seconds=30,  # the first optimiser of a session may take seconds to load
    stub="""
from torch import nn


def build_d():
    \"\"\"Return a new D: numbers (n, 1) to logits (n, 1).\"\"\"
    raise NotImplementedError  # delete this line, repair the others
    hidden = nn.Linear(1, 32), nn.ReLU()
    return nn.Sequential(*hidden, nn.Linear(32, 1), nn.Sigmoid())
""",
    reference="""
from torch import nn


def build_d():
    \"\"\"Return a new D: numbers (n, 1) to logits (n, 1).\"\"\"
    hidden = nn.Linear(1, 32), nn.ReLU()
    return nn.Sequential(*hidden, nn.Linear(32, 1))
""",
)

_BOUND = "The loss expects a logit, any real number: which layer keeps D's answer between two bounds?"


def _network(build_d: Callable) -> nn.Module:
    D = build_d()
    if not isinstance(D, nn.Module):
        raise Finding(f"build_d gives {kind(D)}", "a network, nn.Sequential(…)")
    return D


def _trained(D: nn.Module, real: Tensor, fake: Tensor, steps: int = 80) -> float:
    """Train D alone on the same examples, and return the cross-entropy that it reaches."""
    opt = torch.optim.Adam(D.parameters(), lr=0.05)
    for _ in range(steps):
        loss = softplus(-D(real)).mean() + softplus(D(fake)).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item()


@clinic_frozen.case(hint="One logit for each number: the last layer has one output.")
def one_logit_each(build_d):
    """It maps numbers of shape (n, 1) to logits of shape (n, 1)."""
    for n in (1, 7):
        tensor(_network(build_d)(torch.randn(n, 1)), "D(x)", shape=(n, 1))


@clinic_frozen.case(points=2, hint=_BOUND)
def separates_a_tiny_set(build_d):
    """Trained on a few numbers that are far apart, its loss goes to 0, whichever side is real."""
    for side in (1.0, -1.0):
        D, points = _network(build_d), torch.linspace(2.0, 4.0, 8)[:, None]
        loss = _trained(D, side * points, -side * points)
        if not loss < 0.1:
            known = " = log 2 + log(1 + 1/e)" if abs(loss - 1.0064) < 0.01 else ""
            raise Finding(f"after 80 steps on 8 reals and 8 fakes its loss is {loss:.3f}{known}", "below 0.1", _BOUND)


@clinic_frozen.case(hint="A straight line cannot do this: keep the hidden layer and its activation.")
def bends(build_d):
    """It can tell reals in the middle from fakes on both sides."""
    D, middle = _network(build_d), torch.linspace(-0.5, 0.5, 8)[:, None]
    loss = _trained(D, middle, torch.cat([middle - 3, middle + 3]), steps=150)
    if not loss < 0.5:
        raise Finding(f"for reals near 0, fakes near -3 and 3, the loss after 150 steps is {loss:.2f}", "below 0.5")


@clinic_frozen.case(hint="Make the layers inside the function, so that each call makes new ones.")
def new_weights_each_time(build_d):
    """Two calls give two networks with weights of their own."""
    x = torch.randn(5, 1)
    if torch.equal(_network(build_d)(x), _network(build_d)(x)):
        raise Finding("two calls give networks with the same weights", "new random weights at each call")


@clinic_frozen.case(hint="D judges each example by itself.")
def judges_each_alone(build_d):
    """The logit of a number does not depend on the others in its minibatch, and the seed is left alone."""
    with untouched():
        D = _network(build_d)
    x = torch.randn(6, 1)
    near(D(x)[:2].detach(), D(x[:2]).detach(), "the first two logits of six")


_LAST = "nn.Sequential(*hidden, nn.Linear(32, 1))"
for _key, _title, _wrong, _case, _says in (
    (
        "U2",
        "the function as it was posted",
        "nn.Sequential(*hidden, nn.Linear(32, 1), nn.Sigmoid())",
        "separates_a_tiny_set",
        "log 2 + log(1 + 1/e)",
    ),
    (
        "E18",
        "ends in tanh",
        "nn.Sequential(*hidden, nn.Linear(32, 1), nn.Tanh())",
        "separates_a_tiny_set",
        "two bounds",
    ),
    (
        "E18",
        "ends in ReLU, which gives no negative logit",
        "nn.Sequential(*hidden, nn.Linear(32, 1), nn.ReLU())",
        "separates_a_tiny_set",
        "two bounds",
    ),
    (
        "E18",
        "ends in the logarithm of the sigmoid",
        "nn.Sequential(*hidden, nn.Linear(32, 1), nn.LogSigmoid())",
        "separates_a_tiny_set",
        "two bounds",
    ),
    (
        "U2",
        "sets the slope of the sigmoid higher",
        "nn.Sequential(*hidden, nn.Linear(32, 1), nn.Hardsigmoid())",
        "separates_a_tiny_set",
        "two bounds",
    ),
    (
        "T8",
        "softmax of a single number",
        "nn.Sequential(*hidden, nn.Linear(32, 1), nn.Softmax(dim=1))",
        "separates_a_tiny_set",
        "two bounds",
    ),
    ("T8", "one output for each class", "nn.Sequential(*hidden, nn.Linear(32, 2))", "one_logit_each", "shape (1, 2)"),
    (
        "T8",
        "drops the last layer with the sigmoid",
        "nn.Sequential(*hidden)",
        "one_logit_each",
        "shape (1, 32)",
    ),
    (
        "E33",
        "leaves a straight line",
        "nn.Sequential(nn.Linear(1, 32), nn.Linear(32, 1))",
        "bends",
        "keep the hidden layer",
    ),
    (
        "U9",
        "BatchNorm on the logits",
        "nn.Sequential(*hidden, nn.Linear(32, 1), nn.BatchNorm1d(1))",
        "one_logit_each",
        "could not make sense",
    ),
    (
        "U20",
        "seeds, so that every network is the same",
        "__import__('torch').manual_seed(0) and nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 1))",
        "new_weights_each_time",
        "same weights",
    ),
    (
        "T18",
        "the sigmoid moved to the hidden layer, and one at the end",
        "nn.Sequential(nn.Linear(1, 32), nn.Sigmoid(), nn.Linear(32, 1), nn.Sigmoid())",
        "separates_a_tiny_set",
        "two bounds",
    ),
):
    clinic_frozen.mistake(_key, _title, (_LAST, _wrong), caught_by=_case, says=_says)


clinic_misplaced = Exercise(
    "clinic_misplaced",
    "Samples of the right form in the wrong place",
    stub="""
def standardise(x, data):
    \"\"\"Put a minibatch, shape (n, d), on the scale that D works on.

    On this scale each column of data has mean 0 and deviation 1.
    \"\"\"
    raise NotImplementedError  # delete this line, repair the others
    return (x - x.mean(dim=0)) / x.std(dim=0)
""",
    reference="""
def standardise(x, data):
    \"\"\"Put a minibatch, shape (n, d), on the scale that D works on.

    On this scale each column of data has mean 0 and deviation 1.
    \"\"\"
    return (x - data.mean(dim=0)) / data.std(dim=0)
""",
)


def _table() -> Tensor:
    """Return 200 rows of two columns with different places and scales."""
    return torch.randn(200, 2, dtype=torch.float64) * _double(3.0, 0.5) + _double(10.0, -2.0)


def _double(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


@clinic_misplaced.case(hint="Take off the mean of each column, dim=0, and divide by its standard deviation.")
def the_data_get_mean_0_and_deviation_1(standardise):
    """The data themselves get mean 0 and standard deviation 1, column by column."""
    data = _table()
    found = tensor(standardise(data, data), "standardise(data, data)", shape=(200, 2))
    near(found.mean(dim=0).detach(), torch.zeros(2), "the mean of each column")
    near(found.std(dim=0).detach(), torch.ones(2), "the standard deviation of each column", tolerance=5e-3)


@clinic_misplaced.case(
    points=2, hint="D compares two minibatches: if each is put to mean 0 by its own mean, where is the difference?"
)
def a_difference_stays(standardise):
    """A minibatch in another place, or with another spread, stays different."""
    data = _table()
    x, spread = _table()[:50], data.std(dim=0)
    moved = (standardise(x + spread, data) - standardise(x.clone(), data)).detach()
    near(moved, torch.ones(50, 2), "for a minibatch moved by one deviation, the change of its entries", tolerance=1e-2)
    centre = data.mean(dim=0)
    ratio = standardise(centre + 2 * (x - centre), data).std() / standardise(x.clone(), data).std()
    near(ratio, 2.0, "for a minibatch with twice the spread, the ratio of the spreads", tolerance=1e-2)


@clinic_misplaced.case(points=2, hint="Mean and deviation come from the data, which are the same for every minibatch.")
def a_row_does_not_depend_on_its_companions(standardise):
    """Each row is mapped by itself, also a single one."""
    data, x = _table(), _table()[:9]
    found = standardise(x.clone(), data)
    for rows in (x[:1], x[:4]):
        given = f"the first {len(rows)} of 9 rows, mapped alone,"
        near(standardise(rows.clone(), data).detach(), found[: len(rows)].detach(), given, tolerance=1e-6)


@clinic_misplaced.case(hint="Fakes pass through this function on the way to D, so the way back has to stay open.")
def gradients_pass(standardise):
    """A gradient passes to the fakes, one over the deviation of the data."""
    data = _table()
    x = _table()[:5].requires_grad_()
    total = differentiable(standardise(x * 1, data).sum(), "the sum over standardise(x, data)")
    (slope,) = torch.autograd.grad(total, x)
    near(slope, (1 / data.std(dim=0)).expand(5, 2), "the gradient at x", tolerance=5e-3)


@clinic_misplaced.case()
def leaves_x_and_data_alone(standardise):
    """Both tensors stay as they were."""
    x, data = _table()[:5], _table()
    with untouched(x=x, data=data):
        standardise(x, data)


_SCALE = "(x - data.mean(dim=0)) / data.std(dim=0)"
for _key, _title, _wrong, _case, _says in (
    (
        "U11",
        "the function as it was posted",
        "(x - x.mean(dim=0)) / x.std(dim=0)",
        "a_difference_stays",
        "where is the difference",
    ),
    (
        "U9",
        "takes its own mean off, and keeps only the scale of the data",
        "(x - x.mean(dim=0)) / data.std(dim=0)",
        "a_difference_stays",
        "where is the difference",
    ),
    (
        "U9",
        "takes the mean of the data off, and divides by its own deviation",
        "(x - data.mean(dim=0)) / x.std(dim=0)",
        "a_difference_stays",
        "where is the difference",
    ),
    (
        "U11",
        "leaves the numbers as they are",
        "x * 1.0",
        "the_data_get_mean_0_and_deviation_1",
        "the mean of each column",
    ),
    (
        "U11",
        "forgets the deviation",
        "x - data.mean(dim=0)",
        "the_data_get_mean_0_and_deviation_1",
        "standard deviation",
    ),
    (
        "U11",
        "divides by the variance",
        "(x - data.mean(dim=0)) / data.var(dim=0)",
        "the_data_get_mean_0_and_deviation_1",
        "standard deviation",
    ),
    (
        "U11",
        "one mean and one deviation for all columns",
        "(x - data.mean()) / data.std()",
        "the_data_get_mean_0_and_deviation_1",
        "dim=0",
    ),
    (
        "U11",
        "maps to the range of tanh",
        "2 * (x - data.amin(dim=0)) / (data.amax(dim=0) - data.amin(dim=0)) - 1",
        "the_data_get_mean_0_and_deviation_1",
        "of each column",
    ),
    (
        "U9",
        "standardises each row by itself",
        "(x - x.mean(dim=1, keepdim=True)) / x.std(dim=1, keepdim=True)",
        "the_data_get_mean_0_and_deviation_1",
        "dim=0",
    ),
    (
        "U9",
        "batch normalisation",
        "__import__('torch').nn.functional.batch_norm(x, None, None, training=True)",
        "a_difference_stays",
        "where is the difference",
    ),
    (
        "U9",
        "statistics of the minibatch and the data together",
        "(x - __import__('torch').cat([x, data]).mean(dim=0)) / __import__('torch').cat([x, data]).std(dim=0)",
        "a_difference_stays",
        "where is the difference",
    ),
    (
        "U6",
        "detaches",
        "((x - data.mean(dim=0)) / data.std(dim=0)).detach()",
        "gradients_pass",
        "carries no gradient",
    ),
    (
        "U8",
        "writes into the minibatch",
        "x.sub_(data.mean(dim=0)).div_(data.std(dim=0))",
        "leaves_x_and_data_alone",
        "changed x itself",
    ),
):
    clinic_misplaced.mistake(_key, _title, (_SCALE, _wrong), caught_by=_case, says=_says)


clinic_winner = Exercise(
    "clinic_winner",
    "A generator that wins with bad samples",
    seconds=30,  # the first optimiser of a session may take seconds to load
    stub="""
import torch


def optimisers(G, D):
    \"\"\"Return G's and D's optimiser: Adam, lr 0.002, betas (0.5, 0.99).\"\"\"
    raise NotImplementedError  # delete this line, repair the others
    both = [*G.parameters(), *D.parameters()]
    opt_g = torch.optim.Adam(both, lr=0.002, betas=(0.5, 0.99))
    opt_d = torch.optim.Adam(D.parameters(), lr=0.002, betas=(0.5, 0.99))
    return opt_g, opt_d
""",
    reference="""
import torch


def optimisers(G, D):
    \"\"\"Return G's and D's optimiser: Adam, lr 0.002, betas (0.5, 0.99).\"\"\"
    opt_g = torch.optim.Adam(G.parameters(), lr=0.002, betas=(0.5, 0.99))
    opt_d = torch.optim.Adam(D.parameters(), lr=0.002, betas=(0.5, 0.99))
    return opt_g, opt_d
""",
    equivalent={
        "swap: opt_g = torch.optim.Adam(G.parameters(), lr=0.002, betas=(0.5, 0.99)) / "
        "opt_d = torch.optim.Adam(D.parameters(), lr=0.002, betas=(0.5, 0.99))": "neither needs the other",
    },
)


def _players() -> tuple[nn.Module, nn.Module]:
    G = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    D = nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1))
    for net in (G, D):
        for weight in net.parameters():
            weight.grad = torch.ones_like(weight)
    return G, D


def _pair(optimisers: Callable, G: nn.Module, D: nn.Module) -> Sequence[torch.optim.Optimizer]:
    pair = items(optimisers(G, D), 2, "two optimisers, opt_g and opt_d")
    for name, opt in zip(("opt_g", "opt_d"), pair, strict=True):
        if not isinstance(opt, torch.optim.Adam):
            raise Finding(f"{name} is {kind(opt)}", "torch.optim.Adam(…)")
    return pair


@clinic_winner.case(hint="Return opt_g, opt_d.")
def two_optimisers(optimisers):
    """It returns two Adam optimisers."""
    _pair(optimisers, *_players())


@clinic_winner.case(
    points=2,
    hint="A step of G must leave D as it is. Whose weights has opt_g been given? Compare them before and after.",
)
def a_step_of_g_leaves_d_alone(optimisers):
    """A step of opt_g moves no weight of D, a step of opt_d none of G."""
    for which, mover, other in ((0, "G", "D"), (1, "D", "G")):
        players = dict(zip("GD", _players(), strict=True))
        opt = _pair(optimisers, players["G"], players["D"])[which]
        before = copy.deepcopy(players[other].state_dict())
        opt.step()
        if any(not torch.equal(value, before[name]) for name, value in players[other].state_dict().items()):
            raise Finding(f"the step of opt_{mover.lower()} moved weights of {other}", f"{other} as it was")


@clinic_winner.case(points=2, hint="opt_g gets G.parameters(), all of them, opt_d gets D.parameters().")
def each_step_moves_all_of_its_player(optimisers):
    """A step moves every weight of its own player, by 0.002 at first, as Adam does."""
    for which, mover in ((0, "G"), (1, "D")):
        players = dict(zip("GD", _players(), strict=True))
        opt = _pair(optimisers, players["G"], players["D"])[which]
        before = [weight.detach().clone() for weight in players[mover].parameters()]
        opt.step()
        for old, new in zip(before, players[mover].parameters(), strict=True):
            if torch.equal(old, new):
                saw = f"the step of opt_{mover.lower()} left a weight of {mover} of shape {tuple(new.shape)} as it was"
                raise Finding(saw, f"all weights of {mover} moved")
            near(
                (old - new).max().item(), 0.002, f"how far the first step moves the weights of {mover}", tolerance=2e-6
            )


@clinic_winner.case(hint="Both have lr=0.002 and betas=(0.5, 0.99), and no other option.")
def options(optimisers):
    """Both have the given learning rate and betas, and no weight decay."""
    for name, opt in zip(("opt_g", "opt_d"), _pair(optimisers, *_players()), strict=True):
        for group in opt.param_groups:
            found = (group["lr"], tuple(group["betas"]), group["weight_decay"], bool(group.get("maximize")))
            if found != (0.002, (0.5, 0.99), 0, False):
                raise Finding(
                    f"{name} has lr {found[0]}, betas {found[1]}, weight decay {found[2]}", "0.002, (0.5, 0.99), 0"
                )


@clinic_winner.case()
def leaves_the_players_alone(optimisers):
    """To make optimisers changes neither player."""
    G, D = _players()
    with untouched(G=G, D=D, weight_of_G=G[0].weight, weight_of_D=D[0].weight):
        optimisers(G, D)


_OPT_G = "torch.optim.Adam(G.parameters(), lr=0.002, betas=(0.5, 0.99))"
_OPT_D = "torch.optim.Adam(D.parameters(), lr=0.002, betas=(0.5, 0.99))"
for _key, _title, _edits, _case, _says in (
    (
        "U6",
        "the function as it was posted",
        [
            ("    opt_g = ", "    both = [*G.parameters(), *D.parameters()]\n    opt_g = "),
            (_OPT_G, _OPT_G.replace("G.parameters()", "both")),
        ],
        "a_step_of_g_leaves_d_alone",
        "Whose weights has opt_g been given?",
    ),
    (
        "U6",
        "gives both optimisers the weights of both",
        [
            (_OPT_G, _OPT_G.replace("G.parameters()", "[*G.parameters(), *D.parameters()]")),
            (_OPT_D, _OPT_D.replace("D.parameters()", "[*G.parameters(), *D.parameters()]")),
        ],
        "a_step_of_g_leaves_d_alone",
        "opt_g moved weights of D",
    ),
    (
        "U6",
        "copies the line, and gives both the weights of D",
        [(_OPT_G, _OPT_D)],
        "a_step_of_g_leaves_d_alone",
        "opt_g moved weights of D",
    ),
    (
        "U6",
        "gives D's optimiser the weights of both",
        [(_OPT_D, _OPT_D.replace("D.parameters()", "[*G.parameters(), *D.parameters()]"))],
        "a_step_of_g_leaves_d_alone",
        "opt_d moved weights of G",
    ),
    (
        "U6",
        "returns them in the other order",
        [("return opt_g, opt_d", "return opt_d, opt_g")],
        "a_step_of_g_leaves_d_alone",
        "opt_g moved weights of D",
    ),
    (
        "U6",
        "one optimiser for both",
        [("return opt_g, opt_d", "opt_g.add_param_group({'params': D.parameters()})\n    return opt_g, opt_g")],
        "a_step_of_g_leaves_d_alone",
        "opt_g moved weights of D",
    ),
    (
        "U6",
        "gives G's optimiser the last layer only",
        [(_OPT_G, _OPT_G.replace("G.parameters()", "G[-1].parameters()"))],
        "each_step_moves_all_of_its_player",
        "as it was",
    ),
    (
        "U6",
        "gives G's optimiser a copy of G",
        [(_OPT_G, _OPT_G.replace("G.parameters()", "__import__('copy').deepcopy(G).parameters()"))],
        "each_step_moves_all_of_its_player",
        "as it was",
    ),
    (
        "U6",
        "gives both, and freezes D for good",
        [
            ("    opt_g = ", "    D.requires_grad_(False)\n    opt_g = "),
        ],
        "leaves_the_players_alone",
        "has to thaw it",
    ),
    (
        "T13",
        "keeps the weights of D in opt_g, at learning rate 0",
        [
            (
                _OPT_G,
                "torch.optim.Adam([{'params': G.parameters()}, {'params': D.parameters(), 'lr': 0.0}], "
                "lr=0.002, betas=(0.5, 0.99))",
            )
        ],
        "options",
        "no other option",
    ),
    ("T13", "leaves Adam its own betas", [(_OPT_G, "torch.optim.Adam(G.parameters(), lr=0.002)")], "options", "betas"),
    (
        "T13",
        "plain gradient steps",
        [(_OPT_G, "torch.optim.SGD(G.parameters(), lr=0.002)")],
        "two_optimisers",
        "torch.optim.Adam",
    ),
    (
        "T13",
        "AdamW, which also shrinks the weights",
        [(_OPT_D, _OPT_D.replace("Adam(", "AdamW("))],
        "each_step_moves_all_of_its_player",
        "how far the first step moves",
    ),
):
    clinic_winner.mistake(_key, _title, *_edits, caught_by=_case, says=_says)


_SLOPE = "slope, = torch.autograd.grad(D(x).sum(), x, create_graph=True)"
_SQUARED = "the slope is squared"

clinic_knob = Exercise(
    "clinic_knob",
    "A penalty that changes nothing",
    stub="""
import torch


def r1(D, real):
    \"\"\"Return the mean over reals of the squared slope of D's logit.

    The slope of an example is that with respect to all its numbers.
    \"\"\"
    raise NotImplementedError  # delete this line, repair the others
    x = real.clone().requires_grad_()
    (slope,) = torch.autograd.grad(D(x).sum(), x)
    return slope.square().flatten(1).sum(dim=1).mean()
""",
    reference="""
import torch


def r1(D, real):
    \"\"\"Return the mean over reals of the squared slope of D's logit.

    The slope of an example is that with respect to all its numbers.
    \"\"\"
    x = real.clone().requires_grad_()
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return slope.square().flatten(1).sum(dim=1).mean()
""",
    equivalent={
        f"{_SLOPE} -> {_SLOPE.replace('D(x).sum()', '(-D(x)).sum()')}": _SQUARED,
        f"{_SLOPE} -> {_SLOPE.replace('D(x).sum()', '-D(x).sum()')}": _SQUARED,
        "return slope.square().flatten(1).sum(dim=1).mean() -> return slope.square().flatten(1).sum(dim=-1).mean()": (
            "of two dimensions, 1 is the last"
        ),
    },
)


class _Square(nn.Module):
    """The logit w |x|^2 / 2, whose slope is w x."""

    def __init__(self, w: float) -> None:
        super().__init__()
        self.w = nn.Parameter(_double(w)[0])

    def forward(self, x: Tensor) -> Tensor:
        return self.w * x.flatten(1).square().sum(dim=1, keepdim=True) / 2


@clinic_knob.case(
    hint="The squared slope of one example is the sum over its numbers; then comes the mean over examples."
)
def its_value(r1):
    """Its value is right for a bent logit, for vectors and for images."""
    real = _double(1.0, 2.0, 3.0, -4.0, 0.5, 0.0).view(2, 3)
    squares = real.square().sum(dim=1)
    hints = {
        4 * squares.sum().item(): "That is the sum over the examples, not their mean.",
        4 * real.square().mean().item(): "That is the mean over all numbers: first sum over the numbers of an example.",
        2 * squares.sqrt().mean().item(): "That is the mean length of the slope; asked for is the mean of its square.",
        2 * squares.mean().item(): "That has half of it: the factor gamma / 2 belongs to the loss.",
    }
    near(r1(_Square(2.0), real), 4 * squares.mean().item(), "for D(x) = |x|² on two vectors the penalty", hints=hints)
    images = torch.randn(5, 1, 2, 2, dtype=torch.float64)
    wanted = images.flatten(1).square().sum(dim=1).mean().item()
    near(r1(_Square(-1.0), images), wanted, "for D(x) = -|x|²/2 on five images the penalty")
    D, x = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double(), real.clone().requires_grad_()
    (slope,) = torch.autograd.grad(D(x).sum(), x)
    near(r1(D, real), slope.square().sum(dim=1).mean().item(), "for a network with a hidden layer the penalty")


@clinic_knob.case(
    points=3,
    hint="The penalty is a number without a way back to D's weights. Which argument of grad keeps the way open?",
)
def d_feels_it(r1):
    """Its gradient in the weights of D is that of the formula, so D can descend it."""
    D, real = _Square(1.5), torch.randn(7, 3, dtype=torch.float64)
    value = r1(D, real)
    if isinstance(value, Tensor) and not value.requires_grad:
        hint = "A slope that grad has returned is a constant, unless grad is told to keep its graph."
        raise Finding("the penalty carries no gradient", "a tensor that can go backward", hint)
    (slope,) = torch.autograd.grad(differentiable(value, "the penalty"), D.w)
    near(slope, (2 * 1.5 * real.square().sum(dim=1)).mean(), "the gradient of the penalty in the weight w of D")


@clinic_knob.case(points=2, hint="Follow the slope of a network with a hidden layer, too.")
def d_feels_it_through_a_hidden_layer(r1):
    """The same for a network with a hidden layer: one small step down the penalty lowers it as predicted."""
    D = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    real, weights = torch.randn(9, 2, dtype=torch.float64), list(D.parameters())[:-1]  # the last bias has no part in it
    value = differentiable(r1(D, real), "the penalty")
    slopes = torch.autograd.grad(value, weights, allow_unused=True)
    if any(slope is None for slope in slopes):
        raise Finding("the gradient of the penalty misses some weights of D", "a gradient in each of them")
    h = 1e-6
    with torch.no_grad():
        for weight, slope in zip(weights, slopes, strict=True):
            weight -= h * slope
    fell = (value - r1(D, real)).item() / h
    predicted = sum(slope.square().sum().item() for slope in slopes)
    near(fell / predicted, 1.0, "what a small step gains, over what the gradient predicts,", tolerance=1e-3)


@clinic_knob.case()
def leaves_d_and_reals_alone(r1):
    """D, its gradients and the reals stay as they were."""
    D, real = nn.Linear(2, 1), torch.randn(4, 2)
    with untouched(D=D, real=real, weight_of_D=D.weight):
        r1(D, real)


_GRAD = "torch.autograd.grad(D(x).sum(), x, create_graph=True)"
_END = "slope.square().flatten(1).sum(dim=1).mean()"
for _key, _title, _edits, _case, _says in (
    (
        "U16",
        "the function as it was posted",
        [(_GRAD, "torch.autograd.grad(D(x).sum(), x)")],
        "d_feels_it",
        "told to keep its graph",
    ),
    (
        "U16",
        "keeps the graph for a second use, but not that of the slope",
        [(_GRAD, "torch.autograd.grad(D(x).sum(), x, retain_graph=True)")],
        "d_feels_it",
        "told to keep its graph",
    ),
    (
        "U16",
        "asks the finished number for gradients",
        [(_GRAD, "torch.autograd.grad(D(x).sum(), x)"), (_END, _END + ".requires_grad_()")],
        "d_feels_it",
        "could not make sense",
    ),
    ("U16", "detaches the penalty", [(_END, _END + ".detach()")], "d_feels_it", "told to keep its graph"),
    ("U16", "returns a plain number", [(_END, _END + ".item()")], "d_feels_it", "is a plain float"),
    (
        "U16",
        "the slope in the weights of D",
        [
            (_GRAD, "torch.autograd.grad(D(x).sum(), next(D.parameters()), create_graph=True)"),
            (_END, "slope.square().sum()"),
        ],
        "its_value",
        "the penalty is",
    ),
    (
        "U21",
        "the slope of the probability",
        [(_GRAD, "torch.autograd.grad(D(x).sigmoid().sum(), x, create_graph=True)")],
        "its_value",
        "the penalty is",
    ),
    (
        "U21",
        "the slope of the mean logit",
        [(_GRAD, "torch.autograd.grad(D(x).mean(), x, create_graph=True)")],
        "its_value",
        "the penalty is",
    ),
    ("U21", "sums over the examples", [(_END, "slope.square().sum()")], "its_value", "not their mean"),
    (
        "U21",
        "averages over the numbers of an example",
        [(_END, "slope.square().mean()")],
        "its_value",
        "mean over all numbers",
    ),
    (
        "U16",
        "the length in place of its square",
        [(_END, "slope.flatten(1).norm(dim=1).mean()")],
        "its_value",
        "mean length",
    ),
    (
        "U16",
        "draws the slope to 1, as a Wasserstein critic does",
        [(_END, "(slope.flatten(1).norm(dim=1) - 1).square().mean()")],
        "its_value",
        "the penalty is",
    ),
    ("U21", "puts the factor one half in", [(_END, _END + " / 2")], "its_value", "belongs to the loss"),
    (
        "U16",
        "marks the caller's reals",
        [("real.clone().requires_grad_()", "real.requires_grad_()")],
        "leaves_d_and_reals_alone",
        "requires_grad",
    ),
    (
        "U16",
        "collects the slope with backward(), which reaches D as well",
        [("(slope,) = " + _GRAD, "D(x).sum().backward(create_graph=True)\n    slope = x.grad")],
        "leaves_d_and_reals_alone",
        "grad",
    ),
):
    clinic_knob.mistake(_key, _title, *_edits, caught_by=_case, says=_says)


clinic_best = Exercise(
    "clinic_best",
    "A best checkpoint that is the last one",
    stub="""
import copy


def keep_best(best, score, G):
    \"\"\"Return best, or (score, weights of G) if this score is smaller.

    best is None at first. load_state_dict takes the weights, later.
    \"\"\"
    raise NotImplementedError  # delete this line, repair the others
    if best is None or score < best[0]:
        best = score, copy.copy(G.state_dict())
    return best
""",
    reference="""
import copy


def keep_best(best, score, G):
    \"\"\"Return best, or (score, weights of G) if this score is smaller.

    best is None at first. load_state_dict takes the weights, later.
    \"\"\"
    if best is None or score < best[0]:
        best = score, copy.deepcopy(G.state_dict())
    return best
""",
)


def _generator() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))


def _goes_on(G: nn.Module) -> None:
    """Move all that is in G, in place, as training does."""
    with torch.no_grad():
        for weight in G.parameters():
            weight += 1
    G(torch.randn(8, 2))  # moves the running statistics


def _kept(best: object) -> tuple[float, dict]:
    score, weights = items(best, 2, "a pair (score, weights)")
    if not isinstance(weights, dict):
        raise Finding(
            f"the weights are {kind(weights)}", "what G.state_dict() gives", "load_state_dict takes a dictionary."
        )
    return number(score, "the score"), weights


def _snapshot(G: nn.Module) -> dict:
    return {name: value.detach().clone() for name, value in G.state_dict().items()}


def _same(kept: dict, wanted: dict) -> bool:
    return kept.keys() == wanted.keys() and all(torch.equal(kept[name], wanted[name]) for name in wanted)


@clinic_best.case(hint="At first there is nothing to compare with: keep the pair (score, weights).")
def keeps_the_first(keep_best):
    """The first score is kept, with the weights of that moment."""
    G = _generator()
    score, weights = _kept(keep_best(None, 0.7, G))
    near(score, 0.7, "the score that is kept")
    if not _same(weights, _snapshot(G)):
        raise Finding("the weights that are kept are not those of G", "all that G.state_dict() has")


@clinic_best.case(
    points=3,
    hint="What is kept goes on changing: does it share its tensors with G? Compare it with G after some steps.",
)
def training_goes_on(keep_best):
    """What is kept stays as it was while G is trained further."""
    G = _generator()
    wanted = _snapshot(G)
    _, weights = _kept(keep_best(None, 0.7, G))
    _goes_on(G)
    if _same(weights, _snapshot(G)):
        raise Finding("after more training the kept weights are those of G now", "those of the moment of the score")
    if not _same(weights, wanted):
        raise Finding("after more training some of the kept weights have changed", "those of the moment of the score")


@clinic_best.case(points=2, hint="The smaller score is the better one, and an equal one changes nothing.")
def the_smaller_score_stays(keep_best):
    """A smaller score replaces the best, a larger or equal one does not."""
    G = _generator()
    first = keep_best(None, 0.7, G)
    wanted = _snapshot(G)
    _goes_on(G)
    for score in (0.9, 0.7):
        kept = _kept(keep_best(first, score, G))
        if kept[0] != 0.7 or not _same(kept[1], wanted):
            raise Finding(
                f"after scores 0.7 and {score}, what is kept is not the first", "score and weights of the first"
            )
    later = _snapshot(G)
    kept = _kept(keep_best(first, 0.2, G))
    if kept[0] != 0.2 or not _same(kept[1], later):
        raise Finding("after scores 0.7 and 0.2, what is kept is not the second", "score and weights of the second")


@clinic_best.case(hint="Keep all of G.state_dict(): running statistics are no parameters, but belong to it.")
def can_be_loaded(keep_best):
    """load_state_dict takes the weights, and G then draws as it did at that moment."""
    G = _generator()
    z = torch.randn(6, 2)
    _, weights = _kept(keep_best(None, 0.7, G))
    wanted = copy.deepcopy(G).eval()(z)
    _goes_on(G)
    try:
        G.load_state_dict(weights)
    except RuntimeError as error:
        raise Finding(
            f"load_state_dict refuses the weights: {str(error)[:90]}", "all that G.state_dict() has"
        ) from None
    near(G.eval()(z).detach(), wanted.detach(), "what G draws with the weights that were kept")


@clinic_best.case()
def leaves_g_alone(keep_best):
    """G stays as it was, its weights and its mode too."""
    G = _generator()
    with untouched(G=G, weight_of_G=G[0].weight, statistics_of_G=G[1].running_mean):
        keep_best(None, 0.7, G)


_COPY = "copy.deepcopy(G.state_dict())"
for _key, _title, _edits, _case, _says in (
    (
        "U20",
        "the function as it was posted",
        [(_COPY, "copy.copy(G.state_dict())")],
        "training_goes_on",
        "share its tensors with G",
    ),
    ("U20", "keeps the state itself", [(_COPY, "G.state_dict()")], "training_goes_on", "share its tensors with G"),
    (
        "U20",
        "a new dictionary with the old tensors",
        [(_COPY, "dict(G.state_dict())")],
        "training_goes_on",
        "share its",
    ),
    (
        "U20",
        "detaches the tensors",
        [(_COPY, "{k: v.detach() for k, v in G.state_dict().items()}")],
        "training_goes_on",
        "share its tensors with G",
    ),
    ("U20", "keeps the network", [(_COPY, "G")], "keeps_the_first", "takes a dictionary"),
    ("U20", "a copy of the network", [(_COPY, "copy.deepcopy(G)")], "keeps_the_first", "takes a dictionary"),
    (
        "U20",
        "a list of the parameters",
        [(_COPY, "[p.clone() for p in G.parameters()]")],
        "keeps_the_first",
        "takes a dictionary",
    ),
    (
        "U9",
        "clones the parameters, and forgets the running statistics",
        [(_COPY, "{k: p.detach().clone() for k, p in G.named_parameters()}")],
        "keeps_the_first",
        "not those of G",
    ),
    (
        "U20",
        "copies the weights, but not the running statistics",
        [(_COPY, "{**G.state_dict(), **{k: p.detach().clone() for k, p in G.named_parameters()}}")],
        "training_goes_on",
        "some of the kept weights",
    ),
    (
        "T21",
        "keeps the larger score",
        [("score < best[0]", "score > best[0]")],
        "the_smaller_score_stays",
        "not the first",
    ),
    (
        "T21",
        "keeps the last of equal scores",
        [("score < best[0]", "score <= best[0]")],
        "the_smaller_score_stays",
        "0.7 and 0.7",
    ),
    ("T21", "never replaces the first", [(" or score < best[0]", "")], "the_smaller_score_stays", "not the second"),
    (
        "T21",
        "keeps the new score with the old weights",
        [("    if best", "    if best is not None and score < best[0]:\n        best = score, best[1]\n    if best")],
        "the_smaller_score_stays",
        "not the second",
    ),
    (
        "U9",
        "switches G to eval mode to save it",
        [("    return best", "    G.eval()\n    return best")],
        "leaves_g_alone",
        "left in another mode",
    ),
):
    clinic_best.mistake(_key, _title, *_edits, caught_by=_case, says=_says)
