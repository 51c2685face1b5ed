"""The name of the processor, for the record of whatever is measured."""

import platform
from pathlib import Path


def processor(cpu_info: Path = Path("/proc/cpuinfo")) -> str:
    """Return the model that Linux names, or what Python knows."""
    lines = cpu_info.read_text().splitlines() if cpu_info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
