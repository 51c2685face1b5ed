"""The bridge to Node: tests call the shipped bundle, not a copy of its source."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "src/ganlab/static/labs.js"


@pytest.fixture(scope="session")
def node():
    """`node(command, cases)`: what tests/labs/bridge.mjs answers."""
    if not shutil.which("node"):
        pytest.skip("node is not installed: the labs' engine runs in JavaScript")

    def call(command, cases=()):
        request = json.dumps({"bundle": str(BUNDLE), "cases": list(cases)})
        bridge = Path(__file__).with_name("bridge.mjs")
        done = subprocess.run(
            ["node", str(bridge), command], input=request, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call
