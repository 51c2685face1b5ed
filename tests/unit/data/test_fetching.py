"""Fetching from a mirror on the loopback address: the right files whole, or none and the reason."""

import errno
import gzip
import json
import logging
import os
import signal
import time

import pooch
import pytest

from ganlab import data
from ganlab.data import fetching

NO_ONE = "http://127.0.0.1:9/"


def cached(folder="MNIST"):
    """What the cache holds: content by name."""
    place = data.cache_dir() / folder
    return {path.name: path.read_bytes() for path in place.iterdir()} if place.is_dir() else {}


# What arrives.


def test_download_fills_the_cache_and_the_next_call_needs_no_network(online, samples):
    assert data.mnist("train").source == "MNIST"
    assert cached() == samples.packed["MNIST"]
    online.files.clear()
    asked = online.requests
    assert len(data.mnist("test").images) == 10
    assert online.requests == asked == 4


def test_fashion_is_kept_apart(online, samples):
    online.files = dict(samples.packed["FashionMNIST"])
    assert data.fashion_mnist().source == "Fashion-MNIST"
    assert cached("FashionMNIST") == samples.packed["FashionMNIST"]
    assert cached("MNIST") == {}


def test_images_are_those_of_the_unpacked_files(tmp_path, write_root, online):
    write_root(tmp_path / "root")
    assert data.mnist().images.equal(data.mnist(root=tmp_path / "root").images)


def test_bar_names_each_file_and_paths_are_not_printed(online, capfd):
    data.mnist()
    shown = capfd.readouterr().err
    assert "train-images-idx3-ubyte: 100%" in shown
    assert str(data.cache_dir()) not in shown
    assert pooch.get_logger().level == logging.NOTSET


# Which mirror.


def test_second_mirror_is_asked_when_no_one_is_at_the_first(online, serve):
    serve(NO_ONE, online.url)
    assert data.mnist().source == "MNIST"


@pytest.mark.parametrize("content", [None, b"<html>please log in</html>", gzip.compress(b"another file", mtime=0), b""])
def test_second_mirror_is_asked_when_the_first_has_not_the_file(online, new_mirror, serve, samples, content):
    wrong = new_mirror()
    wrong.files["t10k-images-idx3-ubyte.gz"] = content
    serve(wrong.url, online.url)
    assert data.mnist().source == "MNIST"
    assert (wrong.requests, online.requests) == (3, 2)  # what the first gave whole is not fetched again
    assert cached() == samples.packed["MNIST"]


def test_second_mirror_is_asked_when_the_first_falls_silent_midway(online, new_mirror, serve, monkeypatch):
    silent = new_mirror()
    silent.silent_after = 40
    serve(silent.url, online.url)
    monkeypatch.setattr(fetching, "_SECONDS_OF_SILENCE", 2)  # in which the other answers on a busy machine, too
    assert data.mnist().source == "MNIST"
    assert silent.requests > 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "404 Client Error"),
        (b"<html><title>Log in</title></html>", "sent a web page with the title 'Log in'"),
        (b"<Error>AccessDenied</Error>", "sent a page of XML"),
        (gzip.compress(b"another file", mtime=0), r"sent another file \(wrong checksum\)"),
    ],
)
def test_reason_why_no_mirror_helped_is_told_and_nothing_is_kept(online, content, reason):
    online.files["train-images-idx3-ubyte.gz"] = content
    with pytest.warns(UserWarning, match=f"could not be downloaded .{online.url}: {reason}"):
        assert data.mnist().source == "digits-8x8 (offline)"
    assert cached() == {}


def test_no_connection_and_silence_are_told(new_mirror, serve, monkeypatch):
    silent = new_mirror()
    silent.silent_after = 0
    serve(NO_ONE, silent.url)
    monkeypatch.setattr(fetching, "_SECONDS_OF_SILENCE", 2)
    with pytest.warns(UserWarning, match=f"{NO_ONE}: no connection; {silent.url}: silent for 2 seconds"):
        data.mnist()
    assert silent.silences  # its end was not waited for


def test_wrong_clock_is_not_taken_for_a_missing_network():
    verified = "Max retries exceeded (certificate verify failed: certificate is not yet valid)"
    assert fetching._reason(OSError(verified)).startswith("its certificate is not valid on 2")


def test_network_that_comes_back_is_used(online, serve):
    serve(NO_ONE)
    with pytest.warns(UserWarning, match="connect and run this again"):
        data.mnist()
    serve(online.url)
    assert data.mnist().source == "MNIST"


# A damaged cache.


def flip_a_bit(path):
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def into_a_folder(path):
    path.unlink()
    path.mkdir()
    (path / "inside").touch()


DAMAGE = {
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "empty": lambda path: path.write_bytes(b""),
    "one bit flipped": flip_a_bit,
    "another file": lambda path: path.write_bytes(gzip.compress(b"another", mtime=0)),
    "a folder": into_a_folder,
}


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"])
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_cache_is_named_and_fetched_again(online, samples, damage, name):
    data.mnist()
    damage(data.cache_dir() / "MNIST" / name)
    with pytest.warns(UserWarning, match=f"{name} is damaged.*fetched again") as caught:
        assert len(data.mnist().images) == 20
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert cached() == samples.packed["MNIST"]
    assert online.requests == 5


def test_damaged_cache_without_network_is_never_read(online, serve):
    data.mnist()
    (data.cache_dir() / "MNIST" / "train-images-idx3-ubyte.gz").write_bytes(b"half")
    serve(NO_ONE)
    with pytest.warns(UserWarning, match="damaged|downloaded") as caught:
        assert data.mnist().source == "digits-8x8 (offline)"
    assert ["is damaged" in str(w.message) for w in caught] == [True, False]


# Interruptions.


@pytest.mark.parametrize(
    ("error", "raised", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), OSError, "disk is full.*Free some space"),
        (KeyboardInterrupt("by the reader"), KeyboardInterrupt, "by the reader"),
        (OSError(errno.EIO, "Input/output error"), OSError, "Input/output error"),
    ],
    ids=["full disk", "Ctrl-C", "broken disk"],
)
def test_interrupted_download_leaves_nothing(online, monkeypatch, error, raised, words):
    def break_off(self, url, output, pooch_):
        with open(output, "wb") as file:
            file.write(b"half")
        raise error

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", break_off)
    with pytest.raises(raised, match=words) as caught:
        data.mnist()
    assert getattr(caught.value, "errno", None) == getattr(error, "errno", None)
    assert cached() == {}


def test_old_leftovers_are_swept_and_young_ones_are_kept(online, samples):
    folder = data.cache_dir() / "MNIST"
    folder.mkdir(parents=True)
    for name in ("tmpold", "tmpyoung"):
        (folder / name).touch()
    two_days_ago = time.time() - 2 * 86_400
    os.utime(folder / "tmpold", (two_days_ago, two_days_ago))
    data.mnist()
    assert cached().keys() - samples.packed["MNIST"].keys() == {"tmpyoung"}


# Several processes.


def loading(mirror):
    """Code that loads MNIST from `mirror` in a process of its own."""
    return (
        "import json\nfrom ganlab import data\nfrom ganlab.data import catalogue\n"
        "from ganlab.data.catalogue import Collection, DataFile\n"
        f"catalogue.COLLECTIONS['MNIST'] = {data.COLLECTIONS['MNIST']!r}\n"
        "digits = data.mnist(); print(json.dumps([digits.source, len(digits.images)]))\n"
    )


def wait_for(condition, *processes, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        assert all(process.poll() is None for process in processes), [p.communicate() for p in processes]
        time.sleep(0.02)


def half_files():
    return [name for name in cached() if name.startswith("tmp")]


def test_two_processes_at_once_both_get_the_images(online, python, samples, monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")  # as in a page of the book: then nothing at all is printed
    online.opened.clear()
    processes = [python(loading(online)) for _ in range(2)]
    wait_for(lambda: len(half_files()) == 2, *processes)
    online.opened.set()
    outcomes = [process.communicate(timeout=60) for process in processes]
    assert [(json.loads(out), err) for out, err in outcomes] == [(["MNIST", 20], "")] * 2
    assert cached() == samples.packed["MNIST"]


def test_killed_download_is_in_no_ones_way(online, python, samples):
    online.silent_after = 40
    process = python(loading(online))
    wait_for(half_files, process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(60)
    assert len(half_files()) == len(cached()) == 1
    online.silent_after = None
    assert data.mnist().source == "MNIST"
    assert cached().items() >= samples.packed["MNIST"].items()
