"""Training: Algorithm 1's order, progress, divergence, interruption, and resume to the last bit."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from ganlab import toys
from ganlab.averaging import EMA
from ganlab.losses import hinge_d, hinge_g
from ganlab.networks import mlp
from ganlab.seeds import generator
from ganlab.steps import discriminator_step, generator_step
from ganlab.training import Players, TrainingDiverged, checkpointed, load_checkpoint, rounds, save_checkpoint, train

TARGET = toys.gaussian()


def sample_real(n, source):
    return TARGET.sample(n, generator=source)


def build(seed=0, *, ema=True, lr=1e-3):
    torch.manual_seed(seed)
    G, D = mlp([2, 8, 1]), nn.Sequential(nn.Linear(1, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1))
    opt_g, opt_d = (torch.optim.Adam(net.parameters(), lr=lr) for net in (G, D))
    schedule = torch.optim.lr_scheduler.LambdaLR(opt_g, lambda step: 0.999**step)
    average = EMA(G, halflife_steps=10) if ema else None
    return Players(G, D, opt_g, opt_d, z_dim=2, generator=generator(seed), ema=average, schedules=(schedule,))


def run(players, **options):
    for progress in train(players, sample_real, **options):
        last = progress
    return last


@pytest.mark.parametrize("k", [1, 3])
def test_k_fresh_batches_for_d_then_one_fresh_noise_for_g(k):
    events = []

    def d_step(G, D, opt, real, z):
        events.append(("D", real, z))
        return torch.tensor(1.0)

    def g_step(G, D, opt, z):
        events.append(("G", None, z))
        return torch.tensor(1.0)

    run(replace(build(), schedules=()), steps=4, k=k, d_step=d_step, g_step=g_step)
    assert "".join(who for who, _, _ in events) == ("D" * k + "G") * 4
    reals = torch.stack([real for _, real, _ in events if real is not None])
    noises = torch.stack([z for _, _, z in events])
    assert len(reals.flatten(1).unique(dim=0)) == 4 * k
    assert len(noises.flatten(1).unique(dim=0)) == 4 * (k + 1)


def test_progress_counts_from_one_to_steps_and_nothing_is_printed(capsys):
    assert [p.step for p in train(build(), sample_real, steps=5)] == [1, 2, 3, 4, 5]
    assert capsys.readouterr().out == ""


def test_nothing_happens_before_progress_is_asked_for():
    players = build()
    train(players, sample_real, steps=5)
    assert players.step == 0


def test_history_holds_the_losses_that_were_yielded():
    players = build()
    seen = [(p.d_loss.item(), p.g_loss.item()) for p in train(players, sample_real, steps=7)]
    np.testing.assert_array_equal(np.array(seen, dtype=np.float32), players.history.losses.numpy())


def test_same_seed_same_history_other_seed_another():
    histories = []
    for seed in (0, 0, 1):
        players = build(seed)
        run(players, steps=20)
        histories.append(players.history.losses)
    assert torch.equal(histories[0], histories[1])
    assert not torch.equal(histories[0], histories[2])


def test_ema_follows_g():
    players = build()
    run(players, steps=30)
    average, current = players.ema.module[0].weight, players.G[0].weight
    assert not torch.equal(average, current)
    assert (average - current).norm() < 0.5 * current.norm()


def test_other_losses_are_passed_as_steps():
    players = build()
    run(
        players,
        steps=5,
        d_step=partial(discriminator_step, loss=hinge_d),
        g_step=partial(generator_step, loss=hinge_g),
    )
    assert players.step == 5


def test_nan_is_told_with_its_step_and_a_cure():
    players = build()
    with pytest.raises(TrainingDiverged, match=r"step 50: .* lower the learning rates"):
        run(players, steps=100, d_step=lambda *_: torch.tensor(float("nan")))


def test_a_d_that_lets_no_gradient_through_is_told():
    players = build()
    nn.init.zeros_(players.D[0].weight)  # constant in x
    with pytest.raises(TrainingDiverged, match="collapsed"):
        run(players, steps=100, d_step=lambda *_: torch.tensor(1.0))


@pytest.mark.parametrize("wrong", [{"k": 0}, {"batch_size": 0}])
def test_senseless_sizes_are_refused(wrong):
    with pytest.raises(ValueError, match="at least 1"):
        run(build(), steps=1, **wrong)


def test_keyboard_interrupt_leaves_players_that_go_on():
    players = build()

    def pull():
        for progress in train(players, sample_real, steps=50):
            if progress.step == 10:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull()
    assert torch.isfinite(players.G(torch.randn(3, 2))).all()
    run(players, steps=50)
    assert players.step == 50


def test_a_run_in_two_parts_equals_one_run(tmp_path):
    whole = build()
    run(whole, steps=40)
    first = build()
    run(first, steps=17)
    save_checkpoint(first, tmp_path / "run.pt")
    second = build(seed=9)  # other weights, other noise: all replaced by the checkpoint
    assert load_checkpoint(second, tmp_path / "run.pt")
    run(second, steps=40)
    assert torch.equal(whole.history.losses, second.history.losses)
    for name, value in whole.G.state_dict().items():
        assert torch.equal(value, second.G.state_dict()[name])
    for name, value in whole.ema.module.state_dict().items():
        assert torch.equal(value, second.ema.module.state_dict()[name])


def test_without_a_checkpoint_a_run_starts_at_its_beginning(tmp_path):
    assert load_checkpoint(build(), tmp_path / "none.pt") is False


def test_a_checkpoint_of_other_players_is_refused(tmp_path):
    save_checkpoint(build(), tmp_path / "run.pt")
    with pytest.raises(ValueError, match="build them as in the saved run"):
        load_checkpoint(build(ema=False), tmp_path / "run.pt")


def test_a_failed_write_keeps_the_old_checkpoint_and_leaves_no_rest(tmp_path, monkeypatch):
    players, path = build(), tmp_path / "run.pt"
    save_checkpoint(players, path)
    before = path.read_bytes()

    def full_disk(state, file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OSError, match="No space"):
        save_checkpoint(players, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_checkpointed_run_saves_before_it_ends(tmp_path):
    players, path = build(), tmp_path / "run.pt"

    def pull():
        for progress in checkpointed(train(players, sample_real, steps=50), players, path):
            if progress.step == 10:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull()
    resumed = build(seed=9)
    assert load_checkpoint(resumed, path)
    assert resumed.step == 10


def test_kill_dash_nine_and_resume_gives_the_same_losses(tmp_path):
    """A real process is killed without warning; the next one continues to the same last bit."""
    path, steps = tmp_path / "run.pt", 1_000_000  # it ends by the kill alone
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import test_training as t\n"
        f"players = t.build(); t.load_checkpoint(players, {str(path)!r})\n"
        f"for p in t.checkpointed(t.train(players, t.sample_real, steps={steps}), players, {str(path)!r},"
        " every_seconds=0.05):\n"
        "    print(p.step, flush=True)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    while int(child.stdout.readline()) < 50 or not path.exists():
        time.sleep(0.001)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()

    killed_at = build(seed=9)
    assert load_checkpoint(killed_at, path)
    assert 0 < killed_at.step < steps

    run(killed_at, steps=killed_at.step + 100)
    whole = build()
    run(whole, steps=killed_at.step)
    assert torch.equal(whole.history.losses, killed_at.history.losses)


@pytest.mark.parametrize("wrong", [{"k": 0}, {"batch_size": 0}, {"steps": -1}, {"d_step": None}])
def test_wrong_arguments_are_told_at_the_call_and_not_at_the_first_step(wrong):
    with pytest.raises(ValueError, match="must be"):
        train(build(), sample_real, **{"steps": 1, **wrong})


@pytest.mark.parametrize("real", [lambda n, _: torch.zeros(n - 1, 1), lambda n, _: [0.0] * n, lambda n, _: None])
def test_as_many_examples_as_asked_for_are_wanted(real):
    with pytest.raises(ValueError, match="sample_real must return a tensor with 64 examples, got"):
        list(train(build(), real, steps=1))


def test_a_round_returns_two_losses():
    with pytest.raises(ValueError, match="two losses"):
        list(rounds(build(), lambda players: torch.ones(()), steps=1))
