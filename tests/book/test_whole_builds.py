"""What a build leaves that did not end well, and what the next one makes of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

EXTENSIONS = Path(__file__).parents[2] / "book" / "_ext"


@pytest.fixture
def start(tmp_path):
    """A function that begins to build two pages of plain Sphinx."""
    (tmp_path / "conf.py").write_text("extensions = ['whole_builds']\nhtml_theme = 'basic'\n")
    (tmp_path / "index.rst").write_text("One\n===\n\nold words\n\n.. toctree::\n\n   two\n")
    (tmp_path / "two.rst").write_text("Two\n===\n")

    def begin():
        command = [sys.executable, "-m", "sphinx", "-W", "-d", tmp_path / "trees", tmp_path, tmp_path / "out" / "html"]
        environment = os.environ | {"PYTHONPATH": str(EXTENSIONS), "PYTHONUNBUFFERED": "1"}
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
        )

    return begin


@pytest.fixture
def build(start):
    """A function that builds them, and returns the exit status."""

    def run():
        process = start()
        process.communicate()
        return process.returncode

    return run


def written(tmp_path, name="index"):
    return (tmp_path / "out" / "html" / f"{name}.html").read_text()


def test_half_a_page_of_a_build_that_did_not_end_is_written_again(build, tmp_path):
    assert build() == 0
    whole = written(tmp_path)
    os.truncate(tmp_path / "out" / "html" / "index.html", 100)
    (tmp_path / "out" / ".html-unfinished").touch()
    assert build() == 0
    assert written(tmp_path) == whole
    assert not (tmp_path / "out" / ".html-unfinished").exists()


def test_build_that_went_wrong_leaves_the_mark_and_one_that_went_well_writes_nothing_twice(build, tmp_path):
    assert build() == 0
    before = (tmp_path / "out" / "html" / "two.html").stat().st_mtime_ns
    assert build() == 0
    assert (tmp_path / "out" / "html" / "two.html").stat().st_mtime_ns == before
    (tmp_path / "index.rst").write_text("One\n===\n\n:doc:`nowhere`\n\n.. toctree::\n\n   two\n")
    assert build() == 1
    assert (tmp_path / "out" / ".html-unfinished").exists()


def test_edit_is_shown_though_its_date_is_long_ago(build, tmp_path):
    assert build() == 0
    (tmp_path / "index.rst").write_text("One\n===\n\nnew words\n\n.. toctree::\n\n   two\n")
    os.utime(tmp_path / "index.rst", (1, 1))
    assert build() == 0
    assert "new words" in written(tmp_path)


def test_half_a_style_or_that_of_an_older_version_is_copied_again(build, tmp_path):
    style, copied = tmp_path / "style.css", tmp_path / "out" / "html" / "_static" / "style.css"
    style.write_text("p { color: black }")
    with open(tmp_path / "conf.py", "a") as conf:  # as extensions do; Sphinx warns where the copy is there and differs
        conf.write("from sphinx.util.fileutil import copy_asset_file as copy\n")
        conf.write(f"def finish(app, _): copy({str(style)!r}, app.outdir / '_static')\n")
        conf.write("def setup(app): app.connect('build-finished', finish)\n")
    assert build() == 0
    os.truncate(copied, 3)
    assert build() == 0
    assert copied.read_text() == "p { color: black }"
    style.write_text("p { color: blue }")
    assert build() == 0
    assert copied.read_text() == "p { color: blue }"
    assert (copied.parent / "basic.css").exists()


def test_build_waits_until_another_one_has_ended(start, tmp_path):
    (tmp_path / "out").mkdir()
    with FileLock(tmp_path / "out" / ".lock"):
        second = start()
        assert any("another build is writing into" in line for line in second.stdout)
        assert not (tmp_path / "out" / "html" / "index.html").exists()
    out, _ = second.communicate()
    assert second.returncode == 0, out
    assert "old words" in written(tmp_path)
