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
