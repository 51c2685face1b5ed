"""Exercises: what the book asks, one module a chapter, named like the chapter.

Each exercise is a `ganlab.checks.Exercise`: stub, reference, cases and mistakes. The module of a chapter is loaded
when one of its exercises is asked for. How answers are checked is the business of `ganlab.checks`, which knows no
exercise by itself.

References
----------
Every mistake carries a key: `E…` (errors of well-known notes), `U…` (questions learners ask), `T…` (topics).
"""

from difflib import get_close_matches
from importlib import import_module

from ganlab.checks.exercise import Exercise

#: Where each exercise is defined: its id, and the module of its chapter.
EXERCISES = {
    "posterior": "two_kinds_of_models",
    "sample_joint": "two_kinds_of_models",
    "pushforward_density": "marco_polo",
    "feedback_step": "marco_polo",
    "bce_with_logits": "discriminator_as_ratio_meter",
    "d_star": "discriminator_as_ratio_meter",
    "density_ratio": "discriminator_as_ratio_meter",
    "value": "the_game",
    "jsd": "the_game",
    "kl_both_ways": "the_game",
    "wrong_minimax": "the_game",
    "nash_or_not": "the_game",
    "generator_losses": "two_generator_losses",
    "label_code": "two_generator_losses",
    "smoothed_d_star": "two_generator_losses",
    "starving": "two_generator_losses",
    "d_loss": "first_gan",
    "g_loss": "first_gan",
    "train_step": "first_gan",
    "nine_steps": "first_gan",
    "game_jacobian": "why_it_circles",
    "critical_gamma": "why_it_circles",
    "swing_period": "why_it_circles",
    "who_moved_first": "why_it_circles",
    "count_modes": "mode_collapse",
    "packed_d_loss": "mode_collapse",
    "four_runs": "mode_collapse",
    "ring_patient": "mode_collapse",
    "w1_1d": "wasserstein",
    "critic_report": "wasserstein",
    "gp_bugs": "wasserstein",
    "power_iteration": "wasserstein",
    "to_tanh_range": "digits",
    "transposed_conv_out": "digits",
    "conv_shapes": "digits",
    "discriminator_update": "digits",
    "collapse_alarm": "digits",
    "frechet": "how_good_is_it",
    "precision_recall": "how_good_is_it",
    "copies": "how_good_is_it",
    "honest_report": "how_good_is_it",
    "smoothed_d_loss": "tricks_on_trial",
    "ema_update": "tricks_on_trial",
    "verdicts": "tricks_on_trial",
    "fair_test": "tricks_on_trial",
    "conditional_round": "asking_for_a_seven",
    "label_bugs": "asking_for_a_seven",
    "straight_through": "asking_for_a_seven",
    "invert": "asking_for_a_seven",
    "euler_sampler": "where_gans_stand",
    "flow_matching_loss": "where_gans_stand",
    "detector_auc": "where_gans_stand",
    "which_family": "where_gans_stand",
    "clinic_error": "clinic",
    "clinic_wandering": "clinic",
    "clinic_one_half": "clinic",
    "clinic_frozen": "clinic",
    "clinic_misplaced": "clinic",
    "clinic_winner": "clinic",
    "clinic_knob": "clinic",
    "clinic_best": "clinic",
}


def load(name: str) -> Exercise:
    """Return the exercise called `name`.

    Parameters
    ----------
    name : str
        The id of an exercise, a key of `EXERCISES`.

    Returns
    -------
    Exercise
        The definition: stub, reference, cases and mistakes.

    Raises
    ------
    ValueError
        If there is no such exercise; the message names the nearest ones.

    Examples
    --------
    >>> load("d_loss").title
    'The discriminator loss from logits'
    """
    if name not in EXERCISES:
        near = asking_for(name) or _near(name) or list(EXERCISES)
        raise ValueError(f"no exercise is called {name!r}; did you mean {', '.join(map(repr, near))}?")
    return getattr(import_module(f"{__name__}.{EXERCISES[name]}"), name)


def asking_for(answer: str) -> list[str]:
    """Return the ids of the exercises that ask for a function or value of this name.

    Examples
    --------
    >>> asking_for("discriminator_loss")
    ['d_loss']
    """
    return [name for name in EXERCISES if answer in load(name).names]


def _near(name: str) -> list[str]:
    """Return ids like `name`, whatever its capitals, blanks and dashes."""
    plain = str(name).strip().lower().replace(" ", "_").replace("-", "_")
    return get_close_matches(plain, EXERCISES, n=3)
