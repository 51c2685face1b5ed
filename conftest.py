"""For all of pytest, nbval's notebooks included: paths in environment variables hold in every folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "book" / "_ext"))

from reader_paths import make_absolute

# What reads notebooks would first compile a grammar of web addresses, for two seconds, and never use it (conf.py, too).
sys.modules["rfc3987_syntax"] = None
make_absolute()
