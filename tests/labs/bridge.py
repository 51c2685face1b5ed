"""Ask the shipped bundle of the labs, in Node."""

import atexit
import contextlib
import functools
import json
import shutil
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

ROOT = Path(__file__).parents[2]
BUNDLE, BRIDGE = ROOT / "src/ganlab/static/labs.js", ROOT / "tests/labs/bridge.mjs"


@functools.cache
def server():
    """One Node for all that this process asks: to start it and to unpack the files takes longer than most answers."""
    node = Popen(["node", str(BRIDGE), str(BUNDLE)], stdin=PIPE, stdout=PIPE)
    atexit.register(stop, node)
    return node


def stop(node):
    """Node ends where its input does; a pipe left open would be a warning, and warnings are errors."""
    with contextlib.suppress(BrokenPipeError):  # a Node that has ended took less than was written
        node.stdin.close()
    node.wait()
    node.stdout.close()


def exchanged(node, request):
    """The line that Node writes for a line; an empty one if it has ended."""
    with contextlib.suppress(BrokenPipeError):
        node.stdin.write(request.encode() + b"\n")
        node.stdin.flush()
    return node.stdout.readline()


def ask_node(command, cases=()):
    """What bridge.mjs answers, with the shipped bundle, not a copy of its source."""
    if not shutil.which("node"):
        pytest.skip("node is not installed: the labs' engine runs in JavaScript")
    node = server()
    line = exchanged(node, json.dumps({"command": command, "cases": list(cases)}))
    if not line.endswith(b"\n"):
        server.cache_clear()  # whoever asks next gets another one
        raise AssertionError(f"{command}: Node ended with {node.wait()} before it answered; why stands on stderr")
    answer = json.loads(line)
    assert "failed" not in answer, answer["failed"]
    return answer["found"]


def in_engine(layers):
    """Weights and biases as the digit lab has them, as views: (inputs, outputs), and maps with their channels last."""
    for below, layer, above in zip([None, *layers], layers, [*layers[1:], None], strict=False):
        if hasattr(layer, "in_features"):
            channels_in, channels_out = getattr(below, "out_channels", 1), getattr(above, "in_channels", 1)
            weight = layer.weight.view(channels_out, -1, channels_in, layer.in_features // channels_in)
            yield from (weight.permute(3, 2, 1, 0), layer.bias.view(channels_out, -1).T)
        else:
            yield from (layer.weight.permute(2, 3, 1, 0), layer.bias)
