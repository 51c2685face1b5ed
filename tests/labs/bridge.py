"""Ask the shipped bundle of the labs, in Node."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUNDLE, BRIDGE = ROOT / "src/ganlab/static/labs.js", ROOT / "tests/labs/bridge.mjs"


def ask_node(command, cases=()):
    """What bridge.mjs answers, with the shipped bundle, not a copy of its source."""
    if not shutil.which("node"):
        pytest.skip("node is not installed: the labs' engine runs in JavaScript")
    request = json.dumps({"bundle": str(BUNDLE), "cases": list(cases)})
    done = subprocess.run(["node", str(BRIDGE), command], input=request, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
