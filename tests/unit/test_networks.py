"""Networks: shapes, ranges, weights per layer, and no mixing of examples in D."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from ganlab import networks as nets


@pytest.mark.parametrize("n", [1, 5])
@pytest.mark.parametrize("width", [4, 16])
def test_digit_networks_map_z_to_images_to_logits(n, width):
    G, D = nets.DCGenerator(32, width=width).eval(), nets.DCDiscriminator(width=width)
    images = G(torch.randn(n, 32))
    assert images.shape == (n, 1, 28, 28)
    assert D(images).shape == (n, 1)


def test_generated_images_lie_inside_the_range_of_tanh():
    assert nets.DCGenerator()(100 * torch.randn(8, 16)).abs().max() <= 1


def test_convolution_and_pixel_shuffle_are_a_transposed_convolution():
    conv, shuffle = nn.Conv2d(3, 4, kernel_size=3, padding=1), nn.PixelShuffle(2)
    transposed = nn.ConvTranspose2d(3, 1, kernel_size=6, stride=2, padding=2)
    # Channel 2 i + j of the convolution is what lands on output pixels (2 y + i, 2 x + j).
    kernel = torch.stack([conv.weight[k].flip(1, 2) for k in range(4)], dim=-1).reshape(3, 3, 3, 2, 2)
    with torch.no_grad():
        transposed.weight.copy_(kernel.permute(0, 1, 3, 2, 4).reshape(3, 1, 6, 6))
        transposed.bias.zero_()
        conv.bias.zero_()
    x = torch.randn(2, 3, 7, 7)
    assert_close(shuffle(conv(x)), transposed(x), rtol=1e-4, atol=1e-5)


def test_d_judges_each_example_by_itself():
    D, x = nets.DCDiscriminator(), torch.randn(6, 1, 28, 28)
    assert_close(D(x)[:2], D(x[:2]))


def test_d_ends_in_a_logit_without_sigmoid():
    assert not any(isinstance(module, nn.Sigmoid) for module in nets.DCDiscriminator().modules())


def test_batchnorm_in_g_but_not_at_its_output_and_not_in_d():
    layers = list(nets.DCGenerator().layers)
    assert sum(isinstance(layer, nn.BatchNorm2d) for layer in nets.DCGenerator().modules()) == 3
    assert isinstance(layers[-1], nn.Tanh)
    assert not isinstance(layers[-2], nn.BatchNorm2d)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in nets.DCDiscriminator().modules())


def test_every_parameter_gets_a_gradient():
    G, D = nets.DCGenerator(), nets.DCDiscriminator()
    D(G(torch.randn(4, 16))).sum().backward()
    assert all(p.grad is not None and p.grad.any() for network in (G, D) for p in network.parameters() if p.dim() > 1)


def test_conditional_images_depend_on_the_label():
    G, z = nets.ConditionalGenerator().eval(), torch.randn(1, 16)
    assert not torch.allclose(G(z, torch.tensor([1])), G(z, torch.tensor([2])))


def test_conditional_logit_is_the_plain_logit_plus_an_agreement():
    D, x = nets.ConditionalDiscriminator(), torch.randn(3, 1, 28, 28)
    nn.init.zeros_(D.embedding.weight)
    assert_close(D(x, torch.tensor([0, 1, 2])), D.discriminator(x))


def test_init_gives_each_kind_of_layer_its_own_rule():
    G = nets.init_dcgan(nets.DCGenerator(), std=0.05)
    assert_close(G.layers[5].weight.std().item(), 0.05, rtol=0.1, atol=0)
    assert_close(G.layers[3].weight.mean().item(), 1.0, rtol=0.05, atol=0)
    assert not G.layers[5].bias.any()


def test_one_rule_for_all_parameters_would_switch_batchnorm_off():
    G = nets.DCGenerator()
    for p in G.parameters():  # a well-known tutorial's loop
        nn.init.normal_(p, 0, 0.02)
    assert G.layers[3].weight.abs().max() < 0.2


def test_mlp_has_activations_between_layers_only():
    kinds = [type(layer) for layer in nets.mlp([2, 8, 8, 1], activation=nn.Tanh)]
    assert kinds == [nn.Linear, nn.Tanh, nn.Linear, nn.Tanh, nn.Linear]


def test_mlp_without_an_output_is_refused():
    with pytest.raises(ValueError, match="sizes"):
        nets.mlp([4])


LAYERS = {
    "no bias": lambda: nn.Conv2d(2, 3, 3, bias=False),
    "a transposed one without bias": lambda: nn.ConvTranspose2d(2, 3, 3, bias=False),
    "in one dimension": lambda: nn.Conv1d(2, 3, 3),
    "in three": lambda: nn.ConvTranspose3d(2, 3, 3),
    "no affine map": lambda: nn.BatchNorm2d(3, affine=False),
    "batch norm in one dimension": lambda: nn.BatchNorm1d(3),
    "another norm": lambda: nn.InstanceNorm2d(3),
    "a group norm": lambda: nn.GroupNorm(1, 3),
    "an embedding": lambda: nn.Embedding(3, 2),
}


@pytest.mark.parametrize("name", LAYERS)
def test_init_takes_whatever_layers_a_network_has(name):
    layer = LAYERS[name]()
    before = [value.clone() for value in layer.parameters()]
    assert nets.init_dcgan(nn.Sequential(layer), std=7.0)[0] is layer
    changed = any(not torch.equal(a, b) for a, b in zip(before, layer.parameters(), strict=True))
    ours = isinstance(layer, nn.modules.conv._ConvNd | nn.modules.batchnorm._BatchNorm)
    assert changed == (ours and bool(before))


@pytest.mark.parametrize("norm", [nn.utils.parametrizations.spectral_norm, nn.utils.spectral_norm])
def test_init_reaches_the_weight_below_spectral_norm(norm):
    layer = norm(nn.Conv2d(8, 16, 3))
    nets.init_dcgan(layer, std=7.0)
    below = layer.parametrizations.weight.original if hasattr(layer, "parametrizations") else layer.weight_orig
    assert_close(below.std().item(), 7.0, rtol=0.1, atol=0)


def test_init_refuses_layers_that_do_not_know_their_sizes():
    with pytest.raises(ValueError, match="lazy layers"):
        nets.init_dcgan(nn.LazyConv2d(3, 3))


@pytest.mark.parametrize("label", [-1, 10])
@pytest.mark.parametrize("kind", ["G", "D"])
def test_labels_out_of_range_are_refused(kind, label):
    network = nets.ConditionalGenerator(4) if kind == "G" else nets.ConditionalDiscriminator()
    first = torch.zeros(1, 4) if kind == "G" else torch.zeros(1, 1, 28, 28)
    with pytest.raises(ValueError, match=r"labels must lie in 0 … 9"):
        network(first, torch.tensor([label]))


def test_residual_refuses_what_is_no_layer_and_what_changes_the_shape():
    with pytest.raises(ValueError, match="network"):
        nets.Residual(nn.Identity(), torch.relu)
    with pytest.raises(ValueError, match="keeps the shape"):
        nets.Residual(nn.Linear(1, 3))(torch.zeros(2, 1))


def test_mixed_precision_runs_and_a_plain_mixture_is_refused():
    G, z = nets.DCGenerator(4, width=1), torch.zeros(2, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert nets.DCDiscriminator(width=1)(G(z)).shape == (2, 1)
    with pytest.raises(ValueError, match="dtype of the network"):
        G(z.double())


def test_our_networks_compile_in_one_piece():
    D = torch.compile(nets.DCDiscriminator(width=1), backend="eager", fullgraph=True)
    assert D(torch.zeros(2, 1, 28, 28)).shape == (2, 1)
