"""The benchmark's peers: published sizes, and an enlargement that is undone without loss."""

import importlib.util
from pathlib import Path

import pytest
import torch

PATH = Path(__file__).parents[2] / "benchmarks" / "digits" / "peers.py"
SPEC = importlib.util.spec_from_file_location("peers", PATH)
peers = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(peers)


def test_shrink_undoes_enlarge():
    images = torch.rand(5, 1, 28, 28) * 2 - 1
    torch.testing.assert_close(peers.shrink(peers.enlarge(images)), images, rtol=0, atol=1e-5)


@pytest.mark.parametrize("make", peers.PEERS.values(), ids=lambda make: make.__name__)
def test_a_peer_learns_and_samples_images_of_28_pixels(make):
    peer = make()
    before = [parameter.clone() for parameter in peer.G.parameters()]
    peer.play(torch.rand(8, 1, 28, 28) * 2 - 1)
    assert all(not torch.equal(old, new) for old, new in zip(before, peer.G.parameters(), strict=True))
    assert peer.sample(3).shape == (3, 1, 28, 28)


@pytest.mark.parametrize(
    ("make", "weights"),
    [(peers.wgan_gp, 1_510_032), (peers.mlp_gan, 1_510_032), (peers.dcgan, 1_049_985), (peers.vanilla_gan, 1_486_352)],
)
def test_a_peer_has_as_many_weights_as_published(make, weights):
    assert sum(parameter.numel() for parameter in make().G.parameters()) == weights
