"""What some tests need that not every machine has."""

import os
import shutil

import pytest

needs_mnist = pytest.mark.skipif("GANLAB_DATA" not in os.environ, reason="real MNIST is not here: set GANLAB_DATA")
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed: labs run in JavaScript")
