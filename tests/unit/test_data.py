"""Real images: where they come from, what is checked, and that nothing half-written is ever left or read.

Most tests use tiny IDX files and a mirror on the loopback address; none needs the network.
"""

import dataclasses
import errno
import gzip
import hashlib
import http.server
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision import datasets

from ganlab import data

REAL_MNIST, REAL_ROOT = data._MNIST, os.environ.get("GANLAB_DATA")
SIZES = {"train": 12, "t10k": 5}


def idx_bytes(array):
    return struct.pack(f">{1 + array.ndim}i", 0x800 + array.ndim, *array.shape) + array.tobytes()


def tiny_files():
    """Four IDX files: 12 images to train and 5 to test, all byte values present in each set."""
    rng = np.random.default_rng(0)
    files = {}
    for prefix, n in SIZES.items():
        files[f"{prefix}-images-idx3-ubyte"] = idx_bytes(rng.integers(0, 256, (n, 28, 28), dtype=np.uint8))
        files[f"{prefix}-labels-idx1-ubyte"] = idx_bytes((np.arange(n) % 10).astype(np.uint8))
    return files


FILES = tiny_files()
SHA256 = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
PACKED = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in FILES.items()}
RESOURCES = [(name, hashlib.md5(content).hexdigest()) for name, content in PACKED.items()]


def write_root(folder, files=FILES, name="MNIST"):
    raw = Path(folder) / name / "raw"
    raw.mkdir(parents=True)
    for file, content in files.items():
        (raw / file).write_bytes(content)
    return raw


class Mirror(http.server.ThreadingHTTPServer):
    """A mirror on the loopback address that serves `files` once `opened`, and can fall silent midway."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.requests, self.silent_after = dict(PACKED), 0, None
        self.opened = threading.Event()
        self.opened.set()
        self.url = f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request, client_address):
        """A client that was killed is part of the tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        mirror, content = self.server, self.server.files.get(self.path.strip("/"))
        mirror.requests += 1
        mirror.opened.wait(60)
        if content is None:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: mirror.silent_after])
        self.wfile.flush()
        if mirror.silent_after is not None:
            time.sleep(30)

    def log_message(self, *args):
        pass


@pytest.fixture
def mirror():
    server = Mirror()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def away_from_home(tmp_path, monkeypatch):
    """An empty cache, no GANLAB_DATA, tiny checksum tables, and a first mirror where no one listens."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("GANLAB_DATA", raising=False)
    monkeypatch.setattr(data, "_MNIST", dataclasses.replace(data._MNIST, sha256=SHA256))
    monkeypatch.setattr(data, "_warned_offline", set())
    for dataset in (datasets.MNIST, datasets.FashionMNIST):
        monkeypatch.setattr(dataset, "mirrors", ["http://127.0.0.1:9/"])
        monkeypatch.setattr(dataset, "resources", RESOURCES)


@pytest.fixture
def online(mirror, monkeypatch):
    for dataset in (datasets.MNIST, datasets.FashionMNIST):
        monkeypatch.setattr(dataset, "mirrors", [mirror.url])
    return mirror


def raw_folder(name="MNIST"):
    return data.cache_dir() / name / "raw"


def leftovers():
    return sorted(path.name for path in data.cache_dir().glob("download-*"))


# What comes out.


def test_pixels_are_mapped_from_bytes_to_minus_one_to_one(tmp_path):
    write_root(tmp_path)
    digits = data.mnist("train", root=tmp_path)
    pixels = np.frombuffer(FILES["train-images-idx3-ubyte"][16:], np.uint8).reshape(12, 1, 28, 28)
    assert digits.images.dtype == torch.float32
    assert digits.images.min() == -1
    assert digits.images.max() == 1
    torch.testing.assert_close(digits.images.double(), torch.tensor(pixels / 127.5 - 1), atol=1e-6, rtol=0)


def test_labels_are_int64_and_those_of_the_file(tmp_path):
    write_root(tmp_path)
    digits = data.mnist("train", root=tmp_path)
    assert digits.labels.dtype == torch.int64
    assert digits.labels.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


@pytest.mark.parametrize(("split", "n"), [("train", 12), ("test", 5)])
def test_split_chooses_the_file(tmp_path, split, n):
    write_root(tmp_path)
    assert data.mnist(split, root=tmp_path).images.shape == (n, 1, 28, 28)


def test_fashion_reads_its_own_folder(tmp_path):
    write_root(tmp_path, name="FashionMNIST")
    digits = data.fashion_mnist("test", root=tmp_path)
    assert digits.source == "Fashion-MNIST"
    assert len(digits.labels) == 5


def test_tensors_lie_on_the_device_asked_for(tmp_path):
    write_root(tmp_path)
    digits = data.mnist("test", root=tmp_path, device="meta")
    assert digits.images.device.type == digits.labels.device.type == "meta"


def test_unknown_split_names_the_choices():
    with pytest.raises(ValueError, match="'train' or 'test', got 'valid'"):
        data.mnist("valid")
    with pytest.raises(ValueError, match="'train' or 'test', got 'valid'"):
        data.small_digits("valid")


def test_importing_data_imports_no_heavy_library(python):
    code = "import sys, ganlab.data; print([m for m in ('torchvision', 'matplotlib', 'sklearn') if m in sys.modules])"
    assert python(code).communicate(timeout=60)[0].strip() == "[]"


@pytest.mark.skipif(not REAL_ROOT, reason="needs the real MNIST: set GANLAB_DATA to its folder")
@pytest.mark.parametrize(("split", "n", "zeros"), [("train", 60_000, 5923), ("test", 10_000, 980)])
def test_real_mnist_has_its_known_counts(monkeypatch, split, n, zeros):
    monkeypatch.setattr(data, "_MNIST", REAL_MNIST)
    digits = data.mnist(split, root=REAL_ROOT)
    assert digits.source == "MNIST"
    assert digits.images.shape == (n, 1, 28, 28)
    assert digits.images.min() == -1
    assert digits.images.max() == 1
    assert (digits.labels == 0).sum() == zeros


def test_checksums_pin_the_same_files_as_torchvision():
    assert {f"{name}.gz" for name in REAL_MNIST.sha256} == {name for name, _ in RESOURCES}
    assert all(len(sha256) == 64 for sha256 in REAL_MNIST.sha256.values())


# The reader's own folder: read, never changed.


@pytest.mark.parametrize("root", ["nowhere", "a file"])
def test_missing_folder_is_explained_and_nothing_is_downloaded(tmp_path, online, root):
    (tmp_path / "a file").touch()
    with pytest.raises(FileNotFoundError, match=r"root=.*MNIST/raw/.*leave root out"):
        data.mnist(root=tmp_path / root)
    assert online.requests == 0


def test_missing_file_of_the_environment_folder_is_named(tmp_path, monkeypatch, online):
    raw = write_root(tmp_path)
    (raw / "train-labels-idx1-ubyte").unlink()
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"raw/train-labels-idx1-ubyte is missing\. GANLAB_DATA="):
        data.mnist()
    assert online.requests == 0


def test_root_goes_before_the_environment(tmp_path, monkeypatch):
    write_root(tmp_path)
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "nowhere"))
    assert len(data.mnist(root=tmp_path).images) == 12


def test_environment_goes_before_the_cache(tmp_path, monkeypatch, online):
    write_root(tmp_path)
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    assert len(data.mnist().images) == 12
    assert online.requests == 0


DAMAGE = {
    "cut short": lambda content: content[:-1],
    "cut inside the header": lambda content: content[:7],
    "empty": lambda content: b"",
    "one byte more": lambda content: content + b"\0",
    "another magic number": lambda content: b"\0\0\x09" + content[3:],
    "header alone": lambda content: content[:4] + b"\0\0\0\0" + content[8:16],
    "one bit flipped": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
}


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"])
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_file_of_the_reader_is_named_and_left_alone(tmp_path, online, damage, name):
    file = write_root(tmp_path) / name
    file.write_bytes(damage(FILES[name]))
    before = file.read_bytes()
    with pytest.raises(ValueError, match=rf"{name} is damaged.*nothing under root=.*replace the file"):
        data.mnist(root=tmp_path)
    assert file.read_bytes() == before
    assert online.requests == 0


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"])
@pytest.mark.parametrize("how", sorted(DAMAGE.keys() - {"one bit flipped"}))
def test_header_shows_damage_where_no_checksum_is_known(tmp_path, how, name):
    file = write_root(tmp_path, name="FashionMNIST") / name
    file.write_bytes(DAMAGE[how](FILES[name]))
    with pytest.raises(ValueError, match=rf"{name} is damaged: its \d+ bytes do not fit its IDX header"):
        data.fashion_mnist(root=tmp_path)


def test_images_without_their_labels_are_damaged(tmp_path):
    raw = write_root(tmp_path, name="FashionMNIST")
    (raw / "train-labels-idx1-ubyte").write_bytes(FILES["t10k-labels-idx1-ubyte"])
    with pytest.raises(ValueError, match="5 labels for 12 images"):
        data.fashion_mnist(root=tmp_path)


# Our own cache.


def test_download_fills_the_cache_and_the_next_call_needs_no_network(online):
    assert data.mnist("train").source == "MNIST"
    asked = online.requests
    assert len(data.mnist("test").images) == 5
    assert online.requests == asked > 0
    assert {path.name: path.read_bytes() for path in raw_folder().iterdir() if path.name in FILES} == FILES
    assert leftovers() == []


def test_second_mirror_is_asked_when_the_first_refuses(online, monkeypatch):
    monkeypatch.setattr(datasets.MNIST, "mirrors", ["http://127.0.0.1:9/", online.url])
    assert data.mnist().source == "MNIST"


def test_second_mirror_is_asked_when_the_first_falls_silent_midway(online, monkeypatch):
    silent = Mirror()
    silent.silent_after = 40
    threading.Thread(target=silent.serve_forever, daemon=True).start()
    monkeypatch.setattr(datasets.MNIST, "mirrors", [silent.url, online.url])
    monkeypatch.setattr(data, "_SECONDS_PER_MIRROR", 0.2)
    assert data.mnist().source == "MNIST"
    assert silent.requests > 0
    silent.shutdown()
    silent.server_close()


@pytest.mark.parametrize("load", [data.mnist, data.fashion_mnist], ids=["pinned", "recorded"])
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_cache_is_named_and_fetched_again(online, damage, load):
    load()
    file = raw_folder("MNIST" if load is data.mnist else "FashionMNIST") / "train-images-idx3-ubyte"
    file.write_bytes(damage(FILES[file.name]))
    with pytest.warns(UserWarning, match=f"{file.name} is damaged.*fetched again") as caught:
        digits = load()
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert len(digits.images) == 12
    assert file.read_bytes() == FILES[file.name]


def test_damaged_cache_without_network_is_never_read():
    write_root(data.cache_dir(), {**FILES, "train-images-idx3-ubyte": b"half"})
    with pytest.warns(UserWarning, match="damaged|downloaded") as caught:
        digits = data.mnist()
    assert ["is damaged" in str(w.message) for w in caught] == [True, False]
    assert digits.source == "digits-8x8 (offline)"


def test_wrong_checksum_of_a_download_never_reaches_the_cache(online):
    online.files["train-labels-idx1-ubyte.gz"] = gzip.compress(b"not the file")
    with pytest.warns(UserWarning, match="corrupted"):
        digits = data.mnist()
    assert digits.source == "digits-8x8 (offline)"
    assert not raw_folder().exists()
    assert leftovers() == []


def test_download_that_is_not_the_pinned_file_never_reaches_the_cache(online, monkeypatch):
    pins = {**SHA256, "t10k-labels-idx1-ubyte": "0" * 64}
    monkeypatch.setattr(data, "_MNIST", dataclasses.replace(data._MNIST, sha256=pins))
    with pytest.raises(ValueError, match="t10k-labels-idx1-ubyte is damaged: SHA-256"):
        data.mnist("train")
    assert not raw_folder().exists()
    assert leftovers() == []


def test_page_instead_of_a_file_counts_as_no_mirror(online):
    online.files = dict.fromkeys(online.files, b"<html>please log in</html>")
    with pytest.warns(UserWarning, match="could not be downloaded"):
        assert data.mnist().source == "digits-8x8 (offline)"


def test_unwritable_cache_is_replaced_for_the_session_and_said_once(tmp_path, online):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.warns(UserWarning, match="cannot be written.*XDG_CACHE_HOME") as caught:
        assert data.mnist("train").source == "MNIST"
    assert len(caught) == 1
    assert caught[0].filename == __file__
    asked = online.requests
    assert data.mnist("test").source == "MNIST"
    assert online.requests == asked


def test_full_read_only_cache_is_read_without_a_warning(monkeypatch):
    write_root(data.cache_dir())
    monkeypatch.setattr(data, "_cache_or_temporary", lambda cache: pytest.fail("tried to write"))
    assert data.mnist().source == "MNIST"


def test_read_only_folder_is_recognised(tmp_path, online):
    (tmp_path / "cache").mkdir(mode=0o500)
    if os.access(tmp_path / "cache", os.W_OK):
        pytest.skip("needs a user whom file permissions stop")
    with pytest.warns(UserWarning, match=r"cannot be written \(Permission denied\)"):
        assert data.mnist().source == "MNIST"


def test_full_disk_is_explained_and_leaves_nothing(online, monkeypatch):
    def no_space(url, filename, **_):
        Path(filename).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("torchvision.datasets.utils._urlretrieve", no_space)
    with pytest.raises(OSError, match=r"disk is full.*Free some space") as caught:
        data.mnist()
    assert caught.value.errno == errno.ENOSPC
    assert not raw_folder().exists()
    assert leftovers() == []


def test_interrupted_download_leaves_nothing(online, monkeypatch):
    def interrupt(url, filename, **_):
        Path(filename).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr("torchvision.datasets.utils._urlretrieve", interrupt)
    with pytest.raises(KeyboardInterrupt):
        data.mnist()
    assert not raw_folder().exists()
    assert leftovers() == []


def test_socket_timeout_of_the_process_is_given_back(online):
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(77)
    try:
        data.mnist()
        assert socket.getdefaulttimeout() == 77
    finally:
        socket.setdefaulttimeout(before)


def test_old_leftovers_are_swept_and_young_ones_are_kept(online):
    for name in ("download-old", "download-young"):
        (data.cache_dir() / name).mkdir(parents=True)
    two_days_ago = time.time() - 2 * 86_400
    os.utime(data.cache_dir() / "download-old", (two_days_ago, two_days_ago))
    data.mnist()
    assert leftovers() == ["download-young"]


# Several processes.


@pytest.fixture
def python():
    """Start Python on some code, with ganlab from the same place as here; none outlives its test."""
    path = os.pathsep.join([str(Path(data.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    started = []

    def start(code):
        command, env = [sys.executable, "-W", "error", "-c", code], {**os.environ, "PYTHONPATH": path}
        started.append(subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def loading(mirror):
    """Code that loads MNIST from `mirror` in a process of its own."""
    return (
        "import dataclasses, json; from torchvision import datasets; from ganlab import data\n"
        f"datasets.MNIST.mirrors = [{mirror.url!r}]\n"
        f"datasets.MNIST.resources = {RESOURCES!r}\n"
        f"data._MNIST = dataclasses.replace(data._MNIST, sha256={SHA256!r})\n"
        "digits = data.mnist(); print(json.dumps([digits.source, len(digits.images)]))\n"
    )


def test_two_processes_at_once_both_get_the_images(online, python):
    online.opened.clear()
    processes = [python(loading(online)) for _ in range(2)]
    wait_for(lambda: len(leftovers()) == 2, *processes)
    online.opened.set()
    outcomes = [process.communicate(timeout=60) for process in processes]
    assert [json.loads(out) for out, _ in outcomes] == [["MNIST", 12]] * 2, outcomes
    assert {path.name: path.read_bytes() for path in raw_folder().iterdir() if path.name in FILES} == FILES
    assert leftovers() == []


def test_killed_download_is_in_no_ones_way(online, python):
    online.silent_after = 40
    process = python(loading(online))
    wait_for(lambda: list(data.cache_dir().glob("download-*/MNIST/raw/*.gz")), process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(60)
    assert len(leftovers()) == 1
    assert not raw_folder().exists()
    online.silent_after = None
    assert data.mnist().source == "MNIST"


def wait_for(condition, *processes, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        assert all(process.poll() is None for process in processes), [p.communicate() for p in processes]
        time.sleep(0.02)


# Without network.


def test_no_network_falls_back_with_exactly_one_warning():
    with pytest.warns(UserWarning, match="set GANLAB_DATA") as caught:
        first, second = data.mnist("train"), data.mnist("test")
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert first.source == second.source == "digits-8x8 (offline)"


def test_network_that_hangs_gives_way_within_its_timeout(mirror, monkeypatch):
    mirror.silent_after = 0
    monkeypatch.setattr(datasets.MNIST, "mirrors", [mirror.url])
    monkeypatch.setattr(data, "_SECONDS_PER_MIRROR", 0.2)
    start = time.monotonic()
    with pytest.warns(UserWarning, match="timed out"):
        data.mnist()
    assert time.monotonic() - start < 5


def test_network_that_comes_back_is_used(online, monkeypatch):
    monkeypatch.setattr(datasets.MNIST, "mirrors", ["http://127.0.0.1:9/"])
    with pytest.warns(UserWarning, match="connect and run this again"):
        data.mnist()
    monkeypatch.setattr(datasets.MNIST, "mirrors", [online.url])
    assert data.mnist().source == "MNIST"


@pytest.mark.parametrize(("split", "n"), [("train", 1500), ("test", 297)])
def test_small_digits_look_like_mnist_to_a_network(split, n):
    digits = data.small_digits(split)
    assert digits.images.shape == (n, 1, 28, 28)
    assert digits.images.dtype == torch.float32
    assert digits.images.min() == -1
    assert digits.images.max() == 1
    assert digits.labels.dtype == torch.int64
    assert set(digits.labels.tolist()) == set(range(10))


def test_small_digits_keep_picture_and_label_together():
    """Sampled back to 8×8, each picture is nearest to its own original, of which scikit-learn knows the class."""
    from sklearn.datasets import load_digits

    bunch, digits = load_digits(), data.small_digits("train")
    small = torch.nn.functional.interpolate(digits.images[:, :, 4:24, 4:24], size=(8, 8), mode="bilinear")
    original = torch.tensor(bunch.data[:1500], dtype=torch.float32) / 8 - 1
    assert (torch.cdist(small.flatten(1), original).argmin(1) == torch.arange(1500)).all()
    assert digits.labels.tolist() == bunch.target[:1500].tolist()


def test_small_digits_splits_share_no_picture():
    train, test = (data.small_digits(split).images.flatten(1) for split in ("train", "test"))
    assert torch.cdist(test, train).min() > 0.5


# Minibatches.


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def take(n_batches, images, batch_size, seed=0):
    stream = data.batches(images, batch_size, generator=seeded(seed))
    return torch.stack([next(stream) for _ in range(n_batches)])


def test_each_epoch_shows_every_image_once():
    for epoch in take(6, torch.arange(12), 4).view(2, 12):
        assert epoch.sort().values.tolist() == list(range(12))


def test_epochs_differ_in_order():
    first, second = take(2, torch.arange(100), 100)
    assert not torch.equal(first, second)


def test_rest_of_an_epoch_is_dropped():
    first, second = take(4, torch.arange(11), 4).view(2, 8)
    assert len(set(first.tolist())) == len(set(second.tolist())) == 8


def test_same_seed_gives_the_same_order_and_another_seed_another():
    images = torch.arange(50)
    assert torch.equal(take(8, images, 10, seed=1), take(8, images, 10, seed=1))
    assert not torch.equal(take(8, images, 10, seed=1), take(8, images, 10, seed=2))


def test_batches_touch_neither_the_images_nor_the_global_seed():
    images, state = torch.zeros(4, 1, 28, 28), torch.get_rng_state()
    next(data.batches(images, 2, generator=seeded())).add_(1)
    assert images.abs().sum() == 0
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("batch_size", [0, -1, 13])
def test_impossible_batch_size_is_refused_at_once(batch_size):
    with pytest.raises(ValueError, match=rf"1\.\.12, the number of images, got {batch_size}"):
        data.batches(torch.arange(12), batch_size, generator=seeded())
