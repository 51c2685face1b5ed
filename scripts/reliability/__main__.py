"""Try what can go wrong with a disk, a clock, a network or a path: `python scripts/reliability` (about five minutes).

A table of what must hold is printed, and whether it held. Small disks need root; past days need Debian's faketime;
read-only folders and cut networks need bubblewrap: where these are missing the line says so. `--only "disk full"` plays
the scenarios with these words in their names.
"""

import argparse
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import books  # noqa: F401
import courses  # noqa: F401
import data_sets  # noqa: F401
import environments  # noqa: F401
import machines  # noqa: F401
from scenarios import SCENARIOS, Scenario, Skipped


def played(place: Path, scenario: Scenario) -> str:
    """Play a scenario in a folder of its own, and return how it ended."""
    folder = Path(tempfile.mkdtemp(dir=place))
    try:
        scenario.play(folder)
    except Skipped as reason:
        return f"not tried: {reason}"
    except Exception:
        traceback.print_exc()
        return "NO"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return "yes"


def lines(place: Path, chosen: list[Scenario]) -> Iterator[tuple[str, bool]]:
    """Yield a line of the table for each scenario, and whether it is good."""
    for each in chosen:
        start = time.monotonic()
        held = played(place, each)
        yield f"| {each.what} | {each.must_hold} | {held} | {time.monotonic() - start:.0f} |", held != "NO"


def main() -> int:
    """Print the table, and return 1 if something did not hold."""
    parser = argparse.ArgumentParser("python scripts/reliability", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", default=[""], metavar="WORDS", help="some scenarios, by words of their names"
    )
    only = parser.parse_args().only
    good = True
    print("| Scenario | What must hold | Held? | Seconds |\n|---|---|---|---:|", flush=True)
    with tempfile.TemporaryDirectory(prefix="ganlab-reliability-") as place:
        for line, held in lines(Path(place), [each for each in SCENARIOS if any(words in each.what for words in only)]):
            print(line, flush=True)
            good &= held
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
