"""The committed bundles are what labs/ builds, and the TypeScript tests pass."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUNDLES = ["src/ganlab/static/labs.js", "book/_static/labs.js", "book/_static/check.js"]
MADE = [*BUNDLES, "src/ganlab/static/trials.js", "book/_static/trials.js"]


@pytest.fixture(scope="session")
def npm():
    """Run something in labs/, with its development dependencies in place."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed: the bundles cannot be rebuilt here")

    def run(*command, **more):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("npm_")} | more
        return subprocess.run(command, cwd=ROOT / "labs", env=environment, capture_output=True, text=True, check=False)

    if not all((ROOT / "labs/node_modules" / name).exists() for name in ("esbuild", "assemblyscript")):
        installed = run("npm", "ci")
        assert installed.returncode == 0, installed.stderr
    return run


def test_bundles_are_fresh(npm, tmp_path):
    built = npm("node", "build.mjs", f"--out={tmp_path}")
    assert built.returncode == 0, built.stderr
    for bundle in MADE:
        fresh = (tmp_path / bundle).read_bytes()
        assert fresh == (ROOT / bundle).read_bytes(), f"{bundle} is stale: run `npm run build` in labs/"


def test_typescript_compiles_and_its_tests_pass(npm):
    done = npm("npm", "test")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_typescript_tests_that_train_longer_pass_too(npm):
    done = npm("npm", "test", GANLAB_SLOW="1")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("bundle", BUNDLES)
def test_bundles_are_small_and_ask_for_nothing(bundle):
    import gzip

    text = (ROOT / bundle).read_text(encoding="utf-8")
    assert len(gzip.compress(text.encode())) < 140_000
    assert text.count("http") == text.count("http://www.w3.org/2000/svg")
    assert "Math.random" not in text


def test_lock_file_names_no_registry():
    assert '"resolved"' not in (ROOT / "labs/package-lock.json").read_text(encoding="utf-8")
