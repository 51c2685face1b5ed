"""Saving: strangers' files are told from ours, by what they are; ours come back whole."""

import gzip
import io
import pickle
import zipfile

import pytest
import torch
from torch import nn

from ganlab import metrics, players, saving
from ganlab.digits import TrainedGAN
from ganlab.networks import ConditionalGenerator, DCGenerator, mlp
from ganlab.seeds import generator
from ganlab.training import load_checkpoint, save_checkpoint

PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>"


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")
    return file.getvalue()


def torch_file(content):
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


class Stranger:
    """Something that needs code from the file."""


STRANGERS = {
    "a web page": (lambda: PAGE, "a web page"),
    "a page with spaces before": (lambda: b"\n\n  <html>", "a web page"),
    "nothing": (lambda: b"", "an empty file"),
    "a packed file": (lambda: gzip.compress(b"hello"), r"a packed file \(gzip\)"),
    "a zip archive": (zipped, r"an archive \(zip\)"),
    "a text": (lambda: b"not a checkpoint", "a text"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n\0\0", "one picture"),
    "a pickle": (lambda: pickle.dumps({"a": 1}), "a pickle|."),
    "code": (lambda: torch_file({"parts": Stranger()}), r"an archive \(zip\)"),
    "other weights": (lambda: torch_file({"weight": torch.ones(1, 1)}), "."),
    "a tensor": (lambda: torch_file(torch.ones(3)), "Tensor"),
    "a list": (lambda: torch_file([1, 2]), "list"),
}


def a_game():
    G, D = mlp([2, 3]), mlp([3, 1])
    opts = [torch.optim.SGD(network.parameters(), 0.1) for network in (G, D)]
    return players.Players(G, D, *opts, z_dim=2, generator=generator(0))


READERS = {
    "checkpoint": lambda path: load_checkpoint(a_game(), path),
    "model": TrainedGAN.load,
    "judge": metrics.digit_judge,
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", STRANGERS)
def test_a_strangers_file_is_named_left_alone_and_never_trusted(name, reader, tmp_path):
    make, found = STRANGERS[name]
    path = tmp_path / "file.pt"
    path.write_bytes(make())
    with pytest.raises(ValueError, match=found) as caught:
        READERS[reader](path)
    said = f"{caught.value} {caught.value.__cause__}"
    assert str(path) in said
    assert "elete" not in said
    assert "weights_only" not in said
    assert path.read_bytes() == make()


@pytest.mark.parametrize("reader", ["model", "judge"])
def test_a_missing_file_and_a_folder_are_told(reader, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.pt"):
        READERS[reader](tmp_path / "none.pt")
    with pytest.raises(ValueError, match="a folder"):
        READERS[reader](tmp_path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_only_a_damaged_file_of_ours_may_be_deleted(share, tmp_path):
    path = tmp_path / "run.pt"
    save_checkpoint(a_game(), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: max(saving.HEAD, int(share * len(whole)))])
    with pytest.raises(ValueError, match=r"run\.pt .* damaged or cut short; delete it to start afresh"):
        load_checkpoint(a_game(), path)


def test_a_model_is_no_checkpoint_and_a_checkpoint_no_model(tmp_path):
    TrainedGAN(DCGenerator(width=1)).save(tmp_path / "gan.pt")
    save_checkpoint(a_game(), tmp_path / "run.pt")
    with pytest.raises(ValueError, match=r"gan\.pt must be a checkpoint of ganlab, got a model"):
        load_checkpoint(a_game(), tmp_path / "gan.pt")
    with pytest.raises(ValueError, match=r"run\.pt must be a model of ganlab, got a checkpoint"):
        TrainedGAN.load(tmp_path / "run.pt")


@pytest.mark.parametrize(
    "network", [DCGenerator(32), DCGenerator(3, width=2), DCGenerator().double(), DCGenerator().half()]
)
def test_a_generator_of_any_size_comes_back(network, tmp_path):
    TrainedGAN(network, source="here").save(tmp_path / "gan.pt")
    loaded = TrainedGAN.load(tmp_path / "gan.pt")
    assert loaded.G.z_dim == network.z_dim
    assert not loaded.G.training
    states = loaded.G.state_dict(), network.state_dict()
    assert all(
        torch.equal(*pair) and pair[0].dtype == pair[1].dtype
        for pair in zip(*(s.values() for s in states), strict=True)
    )


def test_a_compiled_generator_is_saved_as_a_plain_one(tmp_path):
    network = DCGenerator(3, width=1)
    TrainedGAN(torch.compile(network, backend="eager")).save(tmp_path / "gan.pt")
    assert TrainedGAN.load(tmp_path / "gan.pt").G.state_dict().keys() == network.state_dict().keys()


@pytest.mark.parametrize("network", [nn.Linear(1, 1), ConditionalGenerator(), None])
def test_a_generator_that_could_not_be_loaded_again_is_refused(network):
    with pytest.raises(ValueError, match="DCGenerator"):
        TrainedGAN(network)


def test_a_generator_whose_layers_were_changed_is_told_when_it_is_saved(tmp_path):
    network = DCGenerator(3, width=1)
    network.layers[2] = nn.Identity()
    with pytest.raises(ValueError, match="another architecture"):
        TrainedGAN(network).save(tmp_path / "gan.pt")
    assert not list(tmp_path.iterdir())


def test_a_save_names_the_folder_that_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="make the folder first"):
        TrainedGAN(DCGenerator(width=1)).save(tmp_path / "none" / "gan.pt")
    with pytest.raises(ValueError, match="a folder"):
        TrainedGAN(DCGenerator(width=1)).save(tmp_path)
