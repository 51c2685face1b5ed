"""Bibliography labels that read like the citations in the text: "Goodfellow et al., 2014".

pybtex's own `alpha` labels ("GPAM+14") would make the reader match two spellings of one name. Two entries that would
share a label get a letter after the year.
"""

from pybtex.database import Entry
from pybtex.plugin import find_plugin, register_plugin
from pybtex.style.formatting.unsrt import Style as Unsorted
from pybtex.style.labels.alpha import LabelStyle as Alpha
from sphinx.application import Sphinx


class AuthorYearLabels(Alpha):
    """Last names of the authors and the year; `Alpha` adds the letters."""

    def format_label(self, entry: Entry) -> str:
        """Label of one entry, without a letter."""
        names = [" ".join([*author.prelast_names, *author.last_names]) for author in entry.persons["author"]]
        who = " and ".join(names) if len(names) < 3 else f"{names[0]} et al."
        return f"{who}, {entry.fields['year']}"


class AuthorYearStyle(Unsorted):
    """Entries sorted by author and year, under author-year labels."""

    default_sorting_style = "author_year_title"
    default_label_style = AuthorYearLabels


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the style known as `author_year`, for `bibtex_default_style` and the `:style:` option."""
    register_plugin("pybtex.style.formatting", "author_year", AuthorYearStyle)
    # Each citation looks for this one, among all packages that are installed; what is registered is found at once.
    register_plugin("pybtex.backends", "plaintext", find_plugin("pybtex.backends", "plaintext"), force=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
