"""`{ladder}`: help in steps with an exercise, folded, in the page and in the notebook.

    ```{ladder} train_step
    ```

`ganlab.ladders` makes the rungs from the exercise's reference and mistakes; here they become Markdown, with questions
in the words of `{quiz}`, so that page and notebook treat them like any other.
"""

import sys
from importlib import import_module
from inspect import getsourcefile
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

HELP = """\
``````{{dropdown}} Help in steps
Four rungs lead to an answer of your own. The first helps most; begin with the one that you need, and climb from there.

`````{{dropdown}} 1. Read: the answer, with what each part is for
```python
{made.read}
```
`````

`````{{dropdown}} 2. Order: its lines, shuffled, among wrong ones
````{{quiz}} arranging
:keys: {made.keys}
:unnumbered:

{made.order}
````

````{{container}} notebook-only
To move the lines about, run this in a cell of its own, or open this help on the page of the book.

```python
from ganlab.labs import Quiz
from ganlab.ladders import ladder

Quiz("arranging", ladder("{name}").order)
```
````
`````

`````{{dropdown}} 3. Fill: the answer with one gap
```python
{made.gapped}
```

````{{quiz}} single
:keys: {made.keys}
:unnumbered:

{made.fill}
````
`````

4\\. **Write:** fold this help away, and write the function in the cell of the exercise.
``````
"""


class LadderDirective(SphinxDirective):
    """The help with one exercise; see the module."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the folded help, or an error if there is no such exercise, or no ladder for it."""
        from ganlab import exercises  # bring PyTorch, for which pages without a ladder need not wait
        from ganlab.ladders import ladder

        name = self.arguments[0]
        try:
            made = ladder(name)
        except ValueError as error:
            return [self.state.document.reporter.error(f"ladder: {error}", line=self.lineno)]
        for module in (import_module(f"ganlab.exercises.{exercises.EXERCISES[name]}"), sys.modules[ladder.__module__]):
            self.env.note_dependency(getsourcefile(module) or "")
        node = nodes.container(classes=["ladder"])
        lines = HELP.format(name=name, made=made).splitlines()
        self.state.nested_parse(StringList(lines, self.get_source_info()[0]), self.content_offset, node)
        return [node]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("ladder", LadderDirective)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
