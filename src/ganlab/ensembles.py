"""Ensembles: all seeds of a study trained at once, as one batched model.

One run of a GAN proves little, and thirty-two runs one after the other take thirty-two times as long, nearly all of it
spent on starting operations that are too small to keep a processor busy. An `Ensemble` holds as many networks of one
architecture as there are seeds, called its members, with each parameter stacked along a new first dimension. Batches
get that dimension too, `(members, n, ...)`, so that each operation serves all members.

Members never meet. Adam and SGD treat each number apart, so one optimiser moves all members as if each had its own;
and a loss is the *sum* over members, `summed_loss(nonsaturating_d)`, so that each gets exactly its own gradient. Were
it the mean, every gradient would shrink with the number of members. With such a loss the steps of `ganlab.steps` train
ensembles as they are.

Linear layers are computed by one batched matrix product, activations by themselves, and every other layer by
`torch.func.vmap`, which turns the code of one member into that of all. Mapping the whole network would be one line
shorter; a round of the usual toys (32 members, three linear layers each, batches of 64) then took 1.6 times as long,
8 ms in place of 5 ms on one core.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.optim import Optimizer

from ganlab.arguments import FUNCTION, MODULE, count, explained, given, instance, sequence, takes, tensor
from ganlab.losses import nonsaturating_d, nonsaturating_g
from ganlab.players import PLAYERS, Players
from ganlab.steps import discriminator_step, generator_step
from ganlab.training import STEPS, Progress, SampleReal, train

Loss = Callable[..., Tensor]

BATCHES = tensor(("members", "n", ...), cure="one batch for each member: x.expand(members, -1, -1) gives all the same")

#: Layers that treat each number apart, so that more dimensions change nothing.
ELEMENTWISE = {
    nn.Identity, nn.Dropout, nn.ReLU, nn.LeakyReLU, nn.ELU, nn.SELU, nn.GELU, nn.SiLU, nn.Softplus, nn.Sigmoid, nn.Tanh
}  # fmt: skip


class Ensemble(nn.Module):
    """Networks of one architecture as a single module: member i maps the i-th batch.

    Parameters
    ----------
    networks : sequence of Module
        The members, equal in everything but the values of their parameters; they are copied and stay as they are.
        Without buffers, such as BatchNorm's running statistics, and without parameters that two layers share.

    Raises
    ------
    ValueError
        If the networks differ, or have buffers or shared parameters; when called, if there is not one batch for each
        member.

    Notes
    -----
    Input `(members, n, ...)`, output `(members, n, ...)`. Random numbers inside a layer, as of dropout, are different
    for each member.

    Examples
    --------
    >>> from ganlab.networks import mlp
    >>> D = Ensemble([mlp([2, 8, 1]) for seed in range(32)])
    >>> D(torch.zeros(32, 64, 2)).shape
    torch.Size([32, 64, 1])
    """

    @takes(networks=sequence(MODULE, cure="pass the members, for example [mlp([2, 8, 1]) for seed in range(32)]"))
    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        for network in networks:
            _require_same(network, networks[0])
        self.members = len(networks)
        stacked, _ = stack_module_state(list(networks))
        self.network = _with_parameters(networks[0], stacked)

    @takes(x=BATCHES)
    @explained
    def forward(self, x: Tensor) -> Tensor:
        """Map `(members, n, ...)`, each member its own batch."""
        _require_batches("x", x, self.members)
        return _batched(self.network, x)

    @takes(index=count(least=0))
    def member(self, index: int) -> nn.Module:
        """Return a copy of one member as a network of its own.

        Parameters
        ----------
        index : int
            From 0 to `members - 1`.

        Raises
        ------
        ValueError
            If there is no such member.

        Examples
        --------
        >>> Ensemble([nn.Linear(2, 1), nn.Linear(2, 1)]).member(1)
        Linear(in_features=2, out_features=1, bias=True)
        """
        if index >= self.members:
            raise ValueError(
                f"index must be below the number of members, {self.members}, got {index}; the first member is 0"
            )
        return _with_parameters(self.network, {name: p[index] for name, p in self.network.named_parameters()})


ENSEMBLE = instance(Ensemble, "an ensemble (Ensemble)", cure="make one with Ensemble([…])")


@takes(loss=FUNCTION)
def summed_loss(loss: Loss) -> Loss:
    """Return the loss of an ensemble: the sum, over its members, of each one's loss.

    Parameters
    ----------
    loss : callable
        A loss of one network, such as those of `ganlab.losses`: tensors with one example a row to a scalar.

    Returns
    -------
    callable
        The same of tensors with a first dimension more, one entry for each member.

    Examples
    --------
    >>> summed_loss(nonsaturating_g)(torch.zeros(10, 4, 1))    # ten times log 2
    tensor(6.9315)
    """

    def total(*batches: Tensor) -> Tensor:
        return vmap(loss, randomness="different")(*batches).sum()

    return total


@takes(penalty=FUNCTION)
def summed_penalty(penalty: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Return the penalty of an ensemble: the sum, over its members, of each one's penalty.

    Parameters
    ----------
    penalty : callable
        `penalty(D, *batches)` as in `ganlab.penalties`: a mean over examples, each of which D maps by itself.

    Returns
    -------
    callable
        The same of an `Ensemble` and of batches `(members, n, ...)`.

    Examples
    --------
    >>> from ganlab.penalties import r1_penalty
    >>> D = Ensemble([nn.Linear(2, 1), nn.Linear(2, 1)])
    >>> each = D.network.weight.square().sum(dim=(1, 2))
    >>> torch.isclose(summed_penalty(r1_penalty)(D, torch.zeros(2, 5, 2)), each.sum())
    tensor(True)
    """

    @takes(D=ENSEMBLE)
    def total(D: Ensemble, *batches: Tensor) -> Tensor:
        for batch in batches:
            BATCHES("batch", batch)
            _require_batches("batch", batch, D.members)
        # All rows at once: their mean is the members' mean, hence one part in `members` of the sum.
        return D.members * penalty(_InRows(D), *(batch.flatten(0, 1) for batch in batches))

    return total


#: The two halves of Algorithm 1 with the losses of the book's first GAN.
D_STEP = partial(discriminator_step, loss=summed_loss(nonsaturating_d))
G_STEP = partial(generator_step, loss=summed_loss(nonsaturating_g))


@takes(
    players=PLAYERS,
    sample_real=FUNCTION,
    steps=STEPS,
    batch_size=count(),
    k=count(),
    d_step=FUNCTION,
    g_step=FUNCTION,
)
def train_ensemble(
    players: Players,
    sample_real: SampleReal,
    *,
    steps: int,
    batch_size: int = 64,
    k: int = 1,
    d_step: Callable[..., Tensor] = D_STEP,
    g_step: Callable[..., Tensor] = G_STEP,
) -> Iterator[Progress]:
    """Play Algorithm 1 with all members until `players.step == steps`; yield a `Progress` after each step.

    Each member gets minibatches and noise of its own. The losses that are reported are sums over members.

    Parameters
    ----------
    players : Players
        G and D are ensembles with equally many members. Changed in place.
    sample_real : callable
        `sample_real(n, generator)` returns n real examples; it is asked for those of all members at once.
    steps : int
        Total number of steps, counted from the players' first.
    batch_size : int
        Examples in the minibatch of a member.
    k : int
        Updates of D for each update of G, at least 1.
    d_step, g_step : callable
        `d_step(G, D, opt_d, real, z)` and `g_step(G, D, opt_g, z)` with batches `(members, batch_size, ...)`. For
        another loss pass `partial(discriminator_step, loss=summed_loss(hinge_d))`; for another algorithm a step of
        your own, which descends a sum over members.

    Yields
    ------
    Progress

    Raises
    ------
    TrainingDiverged
        As `training.train` does; a member that is lost makes the sum not finite.
    ValueError
        If a player is no ensemble, the ensembles differ in size, or `sample_real` returns another number of examples.

    References
    ----------
    Goodfellow et al. (2014), Algorithm 1.

    Examples
    --------
    >>> from ganlab import seeds, toys
    >>> G, D = (Ensemble([nn.Linear(2, out) for seed in range(3)]) for out in (2, 1))
    >>> players = Players(G, D, torch.optim.Adam(G.parameters()), torch.optim.Adam(D.parameters()),
    ...                   z_dim=2, generator=seeds.generator(0))
    >>> ring = toys.ring()
    >>> [p.step for p in train_ensemble(players, lambda n, g: ring.sample(n, generator=g), steps=2)]
    [1, 2]
    """
    members = _members(players)

    def for_each(step: Callable[..., Tensor]) -> Callable[..., Tensor]:
        def of_all(G: nn.Module, D: nn.Module, optimizer: Optimizer, *batches: Tensor) -> Tensor:
            return step(G, D, optimizer, *(batch.unflatten(0, (members, batch_size)) for batch in batches))

        return of_all

    # One batch holds the examples of all members; each step deals them out.
    halves = {"d_step": for_each(d_step), "g_step": for_each(g_step)}
    return train(players, sample_real, steps=steps, batch_size=members * batch_size, k=k, **halves)


class _InRows(nn.Module):
    """An ensemble that takes the examples of all members below each other, `(members * n, ...)`."""

    def __init__(self, D: Ensemble) -> None:
        super().__init__()
        self.D = D  # a module of this module: so penalties see whether there is BatchNorm in it

    def forward(self, x: Tensor) -> Tensor:
        return self.D(x.unflatten(0, (self.D.members, -1))).flatten(0, 1)


def _batched(layer: nn.Module, x: Tensor) -> Tensor:
    """Map `(members, n, ...)` through a layer whose parameters are stacked."""
    if type(layer) is nn.Sequential:
        for each in layer:
            x = _batched(each, x)
        return x
    if type(layer) is nn.Linear and layer.bias is not None and x.dim() == 3:
        return torch.baddbmm(layer.bias[:, None], x, layer.weight.mT)
    if type(layer) in ELEMENTWISE:
        return layer(x)
    one = vmap(lambda parameters, x: functional_call(layer, parameters, (x,)), randomness="different")
    return one(dict(layer.named_parameters()), x)


def _with_parameters(network: nn.Module, values: dict[str, Tensor]) -> nn.Module:
    """Return a copy of a network with other parameters, of any shape."""
    network = copy.deepcopy(network)
    for name, value in values.items():
        owner, _, leaf = name.rpartition(".")
        setattr(network.get_submodule(owner), leaf, nn.Parameter(value.detach().clone()))
    return network


def _description(network: nn.Module) -> list[tuple[str, torch.Size, torch.dtype, torch.device]]:
    return [(name, p.shape, p.dtype, p.device) for name, p in network.named_parameters(remove_duplicate=False)]


def _require_same(network: nn.Module, first: nn.Module) -> None:
    """The network can be stacked with the first one."""
    if next(network.buffers(), None) is not None:
        raise ValueError(
            f"networks must have no buffers, got {type(network).__name__} with "
            f"{next(network.named_buffers())[0]}; in BatchNorm set track_running_stats=False"
        )
    if len(_description(network)) > len(list(network.parameters())):
        raise ValueError(
            f"networks must not share parameters between layers, got {type(network).__name__} that does; "
            "give each layer its own"
        )
    if repr(network) != repr(first) or _description(network) != _description(first):
        raise ValueError(
            f"networks must have one architecture, got {given(first)} and {given(network)}; make all by one function"
        )


def _require_batches(name: str, batch: Tensor, members: int) -> None:
    if len(batch) != members:
        raise ValueError(
            f"{name} must hold a batch for each of the {members} members, got {given(batch)}; "
            "its first dimension counts the members"
        )


def _members(players: Players) -> int:
    """How many members both players have."""
    ENSEMBLE("players.G", players.G)
    ENSEMBLE("players.D", players.D)
    if players.G.members != players.D.members:
        raise ValueError(
            f"G and D must have equally many members, got {players.G.members} and {players.D.members}; "
            "make both for the same seeds"
        )
    return players.G.members
