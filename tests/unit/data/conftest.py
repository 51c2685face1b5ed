"""Tiny IDX files in place of the data sets, and a mirror on the loopback address; no test needs the network."""

import gzip
import hashlib
import http.server
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import ganlab.data
from ganlab.data import catalogue

NO_ONE = "http://127.0.0.1:9/"
SIZES = {"train": 20, "t10k": 10}
LEVELS = {"MNIST": 256, "FashionMNIST": 128}  # of grey, so that one set is darker than the other


def idx_bytes(array):
    return struct.pack(f">{1 + array.ndim}i", 0x800 + array.ndim, *array.shape) + array.tobytes()


def tiny_files(folder):
    """Four IDX files; MNIST's classes do not occur equally often, Fashion-MNIST's do."""
    rng = np.random.default_rng(0)
    files = {}
    for prefix, n in SIZES.items():
        classes = np.arange(n) % 10 if folder == "FashionMNIST" else np.arange(n) % 9
        pixels = rng.integers(0, LEVELS[folder], (n, 28, 28), dtype=np.uint8)
        files[f"{prefix}-images-idx3-ubyte"] = idx_bytes(pixels)
        files[f"{prefix}-labels-idx1-ubyte"] = idx_bytes(classes.astype(np.uint8))
    return files


FILES = {folder: tiny_files(folder) for folder in LEVELS}
PACKED = {
    folder: {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in files.items()}
    for folder, files in FILES.items()
}


def tiny(collection, mirrors=(NO_ONE,)):
    """The collection with tiny files, and no one who serves them."""

    def tiny_file(file):
        content, packed = (of[collection.folder] for of in (FILES, PACKED))
        shape = (SIZES[file.name.split("-")[0]], *file.shape[1:])
        sha256 = file.sha256 and hashlib.sha256(content[file.name]).hexdigest()
        return catalogue.DataFile(file.name, shape, hashlib.md5(packed[f"{file.name}.gz"]).hexdigest(), sha256)

    files = tuple(tiny_file(file) for file in collection.files)
    brightness = (LEVELS[collection.folder] - 1) / 2 / 255
    return catalogue.Collection(
        collection.source, collection.folder, collection.loader, tuple(mirrors), brightness, files
    )


class Mirror(http.server.ThreadingHTTPServer):
    """A mirror on the loopback address that serves `files` once `opened`, and can fall silent midway."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.requests, self.silent_after = dict(PACKED["MNIST"]), 0, None
        self.opened = threading.Event()
        self.opened.set()
        self.over, self.silences = threading.Event(), 0  # of silences, those that still last
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
            mirror.silences += 1
            mirror.over.wait(300)
            mirror.silences -= 1

    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def real():
    """The catalogue as it is shipped."""
    return dict(catalogue.COLLECTIONS)


@pytest.fixture(scope="session")
def samples():
    """The tiny files: content by folder and name, and the collections that list them."""
    collections = {folder: tiny(collection) for folder, collection in catalogue.COLLECTIONS.items()}
    return SimpleNamespace(files=FILES, packed=PACKED, collections=collections, idx_bytes=idx_bytes)


@pytest.fixture(autouse=True)
def away_from_home(tmp_path, monkeypatch, real):
    """An empty cache, no GANLAB_DATA, tiny files, and a mirror where no one listens."""
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("GANLAB_DATA", raising=False)
    monkeypatch.setattr(ganlab.data, "_warned_offline", set())
    for folder, collection in real.items():
        monkeypatch.setitem(catalogue.COLLECTIONS, folder, tiny(collection))


@pytest.fixture
def new_mirror():
    """A function that starts a mirror."""
    started = []

    def start():
        started.append(Mirror())
        threading.Thread(target=started[-1].serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return started[-1]

    yield start
    for mirror in started:
        mirror.over.set()
        mirror.shutdown()
        mirror.server_close()


@pytest.fixture
def serve(monkeypatch, real):
    """A function that names the mirrors of both collections."""

    def from_(*mirrors):
        for folder, collection in real.items():
            monkeypatch.setitem(catalogue.COLLECTIONS, folder, tiny(collection, mirrors))

    return from_


@pytest.fixture
def online(new_mirror, serve):
    """The mirror that all collections are served from."""
    mirror = new_mirror()
    serve(mirror.url)
    return mirror


@pytest.fixture
def write_root():
    """A function that lays out a root with one collection; returns the folder with its files."""

    def write(root, folder="MNIST"):
        raw = Path(root) / folder / "raw"
        raw.mkdir(parents=True)
        for name, content in FILES[folder].items():
            (raw / name).write_bytes(content)
        return raw

    return write


@pytest.fixture
def python():
    """Start Python on some code, with ganlab from the same place as here; none outlives its test."""
    path = os.pathsep.join([str(Path(ganlab.data.__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    started = []

    def start(code):
        command, env = [sys.executable, "-W", "error", "-c", code], {**os.environ, "PYTHONPATH": path}
        started.append(subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()
