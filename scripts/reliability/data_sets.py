"""The data loader, with a server on this machine that has four small files of the published form."""

import functools
import gzip
import hashlib
import http.server
import math
import random
import ssl
import subprocess
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from scenarios import (
    ASCII,
    ODD,
    failed,
    in_the_past,
    needs,
    offline,
    python,
    run,
    scenario,
    small_disk,
    succeeded,
)

from ganlab.data.catalogue import COLLECTIONS, Collection, DataFile

STOOD_IN, LOADED = "digits-8x8 (offline)", "MNIST of 20 images"
MNIST = COLLECTIONS["MNIST"]
LOAD = """
from ganlab import data
from ganlab.data import catalogue
from ganlab.data.catalogue import Collection, DataFile
catalogue.COLLECTIONS["MNIST"] = {collection!r}
digits = data.mnist()
print(digits.source, "of", len(digits.images), "images")
"""


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path, certificate: Path | None = None) -> Iterator[Collection]:
    """Serve twenty noisy images a split, and yield how a catalogue names them."""
    folder.mkdir()
    files = tuple(_written(folder, file) for file in MNIST.files)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Silent, directory=str(folder)))
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http{'s' if certificate else ''}://localhost:{server.server_port}/"
    try:
        yield replace(MNIST, mirrors=(address,), files=files)
    finally:
        server.shutdown()
        server.server_close()


def _written(folder: Path, file: DataFile) -> DataFile:
    """Write a small file in place of a published one, and return how a catalogue names it."""
    small = replace(file, shape=(20, *file.shape[1:]), sha256=None)
    top = 255 if len(file.shape) == 3 else 9
    noise = random.Random(file.name)
    content = bytes(noise.randint(0, top) for _ in range(math.prod(small.shape)))
    packed = gzip.compress(small.header + content, mtime=0)
    (folder / f"{file.name}.gz").write_bytes(packed)
    return replace(small, md5=hashlib.md5(packed, usedforsecurity=False).hexdigest())


def load(
    collection: Collection, cache: Path, *, wrapper: Sequence[object] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Load MNIST in a process of its own."""
    variables = {"GANLAB_DATA": "", "GANLAB_CACHE": str(cache), "no_proxy": "localhost"} | variables
    return python(LOAD.format(collection=collection), wrapper=wrapper, **variables)


def says(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Assert that loading went well and said certain words."""
    succeeded(done)
    for each in words:
        assert each in done.stdout, f"{each!r} is not in\n{done.stdout[-2000:]}"


def files(cache: Path) -> list[str]:
    """Return the files of a cache."""
    return sorted(path.name for path in cache.rglob("*") if path.is_file())


@scenario("data, disk full", "says so and how to go on, and keeps no half file; with space again the data come")
def full_disk(place: Path) -> None:
    """Download onto a disk that has room for one of the two files of images."""
    with small_disk(place / "disk", "32k") as disk, served(place / "mirror") as collection:
        cache = disk.path / "cache"
        failed(load(collection, cache), "the disk is full", "Free some space, or set GANLAB_CACHE")
        assert not [name for name in files(cache) if name.startswith("tmp")], files(cache)
        disk.resize("1m")
        says(load(collection, cache), LOADED)


@scenario("data, cache damaged, no network", "names the file, removes it, and loads the small digits")
def damaged_cache_offline(place: Path) -> None:
    """Spoil a file, and load where nobody can be asked."""
    path = place / "cache" / "MNIST" / f"{MNIST.files[0].name}.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half")
    done = load(MNIST, place / "cache", wrapper=offline())
    says(done, f"{path} is damaged", "could not be downloaded", "no connection", STOOD_IN)
    assert not path.exists()


@scenario("data, cache damaged", "names the file, and fetches it again")
def damaged_cache(place: Path) -> None:
    """Spoil a file, and load where the mirror answers."""
    with served(place / "mirror") as collection:
        says(load(collection, place / "cache"), LOADED)
        (place / "cache" / "MNIST" / f"{MNIST.files[0].name}.gz").write_bytes(b"half")
        says(load(collection, place / "cache"), "is damaged", LOADED)


@scenario("data, two processes at once", "both have the data, and the cache holds the four files alone")
def two_at_once(place: Path) -> None:
    """Start two on an empty cache."""
    with served(place / "mirror") as collection, ThreadPoolExecutor() as pool:
        for done in pool.map(lambda _: load(collection, place / "cache"), range(2)):
            says(done, LOADED)
    assert files(place / "cache") == sorted(f"{file.name}.gz" for file in MNIST.files)


@scenario(f"data, cache in a folder called {ODD}, LC_ALL=C", "the data come, and come again from the cache")
def odd_path(place: Path) -> None:
    """Download, then load without network."""
    with served(place / "mirror") as collection:
        says(load(collection, place / ODD, **ASCII), LOADED)
    says(load(collection, place / ODD, wrapper=offline(), **ASCII), LOADED)


@scenario(
    "data, clock in the past", "says that the certificate is not valid on that day; with the clock right the data come"
)
def clock_in_the_past(place: Path) -> None:
    """Download by https from a server whose certificate is of today."""
    needs("openssl")
    certificate = place / "certificate.pem"
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    succeeded(run([*new, *names, "-keyout", certificate, "-out", place / "public.pem"]))
    with open(certificate, "ab") as file:
        file.write((place / "public.pem").read_bytes())
    trusted = {"REQUESTS_CA_BUNDLE": str(place / "public.pem")}
    with served(place / "mirror", certificate) as collection:
        done = load(collection, place / "cache", wrapper=in_the_past(), **trusted)
        says(done, "its certificate is not valid on 2001-02-03, which this computer takes for today", STOOD_IN)
        says(load(collection, place / "cache", **trusted), LOADED)
