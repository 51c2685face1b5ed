"""The Python classes: in step with the labs' own declarations, and showable without a kernel."""

import subprocess
import sys

import pytest

from ganlab import labs

CLASSES = {cls().element().split()[0][1:]: cls for cls in labs.Lab.__subclasses__()}


def test_every_lab_has_a_class(node):
    trainable = {spec["tag"] for spec in node("specs")}
    assert set(CLASSES) == trainable


@pytest.mark.parametrize("tag", CLASSES)
def test_traits_are_the_lab_s_parameters_with_the_same_defaults(node, tag):
    (spec,) = (s for s in node("specs") if s["tag"] == tag)
    assert {k: p["default"] for k, p in spec["params"].items()} == CLASSES[tag]()._params()


@pytest.mark.parametrize("tag", CLASSES)
def test_traits_admit_what_the_lab_admits(node, tag):
    (spec,) = (s for s in node("specs") if s["tag"] == tag)
    for key, param in spec["params"].items():
        trait = CLASSES[tag]().traits()[key]
        if param["kind"] == "slider":
            assert (trait.min, trait.max) == (param["min"], param["max"]), key
        elif param["kind"] in ("levels", "select", "radio"):
            assert list(trait.values) == list(param.get("values") or param["options"]), key


@pytest.mark.parametrize("tag", CLASSES)
def test_every_trait_has_words(tag):
    cls = CLASSES[tag]
    assert all(cls.class_traits()[name].help for name in cls.class_trait_names(param=True))
    assert all(name in cls.__doc__ for name in cls.class_trait_names(param=True))


def test_mimebundle_has_the_element_and_the_widget():
    data, _ = labs.MarcoPolo(mu=2.0)._repr_mimebundle_()
    assert data["text/html"] == '<marco-polo mu="2.0" seed="0"></marco-polo>'
    assert "application/vnd.jupyter.widget-view+json" in data


def test_commands_go_to_the_page(monkeypatch):
    sent = []
    lab = labs.MarcoPolo()
    monkeypatch.setattr(lab, "send", sent.append)
    lab.step(5)
    lab.reset()
    assert sent == [{"call": "step", "args": [5]}, {"call": "reset", "args": []}]


QUESTION = "Is it?\n\n- [x] yes\n- [ ] no\n  : It is."


def test_a_question_has_the_element_and_the_widget_too():
    quiz = labs.Quiz("single", QUESTION)
    data, _ = quiz._repr_mimebundle_()
    assert data["text/html"] == quiz.element()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert quiz.state == {}


def test_a_question_sends_its_commands_to_the_page(monkeypatch):
    sent = []
    quiz = labs.Quiz("single", QUESTION)
    monkeypatch.setattr(quiz, "send", sent.append)
    quiz.check()
    quiz.reset()
    assert sent == [{"call": "check", "args": []}, {"call": "reset", "args": []}]


def test_a_wrong_question_is_refused_with_line_fault_and_cure():
    with pytest.raises(ValueError, match=r"quiz, line 4: why is it wrong\? Give the reason below it"):
        labs.Quiz("single", QUESTION.replace("\n  : It is.", ""))


def test_labs_alone_load_neither_markdown_nor_tex():
    code = "import sys; from ganlab import labs; labs.LossLab(); sys.exit('latex2mathml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_importing_ganlab_does_not_import_anywidget():
    code = "import sys, ganlab; sys.exit(any(m in sys.modules for m in ('anywidget', 'ipywidgets')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
