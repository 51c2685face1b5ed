"""Exercises of chapter 14: Euler's method, the loss of flow matching, a detector's AUC, which family for which need."""

import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, differentiable, near, number
from ganlab.checks.traces import untouched

_NO_SLOPE = "samples are drawn, nothing is trained on their slope"

euler_sampler = Exercise(
    "euler_sampler",
    "Samples of a flow by Euler's method",
    stub='''
import torch


def euler_sampler(v, z, passes):
    """Follow the velocity from noise at t = 0 to t = 1 in equal steps.

    v(x, t) takes x of shape (n, d) and t of shape (n, 1); z, shape (n, d),
    is the noise. The velocity is asked as often as passes says.
    """
    raise NotImplementedError
''',
    reference='''
import torch


def euler_sampler(v, z, passes):
    """Follow the velocity from noise at t = 0 to t = 1 in equal steps.

    v(x, t) takes x of shape (n, d) and t of shape (n, 1); z, shape (n, d),
    is the noise. The velocity is asked as often as passes says.
    """
    x, h = z, 1 / passes
    for step in range(passes):
        t = torch.full((len(x), 1), step * h)
        x = x + h * v(x, t)
    return x
''',
    goals=(
        (1, "Start at the noise, and make all steps equally long"),
        (2, "In every step, write down the time at which it begins"),
        (1, "Follow the velocity of that place and time for the length of a step"),
        (1, "Return where the last step ends"),
    ),
    equivalent={
        "no_grad: for step in range(passes):": _NO_SLOPE,
        "no_grad: t = torch.full((len(x), 1), step * h)": _NO_SLOPE,
        "no_grad: x = x + h * v(x, t)": _NO_SLOPE,
        "x = x + h * v(x, t) -> x = x + h * v(x, t).detach()": _NO_SLOPE,
    },
)


def _points(*rows: tuple[float, ...]) -> Tensor:
    return torch.tensor(rows)


@euler_sampler.case(hint="One step of length h adds h times the velocity; all steps together have the length 1.")
def constant_velocity(euler_sampler):
    """With a constant velocity every number of passes arrives at the same place."""
    z, push = _points((0.0, 1.0), (2.0, -1.0), (0.5, 0.5)), torch.tensor([3.0, -2.0])
    for passes in (1, 4, 10):
        found = euler_sampler(lambda x, t: push.expand_as(x), z.clone(), passes)
        hints = {z + push * passes: "Each step has the length 1 / passes, not 1.", z - push: "That walks backwards."}
        near(found, z + push, f"with the velocity (3, -2) and {passes} passes, the samples", hints=hints)


@euler_sampler.case(
    points=2, hint="The first step starts at t = 0 and the last one at t = 1 - h: ask at the start of each step."
)
def velocity_that_changes_in_time(euler_sampler):
    """The velocity is asked at the beginning of each step."""
    z = torch.zeros(3, 2)
    for passes in (3, 5):
        late, middle = (passes + 1) / (2 * passes), 0.5
        hints = {
            torch.full((3, 2), late): "That asks at the end of each step, from h to 1: begin at t = 0.",
            torch.full((3, 2), middle): "That asks in the middle of each step, which is another method.",
            torch.full((3, 2), (passes - 1) / 2): "The time is a fraction of the way: t = step * h.",
        }
        wanted = torch.full((3, 2), (passes - 1) / (2 * passes))
        found = euler_sampler(lambda x, t: t.expand_as(x), z.clone(), passes)
        near(found, wanted, f"with the velocity t and {passes} passes, the samples from 0", hints=hints)


@euler_sampler.case(points=2, hint="Each step starts where the last one has ended: ask v at the new x.")
def velocity_that_depends_on_the_place(euler_sampler):
    """The velocity is asked where the sample has come to."""
    z = _points((1.0, -2.0), (0.5, 3.0))
    for passes in (1, 3, 8):
        hints = {2 * z: "Is v asked at z in every step? Ask it at the x of this step."}
        wanted = z * (1 + 1 / passes) ** passes
        found = euler_sampler(lambda x, t: x, z.clone(), passes)
        near(found, wanted, f"with the velocity x and {passes} passes, the samples", hints=hints)


@euler_sampler.case(hint="t is a column, one time for each sample, so that it can stand beside x.")
def how_the_velocity_is_asked(euler_sampler):
    """The velocity is asked once a pass, with one time for each sample."""
    asked = []

    def v(x, t):
        asked.append((tuple(x.shape), tuple(t.shape) if type(t) is Tensor else None))
        return torch.zeros_like(x)

    euler_sampler(v, torch.zeros(5, 3), 4)
    if len(asked) != 4:
        raise Finding(f"with 4 passes v was asked {len(asked)} times", "4 times")
    for x_shape, t_shape in asked:
        if x_shape != (5, 3) or t_shape != (5, 1):
            raise Finding(f"v got x of shape {x_shape} and t of shape {t_shape}", "shapes (5, 3) and (5, 1)")


@euler_sampler.case()
def leaves_the_noise_alone(euler_sampler):
    """The noise is not changed."""
    z = _points((1.0, 2.0), (3.0, 4.0))
    with untouched(z=z):
        euler_sampler(lambda x, t: x + t, z, 3)


_START, _TIME, _STEP = (
    "x, h = z, 1 / passes",
    "t = torch.full((len(x), 1), step * h)",
    "x = x + h * v(x, t)",
)
for _title, _edits, _case, _says in (
    ("takes steps of length 1", [(_STEP, "x = x + v(x, t)")], "constant_velocity", "1 / passes"),
    ("walks backwards", [(_STEP, "x = x - h * v(x, t)")], "constant_velocity", "backwards"),
    (
        "asks at the end of each step",
        [("step * h)", "(step + 1) * h)")],
        "velocity_that_changes_in_time",
        "begin at t = 0",
    ),
    (
        "asks in the middle of each step",
        [("step * h)", "(step + 0.5) * h)")],
        "velocity_that_changes_in_time",
        "another method",
    ),
    ("counts steps in place of the time", [("step * h)", "float(step))")], "velocity_that_changes_in_time", "fraction"),
    (
        "runs the time from 1 to 0, as diffusion models do",
        [("step * h)", "1 - step * h)")],
        "velocity_that_changes_in_time",
        "at the end of each step",
    ),
    ("leaves the time at 0", [("step * h)", "0.0)")], "velocity_that_changes_in_time", "start of each step"),
    ("asks at the noise in every step", [(_STEP, "x = x + h * v(z, t)")], "velocity_that_depends_on_the_place", "at z"),
    (
        "returns the last velocity",
        [(_STEP, "x = v(x, t)")],
        "constant_velocity",
        "adds h times the velocity",
    ),
    ("forgets the last step", [("range(passes)", "range(passes - 1)")], "constant_velocity", "length 1"),
    (
        "takes one step too many",
        [("range(passes)", "range(passes + 1)")],
        "constant_velocity",
        "length 1",
    ),
    (
        "gives one time for the whole batch",
        [(_TIME, "t = torch.full((1, 1), step * h)")],
        "how_the_velocity_is_asked",
        "(5, 1)",
    ),
    ("moves the noise itself", [(_STEP, "x += h * v(x, t)")], "leaves_the_noise_alone", "z"),
):
    euler_sampler.mistake("T17", _title, *_edits, caught_by=_case, says=_says)


flow_matching_loss = Exercise(
    "flow_matching_loss",
    "The loss of flow matching",
    stub='''
def flow_matching_loss(v, x, z, t):
    """Return the mean squared distance of v to the velocity of each line.

    The line leads from the noise z at t = 0 to the example x at t = 1, both
    of shape (n, d); t has shape (n, 1). v(x_t, t) gives velocities (n, d).
    """
    raise NotImplementedError
''',
    reference='''
def flow_matching_loss(v, x, z, t):
    """Return the mean squared distance of v to the velocity of each line.

    The line leads from the noise z at t = 0 to the example x at t = 1, both
    of shape (n, d); t has shape (n, 1). v(x_t, t) gives velocities (n, d).
    """
    x_t = (1 - t) * z + t * x
    miss = v(x_t, t) - (x - z)
    return miss.square().sum(dim=1).mean()
''',
    equivalent={
        "miss = v(x_t, t) - (x - z) -> miss = x - z - v(x_t, t)": "the square takes the sign away",
        "miss = v(x_t, t) - (x - z) -> miss = -(v(x_t, t) - (x - z))": "the square takes the sign away",
        "return miss.square().sum(dim=1).mean() -> return miss.square().sum(dim=-1).mean()": (
            "examples have shape (n, d): dimension 1 is the last"
        ),
    },
)

_X, _Z = ((3.0, -1.0), (0.0, 2.0), (5.0, 1.0)), ((1.0, 0.0), (-1.0, 4.0), (2.0, 3.0))  # x - z: (2,-1) (1,-2) (3,-2)


@flow_matching_loss.case(hint="The velocity of a straight line is its end minus its start.")
def the_right_velocity_has_no_loss(flow_matching_loss):
    """A velocity that equals x - z everywhere has the loss 0."""
    x, z, t = _points(*_X), _points(*_Z), torch.tensor([[0.2], [0.7], [0.5]])
    hints = {
        4 * (5 + 5 + 13) / 3: "The line leads from the noise to the data: its velocity is x - z.",
        (10 + 4 + 26) / 3: "What is compared is the velocity x - z, not the example x.",
    }
    near(flow_matching_loss(lambda x_t, t: x - z, x, z, t), 0.0, "the loss of the right velocity", hints=hints)


@flow_matching_loss.case(points=2, hint="Sum the squares over the components of a velocity, average over the examples.")
def standing_still(flow_matching_loss):
    """A velocity of 0 costs the mean squared length of the lines."""
    x, z, t = _points(*_X), _points(*_Z), torch.tensor([[0.2], [0.7], [0.5]])
    hints = {
        23.0: "That is the sum over the examples: take their mean.",
        23 / 6: "That averages over the components, too: a distance sums over them.",
        (5**0.5 + 5**0.5 + 13**0.5) / 3: "That is the distance without the square.",
    }
    wanted = 23 / 3
    near(
        flow_matching_loss(lambda x_t, t: torch.zeros_like(x_t), x, z, t),
        wanted,
        "the loss of standing still on lines with squared lengths 5, 5, 13",
        hints=hints,
    )


@flow_matching_loss.case(
    points=2, hint="At t = 0 the point is the noise, at t = 1 the example, and t has its own line."
)
def where_the_velocity_is_asked(flow_matching_loss):
    """The velocity is asked at the point of each line that belongs to its time."""
    x, z, t = _points(*_X), _points(*_Z), torch.tensor([[0.0], [1.0], [0.25]])
    asked = []

    def v(x_t, time):
        asked.append((x_t, time))
        return torch.zeros_like(x_t)

    flow_matching_loss(v, x, z, t)
    if not asked:
        raise Finding("v was never asked", "one question with all points")
    points, times = asked[0]
    wanted = _points((1.0, 0.0), (0.0, 2.0), (2.75, 2.5))
    hints = {
        _points((3.0, -1.0), (-1.0, 4.0), (4.25, 1.5)): "At t = 0 the point is the noise z, at t = 1 the example x.",
        x: "The velocity has to be asked on the way, not at the example.",
        z: "The velocity has to be asked on the way, not at the noise.",
    }
    near(points, wanted, "the points at which v is asked for t = 0, 1, 0.25", hints=hints)
    near(times, t, "the times that v is given")


@flow_matching_loss.case(hint="Keep tensors all the way, so that v can learn from the loss.")
def the_loss_goes_backward(flow_matching_loss):
    """The loss has a slope in the weights of v."""
    x, z, t = _points(*_X), _points(*_Z), torch.tensor([[0.2], [0.7], [0.5]])
    w = torch.tensor([1.0, 1.0], requires_grad=True)
    loss = differentiable(flow_matching_loss(lambda x_t, t: w.expand_as(x_t), x, z, t), "the loss")
    (slope,) = torch.autograd.grad(loss, w)
    near(slope, 2 * (w.detach() - (x - z)).mean(dim=0), "the slope in a constant velocity of (1, 1)")


@flow_matching_loss.case()
def leaves_its_inputs_alone(flow_matching_loss):
    """Nothing that is given is changed."""
    x, z, t = _points(*_X), _points(*_Z), torch.tensor([[0.2], [0.7], [0.5]])
    with untouched(x=x, z=z, t=t):
        flow_matching_loss(lambda x_t, t: x_t * t, x, z, t)


_BETWEEN, _MISS, _LOSS = (
    "x_t = (1 - t) * z + t * x",
    "miss = v(x_t, t) - (x - z)",
    "return miss.square().sum(dim=1).mean()",
)
for _title, _edit, _case, _says in (
    ("runs the line from the data to the noise", (_BETWEEN, "x_t = (1 - t) * x + t * z"),
     "where_the_velocity_is_asked", "the noise z"),
    ("asks at the example", (_MISS, "miss = v(x, t) - (x - z)"), "where_the_velocity_is_asked", "not at the example"),
    ("asks at the noise", (_MISS, "miss = v(z, t) - (x - z)"), "where_the_velocity_is_asked", "not at the noise"),
    ("aims at z - x", (_MISS, "miss = v(x_t, t) - (z - x)"), "the_right_velocity_has_no_loss", "x - z"),
    ("aims at the example", (_MISS, "miss = v(x_t, t) - x"), "the_right_velocity_has_no_loss", "velocity"),
    ("aims at the rest of the line", (_MISS, "miss = v(x_t, t) - (x - x_t)"),
     "the_right_velocity_has_no_loss", "end minus its start"),
    ("predicts the noise, as a diffusion model does", (_MISS, "miss = v(x_t, t) - z"),
     "the_right_velocity_has_no_loss", "end minus its start"),
    ("averages over the components", (_LOSS, "return miss.square().mean()"), "standing_still", "components"),
    ("adds the examples up", (_LOSS, "return miss.square().sum()"), "standing_still", "sum over the examples"),
    ("forgets the square", (_LOSS, "return miss.norm(dim=1).mean()"), "standing_still", "without the square"),
    ("returns a plain number", (_LOSS, "return miss.square().sum(dim=1).mean().item()"),
     "the_loss_goes_backward", "way back is cut"),
    ("gives v the time that is left", (_MISS, "miss = v(x_t, 1 - t) - (x - z)"),
     "where_the_velocity_is_asked", "the times that v is given"),
):  # fmt: skip
    flow_matching_loss.mistake("T17", _title, _edit, caught_by=_case, says=_says)


_NUMBERS = "true and false count as 1 and 0 beside numbers"

detector_auc = Exercise(
    "detector_auc",
    "The AUC of a detector",
    stub='''
def detector_auc(real, fake):
    """Return the probability that a real image has the higher logit.

    The logits have shapes (n,) and (m,). All pairs of a real image and a
    fake count; a tie counts one half.
    """
    raise NotImplementedError
''',
    reference='''
def detector_auc(real, fake):
    """Return the probability that a real image has the higher logit.

    The logits have shapes (n,) and (m,). All pairs of a real image and a
    fake count; a tie counts one half.
    """
    ahead = real[:, None] - fake
    higher, ties = ahead > 0, ahead == 0
    return (higher.double() + ties.double() / 2).mean()
''',
    equivalent={
        "return (higher.double() + ties.double() / 2).mean() -> return (higher.double() + ties / 2).mean()": _NUMBERS,
        "return (higher.double() + ties.double() / 2).mean() -> return (higher + ties.double() / 2).mean()": _NUMBERS,
    },
)


@detector_auc.case(hint="Compare every real logit with every fake logit, and count how often it is higher.")
def a_perfect_detector(detector_auc):
    """If all real images score higher, it is 1; if all score lower, 0."""
    high, low = torch.tensor([2.0, 3.0, 5.0]), torch.tensor([-1.0, 1.5])
    hints = {6.0: "That counts the pairs: divide by their number.", 0.0: "Which of the two should score higher?"}
    near(detector_auc(high, low), 1.0, "with all real logits above all fakes, the AUC", hints=hints)
    near(detector_auc(low, high), 0.0, "with all real logits below all fakes, the AUC")


@detector_auc.case(points=2, hint="Each of the n times m pairs counts once, whatever their order in the batch.")
def all_pairs_count(detector_auc):
    """Seven of twelve pairs are in the right order."""
    real, fake = torch.tensor([4.0, 0.0, 2.0]), torch.tensor([1.0, 5.0, -2.0, 3.0])
    hints = {
        2 / 3: "That compares the logits with 0: a detector's threshold does not matter for the AUC.",
        5 / 12: "That counts the fakes that score higher.",
    }
    right = sum(r > f for r in real.tolist() for f in fake.tolist()) / 12
    near(detector_auc(real, fake), right, "for real logits 4, 0, 2 and fakes 1, 5, -2, 3 the AUC", hints=hints)


@detector_auc.case(hint="A detector that says the same of everything has to get 1/2.")
def ties_count_one_half(detector_auc):
    """A tie counts one half."""
    same = torch.full((4,), 1.5)
    hints = {0.0: "Ties were not counted: each is worth one half.", 1.0: "Ties were counted fully: one half each."}
    near(detector_auc(same, same[:3]), 0.5, "with equal logits for all the AUC", hints=hints)
    real, fake = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 0.0])
    near(detector_auc(real, fake), 3.5 / 4, "for real logits 1, 2 and fakes 1, 0 the AUC")


@detector_auc.case(hint="Only the order of the logits matters: compare them, do not average them.")
def only_the_order_matters(detector_auc):
    """Stretching all logits by an increasing function changes nothing."""
    real, fake = torch.tensor([4.0, 0.0, 2.0]), torch.tensor([1.0, 5.0, -2.0, 3.0])
    before = number(detector_auc(real, fake), "the AUC")
    near(detector_auc(real.exp() - 100, fake.exp() - 100), before, "after exp(s) - 100 of all logits the AUC")


@detector_auc.case()
def leaves_the_logits_alone(detector_auc):
    """The logits are not changed."""
    real, fake = torch.tensor([3.0, 1.0]), torch.tensor([2.0, 1.0, 0.0])
    with untouched(real=real, fake=fake):
        detector_auc(real, fake)


_AHEAD, _MEAN = (
    "ahead = real[:, None] - fake",
    "return (higher.double() + ties.double() / 2).mean()",
)
_ACCURACY = "return ((real > 0).double().mean() + (fake < 0).double().mean()) / 2"
for _title, _edits, _case, _says in (
    ("exchanges real and fake", [(_AHEAD, "ahead = fake[:, None] - real")], "a_perfect_detector", "score higher"),
    ("counts the pairs", [(_MEAN, "return (higher.double() + ties.double() / 2).sum()")],
     "a_perfect_detector", "divide by"),
    ("forgets ties", [(_MEAN, "return higher.double().mean()")], "ties_count_one_half", "not counted"),
    ("counts ties fully", [(_MEAN, "return (higher | ties).double().mean()")], "ties_count_one_half", "fully"),
    ("gives the accuracy at the threshold 0", [(_MEAN, _ACCURACY)], "a_perfect_detector", "every fake logit"),
    ("compares the means", [(_MEAN, "return (real.mean() > fake.mean()).double()")], "all_pairs_count", "pairs"),
    ("compares with the middle fake only", [(_AHEAD, "ahead = real - fake.median()")], "all_pairs_count", "pairs"),
    ("compares with the highest fake only", [(_AHEAD, "ahead = real - fake.max()")], "all_pairs_count", "pairs"),
    ("averages the probabilities that D gives", [(_MEAN, "return ahead.sigmoid().mean()")],
     "a_perfect_detector", "how often"),
    ("gives the share of real images above 0", [(_MEAN, "return (real > 0).double().mean()")],
     "a_perfect_detector", "all real logits below"),
):  # fmt: skip
    detector_auc.mistake("T21", _title, *_edits, caught_by=_case, says=_says)


which_family = Exercise(
    "which_family",
    "Which family of models for which need",
    stub="""
# 1  autoregressive model
# 2  normalising flow
# 3  variational autoencoder
# 4  diffusion or flow matching
# 5  GAN
# for example {"A": 1, "B": 2, "C": 3, "D": 4, "E": 5}
families = ...
""",
    reference="""
# 1  autoregressive model
# 2  normalising flow
# 3  variational autoencoder
# 4  diffusion or flow matching
# 5  GAN
# for example {"A": 1, "B": 2, "C": 3, "D": 4, "E": 5}
families = {"A": 5, "B": 1, "C": 4, "D": 2, "E": 3}
""",
)

_FAMILIES = {"A": 5, "B": 1, "C": 4, "D": 2, "E": 3}
_SEQUENTIAL, _PASSES = "It draws one component after the other.", "It needs many passes for one sample."
_FORM = "It restricts the network, which has to be inverted."
_NEEDS = {
    "A": ("A sound wave in one pass, by any network, and nobody asks for a likelihood.", "Which last column is a game?",
          {1: _SEQUENTIAL, 2: _FORM, 3: "Its squared error blurs a wave.", 4: _PASSES}),
    "B": ("The exact probability of the next symbol, to compress a text without loss.",
          "Which model is a product of conditionals?",
          {2: "Symbols are no continuous numbers that could be inverted.", 3: "A bound costs bits.",
           4: "It gives no probability of the next symbol.", 5: "It gives no probability at all."}),
    "C": ("Sharp pictures, a plain falling loss, any network; a sample may take fifty passes.",
          "Who trains on the error of a step?",
          {1: "Its passes are as many as the components.", 2: _FORM, 3: "Its squared error blurs a picture.",
           5: "Its losses are those of a game, and need not fall."}),
    "D": ("The exact density of a point in the plane, and samples in one pass.",
          "Which model has an inverse, and a determinant?",
          {1: _SEQUENTIAL, 3: "It gives a bound, not the density.", 4: _PASSES, 5: "It gives no density."}),
    "E": ("A code of each example, with a lower bound on its likelihood.", "Which model has an encoder and a bound?",
          {1: "It has no code.", 2: "Its likelihood is exact, no bound.", 4: "It has no short code.",
           5: "It has neither an encoder nor a bound."}),
}  # fmt: skip


def _family(letter: str, need: str, look: str, hints: dict[int, str]) -> None:
    def case(families):
        if type(families) is not dict or set(families) != set(_FAMILIES):
            raise Finding("your answer has other letters", 'a dictionary {"A": …, "B": …, "C": …, "D": …, "E": …}')
        found = number(families[letter], f"the family of {letter}")
        if found != _FAMILIES[letter]:
            raise Finding(f"you gave {letter} the number {found:g}", "another number", hints.get(int(found), look))

    case.__name__, case.__doc__ = f"need_{letter.lower()}", need
    which_family.case(hint=look)(case)


for _letter, (_need, _look, _hints) in _NEEDS.items():
    _family(_letter, _need, _look, _hints)
for _title, _edit, _case, _says in (
    ("takes a model of many passes for a wave", ('"A": 5', '"A": 4'), "need_a", "many passes"),
    ("takes a sequential model for a wave", ('"A": 5', '"A": 1'), "need_a", "one component after the other"),
    ("takes a VAE for a wave", ('"A": 5', '"A": 3'), "need_a", "blurs"),
    ("compresses with a bound", ('"B": 1', '"B": 3'), "need_b", "costs bits"),
    ("compresses with a GAN", ('"B": 1', '"B": 5'), "need_b", "no probability"),
    ("expects a game's loss to fall", ('"C": 4', '"C": 5'), "need_c", "need not fall"),
    ("takes a VAE for sharp pictures", ('"C": 4', '"C": 3'), "need_c", "blurs"),
    ("takes an invertible network where any would do", ('"C": 4', '"C": 2'), "need_c", "inverted"),
    ("takes a bound for the density", ('"D": 2', '"D": 3'), "need_d", "a bound"),
    ("asks a GAN for its density", ('"D": 2', '"D": 5'), "need_d", "no density"),
    ("looks for the encoder of a GAN", ('"E": 3', '"E": 5'), "need_e", "neither"),
):
    which_family.mistake("T17", _title, _edit, caught_by=_case, says=_says)
