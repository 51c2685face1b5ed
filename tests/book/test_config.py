"""`_config.yml` is read strictly, and a changed package or page runs again when it must, not more often."""

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import execution
import pytest
import yaml
from book_config import known, read, unknown_sphinx_names
from jupyter_cache import get_cache
from nbformat.v4 import new_code_cell, new_notebook, new_output
from sphinx.errors import ConfigError, ExtensionError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def config(tmp_path):
    """A function that writes the book's configuration with some sections replaced, and reads it."""
    content = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))

    def changed(**sections):
        path = tmp_path / "_config.yml"
        path.write_text(yaml.safe_dump(content | sections), encoding="utf-8")
        return read(path, sections=known)

    return changed


def test_the_book_s_own_configuration_is_read(config):
    assert config()["title"] == "Learn GANs by running them"


def test_an_unknown_key_is_an_error(config):
    with pytest.raises(ConfigError, match="unknown key subtitle; known are author"):
        config(subtitle="unread")


def test_an_unknown_key_in_a_section_is_an_error(config):
    with pytest.raises(ConfigError, match="unknown key repository: fork"):
        config(repository={"url": "", "branch": "", "path_to_book": "", "fork": "unread"})


def test_a_missing_key_is_an_error(config):
    with pytest.raises(ConfigError, match="html: baseurl is missing"):
        config(html=dict.fromkeys(known["html"] - {"baseurl"}, ""))


def test_a_sphinx_setting_that_does_not_exist_is_an_error():
    app = SimpleNamespace(config=SimpleNamespace(values={"numfig": None}))
    with pytest.raises(ConfigError, match="numfgi"):
        unknown_sphinx_names(app, {"numfig": True, "numfgi": True})


@pytest.fixture
def package(tmp_path):
    """A small package with pins."""
    (tmp_path / "src" / "ganlab").mkdir(parents=True)
    (tmp_path / "src" / "ganlab" / "losses.py").write_text("a = 1")
    (tmp_path / "requirements.txt").write_text("torch==2.5")
    return tmp_path


@pytest.mark.parametrize("name", ["src/ganlab/losses.py", "src/ganlab/static.js", "requirements.txt"])
def test_a_change_outside_the_pages_makes_a_new_cache(package, name):
    before = execution.fingerprint(package)
    (package / name).write_text("b = 2")
    assert execution.fingerprint(package) != before


def test_so_does_a_change_of_what_the_kernels_load(package, tmp_path, monkeypatch):
    monkeypatch.setattr(execution, "KERNEL", tmp_path)
    before = execution.fingerprint(package)
    (tmp_path / "dark_figures.py").write_text("a = 1")
    assert execution.fingerprint(package) != before


def test_compiled_files_do_not_matter(package):
    before = execution.fingerprint(package)
    (package / "src" / "ganlab" / "__pycache__").mkdir()
    (package / "src" / "ganlab" / "__pycache__" / "losses.pyc").write_bytes(b"1")
    assert execution.fingerprint(package) == before


@pytest.mark.parametrize("name", ["GANLAB_DATA", "GANLAB_SEED_OFFSET"])
def test_a_run_under_other_settings_never_fills_the_cache_of_the_book(package, monkeypatch, name):
    before = execution.fingerprint(package)
    monkeypatch.setitem(os.environ, name, "1")
    assert execution.fingerprint(package) != before


def page(source, output="", **metadata):
    cell = new_code_cell(source, metadata=metadata)
    cell.outputs = [new_output("stream", text=output)] if output else []
    meta = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}}
    return execution.Page("chapters/01-a", "01-a.md", new_notebook(cells=[cell], metadata=meta))


@pytest.fixture
def cache(tmp_path):
    """A cache that holds the outputs of one page."""
    cache, ran = get_cache(tmp_path), page("1 + 1", "2")
    execution._store(cache, ran, ran.notebook, 0.5)
    return cache


@pytest.mark.parametrize("spoil", [lambda path: os.truncate(path, 9), Path.unlink, lambda path: path.write_text("{}")])
def test_outputs_that_are_not_whole_are_forgotten_and_can_be_stored_anew(cache, tmp_path, spoil):
    (stored,) = tmp_path.glob("executed/*/base.ipynb")
    spoil(stored)
    assert not execution._stored(execution._intact_cache(tmp_path), page("1 + 1"))
    execution._store(cache, page("1 + 1"), page("1 + 1", "2").notebook, 0.5)
    assert execution._stored(execution._intact_cache(tmp_path), page("1 + 1"))


def test_cache_that_is_whole_is_kept(cache, tmp_path):
    assert execution._stored(execution._intact_cache(tmp_path), page("1 + 1"))


@pytest.mark.parametrize("name", ["global.db", "__version__.txt"])
def test_cache_that_is_none_is_made_anew(tmp_path, name):
    (tmp_path / name).write_text("spoilt")
    assert execution._intact_cache(tmp_path).list_cache_records() == []


def test_cache_whose_database_had_no_room_for_a_table_is_made_anew(tmp_path):
    (tmp_path / "global.db").touch()
    (tmp_path / "__version__.txt").write_text("1.0.1")
    assert execution._intact_cache(tmp_path).list_cache_records() == []


@pytest.mark.parametrize("name", ["a?b", "50%20off", "x?mode=ro", "it's #1 & (2) + %zz", "~ Übung 日本", "[x] *: \\"])
def test_cache_may_lie_in_any_folder(tmp_path, name):
    (tmp_path / name).mkdir()
    for _ in range(2):
        execution._intact_cache(tmp_path / name).list_cache_records()
    assert (tmp_path / name / "global.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(("length", "refused"), [(504, False), (505, True)])
def test_path_that_is_too_long_for_a_database_is_refused_before_anything_runs(tmp_path, length, refused):
    left = length - len(f"{tmp_path}//global.db")
    folder = tmp_path / "/".join(["é" * 50] * (left // 101) + ["x" * (left % 101)])
    folder.mkdir(parents=True)
    assert len(os.fsencode(folder / "global.db")) == length
    with pytest.raises(ExtensionError, match="505 bytes, and SQLite") if refused else nullcontext():
        execution._check_length(folder)
    with pytest.raises(Exception, match="unable to open") if refused else nullcontext():
        sqlite3.connect(folder / "global.db").execute("create table a (b)")


def test_full_disk_throws_nothing_away_and_is_told(cache, tmp_path, monkeypatch):
    def full(*_):
        raise RuntimeError("it may need to be cleared") from sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(execution, "get_cache", full)
        with pytest.raises(ExtensionError, match=r"cannot be used: database or disk is full\. Free space"):
            with execution._explained(tmp_path):
                execution._intact_cache(tmp_path)
        config = SimpleNamespace(nb_execution_cache_path=tmp_path)
        execution.forget_stand_in(SimpleNamespace(config=config), OSError("the first error"))
    assert execution._stored(execution._intact_cache(tmp_path), page("1 + 1"))


def test_worker_ends_with_the_build_that_was_killed():
    build = (
        "import os, time, execution; from concurrent.futures import ProcessPoolExecutor\n"
        "pool = ProcessPoolExecutor(1, initializer=execution._end_with, initargs=(os.getpid(),))\n"
        "print(pool.submit(os.getpid).result(), flush=True); pool.submit(time.sleep, 600); time.sleep(600)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "book" / "_ext")}
    with subprocess.Popen([sys.executable, "-c", build], stdout=subprocess.PIPE, text=True, env=environment) as killed:
        worker = int(killed.stdout.readline())
        killed.kill()
    for _ in range(600):
        if not Path(f"/proc/{worker}").exists():
            return
        time.sleep(0.1)
    pytest.fail(f"{worker} still runs")


def test_a_new_caption_keeps_the_outputs(cache):
    captioned = page("1 + 1", mystnb={"figure": {"caption": "new"}})
    assert execution._stored(cache, captioned)
    _, merged = cache.merge_match_into_notebook(captioned.notebook)
    assert merged.cells[0].outputs[0].text == "2"
    assert merged.cells[0].metadata["mystnb"]["figure"]["caption"] == "new"


@pytest.mark.parametrize("other", [page("1 + 2"), page("1 + 1", tags=["skip-execution"])])
def test_other_code_runs_again(cache, other):
    assert not execution._stored(cache, other)


@pytest.mark.parametrize("words", ["source: digits-8x8 (offline)", "UserWarning: MNIST could not be downloaded"])
def test_outputs_from_the_stand_in_digits_are_not_kept(cache, tmp_path, words):
    standing_in = page("mnist()", words)
    execution._store(cache, standing_in, standing_in.notebook, 0.5)
    execution.forget_stand_in(SimpleNamespace(config=SimpleNamespace(nb_execution_cache_path=tmp_path)), None)
    assert not execution._stored(cache, standing_in)
    assert execution._stored(cache, page("1 + 1"))


def test_a_progress_bar_leaves_nothing_in_the_page_and_a_line_is_printed_in_one_piece(monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "")  # so that it is restored
    del os.environ["TQDM_DISABLE"]
    code = (
        "import torch; from ganlab import data, digits\n"
        "images = torch.rand(99, 1, 28, 28) * 2 - 1\n"
        "digits.mnist = lambda device: data.Digits(images, None, 'noise')\n"
        "digits.train_digits(steps=2); print('do', end='', flush=True)\n"
        "import time; time.sleep(1); print('ne')"
    )
    ran = execution._execute(page(code).notebook, 60)
    assert not ran.error
    assert [output.get("text") for output in ran.notebook.cells[0].outputs] == ["done\n"]


@pytest.mark.parametrize("cut", range(1, 12))
def test_what_a_cell_prints_is_one_piece_wherever_the_kernel_cuts_it(cut):
    text, figure = "64 -> 1\n32\n", new_output("display_data", data={"text/plain": "a figure"})
    pieces = [new_output("stream", name="stdout", text=part) for part in (text[:cut], text[cut:])]
    warning = new_output("stream", name="stderr", text="careful\n")
    printed, *others = execution.joined([pieces[0], warning, figure, pieces[1]])
    assert printed.text == text
    assert others == [warning, figure]
