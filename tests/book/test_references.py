"""The bibliography, the glossary and the pages that point into them agree."""

import importlib
import re
from pathlib import Path

import pytest
from pybtex.database import parse_file

BOOK = Path(__file__).parents[2] / "book"
ENTRIES = dict(parse_file(BOOK / "references.bib").entries)
PAGES = sorted(path for path in BOOK.rglob("*.md") if "_build" not in path.parts)
ARXIV_ID = re.compile(r"\d{2}(0[1-9]|1[0-2])\.(\d{4}|\d{5})")  # since 2007; five digits since 2015


def role_targets(text, role):
    """Targets of every `{role}` in a page, without the shown text of `shown <target>`."""
    shown = re.findall(rf"\{{{role}\}}`([^`]+)`", text)
    return [re.sub(r"^.*<(.+)>$", r"\1", content, flags=re.DOTALL) for content in shown]


def cited_keys(text):
    return [key.strip() for keys in role_targets(text, r"cite(?::\w+)?") for key in keys.split(",")]


def glossary_terms(text):
    """Lines without indentation inside `{glossary}` blocks, options left out."""
    blocks = re.findall(r"```\{glossary\}\n(.*?)```", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line.strip() for line in lines if line.strip() and line[0] not in " :"]


TERMS = [term.lower() for term in glossary_terms((BOOK / "glossary.md").read_text(encoding="utf-8"))]


def test_readers_find_what_they_look_for():
    page = "{cite:p}`A2001, B2002` {cite}`C2003` {cite:t}`D2004` {term}`modes <mode>` {term}`logit`"
    assert cited_keys(page) == ["A2001", "B2002", "C2003", "D2004"]
    assert role_targets(page, "term") == ["mode", "logit"]
    block = "```{glossary}\n:sorted:\n\nbatch norm\nBN\n  A layer.\n\n  More.\n```\n"
    assert glossary_terms(block) == ["batch norm", "BN"]


def test_bibliography_and_glossary_are_not_empty():
    assert len(ENTRIES) > 60
    assert len(TERMS) > 40


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_cited_key_is_in_the_bibliography(page):
    unknown = set(cited_keys(page.read_text(encoding="utf-8"))) - set(ENTRIES)
    assert not unknown, f"not in references.bib: {sorted(unknown)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_term_is_defined(page):
    used = {term.lower() for term in role_targets(page.read_text(encoding="utf-8"), "term")}
    assert not used - set(TERMS), f"not in glossary.md: {sorted(used - set(TERMS))}"


def test_no_term_is_defined_twice():
    assert sorted(TERMS) == sorted(set(TERMS))


@pytest.mark.parametrize("key", ENTRIES)
def test_entry_says_who_what_when_and_where(key):
    fields = ENTRIES[key].fields
    assert ENTRIES[key].persons.get("author")
    assert fields.get("title")
    assert re.fullmatch(r"(19|20)\d{2}", fields.get("year", ""))
    assert any(name in fields for name in ("eprint", "doi", "url", "publisher"))


@pytest.mark.parametrize("key", ENTRIES)
def test_entry_names_each_author_in_full(key):
    for person in ENTRIES[key].persons["author"]:
        assert str(person).lower() != "others"
        assert person.last_names
        assert person.first_names, f"{person} has no first name"


@pytest.mark.parametrize("key", [key for key in ENTRIES if "eprint" in ENTRIES[key].fields])
def test_arxiv_id_is_well_formed_and_not_later_than_the_paper(key):
    fields = ENTRIES[key].fields
    assert fields.get("archiveprefix") == "arXiv"
    assert ARXIV_ID.fullmatch(fields["eprint"])
    # One paper (Huang2024) went to arXiv in the January after its conference.
    assert int("20" + fields["eprint"][:2]) <= int(fields["year"]) + 1


@pytest.mark.parametrize("field", ["eprint", "doi", "url", "title"])
def test_no_two_entries_share(field):
    values = [entry.fields[field].lower() for entry in ENTRIES.values() if field in entry.fields]
    assert sorted(values) == sorted(set(values))


@pytest.mark.parametrize("key", ENTRIES)
def test_doi_is_bare_and_url_is_secure(key):
    fields = ENTRIES[key].fields
    assert fields.get("doi", "10.0/x").startswith("10.")
    assert fields.get("url", "https://").startswith("https://")


@pytest.fixture
def labels(monkeypatch):
    monkeypatch.syspath_prepend(BOOK / "_ext")
    style = importlib.import_module("bibliography_labels").AuthorYearLabels()
    return lambda *keys: list(style.format_labels([ENTRIES[key] for key in keys]))


def test_label_reads_like_the_citation(labels):
    keys = ["Prince2023", "Arjovsky2017a", "Goodfellow2014", "Oord2016"]
    shown = ["Prince, 2023", "Arjovsky and Bottou, 2017", "Goodfellow et al., 2014", "van den Oord et al., 2016"]
    assert labels(*keys) == shown


def test_equal_labels_get_letters(labels):
    assert labels("Karras2020a", "Karras2020b") == ["Karras et al., 2020a", "Karras et al., 2020b"]
