"""A file that is not in its place: what lies there is said, and the way from there."""

import os
import re
import shutil

import pytest

from ganlab import data
from ganlab.data import missing

IMAGES = "train-images-idx3-ubyte"


def refusal(root, load=data.mnist):
    with pytest.raises(FileNotFoundError) as error:
        load(root=root)
    return str(error.value)


def rename(name):
    return lambda raw: (raw / IMAGES).rename(raw / name)


def move(folder):
    def to(raw):
        target = raw.parents[1] / folder
        target.parent.mkdir(parents=True, exist_ok=True)
        raw.rename(target)

    return to


def into_a_folder_of_its_name(raw):
    inside = (raw / IMAGES).read_bytes()
    (raw / IMAGES).unlink()
    (raw / IMAGES).mkdir()
    (raw / IMAGES / IMAGES).write_bytes(inside)


def into_a_zip(raw):
    shutil.rmtree(raw)
    raw.mkdir()
    (raw.parent / "archive.zip").write_bytes(b"PK\3\4")
    raw.rmdir()


def into_a_dead_link(raw):
    (raw / IMAGES).unlink()
    (raw / IMAGES).symlink_to("gone")


BECOMES = rf"so that it becomes \S+{os.sep}MNIST{os.sep}raw{os.sep}{IMAGES}\."
LAYOUTS = {
    "packed": (rename(f"{IMAGES}.gz"), rf"there is \S+raw/{IMAGES}\.gz\. Unpack it, {BECOMES}"),
    "dot in the name": (rename("train-images.idx3-ubyte"), rf"raw/train-images\.idx3-ubyte\. Rename it, {BECOMES}"),
    "dot, packed": (rename("train-images.idx3-ubyte.gz"), rf"idx3-ubyte\.gz\. Unpack and rename it, {BECOMES}"),
    "upper case": (rename(IMAGES.upper() + ".TXT"), rf"there is \S+UBYTE\.TXT\. Rename it, {BECOMES}"),
    "second download": (rename(f"{IMAGES} (1)"), rf"there is \S+ubyte \(1\)\. Rename it, {BECOMES}"),
    "without raw": (move("MNIST2"), rf"there is \S+MNIST2/{IMAGES}\. Move it, {BECOMES}"),
    "lower case folder": (move("mnist/raw"), rf"there is \S+mnist/raw/{IMAGES}\. Move it, {BECOMES}"),
    "a level too deep": (move("inner/MNIST/raw"), r"The folder to name is '\S+/inner'\. root="),
    "KMNIST": (move("KMNIST/raw"), r"there is \S+KMNIST/raw/\S+\. Its folder is that of KMNIST\. root="),
    "a folder of its name": (into_a_folder_of_its_name, rf"is a folder with {IMAGES} in it\. Put the file itself"),
    "archive": (into_a_zip, r"MNIST has archive\.zip in it\. Unpack archive\.zip, and put its files into \S+raw\."),
    "dead link": (into_a_dead_link, "is a link that leads nowhere. Point it to the file"),
    "nothing": (shutil.rmtree, r"the folder \S+MNIST has nothing in it\. root="),
    "others": (rename("x"), r"the folder \S+raw has t10k-images-idx3-ubyte, .*, x in it\. root="),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_lies_there_is_said_with_the_way_from_there(tmp_path, write_root, online, layout):
    change, expected = LAYOUTS[layout]
    change(write_root(tmp_path))
    message = refusal(tmp_path)
    assert message.startswith(f"{tmp_path / 'MNIST' / 'raw' / IMAGES} is missing: ")
    assert re.search(expected, message), message
    assert "or leave root out, and ganlab downloads" in message
    assert online.requests == 0


@pytest.mark.parametrize("below", ["MNIST", "MNIST/raw", f"MNIST/raw/{IMAGES}"])
def test_root_too_deep_is_told_the_right_one(tmp_path, write_root, below):
    write_root(tmp_path / "right")
    assert f"The folder to name is '{tmp_path / 'right'}'." in refusal(tmp_path / "right" / below)


def test_root_too_high_is_told_the_right_one(tmp_path, write_root):
    write_root(tmp_path / "a" / "right")
    assert f"The folder to name is '{tmp_path / 'a' / 'right'}'." in refusal(tmp_path)


def test_the_right_root_is_accepted_once_it_is_named(tmp_path, write_root):
    write_root(tmp_path / "a" / "right")
    named = re.search("The folder to name is '(.*?)'", refusal(tmp_path))[1]
    assert len(data.mnist(root=named).images) == 20


@pytest.mark.parametrize(
    ("has", "load", "other"),
    [("FashionMNIST", data.mnist, "fashion_mnist"), ("MNIST", data.fashion_mnist, "mnist")],
)
def test_root_of_the_other_set_names_its_function(tmp_path, write_root, has, load, other):
    write_root(tmp_path, has)
    assert f"which {other}() loads" in refusal(tmp_path, load)


def test_right_set_goes_before_another_one(tmp_path, write_root):
    write_root(tmp_path, "FashionMNIST")
    (write_root(tmp_path) / IMAGES).rename(tmp_path / "MNIST" / "raw" / f"{IMAGES}.gz")
    assert "Unpack it" in refusal(tmp_path)


def test_missing_folder_and_file_in_place_of_a_folder_are_told(tmp_path):
    (tmp_path / "a file").touch()
    assert f"there is no folder {tmp_path / 'nowhere'}." in refusal(tmp_path / "nowhere")
    assert "a file is a file, not a folder." in refusal(tmp_path / "a file")


def test_missing_labels_are_named_too(tmp_path, write_root):
    raw = write_root(tmp_path)
    (raw / "train-labels-idx1-ubyte").unlink()
    assert refusal(tmp_path).startswith(f"{raw / 'train-labels-idx1-ubyte'} is missing")


def test_relative_path_is_told_in_full(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANLAB_DATA", "my data")
    assert f"there is no folder {tmp_path / 'my data'}." in refusal(None)


def test_large_folders_take_a_moment(tmp_path, monkeypatch):
    """Not the whole disk is searched."""
    for folder in range(50):
        (tmp_path / str(folder)).mkdir()
        for file in range(50):
            (tmp_path / str(folder) / str(file)).touch()
    looked_at, plain = [], missing._plain
    monkeypatch.setattr(missing, "_plain", lambda name: looked_at.append(name) or plain(name))
    assert "is missing: the folder" in refusal(tmp_path)
    assert 1000 < len(looked_at) < 2500
