"""The errata: every entry says what is right and proves it in a short cell, and the tables at the top lead to it."""

import ast
import re
from pathlib import Path

import pytest

from ganlab.quiz.source import KEYS

TEXT = (Path(__file__).parents[2] / "book" / "errata.md").read_text(encoding="utf-8")
TABLES, *PARTS = re.split(r"^\((err-[\w-]+)\)=\n", TEXT, flags=re.M)
ENTRIES = dict(zip(PARTS[::2], PARTS[1::2], strict=True))
every_entry = pytest.mark.parametrize("label", ENTRIES)


def cells(label):
    entry = re.split(r"^## ", ENTRIES[label], flags=re.M)[0]  # the next theme is no part of it
    return re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", entry, re.M | re.S)


def asserts(source):
    tree = ast.walk(ast.parse(source))
    return any(isinstance(node, ast.Assert) or getattr(node, "attr", "") == "assert_close" for node in tree)


def test_every_error_of_the_notes_has_an_entry():
    assert {f"err-e{i}" for i in range(1, KEYS["E"] + 1)} <= ENTRIES.keys()


def test_the_tables_lead_to_every_entry_once():
    assert sorted(re.findall(r"\]\((err-[\w-]+)\)", TABLES)) == sorted(ENTRIES)


@every_entry
def test_an_entry_proves_in_one_short_cell_what_it_says(label):
    (proof,) = cells(label)
    assert len([line for line in proof.splitlines() if line.strip()]) <= 10
    assert asserts(proof)


@every_entry
def test_an_entry_explains_before_it_proves(label):
    heading, prose = ENTRIES[label].split("```{code-cell}")[0].split("\n", 1)
    assert heading.startswith("### ")
    assert len(prose.split()) >= 25


@every_entry
def test_a_line_of_a_proof_fits_the_column(label):
    assert [line for cell in cells(label) for line in cell.splitlines() if len(line) > 80] == []
