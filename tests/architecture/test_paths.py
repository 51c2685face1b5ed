"""Paths from outside, with spaces, apostrophes, umlauts and `$`, relative or from home: make, CI, other folders."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from loading import load_script

ROOT = Path(__file__).parents[2]
NAMES = ["plain", "with  spaces", "it's", "Übung", "$HOME (2)", '"quoted"']
PYTHON = """#!/bin/bash
if [ "$1" = -c ]; then exec {python} "$@"; fi
printf '%s\\n' "$0 $* | $GANLAB_DATA" >> {log}
"""


@pytest.fixture
def checkout(tmp_path):
    """A function that lays out a checkout; stubs in place of the two Pythons write down how they are called."""

    def lay_out(folder, venv):
        log = tmp_path / "log"
        (tmp_path / folder).mkdir()
        shutil.copy(ROOT / "Makefile", tmp_path / folder)
        for python in (tmp_path / "my python" / "python3", venv / "bin" / "python"):
            python.parent.mkdir(parents=True, exist_ok=True)
            python.write_text(PYTHON.format(python=sys.executable, log=log))
            python.chmod(0o755)
        return SimpleNamespace(path=tmp_path / folder, log=log, python=tmp_path / "my python" / "python3")

    return lay_out


def make(checkout, *arguments, **environment):
    outside = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHON": str(checkout.python), **environment}
    done = subprocess.run(["make", *arguments], cwd=checkout.path, env=outside, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return checkout.log.read_text().splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_make_uses_the_environment_it_is_given(checkout, tmp_path, name):
    here = checkout(f"checkout {name}", tmp_path / name)
    set_up, *linters = make(here, "lint", VENV=str(tmp_path / name))
    assert set_up == f"{here.python} scripts/environment.py {tmp_path / name} | "
    assert linters[0] == f"{tmp_path / name}/bin/python -m ruff check . | "
    assert len(linters) == 3


@pytest.mark.parametrize("given", ["../my env", "~/my env"])
def test_environment_may_be_relative_or_below_home(checkout, tmp_path, given):
    here = checkout("checkout", tmp_path / "my env")
    assert make(here, "lint", f"VENV={given}", HOME=str(tmp_path))[-1].startswith(f"{tmp_path}/my env/bin/python -m ")


def test_environment_lies_in_the_checkout_unless_it_is_named(checkout, tmp_path):
    here = checkout("a checkout", tmp_path / "a checkout" / ".venv")
    assert make(here, "lint")[-1].startswith(f"{here.path}/.venv/bin/python -m ")


@pytest.mark.parametrize("name", NAMES)
def test_data_reach_the_programs_as_they_were_given(checkout, tmp_path, name):
    here = checkout("checkout", tmp_path / "env")
    assert make(here, "html", VENV=str(tmp_path / "env"), GANLAB_DATA=f"../{name}")[-1].endswith(f" | ../{name}")


def test_port_reaches_the_server(checkout, tmp_path):
    here = checkout("checkout", tmp_path / "env")
    last = make(here, "serve", f"VENV={tmp_path / 'env'}", "PORT=9001")[-1]
    assert "-m http.server 9001 --bind 127.0.0.1 --directory _build/html" in last


@pytest.mark.parametrize("given", ["~/my data", "my data", " my data/ "])
def test_folders_of_the_reader_become_absolute_once(tmp_path, monkeypatch, given):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    environment = {"GANLAB_DATA": given, "GANLAB_CACHE": given, "OTHER": given}
    load_script(ROOT / "book" / "_ext" / "reader_paths.py").make_absolute(environment)
    assert environment == {"GANLAB_DATA": f"{tmp_path}/my data", "GANLAB_CACHE": f"{tmp_path}/my data", "OTHER": given}


def test_variables_that_are_not_set_stay_so():
    environment = {"GANLAB_DATA": ""}
    load_script(ROOT / "book" / "_ext" / "reader_paths.py").make_absolute(environment)
    assert environment == {"GANLAB_DATA": ""}


@pytest.fixture
def relative_data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANLAB_DATA", "my data")
    monkeypatch.syspath_prepend(ROOT / "book" / "_ext")
    return f"{tmp_path}/my data"


def test_notebooks_under_nbval_see_an_absolute_path(relative_data):
    load_script(ROOT / "conftest.py")
    assert os.environ["GANLAB_DATA"] == relative_data


def test_chapters_under_sphinx_see_an_absolute_path(relative_data):
    config = SimpleNamespace()
    load_script(ROOT / "book" / "_ext" / "execution.py").key_cache(SimpleNamespace(outdir="out", confdir=ROOT), config)
    assert os.environ["GANLAB_DATA"] == relative_data


def run_ci(folder, **tools):
    """Run .ci/run in folder/clone, where nothing but these programs of our own is found; what they said, by line."""
    clone, found = folder / "clone", folder / "tools"
    (clone / ".ci").mkdir(parents=True)
    found.mkdir()
    shutil.copy(ROOT / ".ci" / "run", clone / ".ci")
    (clone / "requirements.txt").touch()
    for tool in ("bash", "cat", "cut", "dirname", "id", "sha256sum"):
        (found / tool).symlink_to(shutil.which(tool))
    for tool, text in {"make": 'echo "$PWD|$*|$GANLAB_DATA|$VENV"', **tools}.items():
        (found / tool.replace("_", "-")).write_text(f"#!/bin/bash\n{text}\n")
        (found / tool.replace("_", "-")).chmod(0o755)
    outside = {"PATH": str(found), "HOME": str(folder)}
    done = subprocess.run(["bash", clone / ".ci" / "run"], env=outside, cwd="/", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_ci_finds_the_data_beside_the_clone_and_keeps_the_environment_outside(tmp_path, name):
    (tmp_path / name / "shared" / "data" / "MNIST").mkdir(parents=True)
    there = dict.fromkeys(("dpkg", "python3", "chromium", "chromium_headless_shell"), "true")
    (said,) = run_ci(tmp_path / name, **there)  # nothing is to be installed
    place, target, data, venv = said.split("|")
    assert (place, target, data) == (str(tmp_path / name / "clone"), "test", str(tmp_path / name / "shared" / "data"))
    assert Path(venv).parent == tmp_path / name / ".cache" / "ganlab-ci"


@pytest.mark.parametrize(("user", "asked"), [(0, ""), (1000, "sudo ")])
def test_ci_installs_what_is_missing(tmp_path, user, asked):
    *installed, _ = run_ci(
        tmp_path,
        id=f"echo {user}",
        dpkg='[ "$2" = make ]',
        python3="false",
        apt_get='echo "$SUDO""apt-get $1 ${*: -2}"',
        sudo='SUDO="sudo " exec "$@"',
    )
    assert installed[0].startswith(f"{asked}apt-get update")
    assert installed[1:] == [
        f"{asked}apt-get install chromium python3-venv",
        f"{asked}apt-get install --no-install-recommends chromium-headless-shell",
    ]


def readme_packages():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return {package for line in re.findall(r"apt install ([-\w ]+?)(?:  #|$)", text, re.M) for package in line.split()}


def test_readme_names_the_packages_that_ci_installs(tmp_path):
    every = 'shift; for word in "$@"; do case $word in -*) ;; *) echo "$word" ;; esac; done'
    installed = run_ci(tmp_path, id="echo 0", dpkg="false", python3="false", apt_get=every)[:-1]
    assert set(installed) - {"chromium-headless-shell"} == readme_packages() - {"git"}


@pytest.mark.parametrize("given", ["my chromium", "./my chromium", "~/my chromium", "{}/my chromium"])
def test_browser_is_a_path_from_anywhere_or_the_name_of_a_program(tmp_path, monkeypatch, given):
    (tmp_path / "my chromium").touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CHROMIUM", given.format(tmp_path))
    assert load_script(ROOT / "tests" / "conftest.py").chromium_path() == f"{tmp_path}/my chromium"


def test_browser_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/no/such browser")
    with pytest.raises(AssertionError, match=r"no Chromium \(CHROMIUM='/no/such browser'\): install"):
        load_script(ROOT / "tests" / "conftest.py").chromium_path()


# The environment.


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """The script, a checkout with pins, and the commands that it would run."""
    module, commands = load_script(ROOT / "scripts" / "environment.py"), []
    root = tmp_path / "a checkout"
    root.mkdir()
    for name in module.SOURCES:
        (root / name).write_text("pins")

    def run(command, **_):
        commands.append([str(part) for part in command])
        (tmp_path / "env").mkdir(exist_ok=True)

    monkeypatch.setattr(module.subprocess, "run", run)
    set_up, key = (lambda: module.set_up(tmp_path / "env", root)), module.key(root)
    return SimpleNamespace(root=root, commands=commands, set_up=set_up, key=key)


def test_environment_is_made_once(environment):
    environment.set_up()
    environment.set_up()
    assert [command[2] for command in environment.commands] == ["venv", "pip"]


@pytest.mark.parametrize("source", ["requirements.txt", "pyproject.toml"])
def test_environment_is_brought_up_to_date_when_the_pins_change(environment, source):
    environment.set_up()
    (environment.root / source).write_text("other pins")
    environment.set_up()
    assert len(environment.commands) == 4


def test_environment_whose_making_was_interrupted_is_made_again(environment, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", interrupt)
        with pytest.raises(KeyboardInterrupt):
            environment.set_up()
    environment.set_up()
    assert len(environment.commands) == 2


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_python_for_which_there_are_no_pins_is_told_before_anything_is_made(environment, monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(SystemExit, match=rf"needs Python 3.11 to 3.13, got 3.{version[1]}: .*PYTHON=python3.12"):
        environment.set_up()
    assert not environment.commands


def test_second_make_waits_and_then_has_nothing_to_do(environment, tmp_path):
    (tmp_path / "env").mkdir()
    with open(tmp_path / "env" / ".lock", "w") as file, ThreadPoolExecutor() as pool:
        fcntl.flock(file, fcntl.LOCK_EX)
        second = pool.submit(environment.set_up)
        with pytest.raises(TimeoutError):
            second.result(0.2)
        assert not environment.commands
        (tmp_path / "env" / "made-from").write_text(environment.key, encoding="utf-8")
        fcntl.flock(file, fcntl.LOCK_UN)
        second.result(60)
    assert not environment.commands
