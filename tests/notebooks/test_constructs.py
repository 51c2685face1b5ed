"""One test for each construct of a page: what becomes of it in the notebook."""

import re

import pytest

BOOK = "https://book.example"


@pytest.fixture(scope="module")
def text(project):
    return project.markdown("01-text")


@pytest.fixture(scope="module")
def boxes(project):
    return project.markdown("02-boxes")


@pytest.fixture(scope="module")
def math(project):
    return project.markdown("03-math")


@pytest.fixture(scope="module")
def figures(project):
    return project.markdown("04-figures")


@pytest.fixture(scope="module")
def exercises(project):
    return project.markdown("06-exercises")


def test_only_pages_with_code_become_notebooks(project):
    names = [path.stem for path in sorted(project.notebooks.iterdir())]
    assert names == ["01-text", "02-boxes", "03-math", "04-figures", "05-cells", "06-exercises"]


def test_first_cell_opens_colab_and_links_the_page(project):
    head = project.read("02-boxes").cells[0].source
    assert "](https://colab.research.google.com/github/owner/book/blob/main/notebooks/02-boxes.ipynb)" in head
    assert f"[Boxes]({BOOK}/chapters/02-boxes.html)" in head


def test_second_cell_installs_the_package_and_its_dependencies(project):
    source = project.read("02-boxes").cells[1].source
    assert source.startswith("# @title Set-up: install what is missing\n")
    assert '    "torch": "torch>=2.5",\n    "sklearn": "scikit-learn>=1.3",\n}' in source
    assert '%pip install -q {flags} "ganlab @ git+https://github.com/owner/book@main"' in source


def test_heading_keeps_the_number_of_the_book_and_starts_a_cell(project):
    sources = [cell.source for cell in project.read("03-math").cells]
    assert any(source.startswith("# 3. Formulas") for source in sources)
    assert any(source.startswith("## 3.1. The value") for source in sources)


def test_characters_of_markup_stay_characters(text):
    assert r"Cost is \$5 for 2 \* 3, and noise\_dim \< x\_1 | \[not a link\]." in text
    assert r"\# not a heading" in text


def test_reference_to_another_page_links_the_rendered_book(text):
    assert f"[the next page]({BOOK}/chapters/02-boxes.html)" in text


def test_reference_to_a_section_shows_its_title_or_the_text_of_the_author(text):
    assert f"[Closing words]({BOOK}/plain.html#closing), [the end]({BOOK}/plain.html#closing)" in text


def test_mention_of_a_chapter_links_the_page_or_the_place_of_the_label(text):
    math = f"{BOOK}/chapters/03-math.html"
    assert f"[Chapter 3]({math}) types formulas, and [chapter 3]({math}#equation-eq-value) numbers them" in text


def test_mention_of_a_planned_chapter_says_that_it_is_to_come(text):
    assert "; chapter 14<sup>(to come)</sup> comes later." in text


def test_mention_of_several_chapters_links_each(text):
    links = f"[2]({BOOK}/chapters/02-boxes.html), [4]({BOOK}/chapters/04-figures.html#fig-networks)"
    assert f"see chapters {links} and 14<sup>(to come)</sup>." in text


def test_citation_is_readable_and_links_the_bibliography(text):
    assert re.search(rf"Goodfellow and Bengio \\\[\[2014\]\({BOOK}/plain\.html#\w+\)\\\]", text)


def test_glossary_term_links_the_glossary(text):
    assert f"[latent vector]({BOOK}/plain.html#term-latent-vector)" in text


def test_footnote_keeps_mark_and_note(text):
    assert "first.<sup>1</sup>" in text
    assert "<sup>1</sup> Every sample needs *its own* noise." in text


def test_nested_list_is_indented(text):
    assert "- one\n- two\n  - inner `a|b`\n" in text


def test_numbered_list_keeps_its_start_and_its_paragraphs(text):
    assert "3. third\n\n   with more\n\n4. fourth" in text


def test_definition_list_becomes_bullets_with_bold_terms(text):
    assert "- **Generator**: makes samples\n- **Discriminator**: tells them apart" in text


def test_table_keeps_caption_alignment_and_bars(text):
    assert "**Table 1.1.** Two players\n\n| player | sees |\n| :---: | ---: |\n| D \\| critic | both |" in text
    assert f"[Table 1.1]({BOOK}/chapters/01-text.html#tab-players)" in text


def test_bars_inside_a_table_do_not_split_its_cells(text):
    assert r"| $\Vert w\Vert  = \vert w\vert $ | `a\|b` |" in text


def test_code_block_keeps_language_and_caption(text):
    assert "**Listing 1.1.** Build it\n\n```bash\nmake book\n```" in text


def test_quote_and_inline_html_pass(text):
    assert "> A quote." in text
    assert "Press <kbd>Space</kbd><br />now. H<sub>2</sub>O." in text


def test_lab_of_the_page_becomes_a_link_to_it(text):
    assert f"**Live demo:** [open it on the page of the book]({BOOK}/chapters/01-text.html#demo)." in text
    assert "<marco-polo" not in text


def test_task_list_keeps_its_boxes(text):
    assert "- [x] done\n- [ ] to do" in text


def test_comment_of_the_author_is_left_out(text):
    assert "a note for authors" not in text


def test_admonition_becomes_a_quote_with_bold_title(boxes):
    assert "> **Predict the mean**\n>\n> Where does $\\mu$ go?\n>\n> $$ x = p_{\\text{data}} $$" in boxes
    assert "> **Warning**\n>\n> No notebook is edited by hand." in boxes


def test_prediction_is_a_quoted_question_with_its_answer_folded_below(boxes):
    question = "> **Predict \\*before\\*** (choose one)\n>\n> Where does $\\mu$ stay?"
    options = "> - **A** at $p_{\\text{data}}$\n> - **B** at **3**"
    answer = "<details>\n<summary><b>Answer</b></summary>\n\nIt stays at *3*.\n\n```python\nmu = 3\n```\n\n</details>"
    assert f"{question}\n>\n{options}\n\n{answer}" in boxes


def test_answer_of_a_curve_begins_with_its_numbers(boxes):
    assert "</summary>\n\n| step | modes |\n| --- | --- |\n| 1 | 8 |\n| 2 | 4 |\n| 3 | 1.5 |\n\nFew." in boxes


def test_place_of_an_experiment_asks_to_compare(boxes):
    assert "> **Compare with your prediction**\n>\n> It stayed at $\\mu = 3$." in boxes


def test_folded_answer_stays_folded(boxes):
    assert "<details>\n<summary><b>The answer</b></summary>\n\nIt goes to **3**.\n\n</details>" in boxes
    assert "<summary><b>Why so?</b></summary>\n\nBecause the game is zero-sum." in boxes


def test_title_of_a_folded_passage_keeps_formula_and_code_as_html(boxes):
    assert r"<b>Is $p_{\text{data}} < 1$ for <em>every</em> <code>x</code>?</b>" in boxes


def test_tabs_become_bold_labels(boxes):
    assert "**PyTorch**\n\nUse `backward`.\n\n**NumPy**\n\nDo it by hand." in boxes


def test_cards_become_quotes_with_bold_titles(boxes):
    assert "> **Generator**\n>\n> Makes samples.\n\n> **Discriminator**\n>\n> Judges them." in boxes


def test_theorem_keeps_number_and_title_and_is_referred_to(boxes):
    assert "> **Theorem 2.1 (Optimal discriminator)**\n>\n> $D^*$ is a ratio.\n\n> Proof. Set" in boxes
    assert f"By [Theorem 2.1]({BOOK}/chapters/02-boxes.html#thm-optimal)" in boxes


def test_margin_note_becomes_a_quote(boxes):
    assert "> **Aside**\n>\n> In the margin." in boxes


def test_passage_for_one_edition_stays_out_of_the_other(project, boxes):
    page = (project.html / "chapters/02-boxes.html").read_text(encoding="utf-8")
    assert "Only the notebook says this." in boxes
    assert "Only the page says this." not in boxes
    assert "Only the notebook says this." not in page
    assert "Only the page says this." in page


def test_equation_keeps_its_number_and_macros_are_expanded(math):
    value = r"V &= \mathbb{E}_x[\log D(x)] \\ & < \lVert w \rVert"
    assert rf"$$ \begin{{aligned}} {value} \end{{aligned}} \tag{{3.1}} $$" in math
    assert r"$\mathbb{E}_{z}$ and $x^{p_{\text{data}}}$" in math


def test_reference_to_an_equation_shows_its_number(math):
    assert f"Equation [(3.1)]({BOOK}/chapters/03-math.html#equation-eq-value) uses" in math


def test_display_in_a_list_stays_on_one_line(math):
    assert "- In a list:\n\n  $$ a = b $$" in math


def test_amsmath_environment_becomes_one_that_every_renderer_knows(math):
    assert r"$$ \begin{aligned} c &= d \\ e &= f \end{aligned} $$" in math


def test_figure_keeps_alt_text_number_and_caption(figures):
    alt = "Two boxes, a generator and a discriminator, joined by an arrow."
    assert f"![{alt}]({BOOK}/_images/two-networks.svg)\n\n**Figure 4.1.** The two *networks*." in figures


def test_reference_to_a_figure_shows_its_number(figures):
    assert f"[Figure 4.2]({BOOK}/chapters/04-figures.html#fig-line) what [Figure 4.1]" in figures


def test_figure_drawn_by_code_has_caption_and_description_below_its_cell(project):
    code, below = project.read("04-figures").cells[3:5]
    assert code.source.endswith('HTML("<b>drawn</b>")')
    assert below.source.startswith("**Figure 4.2.** A line for $p_{\\text{data}}$.\n\n<details>")
    assert "One line that rises from left to right." in below.source


def test_hidden_input_becomes_a_form_with_the_code_verbatim_below_its_title(project):
    cell = project.code("04-figures")[1]
    title, *code = cell.source.split("\n")
    assert title == "# @title Code for Figure 4.2"
    assert code == ["from IPython.display import HTML", 'HTML("<b>drawn</b>")']
    assert cell.metadata["cellView"] == "form"
    assert cell.metadata["jupyter"] == {"source_hidden": True}


def test_cell_magic_stays_first(project):
    assert project.code("05-cells")[-1].source == "%%time\nscale"


def test_code_is_verbatim_and_tags_are_kept(project):
    checked = project.code("05-cells")[1]
    assert checked.source == 'print("loss", 1.3863, flush=True)\n2 + 2'
    assert checked.metadata["tags"] == ["nbval-check-output"]


def test_only_checked_cells_store_outputs_and_count_as_run(project):
    counts = [(cell.execution_count, len(cell.outputs)) for cell in project.code("05-cells")]
    assert counts == [(None, 0), (2, 2), (None, 0), (None, 0), (None, 0), (None, 0)]
    stream, value = project.code("05-cells")[1].outputs
    assert (stream.text, value.data["text/plain"], value.execution_count) == ("loss 1.3863\n", "4", 2)


def test_code_unseen_in_the_book_stays_in_the_notebook(project):
    assert "# @title Code\n# unseen setup\nscale = 3" in [cell.source for cell in project.code("05-cells")]


def test_book_only_cell_is_left_out_and_notebook_only_cell_kept_in_place(project):
    sources = [cell.source for cell in project.read("05-cells").cells]
    assert not any("book only" in source for source in sources)
    position = sources.index('raise SystemError("only a notebook runs this")')
    assert sources[position - 1] == "Between."


def test_notebook_only_cell_loses_the_tag_that_keeps_it_from_running(project):
    (cell,) = [cell for cell in project.code("05-cells") if "only a notebook" in cell.source]
    assert cell.metadata["tags"] == ["notebook-only"]


def test_notebook_only_cell_is_neither_run_nor_shown_in_the_book(project):
    page = (project.html / "chapters/05-cells.html").read_text(encoding="utf-8")
    assert "SystemError" not in page
    assert "book only" in page


def test_exercise_keeps_number_title_and_its_cells(project):
    sources = [cell.source for cell in project.read("06-exercises").cells]
    position = sources.index("def d_loss(): ...")
    assert sources[position - 1].endswith("> **Exercise 6.1 (Write the *loss*)**\n>\n> Fill in `d_loss`.")
    assert sources[position + 1].startswith("> Then run it.")


def test_exercise_cell_keeps_its_id(project):
    assert project.code("06-exercises")[1].metadata["exercise"] == "d_loss"


def test_solution_is_left_out_with_a_link_to_the_page(project, exercises):
    everything = (project.notebooks / "06-exercises.ipynb").read_text(encoding="utf-8")
    assert "SECRET" not in everything
    assert "secret" not in everything
    assert f"*Solution:* [folded on the page of the book]({BOOK}/chapters/06-exercises.html#sol-loss)." in exercises
    assert f"({BOOK}/chapters/06-exercises.html#sol-words)." in exercises


def test_reference_to_an_exercise_shows_its_number(exercises):
    assert f"See [Exercise 6.1]({BOOK}/chapters/06-exercises.html#ex-loss)." in exercises


def test_every_link_and_picture_of_the_notebooks_exists_in_the_rendered_book(project, dead_addresses):
    assert dead_addresses(project.notebooks, project.html, BOOK) == []
