"""The reader's own folder: a file that is not the published one is refused, in words, and nothing is changed."""

import gzip
import io
import re
import zipfile

import numpy as np
import pytest

from ganlab import data

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


def wrong_contents(samples):
    """What was found in place of a file: its content, what the message says of it, and of the cure."""
    mnist, fashion = samples.files["MNIST"], samples.files["FashionMNIST"]
    right = mnist[IMAGES]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zip_:
        zip_.writestr(IMAGES, right)
    kmnist = samples.idx_bytes(np.full((20, 28, 28), 49, np.uint8))
    floats = b"\0\0\x0d\x03" + right[4:16] + bytes(4 * (len(right) - 16))
    page = b"<!DOCTYPE html>\n<html><head><title>Please &amp; log in</title></head></html>"
    lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 47040016\n"
    return {
        "packed, ending taken off": (gzip.compress(right), r"packed file \(gzip\)", rf"[Rr]ename it to {IMAGES}\.gz"),
        "zip": (archive.getvalue(), r"archive \(zip\)", "Unpack it"),
        "web page": (page, "a web page with the title 'Please & log in'", "Download the file"),
        "server's error": (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "page of XML", "replace"),
        "Git LFS pointer": (lfs, "pointer of Git LFS", "git lfs pull"),
        "git-annex pointer": (b"/annex/objects/MD5E-s47040016", "pointer of git-annex", "git annex get"),
        "text": (b"label,pixel1\n5,0\n", r"a text of 17 bytes that begins with 'label,pixel1\\n5,0'", "replace"),
        "picture": (b"\x89PNG\r\n\x1a\n" + bytes(99), "one picture", "replace"),
        "empty": (b"", "an empty file", "replace"),
        "zeros": (bytes(99), "99 bytes that begin with 00 00 00", "replace"),
        "cut short": (right[:-1], "15695 bytes, cut short: .* 20 images of 28×28 pixels in 15696 bytes", "replace"),
        "cut inside the header": (right[:7], "7 bytes that begin with 00 00 08 03", "replace"),
        "one byte more": (right + b"\0", "15697 bytes, too long", "replace"),
        "numbers of another type": (floats, r"numbers of another type \(code 0x0d\)", "replace"),
        "test for train": (mnist["t10k-images-idx3-ubyte"], "found 10 images", "form of t10k-images-idx3-ubyte"),
        "labels for images": (mnist[LABELS], "found 20 labels", f"form of {LABELS}"),
        "larger pictures": (samples.idx_bytes(np.zeros((20, 32, 32), np.uint8)), "20 images of 32×32", "replace"),
        "colour": (samples.idx_bytes(np.zeros((20, 3, 28, 28), np.uint8)), r"of shape \(20, 3, 28, 28\)", "replace"),
        "no images": (samples.idx_bytes(np.zeros((0, 28, 28), np.uint8)), "0 images", "replace"),
        "Fashion-MNIST": (fashion[IMAGES], r"\(MNIST's 0\.50, Fashion-MNIST's 0\.25\)", r"call fashion_mnist\(\)"),
        "KMNIST": (kmnist, r"20 images of 28×28 pixels, but other ones .* mean brightness 0\.19", "replace"),
        "one bit flipped": (right[:-1] + bytes([right[-1] ^ 1]), r"other ones \(SHA-256 .*brightness 0\.50", "replace"),
    }  # fmt: skip


CASES = [
    "packed, ending taken off", "zip", "web page", "server's error", "Git LFS pointer", "git-annex pointer", "text",
    "picture", "empty", "zeros", "cut short", "cut inside the header", "one byte more", "numbers of another type",
    "test for train", "labels for images", "larger pictures", "colour", "no images", "Fashion-MNIST", "KMNIST",
    "one bit flipped",
]  # fmt: skip


def test_every_case_is_tried(samples):
    assert list(wrong_contents(samples)) == CASES


@pytest.mark.parametrize("case", CASES)
def test_wrong_file_is_named_recognised_and_left_alone(tmp_path, write_root, samples, online, case):
    content, found, cure = wrong_contents(samples)[case]
    file = write_root(tmp_path) / IMAGES
    file.write_bytes(content)
    with pytest.raises(ValueError) as error:
        data.mnist(root=tmp_path)
    message = str(error.value)
    assert message.startswith(f"{file} is not the published file: found ")
    assert re.search(found, message)
    assert re.search(cure, message)
    assert "expected 20 images of 28×28 pixels of MNIST, 15696 bytes" in message
    assert "nothing under root=" in message
    assert file.read_bytes() == content
    assert online.requests == 0


@pytest.mark.parametrize("case", sorted({*CASES} - {"Fashion-MNIST", "one bit flipped"}))
def test_wrong_file_is_recognised_where_no_checksum_is_known(tmp_path, write_root, samples, case):
    content, found, _ = wrong_contents(samples)[case]
    (write_root(tmp_path, "FashionMNIST") / IMAGES).write_bytes(content)
    with pytest.raises(ValueError, match=found):
        data.fashion_mnist(root=tmp_path)


@pytest.mark.parametrize("name", [IMAGES, LABELS])
def test_file_of_mnist_is_known_among_fashion_by_its_checksum(tmp_path, write_root, samples, name):
    (write_root(tmp_path, "FashionMNIST") / name).write_bytes(samples.files["MNIST"][name])
    with pytest.raises(ValueError, match=rf"found the file {name} of MNIST.*below MNIST/raw/ and call mnist\(\)"):
        data.fashion_mnist(root=tmp_path)


@pytest.mark.parametrize(("low", "high"), [(1, 10), (0, 11)])
def test_labels_of_another_set_are_refused_where_no_checksum_is_known(tmp_path, write_root, samples, low, high):
    labels = (low + np.arange(20) % (high - low)).astype(np.uint8)
    (write_root(tmp_path, "FashionMNIST") / LABELS).write_bytes(samples.idx_bytes(labels))
    with pytest.raises(ValueError, match=f"20 labels, but other ones .*: labels {low} to {high - 1}, "):
        data.fashion_mnist(root=tmp_path)


def test_labels_of_fashion_are_told_among_mnist(tmp_path, write_root, samples):
    (write_root(tmp_path) / LABELS).write_bytes(samples.files["FashionMNIST"][LABELS])
    with pytest.raises(ValueError, match=r"labels 0 to 9, each class equally often, which .* Fashion-MNIST's are"):
        data.mnist(root=tmp_path)


def test_huge_file_is_not_read_to_its_end(tmp_path, write_root, samples):
    file = write_root(tmp_path) / IMAGES
    with file.open("r+b") as huge:
        huge.truncate(1 << 40)  # a terabyte of holes
    with pytest.raises(ValueError, match="found 1099511627776 bytes, too long"):
        data.mnist(root=tmp_path)


def test_variable_is_named_with_its_own_cure(tmp_path, write_root, monkeypatch):
    (write_root(tmp_path) / LABELS).write_bytes(b"")
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    with pytest.raises(ValueError, match=r"nothing under GANLAB_DATA=.*or unset GANLAB_DATA"):
        data.mnist()


def test_file_that_may_not_be_read_is_explained(tmp_path, write_root, monkeypatch):
    file = write_root(tmp_path) / IMAGES

    def refuse(path, *_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(PermissionError, match=f"{file} may not be read .*right to read it, or leave root out"):
        data.mnist(root=tmp_path)


def test_damaged_file_is_not_said_to_belong_to_another_set(tmp_path, write_root, samples):
    right = samples.files["MNIST"][IMAGES]
    (write_root(tmp_path) / IMAGES).write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
    with pytest.raises(ValueError, match="but other ones") as error:
        data.mnist(root=tmp_path)
    assert "may well be those of" not in str(error.value)
