"""What "Try it" boxes and the page of labs say of a lab is what the shipped lab does, and the sentence stands there.

Bounds of what depends on chance come from other seeds (200 to 215, and more for patient E), with room.
"""

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ganlab import labs

BOOK = Path(__file__).parents[2] / "book"
POLO, RATIO, GAME, CIRCLES, EARTH = (
    f"chapters/{name}.md"
    for name in (
        "02-marco-polo",
        "03-discriminator-as-ratio-meter",
        "04-the-game",
        "07-why-it-circles",
        "09-wasserstein",
    )
)
LABS = "labs.md"
SEEDS = range(40, 45)


@pytest.fixture
def stands():
    """`stands(page, sentence)`: whoever rewords it is asked whether it still holds."""

    def check(page, sentence):
        assert sentence in (BOOK / page).read_text(encoding="utf-8")

    return check


@pytest.fixture
def runs(node):
    """`runs(tag, params, ...actions)`: the state of one run; with `seeds`, those of several."""

    def play(tag, params, *actions, seeds=None):
        cases = [{"tag": tag, "params": params | {"seed": seed}, "actions": actions} for seed in seeds or [0]]
        states = node("lab", cases)
        return states if seeds else states[0]

    return play


def measured(states, *names, kind="metrics"):
    """Those numbers, a row for each state."""
    return np.array([[state[kind][name] for name in names] for state in states])


# Two kinds of models.


def test_a_rarer_label_moves_the_boundary_past_the_centre_of_its_bell(runs, stands):
    before, after = (runs("class-lab", {}, ["share", share])["boundaries"] for share in (0.4, 0.1))
    assert after[0] > runs("class-lab", {})["params"]["mu1"] == 2
    stands(LABS, f"from {before[0]:.1f} to {after[0]:.1f}, and so even past the centre of that bell.")
    two = runs("class-lab", {}, ["share", 0.1], ["share", 0.4], ["sigma1", 2.5])["boundaries"]
    assert len(two) == 2
    assert two[0] < 0 < two[1]
    stands(LABS, "widen label 1 to a spread of 2.5. Now there are two boundaries,")


# Marco Polo: mean and spread over 500 steps. The goal is mean 3, spread 1.5.

CALLER = {"start_mu": -2.0, "start_sigma": 0.5}


@pytest.fixture
def walks(node):
    """`walks(params, seeds)`: mean and spread after 0, 1, ..., 500 steps, with a row for each seed."""

    def walk(params, seeds=SEEDS):
        cases = [{"tag": "marco-polo", "values": params, "seed": seed, "rounds": 500} for seed in seeds]
        return np.array([[run["after"]["mu"], run["after"]["sigma"]] for run in node("twins", cases)]).swapaxes(0, 1)

    return walk


def missed(walk):
    mu, sigma = walk
    return np.hypot(mu - 3, sigma - 1.5)


def test_a_step_of_1_overshoots_the_spread_and_the_usual_one_does_not(walks, stands):
    usual, largest = (walks(CALLER | {"noise": 0} | more, [0]) for more in ({}, {"step_size": 1}))
    assert usual[1].max() < 1.5 < 2 < largest[1].max()
    assert missed(usual)[0, -1] < 1e-6
    stands(POLO, "choose the largest step size, 1, and play again: her spread overshoots.")


@pytest.mark.parametrize("noise", [1, 2])
def test_with_noise_the_caller_arrives_and_jitters_the_less_the_smaller_her_steps(walks, stands, noise):
    jitter = []
    for step in (0.1, 0.05):
        off = missed(walks(CALLER | {"noise": noise, "step_size": step}))
        assert (off[:, 0] > 5).all()
        assert (off.min(axis=1) < 0.3).all()
        assert (off[:, 350:].max(axis=1) < 2.5).all()
        jitter.append(off[:, 350:].mean())
    assert jitter[0] > 1.15 * jitter[1] > 0.2
    stands(POLO, "2. Set the step size back to 0.1, raise the noise of the answer, and press *Reset*.")
    stands(POLO, "She still arrives, but then keeps jittering around the goal; why does a smaller step help?")


def test_with_steps_of_1_she_would_not_stay_which_is_why_the_box_sets_them_back(walks):
    assert missed(walks(CALLER | {"noise": 2, "step_size": 1}))[:, 350:].mean() > 3


def test_with_noise_2_the_page_of_labs_has_the_typical_distance(walks, stands):
    off = missed(walks({"noise": 2}, range(40, 56)))
    assert 0.6 < off[:, 200:].mean() < 0.8
    for sentence in ("at a typical distance of about 0.7.", "wanders around it at a distance of about 0.7."):
        stands(LABS, sentence)


def test_smaller_steps_take_longer_to_arrive(walks, stands):
    first = [(missed(walks({"noise": 2, "step_size": step})) < 0.5).argmax(axis=1) for step in (0.1, 0.02)]
    assert first[0].max() < 160 < first[1].min()  # 36 to 104, and 200 to 444
    stands(LABS, "Then lower the step size: she jitters less but takes longer to arrive.")


# D measures a ratio. Each item goes on with the settings of the item before it.

ERRORS = "error_linear", "error_quadratic"
EQUAL = ["sigma", 2], ["sigma_g", 2]
FEW = ["batch", 8], ["lr", 0.1]
BACK = ["batch", 128], ["lr", 0.03]


def logit(state, kind, x):
    """The logit of one of the two D at x; `best`: that of D*."""
    if kind == "best":
        return state["best"]["a"] + state["best"]["b"] * x + state["best"]["c"] * x**2
    *slopes, shift = state["weights"][kind]
    return shift + sum(slope * x ** (i + 1) for i, slope in enumerate(slopes))


def test_the_quadratic_error_falls_to_almost_0_and_the_linear_one_stays(runs, stands):
    found = measured(runs("ratio-lab", {}, ["step", 500], seeds=SEEDS), *ERRORS)
    assert ((found[:, 0] > 0.15) & (found[:, 0] < 0.19)).all()
    assert (found[:, 1] < 0.05).all()
    stands(RATIO, "The error of the quadratic $D$ falls to almost 0, and that of the linear one stays at about 0.17.")
    stands(LABS, "falls to nearly 0 for the quadratic $D$ and stays at about 0.17 for the linear one.")


def test_with_equal_spreads_the_best_logit_is_a_line_and_both_errors_become_small(runs, stands):
    states = runs("ratio-lab", {}, ["step", 200], *EQUAL, ["step", 400], seeds=SEEDS)
    assert all(state["best"]["c"] == 0 for state in states)
    assert (measured(states, *ERRORS) < 0.06).all()
    stands(RATIO, "2. Set both spreads to 2. The best logit is now a straight line, and both errors become small.")


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_few_samples_and_large_steps_move_the_quadratic_logit_most_in_the_tails(runs, stands, seed):
    x = np.linspace(-6, 10, 17)
    looks = [runs("ratio-lab", {}, *EQUAL, *FEW, ["step", n], seeds=[seed])[0] for n in range(100, 500, 40)]
    seen = np.array([logit(state, "quadratic", x) for state in looks])
    wide = seen.std(axis=0)
    assert min(wide[0], wide[-1]) > 3 * wide[6:10].max()
    assert (wide[6:10] > 0.05).all()
    assert np.abs(seen.mean(axis=0) - logit(looks[0], "best", x))[6:10].max() < 0.5
    stands(RATIO, "The quadratic $D$ keeps jittering around $D^*$, and its logit does so most in the tails.")


def test_equal_bells_bring_both_losses_to_log_4_once_the_settings_are_back(runs, stands):
    before = *EQUAL, *FEW, ["step", 200]
    kept, back = (
        measured(
            runs("ratio-lab", {}, *before, *more, ["mu_g", 2], ["step", 300], seeds=SEEDS),
            "linear",
            "quadratic",
            kind="losses",
        )
        for more in ([], BACK)
    )
    assert (abs(back - math.log(4)) < 0.03).all()
    assert (abs(kept - math.log(4)) > 0.03).any()
    assert runs("ratio-lab", {}, *EQUAL, ["mu_g", 2])["best"] == {"a": 0, "b": 0, "c": 0}
    stands(RATIO, "4. Set the samples of each kind back to 128 and the learning rate to 0.03, and give both bells")
    stands(RATIO, "The losses of both discriminators approach $\\log 4 = 1.386$, and the best $D$ is $\\tfrac12$")


@pytest.mark.parametrize(("real", "fake"), [(8, -4), (-4, 8)])
def test_bells_at_opposite_ends_bring_losses_towards_0_and_logits_that_grow_by_less_and_less(runs, stands, real, fake):
    apart = {"mu": real, "mu_g": fake, "sigma": 0.4, "sigma_g": 0.4}
    states = [runs("ratio-lab", apart, ["step", n]) for n in (100, 1000, 1900)]
    for kind in ("linear", "quadratic"):
        losses = [state["losses"][kind] for state in states]
        assert losses[0] > 10 * losses[1] > 20 * losses[2]
        for x, sign in ((real, 1), (fake, -1)):
            first, second, third = (sign * logit(state, kind, x) for state in states)
            assert 0 < third - second < (second - first) / 2
    stands(RATIO, "5. Drag the bells to opposite ends, set both spreads to 0.4 and press *Reset*.")
    stands(RATIO, "The losses fall towards 0 and the learned logits keep growing, by less and less:")


# How far apart?


@pytest.fixture
def descent(runs):
    """`descent(steps, **params)`: place, spread and the distances when the model has gone downhill so long."""
    return lambda steps, **params: runs("divergence-lab", params, ["step", steps])["metrics"]


def test_from_afar_w1_arrives_and_the_jsd_does_not_but_from_an_overlap_it_does(descent, stands):
    assert descent(1000, mu=-5, downhill="jsd")["mu"] == -5
    for steps, params in ((110, {"mu": -5, "downhill": "w1"}), (600, {"mu": -3, "downhill": "jsd"})):
        end = descent(steps, **params)
        assert abs(end["mu"]) < 0.1
        assert abs(end["sigma"] - 1) < 0.1
    stands(GAME, "Then start the JSD at $-3$, where the boxes overlap, and give it 600 steps.")


def test_the_kl_divergences_end_at_the_spreads_that_chapter_4_names(descent, stands):
    ends = [f"{descent(500, shape='two', mu=1, sigma=1, downhill=name)['sigma']:.2f}" for name in ("kl", "reverse")]
    stands(GAME, f"Descend both KL divergences: one ends at spread {ends[0]}, the other at {ends[1]}.")


def test_the_jsd_finds_two_minima_from_places_1_and_2_and_the_wide_one_is_lower(descent, stands):
    wide, narrow = (descent(800, shape="two", mu=mu, sigma=1, downhill="jsd", step_size=0.2) for mu in (1, 2))
    names = "mu", "sigma", "jsd"
    assert [wide[name] for name in names] == pytest.approx([0, 2.57, 0.172], abs=0.05)
    assert [narrow[name] for name in names] == pytest.approx([2.5, 0.705, 0.216], abs=0.01)
    assert wide["jsd"] < narrow["jsd"] - 0.03
    stands(GAME, "4. Now the JSD with a step size of 0.2, once from place 1 and once from place 2, both with spread 1.")


def test_w1_moves_the_model_by_equal_steps_and_after_100_of_them_it_jumps_back_and_forth(descent, stands):
    places = [descent(n, mu=-5, downhill="w1")["mu"] for n in range(121)]
    assert np.diff(places[:100]) == pytest.approx(0.05, abs=1e-6)
    assert max(map(abs, places[100:])) < 0.051
    late = np.diff(places[110:])
    assert abs(late) == pytest.approx(0.05, abs=1e-6)
    assert (late[1:] * late[:-1] < 0).all()
    stands(EARTH, "After 100 steps it is there, and then it jumps back and forth by one step,")


def test_on_two_bells_w1_leaves_the_model_in_the_middle_and_wide(descent, stands):
    ends = [descent(n, shape="two", mu=0, sigma=0.5, downhill="w1") for n in (20, 100, 400)]
    assert max(abs(end["mu"]) for end in ends) < 1e-3
    assert all(before["sigma"] < after["sigma"] for before, after in pairwise(ends))
    assert round(ends[-1]["sigma"], 1) == 2.5
    stands(EARTH, "The model stays in the middle and becomes wider, up to a spread of about 2.5:")


# Why it circles. The radii of item 2 are tested in labs/test/concept-labs.test.ts.


@pytest.fixture
def circles(runs):
    """`circles(steps, **params)`: a run of the Dirac-GAN with the minimax loss, or of another game."""
    return lambda steps, **params: runs("dirac-lab", {"game": "minimax"} | params, ["step", steps])


def test_turns_of_step_1_visit_six_points_and_come_back(circles, stands):
    points = [tuple(circles(n, game="xy", step_size=1)["points"]["alternating"]) for n in range(18)]
    assert len(set(points)) == 6
    assert points[:12] == points[6:]
    assert f"{math.hypot(*points[0]):.2f}" == "1.41"
    stands(CIRCLES, "six points only and is back at its start, 1.41 from the equilibrium, after every sixth step.")


def test_gamma_1_brings_both_paths_in_and_gamma_2_is_slower(circles, stands):
    for gamma, low, high in ((1, 0, 0.01), (2, 0.09, 0.13)):
        found = circles(100, gamma=gamma)["metrics"]
        assert all(low < found[f"radius_{way}"] < high for way in ("simultaneous", "alternating"))
    stands(CIRCLES, "the distance is below 0.01 with γ = 1, and still about 0.1 with γ = 2.")


def test_steps_of_1_come_in_from_gamma_above_a_quarter(circles, stands):
    inside, edge, outside = (
        [circles(n, gamma=gamma, step_size=1)["metrics"] for n in (100, 500, 2000)] for gamma in (0.3, 0.25, 0.2)
    )
    radii = [[found["radius_simultaneous"] for found in each] for each in (inside, edge, outside)]
    assert radii[0][0] < 0.1
    assert 0.3 > radii[1][1] > radii[1][2] > 0.1  # creeps
    assert all(0.8 < radius < 1.25 for radius in radii[2])
    growth = [each[0]["factor_simultaneous"] for each in (inside, edge, outside)]
    assert growth[0] < 1 - 1e-3 < 1 + 1e-3 < growth[2]
    assert growth[1] == pytest.approx(1)
    stands(CIRCLES, "With 0.3 the distance is below 0.1 after 100 steps, with 0.25 the path only creeps in,")
    stands(
        CIRCLES,
        "and with 0.2 it stays about 1 away: near the equilibrium, says the box, simultaneous steps lead outwards.",
    )


# A GAN in the plane: patient E.


def modes(node, seeds, steps):
    """How many modes patient E covers at one moment, for each seed."""
    params = node("presets")["gan-lab-2d"]["patient E"]
    cases = [{"tag": "gan-lab-2d", "params": params | {"seed": seed}, "actions": [["step", steps]]} for seed in seeds]
    return measured(node("lab", cases), "modes")[:, 0]


def test_at_the_seed_of_the_page_patient_e_covers_one_mode_at_most(node, stands):
    assert max(modes(node, [0], steps)[0] for steps in (130, 160, 200)) <= 1
    stands(LABS, "- [x] one at most\n\n---\n\nOne, or none while $G$ is on its way; two at once are rare.")


@pytest.mark.slow
def test_on_most_seeds_patient_e_goes_on_and_on_some_it_ends_with_several_modes(node, stands):
    seeds = range(400, 420)
    assert (modes(node, seeds, 300) > 1).sum() <= 6
    assert 1 <= (modes(node, seeds, 1500) > 1).sum() <= 8
    stands(LABS, "on about one seed in five the chase ends within 1500 steps, and $G$ then covers several spots")


# The digit explorer.


def on_the_way(node, seeds, **params):
    """Images (n, 784) in [-1, 1] between a 3 and an 8."""
    cases = [{"tag": "digit-explorer", "params": params | {"seed": seed}, "actions": []} for seed in seeds]
    return np.array([state["image"] for state in node("lab", cases)]) / 127.5 - 1


@pytest.mark.parametrize("path", ["slerp", "lerp"])
def test_half_way_the_judge_reads_as_many_3_as_8_and_little_else(node, stands, path):
    images = on_the_way(node, range(300, 400), t=0.5, path=path)
    (read,) = node("read", [{"images": images.ravel().tolist()}])
    threes, eights = (read.count(digit) for digit in (3, 8))
    assert min(threes, eights) > 30
    assert threes + eights > 80
    stands(LABS, "reads about as many of them as a 3 as it reads as an 8, and a few as another digit.")


def test_images_do_not_jump_on_the_way(node, stands):
    strip = np.array([on_the_way(node, SEEDS, t=t / 20) for t in range(21)])
    size = lambda change: np.sqrt((change**2).mean(axis=-1))  # noqa: E731
    assert (size(np.diff(strip, axis=0)) < 0.35 * size(strip[-1] - strip[0])).all()
    stands(LABS, "so its images cannot jump from one digit to the other")


def test_scores_and_lengths_are_as_the_page_of_labs_says(runs, stands):
    scores = [runs("digit-explorer", {"moment": moment})["metrics"]["score"] for moment in labs.MOMENTS]
    by_step = dict(zip(labs.MOMENTS, scores, strict=True))
    assert by_step[200] < by_step[400]
    assert sum(before > after for before, after in pairwise(scores)) == len(scores) - 2
    stands(LABS, "falls on the whole, but not from each stored moment to the next: compare 200 with 400.")
    line, circle = (
        measured(runs("digit-explorer", {"t": 0.5, "path": path}, seeds=range(30)), "length")
        for path in ("lerp", "slerp")
    )
    assert (line < circle).all()
    assert line.mean() < 3.2 < 3.6 < circle.mean()
    stands(LABS, "choose the straight line. The length of $z$ drops below what is typical.")


# Tricks on trial. The share of the level with 32 and with 5 seeds is tested in test_trials.py.

STUDY = json.loads(Path(labs.__file__).with_name("static").joinpath("trials.json").read_text(encoding="utf-8"))[
    "trials"
]
RING = [row for row in STUDY if row["target"] == "ring" and row["trick"] not in ("none", "separate passes")]


def lengths(node, rows, *actions):
    """How long the intervals of these trials are, on a logarithmic scale."""
    cases = [
        {
            "tag": "trials-lab",
            "params": {key: row[key] for key in ("target", "baseline", "trick")},
            "actions": [*actions, ["show", 1]],
        }
        for row in rows
    ]
    low, high = measured(node("lab", cases), "low", "high").T
    return np.log(high / low)


def test_with_three_seeds_half_of_the_intervals_are_more_than_four_times_as_long(node, stands):
    assert 4 < np.median(lengths(node, RING, ["seeds", 3]) / lengths(node, RING)) < 5
    stands(
        LABS, "The interval becomes longer, for half of the trials more than four times as long on a logarithmic scale"
    )


def test_with_eight_seeds_one_interval_for_all_tests_is_more_than_two_and_a_half_times_as_long(node, stands):
    alone, shared = (lengths(node, RING, ["seeds", 8], ["all", together]) for together in (False, True))
    assert ((shared / alone > 2.5) & (shared / alone < 2.75)).all()
    stands(LABS, "with eight more than two and a half times.")
