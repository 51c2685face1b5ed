"""Strict reader for Jupyter Book's `_config.yml`: a key nobody reads is an error, not a silent wish."""

from pathlib import Path
from typing import Any

import yaml
from sphinx.application import Sphinx
from sphinx.errors import ConfigError

# Every key conf.py reads. A section maps to its own keys; None marks a value that is passed on whole.
known: dict[str, set[str] | None] = {
    "title": None,
    "author": None,
    "copyright": None,
    "logo": None,
    "only_build_toc_files": None,
    "exclude_patterns": None,
    "bibtex_bibfiles": None,
    "repository": {"url", "branch", "path_to_book"},
    "launch_buttons": {"colab_url"},
    "html": {"favicon", "baseurl", "use_repository_button", "use_issues_button", "home_page_in_navbar"},
    "execute": {"execute_notebooks", "run_in_temp", "timeout", "raise_on_error", "show_tb", "stderr_output"},
    "parse": {"myst_enable_extensions"},
    "sphinx": {"extra_extensions", "local_extensions", "config"},
}


def read(path: Path, *, sections: dict[str, set[str] | None]) -> dict[str, Any]:
    """Return the parsed file; raise `ConfigError` for keys that are missing or that `sections` does not list."""
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    _same_keys(path, "", set(config), set(sections))
    for name, keys in sections.items():
        if keys is not None:
            _same_keys(path, f"{name}: ", set(config[name]), keys)
    return config


def _same_keys(path: Path, where: str, found: set[str], expected: set[str]) -> None:
    if unknown := sorted(found - expected):
        raise ConfigError(f"{path.name}: unknown key {where}{unknown[0]}; known are {', '.join(sorted(expected))}")
    if missing := sorted(expected - found):
        raise ConfigError(f"{path.name}: {where}{missing[0]} is missing; add it or take it out of book_config.known")


def under_book(path: str) -> str:
    """Turn a path relative to book/ (as Jupyter Book wants it) into one relative to conf.py (as Sphinx wants it)."""
    return f"book/{path}"


def unknown_sphinx_names(app: Sphinx, names: dict[str, Any]) -> None:
    """Raise `ConfigError` for a name below `sphinx: config:` that no loaded extension defines."""
    for name in names:
        if name not in app.config.values:
            raise ConfigError(f"_config.yml: sphinx: config: {name} is no setting of Sphinx or a loaded extension")
