"""TeX of the book as plain notebooks can show it: macros expanded, one line, a literal tag.

JupyterLab, Colab and VS Code each bring their own TeX renderer, and none knows the macros of the book;
so they are expanded here. A display stays on one line because `>` and list indents would land inside it.
Delimited macros (a MathJax template) are not supported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.config import Config

Macro = str | list

_CONTROL = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_COMMENT = re.compile(r"(?<!\\)%.*")
_OUTER = re.compile(r"\\(begin|end)\{(equation|align|gather)\*?\}")
_INNER = {"equation": "", "align": "{aligned}", "gather": "{gathered}"}


def book_macros(config: Config) -> dict[str, Macro]:
    """Return the macros that the book gives MathJax."""
    settings = [getattr(config, f"mathjax{version}_config", None) or {} for version in (3, 4)]
    return {name: macro for s in settings for name, macro in s.get("tex", {}).get("macros", {}).items()}


def inline(tex: str, macros: Mapping[str, Macro]) -> str:
    """Return `$...$` on one line."""
    return f"${_one_line(expand(tex, macros))}$"


def display(tex: str, macros: Mapping[str, Macro], number: str | None = None) -> str:
    """Return `$$ ... $$` on one line, with the equation number of the book as its tag."""
    rows = [_row(part) for part in re.split(r"\n\s*\n", tex) if part.strip()]
    body = rows[0] if len(rows) == 1 else r"\begin{aligned} " + r" \\ ".join(rows) + r" \end{aligned}"
    tag = rf" \tag{{{number}}}" if number else ""
    return f"$$ {_one_line(expand(body, macros))}{tag} $$"


def _row(part: str) -> str:
    """Give line breaks and alignment marks an environment, as Sphinx does for the page."""
    if _OUTER.search(part):
        return _OUTER.sub(lambda m: rf"\{m[1]}{_INNER[m[2]]}" if _INNER[m[2]] else "", part)
    return rf"\begin{{aligned}} {part} \end{{aligned}}" if r"\\" in part else part


def _one_line(tex: str) -> str:
    """Drop comments and breaks; keep `<` from looking like the start of a tag."""
    joined = " ".join(_COMMENT.sub("", tex).split())
    return re.sub(r"\s*<\s*", " < ", joined)


def expand(tex: str, macros: Mapping[str, Macro]) -> str:
    r"""Replace the macros of the book by their definitions, also inside definitions.

    Examples
    --------
    >>> expand(r"\E_x \norm{w}", {"E": r"\mathbb{E}", "norm": [r"\lVert #1 \rVert", 1]})
    '\\mathbb{E}_x \\lVert w \\rVert'
    """
    done, position = "", 0
    while match := _CONTROL.search(tex, position):
        done += tex[position : match.start()]
        position = match.end()
        if match[1] not in macros:
            done += match[0]
            continue
        body, args, position = _call(macros[match[1]], tex, position)
        value = expand(_fill(body, args), macros)
        # TeX takes one token after ^ and _, so a longer definition needs braces there.
        done += f"{{{value}}}" if done.rstrip().endswith(("^", "_")) else value
    return done + tex[position:]


def _call(macro: Macro, tex: str, position: int) -> tuple[str, list[str], int]:
    """Read the arguments of one use of `macro`; return its body, the arguments and what follows."""
    body, count, default = (macro, 0, None) if isinstance(macro, str) else (*macro, None)[:3]
    args: list[str] = []
    if default is not None and tex.startswith("[", position):
        end = tex.index("]", position)
        args.append(tex[position + 1 : end])
        position = end + 1
    elif default is not None:
        args.append(default)
    while len(args) < count:
        arg, position = _argument(tex, position)
        args.append(arg)
    return body, args, position


def _argument(tex: str, position: int) -> tuple[str, int]:
    """Read one argument: a braced group, a control sequence or a single character."""
    rest = tex[position:]
    position += len(rest) - len(rest.lstrip())
    if position >= len(tex):
        raise ValueError(f"a macro in {tex!r} lacks an argument; write it in braces after the macro")
    if tex[position] == "{":
        end = _closing_brace(tex, position)
        return tex[position + 1 : end], end + 1
    match = _CONTROL.match(tex, position)
    end = match.end() if match else position + 1
    return tex[position:end], end


def _closing_brace(tex: str, position: int) -> int:
    """Return where the group that opens at `position` closes."""
    depth = 0
    for match in re.finditer(r"\\.|[{}]", tex[position:], re.DOTALL):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return position + match.start()
    raise ValueError(f"unbalanced braces in {tex!r}; close the group")


def _fill(body: str, args: list[str]) -> str:
    return re.sub(r"#([1-9])", lambda m: args[int(m[1]) - 1], body)
