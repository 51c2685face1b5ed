"""The benchmark of chapter 8's treatments: equal effort of tuning, and the page quotes what it stored."""

import copy
import math
import re
import statistics
from itertools import chain
from pathlib import Path

import pytest
import torch
from in_words import WORDS
from loading import load_script

from ganlab.ensembles import summed_loss
from ganlab.losses import nonsaturating_d

FOLDER = Path(__file__).parents[2] / "benchmarks" / "collapse"
collapse = load_script(FOLDER / "run.py")
PATIENT = (3e-3, 3e-3)  # the rates of the chapter's last exercise


@pytest.fixture(scope="module")
def results():
    return collapse.Results(FOLDER / "results.json")


@pytest.fixture(scope="module")
def text():
    return collapse.PAGE.read_text(encoding="utf-8")


def test_every_treatment_tries_as_many_settings_on_as_many_members():
    assert {len(set(collapse.settings(name))) for name in collapse.TREATMENTS} == {4}
    keys = [key for name in collapse.TREATMENTS for key in collapse.tuning_keys(name)]
    assert len({(key["members"], key["steps"], key["seed"], key["what"]) for key in keys}) == 1


def test_no_seed_is_used_for_tuning_and_for_testing():
    assert {collapse.TUNING_SEED}.isdisjoint({*collapse.SEEDS, *collapse.METZ_SEEDS})


def test_all_that_is_to_be_run_is_stored(results):
    keys = [*collapse.first_keys(), *collapse.test_keys(results), collapse.cost_key(results)]
    assert [len(results.find(**key)) for key in keys] == [1] * len(keys)
    assert len(keys) == len(results.rows)


def test_each_look_holds_every_member_and_a_kept_mode_is_near(results):
    for row in results.rows:
        if row["what"] != "cost":
            looks = row["steps"] // collapse.LOOK_EVERY
            for what in ("near", "kept", "good"):
                assert [len(look) for look in row[what]] == [row.get("members", 1)] * looks
            pairs = zip(chain(*row["near"]), chain(*row["kept"]), strict=True)
            assert not [1 for near, kept in pairs if kept & ~near]


def test_the_page_has_the_table(results, text):
    assert collapse.table(results) in text


@pytest.mark.parametrize(
    ("what", "name", "look", "said"),
    [
        ("near", "minimax", 1, 8),
        ("near", "minimax", 3, 7),
        ("near", "minimax", 11, 4.5),
        ("near", "unrolled", 11, 3),
        ("near", "wider D", 11, 3),
        ("near", "plain", 11, 2),
        ("near", "minibatch spread", 11, 6),
    ],
)
def test_medians_that_the_page_says(results, what, name, look, said):
    assert statistics.median(collapse.members(collapse.finals(results, name), what, look)) == said


@pytest.mark.parametrize("name", ["packs", "noise on D's inputs", "R1", "relativistic, R1 and R2"])
def test_the_weaker_strength_was_chosen_and_the_stronger_covers_as_well(results, name):
    rate_g, rate_d, strength = collapse.best(results, name)
    weak, strong = collapse.STRENGTHS[name]
    assert strength == weak
    rows = [results.find(what="tuning", treatment=name, setting=[rate_g, rate_d, each])[0] for each in (weak, strong)]
    assert [statistics.median(collapse.members([row], "near")) for row in rows] == [8, 8]
    good = [statistics.median(collapse.members([row], "good")) for row in rows]
    assert good[1] < good[0]


def test_what_the_stronger_ones_miss_and_keep_is_as_the_page_says(results, text):
    missed, kept = {}, {}
    for name in ("packs", "noise on D's inputs", "R1", "relativistic, R1 and R2"):
        setting = [*collapse.best(results, name)[:2], collapse.STRENGTHS[name][1]]
        rows = results.find(what="tuning", treatment=name, setting=setting)
        missed[name] = [8 - near for near in collapse.members(rows, "near") if near < 8]
        kept[name] = sum(collapse.members(rows, "kept"))
    (by_one,), by_noise = missed.pop("noise on D's inputs"), kept.pop("noise on D's inputs")
    assert [*missed.values(), *kept.values()] == [[], [], [], 0, 0, 0]
    assert f"near all modes after 2000 steps (one member of eight misses {WORDS[by_one]} with noise)" in text
    assert f"hardly any ({WORDS[by_noise]} with noise, over all eight members, and none with the others)" in text


def test_minibatch_spread_brings_modes_back_as_often_as_the_page_says(results, text):
    rows = collapse.finals(results, "minibatch spread")
    early, later, last = (WORDS[statistics.median(collapse.members(rows, "near", look))] for look in (1, 3, 11))
    assert f"near {early} modes after 1000 steps, {later} after 2000 and {last} after 6000, and " in text
    grown = {}
    for name in collapse.TREATMENTS:
        before, after = (collapse.members(collapse.finals(results, name), "near", look) for look in (1, 11))
        grown[name] = sum(now > then for then, now in zip(before, after, strict=True))
    spread, unrolled = grown.pop("minibatch spread"), grown.pop("unrolled")
    assert f"{spread} of its 32 members are near more modes at the end than after 1000 steps" in text
    assert f"every other treatment but unrolling ({unrolled} members) at most {WORDS[max(grown.values())]} is." in text


def test_at_equal_rates_the_wider_d_is_near_fewer_modes(results, text):
    plain, wider = (
        {tuple(row["setting"]): collapse.members([row], "near") for row in results.find(what="tuning", treatment=name)}
        for name in ("plain", "wider D")
    )
    for average in (statistics.mean, statistics.median):
        assert all(average(wider[setting]) < average(near) for setting, near in plain.items())
    assert f"near fewer modes than the plain one, with each of the {WORDS[len(plain)]} pairs that were tried" in text


def test_unrolling_makes_as_few_good_samples_as_the_page_says(results, text):
    in_a_thousand = 1000 * statistics.mean(collapse.members(collapse.finals(results, "unrolled"), "good"))
    assert f"hardly {WORDS[math.ceil(in_a_thousand)]} sample in a thousand is good" in text


def test_the_patient_of_the_last_exercise_is_as_ill_and_gets_as_well_as_the_page_says(results, text):
    ill = set(collapse.members(results.find(what="tuning", treatment="k = 5", setting=[*PATIENT, 0.0]), "near", 1))
    assert f"its generators are near {' or '.join(WORDS[near] for near in sorted(ill))} of eight modes" in text
    plain, packs = (collapse.finals(results, name) for name in ("plain", "packs"))
    assert [collapse.best(results, name) for name in ("plain", "packs")] == [(*PATIENT, 0.0), (*PATIENT, 2)]
    seven = sum(near >= 7 for near in collapse.members(plain, "near", 1))
    assert f"only {WORDS[seven]} of the 32 generators of {{ref}}`mc-results` are still near seven modes or more" in text
    fours = results.find(what="tuning", treatment="packs", setting=[*PATIENT, 4])
    two, four = ([near == 8 for near in collapse.members(rows, "near", 1)] for rows in (packs, fours))
    assert (len(two), len(four), all(four)) == (32, 8, True)
    assert f"With packs of two {sum(two)} of 32 are near all eight" in text
    assert f"with packs of four all of the {WORDS[len(four)]} generators that were tried are" in text
    good = max(collapse.members([*packs, *fours], "good", 1))
    assert f"(with packs of two and of four at most {100 * good:.0f} % are good)" in text


def test_runs_at_length_are_as_the_page_says(results):
    plain = results.find(what="page", treatment="plain")
    near = [statistics.median(collapse.members(plain, "near", look)) for look in (7, 47)]
    good = statistics.median(collapse.members(plain, "good"))
    assert (near, round(good, 2)) == ([1, 1], 0.95)
    calm = [found_again(row, member) == 0 for row in plain for member in range(row["members"])]
    assert sum(calm) == 25


def found_again(row, member):
    """How often a member found a lost mode again after step 2000."""
    looks = [look[member] for look in row["near"]]
    had = [0]
    for look in looks:
        had.append(had[-1] | look)
    return sum((looks[i] & ~looks[i - 1] & had[i]).bit_count() for i in range(4, len(looks)))


def test_claims_about_every_member_hold(results):
    near = {name: collapse.members(collapse.finals(results, name), "near") for name in collapse.TREATMENTS}
    assert min(near["R1"] + near["relativistic, R1 and R2"]) == 8
    assert (max(near["plain"]), max(near["k = 5"]), sum(n < 8 for n in near["packs"])) == (4, 3, 13)


def test_unrolling_near_that_of_metz_is_as_the_page_says(results):
    for ahead, least, most in ((5, 14, 32), (0, 2, 20)):
        rows = results.find(what="metz", ahead=ahead)
        good = [round(100 * share) for share in collapse.members(rows, "good")]
        assert (collapse.members(rows, "near"), min(good), max(good)) == ([8] * 6, least, most)


def test_the_grid_is_as_the_page_says(results):
    near = {
        (name, look): statistics.median(collapse.members(results.find(what="grid", treatment=name), "near", look))
        for name in collapse.ON_THE_GRID
        for look in (11, 23)
    }
    noise = "noise on D's inputs"
    assert (near["plain", 23], near["packs", 23], near[noise, 11], near[noise, 23]) == (14, 22, 25, 16)


def test_the_page_compares_itself_with_what_is_stored(results, text):
    rows = results.find(what="page", treatment="packs")
    stored = [statistics.median(collapse.members(rows, what)) for what in ("near", "good")]
    said = re.search(r"stored_near, stored_good = (\d+), ([\d.]+)", text)
    assert [float(number) for number in said.groups()] == stored


@pytest.mark.parametrize("name", collapse.TREATMENTS)
def test_every_treatment_plays(name, monkeypatch):
    monkeypatch.setattr(collapse, "LOOK_EVERY", 2)
    setting = collapse.settings(name)[-1]
    row = collapse.measure(collapse.run_key("test", name, setting, members=2, steps=2, seed=0))
    assert [len(row[what]) for what in ("near", "kept", "good")] == [1, 1, 1]


def test_the_d_foreseen_is_the_one_that_adam_makes():
    players = collapse.metz_players(0)
    list(collapse.metz_rounds(players, 0, 3))  # so that Adam has a past
    real, fake = torch.randn(2, 1, 32, 2)
    foreseen = collapse.adam_ahead(players.D, players.opt_d, real, fake, 4)
    D = copy.deepcopy(players.D)
    adam = torch.optim.Adam(D.parameters())
    adam.load_state_dict(players.opt_d.state_dict())
    for _ in range(4):
        adam.zero_grad()
        summed_loss(nonsaturating_d)(D(real), D(fake)).backward()
        adam.step()
    for name, weights in D.named_parameters():
        torch.testing.assert_close(foreseen[name], weights, rtol=1e-4, atol=1e-6)


def test_a_tie_goes_to_the_setting_with_most_good_samples(tmp_path):
    results = collapse.Results(tmp_path / "rows.json")
    for key, good in zip(collapse.tuning_keys("plain"), (0.1, 0.3, 0.2, 0.0), strict=True):
        results.add(key | {"near": [[255]], "kept": [[0]], "good": [[good]]})
    assert collapse.best(results, "plain") == collapse.settings("plain")[1]


def test_masks_become_bits_with_mode_0_last():
    assert collapse.bits(torch.tensor([[True, False, False], [False, True, True]])) == [1, 6]
    assert collapse.counts([1, 6]) == [1, 2]
