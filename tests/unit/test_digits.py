"""The digit recipe: reproducible by steps, punctual by seconds, interruptible, and as good as the book says."""

import itertools
import os
import platform
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from needs import needs_mnist
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from ganlab import data, digits, metrics, steps, training
from ganlab.digits import TrainedGAN, train_digits
from ganlab.networks import DCGenerator


@pytest.fixture(autouse=True)
def few_images(monkeypatch):
    """Noise in place of MNIST: the mechanics do not depend on what the images show."""
    images = torch.rand(200, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1

    def fake_mnist(split="train", root=None, device="cpu"):
        return data.Digits(images.to(device), torch.zeros(200, dtype=torch.long), "noise")

    monkeypatch.setattr(digits, "mnist", fake_mnist)


def test_equal_seeds_and_steps_give_equal_images():
    first, second = (train_digits(steps=12, seed=3, progress=False) for _ in range(2))
    assert torch.equal(first.sample(4), second.sample(4))
    assert (first.history.d_loss == second.history.d_loss).all()


def test_another_seed_gives_other_images():
    first, second = (train_digits(steps=2, seed=seed, progress=False) for seed in (0, 1))
    assert not torch.equal(first.sample(4), second.sample(4))


def test_steps_are_counted_exactly():
    assert len(train_digits(steps=7, progress=False).history) == 7


def test_seconds_are_kept(monkeypatch):
    clock = itertools.count(0, 0.1)  # each look at it takes a tenth of a second
    monkeypatch.setattr(digits, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    trained = train_digits(seconds=1.5, progress=False)
    assert 1.5 <= next(clock) < 2
    assert len(trained.history) > 1


@pytest.mark.parametrize("budget", [{"seconds": 0}, {"seconds": -3}, {"steps": 0}])
def test_a_budget_that_is_not_positive_is_refused(budget):
    with pytest.raises(ValueError, match="budget must be positive"):
        train_digits(**budget)


def test_samples_have_the_documented_shape_type_and_range():
    images = train_digits(steps=2, progress=False).sample(1201, seed=5)
    assert images.shape == (1201, 1, 28, 28)
    assert images.dtype == torch.float32
    assert images.abs().max() <= 1


def test_a_sample_depends_on_its_own_latent_vector_alone():
    trained = train_digits(steps=2, progress=False)
    torch.testing.assert_close(trained.sample(8)[:3], trained.sample(3), rtol=0, atol=1e-5)


def test_sampling_again_with_the_same_seed_repeats_and_leaves_global_numbers_alone():
    trained = TrainedGAN(DCGenerator())
    before = torch.get_rng_state()
    assert torch.equal(trained.sample(3, seed=1), trained.sample(3, seed=1))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_run_that_goes_on_from_its_checkpoint_gives_the_same_losses(tmp_path, monkeypatch):
    whole = train_digits(steps=12, progress=False)

    def stopped(*args, **kwargs):
        return itertools.islice(training.rounds(*args, **kwargs), 5)

    with monkeypatch.context() as patch:
        patch.setattr(digits, "rounds", stopped)
        part = train_digits(steps=12, progress=False, checkpoint=tmp_path / "run.pt")
    assert len(part.history) == 5
    resumed = train_digits(steps=12, seed=1, progress=False, checkpoint=tmp_path / "run.pt")
    assert (resumed.history.d_loss == whole.history.d_loss).all()
    assert torch.equal(resumed.sample(4), whole.sample(4))


def test_a_checkpoint_without_a_number_of_steps_is_refused(tmp_path):
    with pytest.raises(ValueError, match="give steps"):
        train_digits(seconds=1, checkpoint=tmp_path / "run.pt")


def test_an_interruption_leaves_a_model_that_can_be_used(monkeypatch):
    def interrupted(*args, **kwargs):
        for progress in training.rounds(*args, **kwargs):
            if progress.step == 5:
                raise KeyboardInterrupt
            yield progress

    monkeypatch.setattr(digits, "rounds", interrupted)
    trained = train_digits(steps=50, progress=False)
    assert len(trained.history) == 5
    assert torch.isfinite(trained.sample(3)).all()


def test_a_saved_model_comes_back_whole(tmp_path):
    trained = train_digits(steps=3, progress=False)
    trained.save(tmp_path / "gan.pt")
    loaded = TrainedGAN.load(tmp_path / "gan.pt")
    assert torch.equal(loaded.sample(3), trained.sample(3))
    assert (loaded.history.g_loss == trained.history.g_loss).all()
    assert loaded.source == "noise"
    assert [path.name for path in tmp_path.iterdir()] == ["gan.pt"]


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "gan.pt"
    TrainedGAN(DCGenerator(), source="old").save(path)

    def full_disk(*args, **kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OSError, match="no space"):
        TrainedGAN(DCGenerator(), source="new").save(path)
    assert TrainedGAN.load(path).source == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["gan.pt"]


def test_the_bar_is_short_in_a_log(capfd):
    train_digits(steps=3, progress=True)
    shown = capfd.readouterr().err
    assert "100 %" in shown
    assert "step 3" in shown


def test_the_environment_silences_the_bar(monkeypatch, capfd):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    train_digits(steps=3)
    assert capfd.readouterr().err == ""


class Looks(TorchDispatchMode):
    """Counts how often a number is fetched from a tensor: on a GPU each time is a wait."""

    def __init__(self):
        super().__init__()
        self.steps = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func in (torch.ops.aten._local_scalar_dense.default, torch.ops.aten.is_nonzero.default):
            self.steps.append(self.now())
        return func(*args, **(kwargs or {}))


def shared(players, images, steps):
    return training.rounds(players, lambda players: digits.shared_round(players, images), steps=steps)


def halves(players, images, steps):
    return training.train(
        players, lambda n, _: images, steps=steps, batch_size=len(images), d_step=digits.lazy_r1_step(players)
    )


@pytest.mark.parametrize("rounds", [shared, halves])
def test_no_step_fetches_a_number(rounds):
    players = digits.digit_players(lambda step: step / 18)
    run = rounds(players, digits.mnist().images[:4], 18)
    with Looks() as looks:
        looks.now = lambda: players.step
        for _ in itertools.islice(run, 17):  # with the penalty in the first and in the last; a run looks at its end
            pass
        assert looks.steps == []
        players.history.losses[-1, 0].item()
    assert looks.steps == [17]  # the counter counts


def test_a_gpu_gets_larger_minibatches():
    assert [digits.batch_size(device) for device in ("cpu", "cuda", torch.device("cuda:1"))] == [64, 256, 256]


@pytest.mark.parametrize("rounds", [shared, halves])
def test_the_penalty_is_due_every_sixteenth_step(monkeypatch, rounds):
    due = []
    players = digits.digit_players(lambda step: step / 33)
    monkeypatch.setattr(digits, "r1_step", lambda D, opt_d, real, **how: due.append((players.step, how)))
    assert len([*rounds(players, digits.mnist().images[:4], 33)]) == 33
    assert due == [(step, {"gamma": 1.0, "every": 16}) for step in (0, 16, 32)]


class InDouble(nn.Module):
    """A network in double precision, so that equal sums in another order stay equal in all digits that count."""

    def __init__(self, network):
        super().__init__()
        self.network = network.double()

    def forward(self, x):
        return self.network(x.double())


def double_players(seed):
    players = digits.digit_players(lambda step: 0.0, seed=seed)
    G, D = InDouble(players.G), InDouble(players.D)
    opt_g, opt_d = (torch.optim.SGD(network.parameters(), lr=0.1) for network in (G, D))
    return training.Players(G, D, opt_g, opt_d, z_dim=16, generator=players.generator)


@pytest.mark.parametrize("seed", range(3))
def test_a_shared_round_has_the_gradients_of_the_plain_steps(seed):
    """The weights after it are those of the two plain steps with the same z; SGD moves by the gradient itself."""
    real = torch.rand(8, 1, 28, 28, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    ours, plain = double_players(seed), double_players(seed)
    start = [parameter.clone() for parameter in [*ours.G.parameters(), *ours.D.parameters()]]
    z = plain.draw_z(8)
    d_loss = digits.lazy_r1_step(plain)(plain.G, plain.D, plain.opt_d, real, z)
    g_loss = steps.generator_step(plain.G, plain.D, plain.opt_g, z)

    losses = digits.shared_round(ours, real)

    torch.testing.assert_close(torch.stack(losses), torch.stack([d_loss, g_loss]), rtol=1e-10, atol=0)
    ended = [*ours.G.parameters(), *ours.D.parameters()]
    for begin, end, reference in zip(start, ended, [*plain.G.parameters(), *plain.D.parameters()], strict=True):
        torch.testing.assert_close(end - begin, reference - begin, rtol=1e-7, atol=1e-12)
    assert any(not torch.equal(begin, end) for begin, end in zip(start, ended, strict=True))


def test_a_shared_round_runs_the_generator_once_and_spares_the_discriminators_gradients():
    players = digits.digit_players(lambda step: 0.0)
    calls = []
    players.G.register_forward_hook(lambda *_: calls.append("G"))
    players.opt_g.register_step_pre_hook(lambda *_: calls.append([p.grad.clone() for p in players.D.parameters()]))
    players.opt_d.register_step_post_hook(lambda *_: calls.append([p.grad.clone() for p in players.D.parameters()]))
    players.history.append(torch.zeros(()), torch.zeros(()))  # step 1: no penalty
    digits.shared_round(players, digits.mnist().images[:4])
    after_d, after_g = calls[1:]
    assert calls[0] == "G"
    assert all(torch.equal(first, second) for first, second in zip(after_d, after_g, strict=True))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="about glibc")
def test_training_keeps_its_memory_from_step_to_step():
    script = (
        "import resource, torch\n"
        "from ganlab import digits\n"
        "players, real = digits.digit_players(lambda step: 0.0), torch.zeros(64, 1, 28, 28)\n"
        "def pages_per_step():\n"
        "    for step in range(15):\n"
        "        if step == 5: start = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "        digits.shared_round(players, real)\n"
        "    print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - start) / 10)\n"
        "pages_per_step()\n"
        "digits._keep_memory()\n"
        "pages_per_step()\n"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    done = subprocess.run([sys.executable, "-c", script], env=clean, capture_output=True, check=True, text=True)
    handed_back, kept = map(float, done.stdout.split())
    assert kept < 60 < 200 < handed_back


def test_rates_stay_then_fall_to_a_twentieth():
    rates = [digits.learning_rate(used / 8) for used in range(9)]
    assert rates[:3] == [1.0, 1.0, 1.0]
    assert all(earlier > later for earlier, later in itertools.pairwise(rates[2:]))
    assert rates[-1] == pytest.approx(0.05)


@needs_mnist
@pytest.mark.slow
def test_2500_steps_reach_the_quality_that_the_book_states(monkeypatch):
    monkeypatch.setattr(digits, "mnist", data.mnist)
    images = train_digits(steps=2500, seed=0, progress=False).sample(10_000)
    shares = metrics.class_histogram(images)
    assert metrics.digit_score(images) <= 60  # 32 to 41 on five seeds
    assert shares.min() >= 0.05
    assert metrics.histogram_kl(shares) <= 0.02
