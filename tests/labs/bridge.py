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


def in_engine(layers):
    """Weights and biases as the digit lab has them, as views: (inputs, outputs), and maps with their channels last."""
    for below, layer, above in zip([None, *layers], layers, [*layers[1:], None], strict=False):
        if hasattr(layer, "in_features"):
            channels_in, channels_out = getattr(below, "out_channels", 1), getattr(above, "in_channels", 1)
            weight = layer.weight.view(channels_out, -1, channels_in, layer.in_features // channels_in)
            yield from (weight.permute(3, 2, 1, 0), layer.bias.view(channels_out, -1).T)
        else:
            yield from (layer.weight.permute(2, 3, 1, 0), layer.bias)
