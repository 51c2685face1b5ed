"""Scaling: two processes with half the minibatch each play the game of one process with all of it.

The games run in two forked processes of one fresh interpreter (this file as a script), which meet through a file: no
port, nothing left behind. The reference for each is played here, by the plain steps.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from copy import deepcopy
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from ganlab import toys
from ganlab.losses import nonsaturating_d
from ganlab.networks import mlp
from ganlab.penalties import r1_penalty
from ganlab.scaling import _share, check_in_step, distributed
from ganlab.seeds import generator
from ganlab.steps import discriminator_step, generator_step, r1_step
from ganlab.training import Players, load_checkpoint, save_checkpoint, train

RING = toys.ring()
STEPS, BATCH_SIZE = 6, 16
PLAIN = {"d_step": discriminator_step, "g_step": generator_step}


def regularised_step(G, D, opt_d, real, z):
    r1_step(D, opt_d, real, gamma=1.0)
    return discriminator_step(G, D, opt_d, real, z)


def with_batch_norm():
    return nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))


SGD, ADAM = partial(torch.optim.SGD, lr=0.05, momentum=0.9), partial(torch.optim.Adam, lr=1e-2)
MLP = partial(mlp, [2, 8, 2])


def build(seed=0, *, generator_net=MLP, optimiser=SGD):
    torch.manual_seed(seed)
    G, D = generator_net(), mlp([2, 8, 8, 1])
    return Players(G, D, optimiser(G.parameters()), optimiser(D.parameters()), z_dim=2, generator=generator(seed))


def play(players, *, steps=STEPS, d_step=discriminator_step, g_step=generator_step):
    run = train(
        players,
        lambda n, source: RING.sample(n, generator=source).to(next(players.D.parameters()).dtype),
        steps=steps,
        batch_size=BATCH_SIZE,
        d_step=d_step,
        g_step=g_step,
    )
    for _ in run:
        pass
    return players


def in_double(play_game):
    """Play in double precision: Adam divides by small numbers, which would blow rounding up in single precision."""
    torch.set_default_dtype(torch.float64)
    try:
        return play_game()
    finally:
        torch.set_default_dtype(torch.float32)


GAMES = {  # name: how to play it with the given two steps
    "sgd": lambda d_step, g_step: play(build(), d_step=d_step, g_step=g_step),
    "adam in double": lambda d_step, g_step: in_double(
        lambda: play(build(1, optimiser=ADAM), d_step=d_step, g_step=g_step)
    ),
    "batch norm": lambda d_step, g_step: play(build(generator_net=with_batch_norm), d_step=d_step, g_step=g_step),
}


def weights(players):
    return {f"{name}.{key}": t for name in ("G", "D") for key, t in getattr(players, name).named_parameters()}


# What each of the two processes does.


def wrapped_by_ddp(accelerator):
    """The same game with Accelerate's own wrapping: DistributedDataParallel around both networks."""
    players = build()
    G, D, opt_g, opt_d = accelerator.prepare(players.G, players.D, players.opt_g, players.opt_d)
    share = partial(_share, accelerator=accelerator)
    for _ in range(STEPS):
        real = RING.sample(BATCH_SIZE, generator=players.generator)
        discriminator_step(G, D, opt_d, share(real), share(players.draw_z(BATCH_SIZE)))
        generator_step(G, D, opt_g, share(players.draw_z(BATCH_SIZE)))
    return weights(players)


def penalised_under_ddp(**options):
    """The error of a gradient penalty under DistributedDataParallel, which does not reach D's last bias."""
    players = build()
    D = nn.parallel.DistributedDataParallel(players.D, **options)
    try:
        for _ in range(2):
            r1_step(D, players.opt_d, RING.sample(8, generator=players.generator), gamma=1.0)
    except RuntimeError as error:
        return str(error)
    return ""


def in_one_backward(G, D, opt_d, real, z):
    loss = nonsaturating_d(D(real), D(G(z).detach())) + r1_penalty(D, real) / 2
    opt_d.zero_grad()
    loss.backward()
    opt_d.step()


def with_zero_times_the_logit(G, D, opt_d, real, z):
    penalty = r1_penalty(D, real) / 2 + 0 * D(real).mean()
    opt_d.zero_grad()
    penalty.backward()
    opt_d.step()
    discriminator_step(G, D, opt_d, real, z)


CURES = (in_one_backward, with_zero_times_the_logit)


def penalised(d_step, wrapped=lambda net: net, share=lambda batch: batch):
    """Weights after some steps of D with a penalty; G stays."""
    players = build()
    D = wrapped(players.D)
    for _ in range(STEPS):
        real = RING.sample(BATCH_SIZE, generator=players.generator)
        d_step(players.G, D, players.opt_d, share(real), share(players.draw_z(BATCH_SIZE)))
    return weights(players)


def synced_batch_norm():
    """Error of SyncBatchNorm in training, and how far it is from BatchNorm in evaluation."""
    plain = with_batch_norm()
    synced = nn.SyncBatchNorm.convert_sync_batchnorm(deepcopy(plain))
    x = torch.randn(8, 2)
    return error_of(synced.train(), x), (synced.eval()(x) - plain.eval()(x)).abs().max()


def resumed(steps, folder):
    """Losses of a run that starts again from the main process's checkpoint at half time."""
    is_main = not int(os.environ["RANK"])
    half = play(build(), steps=STEPS // 2, **steps)
    path = Path(folder, "half.pt")
    if is_main:
        save_checkpoint(half, path)
    torch.distributed.barrier()
    players = build(seed=9)
    load_checkpoint(players, path)
    return play(players, **steps).history.losses


def error_of(function, *arguments):
    try:
        function(*arguments)
    except ValueError as error:
        return str(error)
    return ""


def work(folder):
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True)
    rank = accelerator.process_index
    steps = {name: distributed(step, accelerator) for name, step in PLAIN.items()}
    regularised = distributed(regularised_step, accelerator)
    results = {"processes": accelerator.num_processes}
    for name, game in GAMES.items():
        players = game(regularised if name == "adam in double" else steps["d_step"], steps["g_step"])
        results[name] = weights(players), players.history.losses, dict(players.G.named_buffers())
    results["ddp"] = wrapped_by_ddp(accelerator)
    results["resumed"] = resumed(steps, folder)
    results["same seed"] = error_of(check_in_step, build(0), accelerator)
    results["other seed"] = error_of(check_in_step, build(rank), accelerator)
    options = [{}, {"find_unused_parameters": True}]
    results["penalty under ddp"] = [penalised_under_ddp(**option) for option in options]
    share = partial(_share, accelerator=accelerator)
    results["cures"] = [penalised(cure, nn.parallel.DistributedDataParallel, share) for cure in CURES]
    results["synced batch norm"] = synced_batch_norm()
    torch.save(results, Path(folder, f"{rank}.pt"))
    accelerator.end_training()


@pytest.fixture(scope="module")
def processes():
    """Return the results of both processes."""
    with tempfile.TemporaryDirectory() as folder:
        # A session of its own, so that nothing can outlive the test.
        child = subprocess.Popen(
            [sys.executable, __file__, folder],
            env=os.environ | {"OMP_NUM_THREADS": "1", "TORCH_CPP_LOG_LEVEL": "ERROR"},
            start_new_session=True,
            stderr=subprocess.PIPE,
        )
        try:
            _, errors = child.communicate(timeout=240)
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.communicate()
        assert child.returncode == 0, errors.decode()
        assert b"Warning" not in errors, errors.decode()
        return [torch.load(Path(folder, f"{rank}.pt"), weights_only=True) for rank in (0, 1)]


@pytest.fixture
def alone(tmp_path):
    """This process, as the only one of its group."""
    torch.distributed.init_process_group("gloo", init_method=(tmp_path / "meeting").as_uri(), rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


@pytest.mark.parametrize(
    ("name", "d_step", "rtol"),
    [("sgd", discriminator_step, 1e-5), ("adam in double", regularised_step, 1e-9)],
)
def test_two_processes_play_the_game_of_one_with_the_doubled_batch(processes, name, d_step, rtol):
    whole = GAMES[name](d_step, generator_step)
    assert [process["processes"] for process in processes] == [2, 2]
    for shared, losses, _ in (process[name] for process in processes):
        torch.testing.assert_close(shared, weights(whole), rtol=rtol, atol=rtol / 100)
        torch.testing.assert_close(losses, whole.history.losses, rtol=rtol, atol=0)


@pytest.mark.parametrize("name", GAMES)
def test_the_processes_agree_to_the_last_bit(processes, name):
    (first, first_losses, _), (second, second_losses, _) = (process[name] for process in processes)
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert torch.equal(first_losses, second_losses)


def test_accelerate_s_own_wrapping_gives_the_same_weights(processes):
    torch.testing.assert_close(processes[0]["ddp"], processes[0]["sgd"][0], rtol=1e-5, atol=1e-7)


def test_a_gradient_penalty_does_not_work_in_wrapped_networks(processes):
    for message in processes[0]["penalty under ddp"]:
        assert "parameters that were not used in producing loss" in message


@pytest.mark.parametrize("cure", CURES)
def test_two_cures_make_it_work_in_one_wrapped_process_and_in_two(processes, alone, cure):
    unwrapped = penalised(cure)
    assert not torch.allclose(unwrapped["D.0.weight"], penalised(discriminator_step)["D.0.weight"], rtol=1e-2)
    torch.testing.assert_close(penalised(cure, nn.parallel.DistributedDataParallel), unwrapped, rtol=1e-5, atol=1e-7)
    for process in processes:
        torch.testing.assert_close(process["cures"][CURES.index(cure)], unwrapped, rtol=1e-5, atol=1e-7)


def test_synced_batch_norm_stops_training_on_a_cpu_with_an_error_even_if_a_process_is_alone(processes, alone):
    for error, apart in [synced_batch_norm(), *(process["synced batch norm"] for process in processes)]:
        assert "SyncBatchNorm expected input tensor to be on GPU" in error
        assert apart == 0


def test_batch_norm_sees_its_own_share_only(processes):
    whole = GAMES["batch norm"](discriminator_step, generator_step)
    (shared, _, first), (_, _, second) = (process["batch norm"] for process in processes)
    apart = max((shared[key] - value).abs().max() for key, value in weights(whole).items())
    assert apart > 1e-3
    assert not torch.allclose(first["1.running_mean"], second["1.running_mean"], rtol=1e-3)


def test_resumed_processes_continue_to_the_last_bit(processes):
    for process in processes:
        assert torch.equal(process["resumed"], process["sgd"][1])


def test_processes_that_start_apart_are_told(processes):
    assert [process["same seed"] for process in processes] == ["", ""]
    assert all("same seed in each" in process["other seed"] for process in processes)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_shares_are_disjoint_and_make_up_the_minibatch(count):
    batch = torch.randn(8, 3)
    ranks = [SimpleNamespace(process_index=rank, num_processes=count) for rank in range(count)]
    assert torch.equal(torch.cat([_share(batch, rank) for rank in ranks]), batch)


@pytest.mark.parametrize(("n", "cure"), [(9, "batch_size=8"), (1, "batch_size=2")])
def test_a_minibatch_that_cannot_be_halved_is_refused_with_a_cure(n, cure):
    with pytest.raises(ValueError, match=cure):
        _share(torch.randn(n, 2), SimpleNamespace(process_index=0, num_processes=2))


def test_a_hook_stays_on_no_optimiser():
    alone = SimpleNamespace(process_index=0, num_processes=1, reduce=lambda tensor, _: tensor)
    players = play(build(), d_step=distributed(discriminator_step, alone), g_step=distributed(generator_step, alone))
    assert not players.opt_d._optimizer_step_pre_hooks
    assert torch.equal(players.history.losses, play(build()).history.losses)


if __name__ == "__main__":
    from accelerate import debug_launcher

    torch.set_num_threads(1)
    debug_launcher(work, (sys.argv[1],), num_processes=2)


@pytest.mark.slow
@pytest.mark.skipif(bool(shutil.which("mpirun")), reason="with MPI it may start two")
def test_launching_two_processes_on_a_cpu_starts_one_without_saying_so(tmp_path):
    script = "from accelerate import Accelerator; print(Accelerator(cpu=True).num_processes)"
    (tmp_path / "count.py").write_text(script)
    command = ["-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2", tmp_path / "count.py"]
    home = os.environ | {"HF_HOME": str(tmp_path)}  # no settings of this machine
    done = subprocess.run([sys.executable, *command], env=home, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"]
    assert "num_processes" not in done.stderr
