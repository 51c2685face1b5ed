"""ganlab: the helper package of an executable book on generative adversarial networks.

Each module holds one concept and is named after it; a chapter shows a definition where it is first taught and
imports it afterwards. Importing the package draws nothing, seeds nothing, downloads nothing, and loads neither
matplotlib nor torchvision nor a widget library.
"""

from importlib import import_module
from typing import Any

__version__ = "1.0.0"

_MODULES = (
    "arguments", "averaging", "checks", "data", "derivations", "digits", "divergences", "dynamics", "ensembles",
    "exercises", "labs", "latent", "losses", "metrics", "networks", "penalties", "players", "plots", "quiz", "saving",
    "scaling", "seeds", "steps", "toys", "training",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a module on first use, so that `import ganlab` stays instant (PEP 562)."""
    if name == "check":
        return import_module("ganlab.checks").check
    if name in _MODULES:
        return import_module(f"ganlab.{name}")
    raise AttributeError(f"module 'ganlab' has no attribute {name!r}; its modules are {', '.join(_MODULES)}")


def __dir__() -> list[str]:
    """List the modules, loaded or not."""
    return sorted({*globals(), *_MODULES, "check"})
