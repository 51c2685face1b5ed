"""For all of pytest, nbval's notebooks included: paths in environment variables hold in every folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "book" / "_ext"))

from reader_paths import make_absolute

make_absolute()
