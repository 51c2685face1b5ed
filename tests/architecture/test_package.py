"""The package as it is handed out: what the wheel holds, one version everywhere, tried at both ends of its ranges."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

import ganlab

ROOT = Path(__file__).parents[2]
SOURCE = ("pyproject.toml", "README.md", "LICENSE", "LICENSE-text")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RANGES = [*PROJECT["dependencies"], *(text for group in PROJECT["optional-dependencies"].values() for text in group)]
TORCH_WANTS = {"sympy"}  # torch 2.5 pins one that is newer than our lower end


def pins(name):
    text = (ROOT / f"requirements-{name}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w-]+)==(\S+)", text, re.MULTILINE))


def pack(folder):
    """Build the wheel from a copy, with what is installed here: setuptools writes beside the sources."""
    for name in SOURCE:
        shutil.copy(ROOT / name, folder)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "ganlab", folder / "src" / "ganlab", ignore=ignored)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, folder]
    subprocess.run([*command, "--disable-pip-version-check"], check=True)


@pytest.fixture(scope="module")
def wheel(once):
    (path,) = once("wheel", pack).glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


def test_wheel_holds_every_file_of_the_package_and_nothing_else(wheel):
    own = {p.relative_to(ROOT / "src").as_posix() for p in (ROOT / "src" / "ganlab").rglob("*") if p.is_file()}
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == {name for name in own if "__pycache__" not in name}
    assert {"ganlab/py.typed", "ganlab/static/labs.js", "ganlab/static/judge.pt"} <= packed


def test_wheel_brings_both_licences_and_says_so(wheel):
    names = [name for name in wheel.namelist() if "/licenses/" in name]
    assert {name.rpartition("/")[2] for name in names} == {"LICENSE", "LICENSE-text"}
    (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    told = Parser().parsestr(wheel.read(metadata).decode())
    assert (told["Version"], told["License-Expression"]) == (ganlab.__version__, "BSD-3-Clause AND CC-BY-4.0")


def test_one_version_everywhere():
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == ganlab.__version__
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[(\d\S*)\]", changes, re.MULTILINE)[0] == ganlab.__version__


@pytest.mark.parametrize("requirement", [Requirement(text) for text in RANGES], ids=str)
def test_the_oldest_versions_are_the_lower_ends(requirement):
    (lower,) = (Version(s.version) for s in requirement.specifier if s.operator == ">=")
    pinned = Version(pins("oldest")[requirement.name])
    same = pinned.release[: len(lower.release)] == lower.release
    assert same or (requirement.name in TORCH_WANTS and pinned > lower)


@pytest.mark.parametrize("requirement", [Requirement(text) for text in RANGES], ids=str)
def test_what_colab_ships_lies_in_the_ranges(requirement):
    assert pins("colab").get(requirement.name, "99") in requirement.specifier
