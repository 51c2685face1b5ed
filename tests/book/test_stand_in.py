"""Captions name the stand-in digits where a page was built without MNIST, and only there."""

import pytest
from docutils import nodes
from docutils.utils import new_document
from stand_in import SENTENCE, add_sentence


def page(printed: str, uri: str = "jupyter_execute/figure.png") -> nodes.document:
    document = new_document("page")
    document += nodes.literal_block(printed, printed)
    document += nodes.figure("", nodes.image(uri=uri), nodes.caption("", "First 64, seed 0."))
    return document


@pytest.mark.parametrize("printed", ["digits-8x8 (offline) (1500, …)", "MNIST could not be downloaded (timeout)"])
def test_captions_say_so_on_a_page_with_the_stand_in(printed):
    document = page(printed)
    add_sentence(None, document)
    assert document.next_node(nodes.caption).astext() == "First 64, seed 0." + SENTENCE


def test_captions_stay_on_a_page_with_mnist():
    document = page("MNIST (60000, 1, 28, 28)")
    add_sentence(None, document)
    assert document.next_node(nodes.caption).astext() == "First 64, seed 0."


def test_captions_of_drawn_pictures_stay():
    document = page("digits-8x8 (offline)", uri="figures/gan-architecture.svg")
    add_sentence(None, document)
    assert document.next_node(nodes.caption).astext() == "First 64, seed 0."
