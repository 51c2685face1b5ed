"""Sphinx reads Jupyter Book's two files, `_config.yml` and `_toc.yml`; any key not named here is an error."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "book" / "_ext"))
# What reads notebooks would first compile a grammar of web addresses, for a second, and never use it.
sys.modules["rfc3987_syntax"] = None

from book_config import known, read, under_book, unknown_sphinx_names  # noqa: E402

config = read(ROOT / "_config.yml", sections=known)
html, repository, execute, sphinx = (config[name] for name in ("html", "repository", "execute", "sphinx"))

project = html_title = config["title"]
author, copyright = config["author"], config["copyright"]
exclude_patterns = ["_build", ".DS_Store", *config["exclude_patterns"]]
extensions = [
    "myst_nb",
    "sphinx_external_toc",
    "sphinx_book_theme",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinx_togglebutton",
    *sphinx["extra_extensions"],
    *sphinx["local_extensions"],
]
external_toc_path = str(ROOT / "_toc.yml")
external_toc_exclude_missing = config["only_build_toc_files"]
myst_enable_extensions = config["parse"]["myst_enable_extensions"]
bibtex_bibfiles = [under_book(path) for path in config["bibtex_bibfiles"]]

nb_execution_mode = execute["execute_notebooks"]
nb_execution_in_temp = execute["run_in_temp"]
nb_execution_timeout = execute["timeout"]
nb_execution_raise_on_error = execute["raise_on_error"]
nb_execution_show_tb = execute["show_tb"]
nb_output_stderr = execute["stderr_output"]

launch_buttons = config["launch_buttons"]
html_context = {"default_mode": "light", "book_url": html["baseurl"]}
html_theme = "sphinx_book_theme"
html_logo, html_favicon = under_book(config["logo"]), under_book(html["favicon"])
html_static_path = [under_book("_static")]
html_baseurl = ogp_site_url = html["baseurl"]
html_theme_options = {
    "repository_url": repository["url"],
    "repository_branch": repository["branch"],
    "path_to_docs": repository["path_to_book"],
    "use_repository_button": html["use_repository_button"],
    "use_issues_button": html["use_issues_button"],
    "home_page_in_toc": html["home_page_in_navbar"],
    "logo": {"text": config["title"]},
    "navbar_persistent": [],  # the sidebar has the one search box
    "use_download_button": False,  # ours offers the notebook, not the Markdown: see page_furniture
    "use_fullscreen_button": False,
}
version = release = re.search(r'__version__ = "(.+)"', (ROOT / "src" / "ganlab" / "__init__.py").read_text())[1]
globals().update(sphinx["config"])
templates_path = [under_book(path) for path in sphinx["config"]["templates_path"]]


def setup(app):
    app.connect("builder-inited", lambda app: unknown_sphinx_names(app, sphinx["config"]))
