"""The folder for downloads: where each system has it, and what happens when nothing can be written there."""

import os
import sys

import platformdirs
import pytest

from ganlab import data
from ganlab.data import cache


@pytest.mark.parametrize(
    ("system", "place"),
    [("unix.Unix", ".cache/ganlab"), ("macos.MacOS", "Library/Caches/ganlab")],
)
def test_cache_lies_where_each_system_has_it(monkeypatch, tmp_path, system, place):
    module, name = system.split(".")
    platform = getattr(__import__(f"platformdirs.{module}", fromlist=[name]), name)
    monkeypatch.setattr(platformdirs, "PlatformDirs", platform)
    monkeypatch.delenv("GANLAB_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data.cache_dir() == tmp_path / place


def test_cache_lies_below_local_data_on_windows(monkeypatch, tmp_path):
    from platformdirs import windows

    monkeypatch.setattr(platformdirs, "PlatformDirs", windows.Windows)
    monkeypatch.setattr(windows, "get_win_folder", lambda _: str(tmp_path / "Local"))
    monkeypatch.delenv("GANLAB_CACHE")
    assert data.cache_dir() == tmp_path / "Local" / "ganlab" / "ganlab" / "Cache"


@pytest.mark.skipif(sys.platform != "linux", reason="a convention of Linux")
def test_cache_of_the_desktop_is_honoured(monkeypatch, tmp_path):
    monkeypatch.delenv("GANLAB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "my cache"))
    assert data.cache_dir() == tmp_path / "my cache" / "ganlab"


@pytest.mark.parametrize("given", ["~/my cache", "my cache"])
def test_variable_goes_before_the_system_and_may_be_relative(monkeypatch, tmp_path, given):
    monkeypatch.setenv("GANLAB_CACHE", given)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert data.cache_dir() == tmp_path / "my cache"


def test_unwritable_cache_is_replaced_for_the_session_and_said_once(tmp_path, online):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.warns(UserWarning, match="cannot be written.*set GANLAB_CACHE") as caught:
        assert data.mnist("train").source == "MNIST"
    assert len(caught) == 1
    assert caught[0].filename == __file__
    asked = online.requests
    assert data.mnist("test").source == "MNIST"
    assert online.requests == asked


def test_full_read_only_cache_is_read_without_a_warning(online, monkeypatch):
    data.mnist()
    monkeypatch.setattr(cache, "_cache_or_temporary", lambda folder: pytest.fail("tried to write"))
    assert data.mnist().source == "MNIST"


def test_read_only_folder_is_recognised(tmp_path, online):
    (tmp_path / "cache").mkdir(mode=0o500)
    if os.access(tmp_path / "cache", os.W_OK):
        pytest.skip("needs a user whom file permissions stop")
    with pytest.warns(UserWarning, match=r"cannot be written \(Permission denied\)"):
        assert data.mnist().source == "MNIST"


def test_replacement_goes_with_the_process(tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("a file where the folder should be")
    at_exit = []
    monkeypatch.setattr("atexit.register", lambda *call, **how: at_exit.append((call, how)))
    with pytest.warns(UserWarning, match="last only as long as this session"):
        folder = cache.writable_cache()
    assert folder.is_dir()
    [((remove, *what), how)] = at_exit
    remove(*what, **how)
    assert not folder.exists()
