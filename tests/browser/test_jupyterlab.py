"""The labs in a real JupyterLab with a live kernel: they show, both sides stay in sync, keys stay in the lab.

One server and one notebook serve most tests: its cell `ask` runs what a test wants to know from Python, its cell `show`
holds the lab. Nothing but the loopback address may be asked.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from lab_page import of_each_make
from nbformat.v4 import new_code_cell, new_notebook

from ganlab import labs

pytestmark = pytest.mark.skipif(
    not importlib.util.find_spec("jupyterlab"),
    reason="jupyterlab is missing: `pip install -r requirements.txt` brings it",
)
ROOT = Path(__file__).parents[2]
PATIENCE = 120_000  # ms; a busy machine may take minutes for what a quiet one does in a second
CLASSES = {cls().element().split()[0][1:]: cls.__name__ for cls in labs.Lab.__subclasses__()}
SERVER = """--no-browser --allow-root --ServerApp.ip=127.0.0.1 --ServerApp.port=0 --IdentityProvider.token=
--LabApp.expose_app_in_browser=True --LabApp.extension_manager=readonly --LabApp.news_url=None
--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"""
# However the process that started it comes to its end, its end of the pipe is then closed.
ENDS_WITH_ITS_PARENT = """
import os, signal, sys, threading
from jupyterlab.labapp import main

threading.Thread(target=lambda: sys.stdin.read() or os.kill(os.getpid(), signal.SIGTERM), daemon=True).start()
main()
"""
SWITCHED_OFF = {
    "@jupyterlab/apputils-extension:announcements": True,  # asks whether it may fetch news
    "@jupyterlab/apputils-extension:splash": True,  # sometimes takes its picture away twice, and throws
}
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"  # the one picture of a notebook that lies elsewhere
READY = """async () => {
  const { sessionContext } = jupyterapp.shell.currentWidget;
  await sessionContext.ready;
  await sessionContext.session.kernel.info;
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A JupyterLab of its own: address and folder of its notebooks."""
    home = tmp_path_factory.mktemp("jupyter")
    root, config = home / "notebooks", home / "CONFIG/labconfig"
    for folder in (root, config):
        folder.mkdir(parents=True)
    (config / "page_config.json").write_text(json.dumps({"disabledExtensions": SWITCHED_OFF}), encoding="utf-8")
    viewers = [sys.executable, "-m", "jupytext_config", "--settings-file", config / "default_setting_overrides.json"]
    subprocess.run([*viewers, "set-default-viewer", "markdown"], check=True)  # as `make edit` does
    own = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {f"JUPYTERLAB_{name}_DIR": str(home / name) for name in ("SETTINGS", "WORKSPACES")}
    own |= {"IPYTHONDIR": str(home / "ipython"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", ENDS_WITH_ITS_PARENT, *SERVER.split(), f"--ServerApp.root_dir={root}"]
    with open(home / "log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(command, env=os.environ | own, stdin=subprocess.PIPE, stdout=log, stderr=log)
    try:
        yield address(process, home / "RUNTIME", home / "log"), root
    finally:
        process.terminate()
        process.wait()
        process.stdin.close()


def address(process, runtime, log):
    """Wait for the file in which a running server tells its address."""
    file, deadline = runtime / f"jpserver-{process.pid}.json", time.monotonic() + PATIENCE / 1000
    while not file.exists():
        assert process.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        time.sleep(0.05)
    return json.loads(file.read_text(encoding="utf-8"))["url"]


@pytest.fixture(scope="module")
def open_notebook(chromium, server):
    """`open_notebook(name)`: the page with a notebook and its kernel; at the end, no error and no outside request."""
    home, _ = server
    context = chromium.new_context(viewport={"width": 1280, "height": 1400})
    context.set_default_timeout(PATIENCE)
    problems = []
    context.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    context.on("weberror", lambda e: problems.append(str(e.error)))
    context.route(lambda url: urlsplit(url).hostname not in ("127.0.0.1", None), lambda route: refuse(route, problems))
    context.route(BADGE, lambda route: route.fulfill(body="<svg xmlns='http://www.w3.org/2000/svg'/>"))

    def open_(name):
        page = context.new_page()
        page.goto(f"{home}lab/workspaces/{Path(name).stem}/tree/{name}")
        page.locator(".jp-Notebook").wait_for()
        page.evaluate(READY)
        return page

    yield open_
    context.close()
    assert problems == []


def refuse(route, problems):
    problems.append(f"outside request: {route.request.url}")
    route.abort()


class Live:
    """A notebook of two cells, and the two things a test does with them."""

    def __init__(self, page):
        self.page = page
        self.ask_cell, self.show_cell = (page.locator(".jp-CodeCell").nth(i) for i in (0, 1))
        self.run(self.ask_cell, "import json; from ganlab import labs")

    def run(self, cell, code):
        """Type code into a cell and run it; return what it printed."""
        prompt = cell.locator(".jp-InputArea-prompt")
        before = prompt.inner_text()
        editor = cell.locator(".cm-content")
        editor.fill(code)
        editor.press("Control+Enter")
        # A number appears when the kernel is done and all output has come.
        ran = "([node, before]) => /\\d/.test(node.innerText) && node.innerText !== before"
        self.page.wait_for_function(ran, arg=[prompt.element_handle(), before])
        return cell.locator(".jp-OutputArea-output").all_inner_texts()

    def show(self, code):
        """Show a new lab, which Python calls `lab`; return its element."""
        self.run(self.show_cell, f"lab = {code}; lab")
        element = self.show_cell.locator(".jp-OutputArea-output [data-lab-theme]")
        element.evaluate("e => e.ready")
        return element

    def tell(self, statement):
        assert self.run(self.ask_cell, statement) == []

    def ask(self, expression):
        (printed,) = self.run(self.ask_cell, f"print(json.dumps({expression}))")
        return json.loads(printed)

    def python_says(self, expression, wanted):
        """What the page sends is on its way to Python for a moment, so ask until it says so."""
        deadline = time.monotonic() + PATIENCE / 1000
        while (said := self.ask(expression)) != wanted and time.monotonic() < deadline:
            pass
        assert said == wanted

    def theme(self, element, theme):
        """Choose light or dark in JupyterLab's settings; the element must follow."""
        name = f"JupyterLab {theme.capitalize()}"
        self.page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", name)
        self.page_says(element, f"e.dataset.labTheme === '{theme}'")

    def page_says(self, element, expression):
        """Wait until it is true of the element `e`."""
        self.page.wait_for_function(f"e => {expression}", arg=element.element_handle())


@pytest.fixture(scope="module")
def live(server, open_notebook):
    notebook = new_notebook(cells=[new_code_cell(), new_code_cell()])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, server[1] / "live.ipynb")
    return Live(open_notebook("live.ipynb"))


QUESTION = r"""labs.Quiz("single", '''Is $x < \\log 2$ a formula?

- [ ] no, <b>raw</b> text
  : It has a relation, $<$.
- [x] yes
''')"""


@pytest.mark.parametrize("tag", of_each_make(CLASSES))
def test_each_class_shows_its_widget(live, tag):
    element = live.show(f"labs.{CLASSES[tag]}(seed=5)")
    assert element.evaluate("e => e.localName") == tag
    assert element.is_visible()
    assert element.evaluate("e => e.state.seed") == 5
    assert CLASSES[tag] not in "".join(live.show_cell.locator(".jp-OutputArea-output").all_inner_texts())
    output = live.show_cell.locator(".jp-OutputArea-output").bounding_box()
    assert element.bounding_box()["width"] > 0.95 * output["width"]


KEYS = [
    ("MarcoPolo", 'input[name="mu"]', "ArrowRight", "mu", 3.1),
    ("MarcoPolo", 'input[data-key="feedback"]:checked', "ArrowRight", "feedback", "learned"),
    ("LossLab", 'input[name="d"]', "ArrowLeft", "d", 0.005),
    ("LossLab", 'input[name="likelihood"]', "Space", "likelihood", True),
    ("GanLab2D", 'select[name="data"]', "ArrowUp", "data", "two"),
    ("DigitExplorer", 'input[name="z1"]', "ArrowRight", "z1", 0.1),
]


def open_settings(element):
    """Open the drawer that holds them where the lab is narrow, as it is in a cell."""
    drawer = element.locator(".drawer")
    if drawer.get_attribute("open") is None:
        drawer.locator("> summary").press("Enter")


@pytest.mark.parametrize(("cls", "control", "key", "trait", "wanted"), KEYS, ids=lambda value: str(value)[:12])
def test_what_the_reader_changes_arrives_in_python(live, cls, control, key, trait, wanted):
    element = live.show(f"labs.{cls}()")
    open_settings(element)
    element.locator(control).press(key)
    live.python_says(f"[lab.{trait}, lab.state['params']['{trait}']]", [wanted, wanted])


TRAITS = [
    ("MarcoPolo", "mu", "-1.5", "[name=mu].value", "-1.5"),
    ("MarcoPolo", "feedback", "'none'", "[data-key=feedback]:checked.value", "none"),
    ("MarcoPolo", "seed", "12", "[name=seed].value", "12"),
    ("LossLab", "d", "0.5", "[name=d].ariaValueText", "0.5"),
    ("LossLab", "likelihood", "True", "[name=likelihood].checked", True),
    ("GanLab2D", "data", "'grid'", "[name=data].value", "grid"),
]


@pytest.mark.parametrize(("cls", "trait", "value", "control", "wanted"), TRAITS, ids=lambda value: str(value)[:12])
def test_what_python_sets_shows_in_the_control(live, cls, trait, value, control, wanted):
    element = live.show(f"labs.{cls}()")
    selector, _, shown = control.rpartition(".")
    look = f"e.shadowRoot.querySelector({json.dumps(selector)}).{shown}"
    assert element.evaluate(f"e => {look}") != wanted
    live.tell(f"lab.{trait} = {value}")
    live.page_says(element, f"{look} === {json.dumps(wanted)}")


def test_python_steps_plays_pauses_and_resets(live):
    element = live.show("labs.GanLab1D()")
    live.tell("lab.step(20)")
    live.page_says(element, "e.state.step === 20")
    live.python_says("lab.state['step']", 20)
    live.tell("lab.play()")
    live.page_says(element, "e.playing && e.state.step > 30")
    live.python_says("lab.playing and lab.state['step'] > 30", True)
    live.tell("lab.pause()")
    live.page_says(element, "!e.playing")
    live.python_says("[lab.playing, lab.state['step']]", [False, element.evaluate("e => e.state.step")])
    live.tell("lab.reset(7)")
    live.page_says(element, "e.state.step === 0 && e.state.seed === 7")
    live.python_says("[lab.seed, lab.state['seed'], lab.state['step']]", [7, 7, 0])


def test_a_wrong_trait_is_refused_in_python_and_the_lab_stays(live):
    element = live.show("labs.GanLab1D()")
    wrong = "try:\n    lab.k = 99\nexcept Exception as error:\n    said = str(error)"
    live.tell(wrong)
    assert live.ask("[said, lab.k]") == ["GanLab1D: k must be a whole number from 0 to 10, got 99", 1]
    live.tell("lab.send({'call': 'toString', 'args': []})")
    live.page_says(element, "!e.shadowRoot.querySelector('.notice').hidden")
    live.tell("lab.step(2)")
    live.page_says(element, "e.state.step === 2")


def test_a_closed_lab_leaves_nothing_in_the_page(live):
    live.show("labs.DigitExplorer()").evaluate("e => { window.left = new WeakRef(e); }")
    live.tell("lab.close()")
    live.page.wait_for_function("!document.querySelector('digit-explorer')")
    collector = live.page.context.new_cdp_session(live.page)
    deadline = time.monotonic() + PATIENCE / 1000
    while live.page.evaluate("left.deref() !== undefined") and time.monotonic() < deadline:
        collector.send("HeapProfiler.collectGarbage")
        live.page.wait_for_timeout(200)
    assert live.page.evaluate("left.deref() === undefined")


@pytest.mark.parametrize("tag", ["marco-polo", "gan-lab-2d"])
def test_same_seed_same_state_in_python_page_and_node(live, node, tag):
    element = live.show(f"labs.{CLASSES[tag]}(seed=3)")
    live.tell("lab.step(100)")
    (expected,) = node("lab", [{"tag": tag, "params": {"seed": 3}, "actions": [["step", 100]]}])
    live.python_says("lab.state", expected)
    assert element.evaluate("e => e.state") == expected


NOTEBOOK = """() => {
  const cells = [...document.querySelectorAll('.jp-Notebook .jp-Cell')];
  return [cells.length, cells.map(c => c.matches('.jp-mod-active')), cells.map(c => c.matches('.jp-mod-selected'))];
}"""


def stays_within(live, control, keys):
    """Press keys in a control: the notebook neither hears them nor moves its selection, and no cell comes or goes."""
    page = live.page
    page.evaluate(
        "window.heard = 0; document.querySelector('.jp-Notebook').addEventListener('keydown', () => window.heard++)"
    )
    control.focus()
    before = page.evaluate(NOTEBOOK)
    for key in keys:
        control.press(key)
    assert page.evaluate(NOTEBOOK) == before
    assert page.evaluate("window.heard") == 0


def test_keys_pressed_in_a_slider_stay_in_it(live):
    element = live.show("labs.MarcoPolo()")
    open_settings(element)
    slider = element.locator('input[name="mu"]')
    # In command mode these would move the selection and insert, cut and merge cells.
    stays_within(live, slider, ["ArrowUp", "ArrowUp", "ArrowDown", "ArrowUp", "b", "x", "Shift+M"])
    assert element.evaluate("e => e.values.mu") == 3.2


def test_keys_outside_a_lab_still_move_the_selection(live):
    """Else the test above would show nothing."""
    live.show("labs.MarcoPolo()")
    live.show_cell.locator(".cm-content").press("Escape")
    before = live.page.evaluate(NOTEBOOK)
    live.page.keyboard.press("ArrowUp")
    assert live.page.evaluate(NOTEBOOK) != before


@pytest.mark.parametrize("code", ["labs.MarcoPolo()", QUESTION], ids=["lab", "question"])
def test_the_theme_of_jupyterlab_is_followed(live, code):
    element = live.show(code)
    live.theme(element, "dark")
    live.theme(element, "light")


def test_the_book_s_own_notebook_shows_all_labs(server, open_notebook):
    shutil.copy(ROOT / "notebooks/labs.ipynb", server[1])
    page = open_notebook("labs.ipynb")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    for tag in CLASSES:
        element = page.locator(f".jp-OutputArea-output {tag}")
        element.scroll_into_view_if_needed()
        assert element.evaluate("async e => { await e.ready; return e.state.step; }") == 0


# Questions.


def test_a_question_is_answered_by_keyboard_and_python_knows(live):
    element = live.show(QUESTION)
    live.python_says("lab.state", {"kind": "single", "answer": [], "attempts": 0, "right": None})
    feedback = element.locator(".quiz-feedback[role=status]")
    element.get_by_role("radio", name="A no, <b>raw</b> text").press("Space")
    element.get_by_role("button", name="Check").press("Enter")
    assert feedback.inner_text().split()[:4] == ["No.", "It", "has", "a"]
    live.python_says("lab.state", {"kind": "single", "answer": [0], "attempts": 1, "right": False})
    element.get_by_role("radio", checked=True).press("ArrowDown")
    element.get_by_role("radio", name="B yes").press("Enter")
    assert feedback.inner_text() == "Right."
    live.python_says("lab.state", {"kind": "single", "answer": [1], "attempts": 2, "right": True})


def test_python_checks_and_resets_a_question(live):
    element = live.show(QUESTION)
    element.get_by_role("radio", name="B yes").press("Space")
    live.tell("lab.check()")
    live.python_says("lab.state", {"kind": "single", "answer": [1], "attempts": 1, "right": True})
    assert element.locator(".quiz-feedback").inner_text() == "Right."
    live.tell("lab.reset()")
    live.python_says("lab.state", {"kind": "single", "answer": [], "attempts": 0, "right": None})
    assert element.get_by_role("radio", checked=True).count() == 0


def test_keys_pressed_in_a_question_stay_in_it(live):
    element = live.show(QUESTION)
    stays_within(live, element.get_by_role("radio").first, ["Space", "b", "x", "Shift+M", "ArrowDown"])
    assert element.evaluate("e => e.state.answer") == [1]


def test_a_question_s_name_is_its_prompt(live):
    element = live.show(QUESTION)
    assert element.get_by_role("group", name="Question choose one Is x < log 2 a formula?").count() == 1


@pytest.mark.slow  # what saving writes is seen in tests/book/test_editing.py
def test_a_chapter_edited_as_a_notebook_shows_only_the_own_change(server, open_notebook):
    _, root = server
    shutil.copy(ROOT / "jupytext.toml", root)
    chapter = Path(shutil.copy(ROOT / "book/chapters/02-marco-polo.md", root))
    before = chapter.read_text(encoding="utf-8").splitlines()

    page = open_notebook(chapter.name)
    cell = page.locator(".jp-CodeCell").first
    cell.locator(".cm-content").press("Control+End")
    page.keyboard.type("\nprint('mine')")
    page.keyboard.press("Control+Enter")
    cell.locator(".jp-OutputArea-output", has_text="mine").wait_for()
    page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")

    after = chapter.read_text(encoding="utf-8").splitlines()
    assert [line for line in after if line not in before] == ["print('mine')"]
    assert len(after) == len(before) + 1
