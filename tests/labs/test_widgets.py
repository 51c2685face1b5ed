"""The Python classes: in step with the labs' own declarations, and showable without a kernel."""

import gc
import subprocess
import sys
import weakref

import numpy as np
import pytest
import traitlets

from ganlab import labs

QUESTION = "Is it?\n\n- [x] yes\n- [ ] no\n  : It is."
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
            whole = float(param["min"]).is_integer() and float(param["step"]).is_integer()
            assert isinstance(trait, traitlets.Int) == whole, key
        elif param["kind"] in ("levels", "select", "radio"):
            assert list(trait.values) == list(param.get("values") or param["options"]), key
        elif param["kind"] == "points":
            assert (param["reach"], param["most"]) == (labs.REACH, labs.MOST_POINTS), key


@pytest.mark.parametrize("tag", CLASSES)
def test_every_trait_has_words(tag):
    cls = CLASSES[tag]
    assert all(cls.class_traits()[name].help for name in cls.class_trait_names(param=True))
    assert all(name in cls.__doc__ for name in cls.class_trait_names(param=True))


@pytest.mark.parametrize("cls", [*CLASSES.values(), labs.Quiz])
def test_a_keyword_that_is_no_option_is_refused_with_the_options(cls):
    given = {"kind": "single", "source": QUESTION} if cls is labs.Quiz else {}
    with pytest.raises(TypeError, match=f"{cls.__name__} has no option 'lrd'; it has .*{cls._options()[0]}, .*"):
        cls(lrd=0.01, **given)


@pytest.mark.parametrize("cls", [*CLASSES.values(), labs.Quiz])
def test_an_attribute_that_is_no_option_is_refused_with_the_options(cls):
    lab = cls("single", QUESTION) if cls is labs.Quiz else cls()
    with pytest.raises(AttributeError, match=f"{cls.__name__} has no option 'lrd'; it has .*{cls._options()[0]}"):
        lab.lrd = 0.01


WRONG = [None, "toString", "__proto__", "", "ü" * 5000, float("nan"), float("inf"), -1e9, 1e9, 10**40, 0.123, True, [],
         [[1]], [["x", "y"]], [[9, 9]], [[0, 0]] * 301, {}, 1j, np.zeros(3), np.float64("nan"), object()]  # fmt: skip


@pytest.mark.parametrize("tag", CLASSES)
def test_a_wrong_value_is_refused_with_what_is_admitted_and_changes_nothing(tag):
    lab = CLASSES[tag]()
    before = lab._params()
    for key, trait in lab.traits(param=True).items():
        for value in WRONG:
            if trait.admits(value):  # 0.123 between two bounds, no points
                assert value == 0.123 or isinstance(value, bool | list)
                continue
            with pytest.raises(traitlets.TraitError) as error:
                setattr(lab, key, value)
            assert f"{CLASSES[tag].__name__}: {key} must be {trait.wanted}, got " in str(error.value)
            assert len(str(error.value)) < 500
    assert lab._params() == before


@pytest.mark.parametrize("cls", CLASSES.values())
def test_options_go_by_name_only(cls):
    with pytest.raises(TypeError, match="positional"):
        cls("ring")


def test_numbers_of_numpy_are_numbers():
    lab = labs.GanLab2D(r1=np.float32(0.5), k=np.int64(3), beta1=np.float32(0.5), seed=np.uint8(7))
    values = [lab.r1, lab.k, lab.beta1, lab.seed]
    assert [type(value) for value in values] == [float, int, float, int]
    assert values == [0.5, 3, 0.5, 7]


@pytest.mark.parametrize("n", [-1, 1.5, "3", None, True, 10_001, float("nan")])
def test_a_wrong_number_of_steps_is_refused(n):
    with pytest.raises(ValueError, match="whole number from 0 to 10000"):
        labs.MarcoPolo().step(n)


@pytest.mark.parametrize("seed", [-1, 1.5, "3", True, 2**32, float("nan")])
def test_a_wrong_seed_is_refused(seed):
    with pytest.raises(ValueError, match="seed must be a whole number from 0 to 4294967295"):
        labs.MarcoPolo().reset(seed)
    with pytest.raises(traitlets.TraitError, match="seed must be a whole number from 0 to 4294967295"):
        labs.MarcoPolo(seed=seed)


def closed(cls):
    lab = cls()
    lab.close()
    return weakref.ref(lab)


def test_a_closed_lab_is_forgotten():
    gone = {name: closed(cls) for name, cls in CLASSES.items()}
    gc.collect()  # takes a second: once for all labs
    assert [name for name, lab in gone.items() if lab() is not None] == []


def test_explorers_share_one_copy_of_the_weights():
    assert labs.DigitExplorer()._cargo is labs.DigitExplorer()._cargo


def test_mimebundle_has_the_element_and_the_widget():
    data, _ = labs.MarcoPolo(mu=2.0)._repr_mimebundle_()
    assert data["text/html"].startswith('<marco-polo mu="2.0" seed="0"><p>')
    assert data["text/html"].endswith("</p></marco-polo>")
    assert "application/vnd.jupyter.widget-view+json" in data


def test_commands_go_to_the_page(monkeypatch):
    sent = []
    lab = labs.MarcoPolo()
    monkeypatch.setattr(lab, "send", sent.append)
    lab.step(5)
    lab.reset()
    assert sent == [{"call": "step", "args": [5]}, {"call": "reset", "args": []}]


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


@pytest.mark.parametrize(("name", "given"), [("source", {"source": None}), ("keys", {"source": QUESTION, "keys": 5})])
def test_a_question_that_is_no_text_is_refused_by_name(name, given):
    with pytest.raises(TypeError, match=f"Quiz: {name} must be text, got"):
        labs.Quiz("single", **given)


def test_labs_alone_load_neither_markdown_nor_tex():
    code = "import sys; from ganlab import labs; labs.LossLab(); sys.exit('latex2mathml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_importing_ganlab_does_not_import_anywidget():
    code = "import sys, ganlab; sys.exit(any(m in sys.modules for m in ('anywidget', 'ipywidgets')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
