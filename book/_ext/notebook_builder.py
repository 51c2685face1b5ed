"""`make notebooks`: one plain notebook for each page of the book that has code, for Colab and JupyterLab.

A Sphinx builder. It works on the resolved document tree, so numbers, citations and links are those of the book.
The notebooks are written to the build folder first; only a run without problems changes `notebooks/`, or, with
`-D notebooks_check=1`, says what would change. Two builds give the same bytes.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Set
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import nbformat
from docutils import nodes
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook
from notebook_cells import BOOK_ONLY, NOTEBOOK_ONLY, Cell, attach_cells, has_code
from notebook_markdown import Block, Page, Translator, escape, link, merge
from notebook_math import book_macros
from notebook_setup import TITLE, Requirements, setup_source
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.errors import ConfigError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
IMAGES = ("image/svg+xml", "image/png", "image/gif", "image/jpeg")  # the order in which the HTML builder chooses


class NotebookBuilder(Builder):
    """Writes `notebooks/<page>.ipynb` for every page with code."""

    name = "notebooks"
    format = "ipynb"
    epilog = "The notebooks are up to date."
    # Pictures are linked, so Sphinx need not fetch or convert any.
    supported_remote_images = True
    supported_data_uri_images = True
    fignumbers: ClassVar[dict[str, dict[str, tuple[int, ...]]]] = {}

    def init(self) -> None:
        """Read addresses from the configuration; start from an empty build folder."""
        options = self.config.html_theme_options
        self.book = _address(self.config.html_baseurl, "html: baseurl").rstrip("/") + "/"
        self.repository = _address(options.get("repository_url"), "repository: url").rstrip("/")
        self.branch = options.get("repository_branch") or "main"
        self.requirements = Requirements.read(Path(self.confdir, "pyproject.toml"))
        self.failed = False
        self.problems: list[str] = []
        self.sources: dict[str, str] = {}
        for old in Path(self.outdir).glob("*.ipynb"):
            old.unlink()

    def get_outdated_docs(self) -> str:
        """Write all pages each time: numbers and links of one page depend on the others."""
        return "all pages with code"

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Return the address of a page of the rendered book."""
        return f"{self.book}{docname}.html"

    def get_relative_uri(self, from_: str, to: str, typ: str | None = None) -> str:
        """Return the same absolute address: a notebook does not lie beside the page."""
        return self.get_target_uri(to, typ)

    def prepare_writing(self, docnames: Set[str]) -> None:
        """Nothing to prepare."""

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Write the notebook of one page; pages without code have none."""
        if not has_code(self.env, docname):
            return
        self.problems += [f"{self._place(docname, line)}: {text}" for line, text in doctree["notebook_problems"]]
        self.fignumbers = self.env.toc_fignumbers.get(docname, {})
        blocks = list(Translator(self._page(docname)).blocks(doctree))
        slug = self._slug(docname)
        notebook = assemble(slug, [self._head(docname, slug), self._setup(docname, blocks), *blocks])
        Path(self.outdir, f"{slug}.ipynb").write_text(serialise(notebook), encoding="utf-8")

    def finish(self) -> None:
        """Publish the notebooks, or check that those published are the same."""
        published = Path(self.confdir, self.config.notebooks_dir)
        stale = list(differences(Path(self.outdir), published))
        if self.problems:
            self._fail("no notebook was changed:", *self.problems)
        elif not self.config.notebooks_check:
            publish(Path(self.outdir), published, stale)
        elif stale:
            self._fail(f"notebooks out of date: {', '.join(stale)}; run `make notebooks` and commit the result")

    def _fail(self, *messages: str) -> None:
        """Say what is wrong; `exit_status` then ends the build with a failure, without a traceback of Sphinx."""
        for message in messages:
            logger.error("%s", message)
        self.failed = True

    def _slug(self, docname: str) -> str:
        """Return the name of a notebook, which is that of the page without its folder."""
        slug = posixpath.basename(docname)
        if (other := self.sources.setdefault(slug, docname)) != docname:
            self.problems.append(f"{docname} and {other} would both become {slug}.ipynb; rename one page")
        return slug

    def _page(self, docname: str) -> Page:
        return Page(
            url=self.get_target_uri(docname),
            macros=book_macros(self.config),
            number=lambda node: self._number(docname, node),
            image_url=self._image_url,
            download_url=lambda node: f"{self.book}_downloads/{self.env.dlfiles[node['reftarget']][1]}",
            problem=lambda node, text: self.problems.append(f"{self._place(docname, _line(node))}: {text}"),
        )

    def _place(self, docname: str, line: int) -> str:
        return f"{os.path.relpath(self.env.doc2path(docname), self.confdir)}:{line}"

    def _number(self, docname: str, node: nodes.Element) -> str:
        """Return "Figure 1.2" for a figure, "1.2" for a section, "(1.2)" without brackets for an equation."""
        if isinstance(node, nodes.math_block):
            return get_node_equation_number(SimpleNamespace(builder=self), node) if node.get("label") else ""
        if isinstance(node, nodes.section):
            return self._section_number(docname, node)
        if "realtype" in node:
            return self._proof_number(node)
        kind = self.env.domains.standard_domain.get_enumerable_node_type(node)
        number = self.fignumbers.get(kind or "", {}).get(next(iter(node["ids"]), ""))
        return self.config.numfig_format[kind] % ".".join(map(str, number)) if number else ""

    def _section_number(self, docname: str, node: nodes.Element) -> str:
        numbers = self.env.toc_secnumbers.get(docname, {})
        anchor = "" if isinstance(node.parent, nodes.document) else f"#{node['ids'][0]}"
        number = numbers.get(anchor)
        return ".".join(map(str, number)) + self.config.html_secnumber_suffix.rstrip() if number else ""

    def _proof_number(self, node: nodes.Element) -> str:
        number = self.fignumbers.get(node["countertype"], {}).get(node["ids"][0], ()) if node["ids"] else ()
        return " ".join(filter(None, [node["realtype"].title(), ".".join(map(str, number))]))

    def _image_url(self, node: nodes.image) -> str | None:
        """Return where the HTML builder puts a picture; a remote one stays where it is."""
        candidates = node.get("candidates", {})
        if "?" in candidates:
            return None if node["uri"].startswith("data:") else node["uri"]
        path = next((candidates[kind] for kind in ("*", *IMAGES) if kind in candidates), node["uri"])
        return f"{self.book}_images/{self.env.images[path][1]}" if path in self.env.images else None

    def _head(self, docname: str, slug: str) -> str:
        """Return the first cell: the badge, and the way back to the page."""
        path = f"{self.repository.removeprefix('https://github.com/')}/blob/{self.branch}/{self.config.notebooks_dir}"
        badge = link(f"![Open in Colab]({BADGE})", f"https://colab.research.google.com/github/{path}/{slug}.ipynb")
        title = escape(self.env.titles[docname].astext())
        return f"{badge}\n\nThis notebook belongs to the page {link(title, self.get_target_uri(docname))} of the book."

    def _setup(self, docname: str, blocks: list[Block]) -> Cell:
        """Return the second cell, which installs what is missing; note what it could not."""
        needed, unknown = self.requirements.of_page(block.source for block in blocks if isinstance(block, Cell))
        for module in unknown:
            what = f"the notebook imports {module}, which its set-up cell does not install"
            self.problems.append(f"{self._import_place(docname, module)}: {what}; list it in pyproject.toml")
        return Cell(setup_source(needed, self.repository, self.branch), {"tags": ["hide-input"]}, title=TITLE)

    def _import_place(self, docname: str, module: str) -> str:
        lines = Path(self.env.doc2path(docname)).read_text(encoding="utf-8").splitlines()
        found = re.compile(rf"\s*(import|from)\s.*\b{module}\b")
        return self._place(docname, next((i for i, line in enumerate(lines, 1) if found.match(line)), 1))


def _address(value: str | None, key: str) -> str:
    if not value:
        raise ConfigError(f"the notebooks need an address; set `{key}` in _config.yml")
    return value


def _line(node: nodes.Node | None) -> int:
    """Return the line of a node, or of the next node around it that knows its line."""
    while node is not None and node.line is None:
        node = node.parent
    return node.line if node is not None else 0


def assemble(slug: str, blocks: Iterable[Block]) -> NotebookNode:
    """Return the notebook of a page: text between two code cells or headings is one cell."""
    first, *others = blocks
    position = count(1)
    cells = []
    for i, block in enumerate([first, *_by_heading(others)]):
        cell_id = f"{slug[:50]}-{i:03}"
        is_code = isinstance(block, Cell)
        cells.append(block.to_notebook(cell_id, next(position)) if is_code else new_markdown_cell(block, id=cell_id))
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": python, "language_info": {"name": "python"}})


def _by_heading(blocks: Iterable[Block]) -> list[Block]:
    """Join texts up to the next heading or code cell."""
    groups: list[list[Block]] = []
    for block in blocks:
        if not groups or (isinstance(block, str) and block.startswith("#")):
            groups.append([])
        groups[-1].append(block)
    return [block for group in groups for block in merge(group)]


def serialise(notebook: NotebookNode) -> str:
    """Return valid notebook JSON with sorted keys and a line's end at the end."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def differences(built: Path, published: Path) -> Iterator[str]:
    """Yield the names of notebooks that are missing, changed, or left from a page that is gone."""
    new, old = ({path.name: path.read_bytes() for path in folder.glob("*.ipynb")} for folder in (built, published))
    yield from sorted(name for name in new.keys() | old.keys() if new.get(name) != old.get(name))


def publish(built: Path, published: Path, names: Iterable[str]) -> None:
    """Bring the named notebooks up to date; each is replaced in one step."""
    published.mkdir(parents=True, exist_ok=True)
    for name in names:
        if (source := built / name).exists():
            part = published / f".{name}.part"
            part.write_bytes(source.read_bytes())
            part.replace(published / name)
        else:
            (published / name).unlink()


class DropOutputs(SphinxPostTransform):
    """Take cell outputs out of the tree of a notebook; captions of the figures they draw stay."""

    default_priority = 1  # before myst-nb chooses among the forms of an output
    builders = (NotebookBuilder.name,)

    def run(self, **kwargs: Any) -> None:
        """Keep of each output only the figure around it."""
        for output in list(self.document.findall(_is_element("cell_code_output"))):
            output.children = [child for child in output.children if isinstance(child, nodes.figure)]
            for bundle in list(output.findall(_is_element("mime_bundle"))):
                bundle.parent.remove(bundle)


class BookEdition(SphinxPostTransform):
    """Take out of the page what only a notebook can use."""

    default_priority = 2
    formats = ("html",)
    unwanted = NOTEBOOK_ONLY

    def run(self, **kwargs: Any) -> None:
        """Remove nodes and cells by their class; myst-nb turns a tag into the class `tag_…`."""
        marks = {self.unwanted, f"tag_{self.unwanted}"}
        for node in list(self.document.findall(nodes.Element)):
            if marks.intersection(node.get("classes", [])) and node.parent is not None:
                node.parent.remove(node)


class NotebookEdition(BookEdition):
    """Take out of the notebook what only the page can use."""

    formats = ()
    builders = (NotebookBuilder.name,)
    unwanted = BOOK_ONLY


def exit_status(app: Sphinx, error: Exception | None) -> None:
    """Make a build with problems, or with stale notebooks in check mode, exit with 1."""
    if getattr(app.builder, "failed", False):
        app.statuscode = 1


def _is_element(name: str) -> Any:
    return lambda node: isinstance(node, nodes.container) and node.get("nb_element") == name


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the builder, its two settings and what it needs at other stages of a build."""
    app.setup_extension("myst_nb")
    app.add_config_value("notebooks_dir", "notebooks", "")
    app.add_config_value("notebooks_check", False, "")
    app.add_builder(NotebookBuilder)
    app.add_post_transform(DropOutputs)
    app.add_post_transform(BookEdition)
    app.add_post_transform(NotebookEdition)
    app.connect("doctree-read", attach_cells)
    app.connect("build-finished", exit_status)
    # Raise env_version when `attach_cells` changes: pages read before are then read again.
    return {"env_version": 3, "parallel_read_safe": True, "parallel_write_safe": True}
