"""From TeX to a tree: the grammar says how TeX is nested, this module what stands side by side means.

Side by side, `p(x)` is a call if p is a function and a product if it is not; `\\int … \\mathrm{d}x` and `\\sum` take
what follows them; `\\log` without brackets takes one factor. What could be read in two ways is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path

import lark

from formulas.tree import (
    At,
    Call,
    Derivative,
    Expectation,
    Extremum,
    Formula,
    Frozen,
    Integral,
    Name,
    Number,
    Power,
    Product,
    Quotient,
    Series,
    Several,
    Sum,
)


class Unreadable(ValueError):
    """The TeX is not of the kind that the build can evaluate; the message says how to write it."""


#: Functions that may stand without brackets.
PLAIN = {"log", "exp", "sin", "cos", "tan", "tanh", "sinh", "cosh", "sigmoid", "softplus", "sign", "Re", "Im"}
#: Functions of functions, and of several arguments.
OTHERS = {"max", "min", "KL", "JSD", "V", "W_1", "det", "tr"}
#: Functions of points, from the book's notation.
POINTWISE = {"p", "q", "p_data", "p_g", "p_z", "D", "D^*", "s", "s^*", "G", "f"}
FUNCTIONS = frozenset(PLAIN | OTHERS | POINTWISE)

_SPACES = r"\\(?:[,;:! ]|q?quad|displaystyle|textstyle|limits|nolimits|mathopen|mathclose|mathbin|mathrel)(?![a-zA-Z])"
_SIZES = r"\\(?:left|right|middle|[bB]igg?[lrm]?)(?![a-zA-Z])\.?"
_MATRIX = re.compile(r"\\begin\{([pb]matrix)\}.*?\\end\{\1\}", re.S)
_BREAKS = r"\\(?:begin|end)\{(?:aligned|split)\}|\\\\|&"


def plain(tex: str) -> str:
    r"""Take away what only spaces, sizes and breaks a formula.

    Examples
    --------
    >>> plain(r"\tfrac12 \Bigl( x^2y \\ &+ p \Bigr) \,\mathrm{d}x")
    '\\tfrac{1}{2}  ( x^{2}y  + p  ) \\mathrm{d}x'
    """
    tex = re.sub(r"(?<!\\)%.*", "", tex)
    matrices = [match[0].replace(r"\\", r"\cr ") for match in _MATRIX.finditer(tex)]
    tex = _MATRIX.sub("\0", tex)
    tex = re.sub(_BREAKS, "", tex)
    tex = re.sub("\0", lambda _: matrices.pop(0), tex)
    tex = re.sub(_SPACES, "", tex).replace("~", " ")
    tex = re.sub(_SIZES, "", tex)
    tex = re.sub(r"\^\{\s*(?:\*|\\ast|\\star)\s*(\\prime|')?\s*\}", lambda m: "^*" + "'" * bool(m[1]), tex)
    tex = re.sub(r"([\^_])\s*(\d)", r"\1{\2}", tex)
    tex = re.sub(r"(\\[td]?frac)\s*(\d)", r"\1{\2}", tex)
    return re.sub(r"(\\[td]?frac\{[^{}]*\})\s*(\d)", r"\1{\2}", tex)


@cache
def _parser() -> lark.Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return lark.Lark(grammar, parser="lalr", start=["start", "statement"], maybe_placeholders=False)


def parsed(tex: str, start: str) -> lark.Tree:
    """Return the tree of the grammar."""
    text = plain(tex)
    try:
        return _parser().parse(text, start=start)
    except lark.UnexpectedCharacters as error:
        raise Unreadable(f"{_around(text, error.pos_in_stream)} is unknown to the build") from None
    except lark.UnexpectedToken as error:
        at = error.pos_in_stream if error.token.type != "$END" else len(text)
        what = "ends too early; close what was opened" if at == len(text) else "does not fit here"
        raise Unreadable(f"{_around(text, at)} {what}") from None


def _around(text: str, at: int) -> str:
    part = text[max(0, at - 15) : at + 12].strip()
    return f"“{part}”"


def read(tex: str, functions: Collection[str] = FUNCTIONS) -> Formula:
    r"""Read one formula.

    Parameters
    ----------
    tex : str
        The TeX, without macros.
    functions : collection of str
        The names of functions; those of the book's notation if nothing else is said.

    Raises
    ------
    Unreadable
        If it is no formula, or can be read in two ways.

    Examples
    --------
    >>> read(r"2 \log D(x)")
    Product(factors=(Number(value=2.0), Call(function=Name(key='log', ...
    """
    return Reader(functions).sum(parsed(tex, "start").children[0])


class Reader:
    """Makes formulas of the grammar's trees."""

    def __init__(self, functions: Collection[str] = FUNCTIONS) -> None:
        self.functions = functions

    def sum(self, tree: lark.Tree) -> Formula:
        """Read terms and their signs."""
        terms, sign = [], 1
        for child in tree.children:
            if isinstance(child, lark.Token):
                sign = -1 if child == "-" else 1
            else:
                terms.append((sign, self.product(child)))
                sign = 1
        return terms[0][1] if len(terms) == 1 and terms[0][0] == 1 else Sum(tuple(terms))

    def product(self, tree: lark.Tree) -> Formula:
        """Read runs that are joined by signs of multiplication or division."""
        first, *rest = tree.children
        made = self.run(first.children)
        for operator, run in zip(rest[::2], rest[1::2], strict=True):
            right = self.run(run.children)
            if operator == "/" and (len(rest) > 2 or isinstance(right, Product)):
                raise Unreadable("a/b beside other factors can be read in two ways; write \\frac")
            made = Quotient(made, right) if operator == "/" else Product((made, right))
        return made

    def only(self, tree: lark.Tree) -> Formula:
        """Read what stands in braces or brackets: one formula."""
        items = self.items(tree)
        if len(items) != 1:
            raise Unreadable("several formulas stand where one is expected")
        return items[0]

    def items(self, tree: lark.Tree) -> tuple[Formula, ...]:
        """Read a list of formulas."""
        items = [child for child in _list(tree).children if isinstance(child, lark.Tree)]
        if any(len(item.children) != 1 for item in items):
            raise Unreadable("a relation stands inside a formula")
        return tuple(self.sum(item.children[0]) for item in items)

    # Side by side.

    def run(self, factors: Sequence[lark.Tree]) -> Formula:
        """Read factors from left to right."""
        made: list[Formula] = []
        i = 0
        while i < len(factors):
            if self.bar(factors[i]):
                made = [At(_product(made), self.pairs(factors[i]))]
                i += 1
                continue
            formula, i = self.one(factors, i)
            made.append(formula)
        return _product(made)

    def one(self, factors: Sequence[lark.Tree], i: int) -> tuple[Formula, int]:
        """Read what begins at a factor; return it and where the next begins."""
        atom = factors[i].children[0]
        symbol = str(atom) if isinstance(atom, lark.Token) else ""
        if symbol == r"\int":
            return self.integral(factors, i)
        if symbol in (r"\sum", r"\prod"):
            return self.series(factors, i)
        if _word(atom) == "E":
            return self.expectation(factors, i)
        if symbol in EXTREMA and (len(factors[i].children) > 1 or symbol in EXTREMA[2:]):
            return Extremum(symbol, self.run(factors[i + 1 :])), len(factors)
        if symbol == r"\nabla" and (slope := self.gradient(factors, i)):
            return slope, i + 3
        if operator := self.operator(factors[i]):
            body, end = self.operand(factors, i + 1)
            return Derivative(operator[0], operator[1], body), end
        if symbol in UNKNOWN:
            raise Unreadable(f"the build cannot evaluate {symbol}; begin the step's reason with a line {ESCAPE}")
        return self.call_or_factor(factors, i)

    def call_or_factor(self, factors: Sequence[lark.Tree], i: int) -> tuple[Formula, int]:
        """Read a function with its arguments, or one factor."""
        head, order, power = self.named(factors[i])
        if head is None or not self.is_function(head):
            return self.factor(factors[i]), i + 1
        if i + 1 < len(factors) and _is_group(factors[i + 1], "round", *(["square"] * (_key(head) in PLAIN))):
            return self.call(head, order, power, factors[i + 1]), i + 2
        if _key(head) not in PLAIN:
            return _powered(Call(head, (), order) if order else head, power), i + 1
        return self.bare_call(head, power, factors, i)

    def call(self, head: Formula, order: int, power: Formula | None, group: lark.Tree) -> Formula:
        """Read a function and its arguments in brackets; a power behind them is one of the value."""
        made: Formula = _powered(Call(head, self.items(group.children[0]), order), power)
        for script in group.children[1:]:
            if script.data != "power" or _key(head) in PLAIN:
                raise Unreadable(f"a power behind {_key(head)}(…) can be read in two ways; put brackets around it")
            made = Power(made, self.only(script.children[0]))
        return made

    def bare_call(self, head: Formula, power: Formula | None, factors: Sequence, i: int) -> tuple[Formula, int]:
        """Read a function without brackets around its argument, which is one factor."""
        if i + 1 == len(factors):
            return _powered(head, power), i + 1
        argument, end = self.one(factors, i + 1)
        if end < len(factors) and not self.opens(factors[end]):
            raise Unreadable(
                f"how far the argument of \\{_key(head)} goes can be read in two ways; put brackets around it"
            )
        return _powered(Call(head, (argument,)), power), end

    def opens(self, factor: lark.Tree) -> bool:
        """Tell whether a factor can hardly belong to the argument before it."""
        atom = factor.children[0]
        word = _word(atom) or str(atom).lstrip("\\")
        return word in PLAIN | {"E", "d", "int", "sum", "|"} or bool(self.operator(factor))

    def operand(self, factors: Sequence[lark.Tree], i: int) -> tuple[Formula, int]:
        """Read what an operator acts on: brackets, or the rest of the term."""
        if i == len(factors):
            raise Unreadable("nothing follows the derivative; write what is differentiated behind it")
        if _is_group(factors[i], "round", "square", "braces"):
            if i + 1 < len(factors) and not self.bar(factors[i + 1]):
                raise Unreadable("factors behind the brackets of a derivative are misread; put them in front")
            return self.factor(factors[i]), i + 1
        end = next((j for j in range(i, len(factors)) if self.bar(factors[j])), len(factors))
        return self.run(factors[i:end]), end

    # Operators.

    def integral(self, factors: Sequence[lark.Tree], i: int) -> tuple[Formula, int]:
        """Read an integral up to its differential."""
        depth = 0
        for j in range(i, len(factors)):
            atom = factors[j].children[0]
            depth += (atom == r"\int") - (_word(atom) == "d")
            if depth == 0:
                break
        if depth or j + 1 == len(factors):
            raise Unreadable(r"an integral needs its \mathrm{d}x in the same term; put a sum in brackets")
        scripts = self.scripts(factors[i])
        body = self.run(factors[i + 1 : j]) if j > i + 1 else Number(1.0)
        variable = self.variable(factors[j + 1])
        return Integral(variable, self.limit(scripts.get("index")), self.limit(scripts.get("power")), body), j + 2

    def limit(self, tree: lark.Tree | None) -> Formula | None:
        r"""Read a limit of integration; none stands for infinity."""
        if tree is None or re.fullmatch(r"[+-]?\\infty", _text(tree)):
            return None
        return self.only(tree)

    def series(self, factors: Sequence[lark.Tree], i: int) -> tuple[Formula, int]:
        """Read a sum or product over the rest of the term."""
        kind, scripts = str(factors[i].children[0])[1:], self.scripts(factors[i])
        if "index" not in scripts or i + 1 == len(factors):
            raise Unreadable(rf"a \{kind} needs its range, as in \{kind}_{{i=1}}^n, and what it acts on")
        item = _list(scripts["index"]).children[0]
        body = self.run(factors[i + 1 :])
        if len(item.children) == 1:
            return Series(kind, self.name_of(item.children[0]), Number(1.0), Name("n"), body), len(factors)
        variable, relation, low = item.children
        if relation == r"\in":
            return Series(kind, self.name_of(variable), self.sum(low), None, body), len(factors)
        if "power" not in scripts:
            raise Unreadable(rf"a \{kind} needs its upper end, as in \{kind}_{{i=1}}^n")
        return Series(kind, self.name_of(variable), self.sum(low), self.only(scripts["power"]), body), len(factors)

    def expectation(self, factors: Sequence[lark.Tree], i: int) -> tuple[Formula, int]:
        """Read an expectation of what stands in brackets."""
        scripts = self.scripts(factors[i])
        if i + 1 == len(factors) or not _is_group(factors[i + 1], "round", "square", "size"):
            raise Unreadable(r"put brackets behind an expectation: \mathbb{E}_{x \sim p}[…]")
        if "index" not in scripts:
            raise Unreadable(r"say over what the expectation goes: \mathbb{E}_{x \sim p}[…]")
        over = self.distributions(scripts["index"])
        if _is_group(factors[i + 1], "size"):  # of the power, too
            return _expected(over, self.factor(factors[i + 1])), i + 2
        made = _expected(over, self.only(factors[i + 1].children[0]))
        for script in factors[i + 1].children[1:]:
            made = Power(made, self.only(script.children[0]))
        return made, i + 2

    def distributions(self, tree: lark.Tree) -> tuple[tuple[str, Formula], ...]:
        r"""Read `x \sim p, z \sim p_z`, or the name of a distribution alone, or a variable of the usual one."""
        found = []
        for item in _list(tree).children:
            if isinstance(item, lark.Token):
                continue
            if len(item.children) == 1:
                found.append(self.distribution_alone(self.sum(item.children[0])))
            elif len(item.children) == 3 and item.children[1] == r"\sim":
                found.append((self.name_of(item.children[0]), self.sum(item.children[2])))
            else:
                raise Unreadable(r"write the index of an expectation as x \sim p")
        return tuple(found)

    def distribution_alone(self, formula: Formula) -> tuple[str, Formula]:
        usual = {"x": "p_data", "z": "p_z", r"\tilde{x}": "p_g", r"\hat{x}": "p_hat"}
        key = _key(formula)
        return (key, Name(usual[key])) if key in usual else ("", formula)

    def gradient(self, factors: Sequence[lark.Tree], i: int) -> Formula | None:
        r"""Read `\nabla f(a)` or `\nabla_x f(a)`: the slope of f, at a."""
        index = self.scripts(factors[i]).get("index")
        if index is not None and _key(self.only(index)) not in POINTS:
            return None
        head, order, power = self.named(factors[i + 1]) if i + 2 < len(factors) else (None, 0, None)
        if head is None or _key(head) in PLAIN or not self.is_function(head):
            return None
        return self.call(head, order + 1, power, factors[i + 2])

    def operator(self, factor: lark.Tree) -> tuple[str, int] | None:
        r"""Read `\frac{\partial}{\partial s}`, `\nabla_\theta` or `\partial_s`: the variable and how often."""
        atom = factor.children[0]
        if atom in (r"\nabla", r"\partial"):
            scripts = self.scripts(factor)
            if "index" not in scripts:
                raise Unreadable(f"{atom} needs the variable as its index")
            return _key(self.only(scripts["index"])), 1
        if isinstance(atom, lark.Tree) and atom.data == "fraction":
            over, under = (_factors(child) for child in atom.children[1:])
            if len(over) == 1 and _differential(over[0]) and len(under) > 1 and _differential(under[0]):
                return self.name_of_factor(under[1]), self.order(over[0])
        return None

    def derivative_of(self, fraction: lark.Tree) -> Formula | None:
        r"""Read `\frac{\partial L}{\partial s}`."""
        over, under = (_factors(child) for child in fraction.children[1:])
        if len(over) > 1 and len(under) > 1 and _differential(over[0]) and _differential(under[0]):
            return Derivative(self.name_of_factor(under[1]), self.order(over[0]), self.run(over[1:]))
        return None

    def order(self, factor: lark.Tree) -> int:
        power = self.scripts(factor).get("power")
        return int(self.only(power).value) if power is not None else 1

    def name_of_factor(self, factor: lark.Tree) -> str:
        """Return the variable below a derivative, whose power counts how often."""
        scripts = [script for script in factor.children[1:] if script.data != "power"]
        return _key(self.factor(lark.Tree("factor", [factor.children[0], *scripts])))

    def bar(self, factor: lark.Tree) -> bool:
        """Tell whether a factor is the bar that says where the formula before it is taken."""
        if factor.children[0] != "|":
            return False
        if "index" not in self.scripts(factor):
            raise Unreadable(r"write \lvert a \rvert for a size, and \Vert or \mid between arguments")
        return True

    def pairs(self, factor: lark.Tree) -> tuple[tuple[str, Formula], ...]:
        """Read the values at a bar."""
        items = [item for item in _list(self.scripts(factor)["index"]).children if isinstance(item, lark.Tree)]
        if any(len(item.children) != 3 or item.children[1] != "=" for item in items):
            raise Unreadable(r"write at a bar what the variable is: \Big|_{\theta = \theta_0}")
        return tuple((self.name_of(item.children[0]), self.sum(item.children[2])) for item in items)

    # One factor.

    def factor(self, tree: lark.Tree) -> Formula:
        """Read an atom with its scripts."""
        head, order, power = self.named(tree)
        if head is not None:
            return _powered(Call(head, (), order) if order else head, power)
        atom, *scripts = tree.children
        made = self.atom(atom)
        for script in scripts:
            if script.data != "power":
                raise Unreadable(f"an index or prime stands at {_text(atom)}, which is no symbol")
            made = _powered(made, self.only(script.children[0]))
        return made

    def named(self, tree: lark.Tree) -> tuple[Formula | None, int, Formula | None]:
        """Read a symbol with index, star and primes, and return the power at it by itself."""
        atom, *scripts = tree.children
        name = self.head(atom, scripts)
        if name is None:
            return None, 0, None
        order, power = 0, None
        for script in scripts:
            if script.data == "prime":
                order += len(script.children[0])
            elif script.data == "index":
                name = self.indexed(name, script.children[0])
            elif _text(script) in ("*", r"\ast", r"\star"):
                name = _renamed(name, "^*")
            elif _text(script) == r"\prime":
                order += 1
            else:
                power = self.only(script.children[0])
        return name, order, power

    def head(self, atom: lark.Tree | lark.Token, scripts: Sequence[lark.Tree]) -> Formula | None:
        r"""Read the symbol to which scripts belong; `(s^*)'` is that of a function in brackets."""
        if isinstance(atom, lark.Token):
            return None if atom[0].isdigit() else Name(_symbol(atom))
        if atom.data == "accent":
            return self.accent(atom)
        if atom.data in ("round", "braces") and scripts and scripts[0].data == "prime":
            inside = self.only(atom)
            return inside if self.is_function(inside) else None
        return None

    def accent(self, tree: lark.Tree) -> Formula:
        """Read a bar, which freezes; other accents belong to the name."""
        kind, argument = str(tree.children[0])[1:], tree.children[1]
        inside = self.only(argument)
        if kind in ("bar", "overline") and self.is_function(inside):
            return Frozen(inside)
        short = {"widetilde": "tilde", "widehat": "hat", "overline": "bar"}.get(kind, kind)
        return inside if kind in ("mathbf", "boldsymbol") else Name(rf"\{short}{{{_key(inside)}}}")

    def indexed(self, name: Formula, tree: lark.Tree) -> Formula:
        """Read an index: words, or symbols that may also be the number of an element."""
        if isinstance(name, Frozen):
            return Frozen(self.indexed(name.function, tree))
        text = re.sub(r"\\(text|mathrm|operatorname)\{(\w+)\}", r"\2", _text(tree))
        if re.fullmatch(r"[a-zA-Z]{2,}", text):
            return Name(f"{name.key}_{text}", name.key)
        if len(_list(tree).children) > 1:
            return Name(f"{name.key}_{{{text}}}", name.key)
        inside = self.only(tree)
        factor = _factors(tree)
        if len(factor) == 1 and _is_group(factor[0], "round"):
            return Name(f"{name.key}_({_key(inside)})", f"{name.key}_()", inside)
        text = f"{inside.value:g}" if isinstance(inside, Number) else _key(inside) or f"{{{text}}}"
        return Name(f"{name.key}_{text}", name.key, inside)

    def atom(self, tree: lark.Tree | lark.Token) -> Formula:
        """Read what has no scripts."""
        if isinstance(tree, lark.Token):
            return Number(float(tree)) if tree[0].isdigit() else Name(_symbol(tree))
        return getattr(self, f"atom_{tree.data}")(tree)

    def atom_braces(self, tree: lark.Tree) -> Formula:
        return self.only(tree)

    atom_round = atom_braces

    def atom_square(self, tree: lark.Tree) -> Formula:
        return self.only(tree) if len(_list(tree).children) == 1 else self.atom_set(tree)

    def atom_set(self, tree: lark.Tree) -> Formula:
        return Several(self.items(tree))

    def atom_accent(self, tree: lark.Tree) -> Formula:
        return self.accent(tree)

    def atom_fraction(self, tree: lark.Tree) -> Formula:
        return self.derivative_of(tree) or Quotient(*(self.only(child) for child in tree.children[1:]))

    def atom_root(self, tree: lark.Tree) -> Formula:
        *degree, radicand = tree.children[1:]
        exponent = Quotient(Number(1.0), self.sum(degree[0]) if degree else Number(2.0))
        return Power(self.only(radicand), exponent)

    def atom_size(self, tree: lark.Tree) -> Formula:
        return Call(Name("abs"), (self.sum(tree.children[1]),))

    def atom_matrix(self, tree: lark.Tree) -> Formula:
        rows = [child for child in tree.children if isinstance(child, lark.Tree)]
        entries = [[self.sum(c) for c in row.children if isinstance(c, lark.Tree)] for row in rows]
        return Several(tuple(Several(tuple(row)) for row in entries))

    # Small things.

    def is_function(self, formula: Formula) -> bool:
        """Tell whether a name is that of a function."""
        if isinstance(formula, Frozen):
            return True
        if not isinstance(formula, Name):
            return False
        parameter = isinstance(formula.index, Name) and formula.index.key.startswith("\\")
        return formula.key in self.functions or (parameter and formula.base in self.functions)

    def scripts(self, factor: lark.Tree) -> dict[str, lark.Tree]:
        return {script.data: script.children[0] for script in factor.children[1:]}

    def name_of(self, tree: lark.Tree) -> str:
        formula = self.sum(tree)
        if not isinstance(formula, Name):
            raise Unreadable(f"{_text(tree)} stands where a variable is expected")
        return formula.key

    def variable(self, factor: lark.Tree) -> str:
        return _key(self.factor(factor))


ESCAPE = "`% not evaluated: why`"
EXTREMA = (r"\max", r"\min", r"\sup", r"\inf")
UNKNOWN = (r"\lim", r"\arg", r"\dots", r"\cdots", r"\ldots", r"\infty", r"\circ", r"\pm", r"\mp")
POINTS = ("x", "z", r"\tilde{x}", r"\hat{x}")


def _expected(over: tuple[tuple[str, Formula], ...], body: Formula) -> Formula:
    r"""Return an expectation; one over `\hat x` goes over the two examples that it lies between."""
    between = (r"\hat{x}", Name("p_hat"))
    if between not in over:
        return Expectation(over, body)
    uniform = Product((Name("U"), Several((Number(0.0), Number(1.0)))))
    share = Name(r"\epsilon")
    point = Sum(
        ((1, Product((share, Name("x")))), (1, Product((Sum(((1, Number(1.0)), (-1, share))), Name(r"\tilde{x}")))))
    )
    ends = (("x", Name("p_data")), (r"\tilde{x}", Name("p_g")), (r"\epsilon", uniform))
    return Expectation((*(each for each in over if each != between), *ends), At(body, ((r"\hat{x}", point),)))


def _list(tree: lark.Tree) -> lark.Tree:
    """Return the list inside an argument or brackets; a single token is a list of one."""
    if tree.data == "single":
        for name in ("factor", "run", "product", "sum", "item", "list"):
            tree = lark.Tree(name, tree.children if name == "factor" else [tree])
    return tree if tree.data == "list" else next(child for child in tree.children if isinstance(child, lark.Tree))


def _is_group(factor: lark.Tree, *kinds: str) -> bool:
    atom = factor.children[0]
    return isinstance(atom, lark.Tree) and atom.data in kinds


def _word(atom: lark.Tree | lark.Token) -> str:
    r"""Return the word of `\operatorname{word}` or `\mathrm{d}`."""
    match = re.fullmatch(r"\\(?:operatorname|mathrm|text|mathit|mathcal|mathbb)\*?\{(\w+)\}", str(atom))
    return match[1] if match and isinstance(atom, lark.Token) else ""


def _symbol(token: lark.Token) -> str:
    named = {"varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "Pr": "P"}
    text = _word(token) or str(token)
    bare = text.lstrip("\\")
    return bare if bare in FUNCTIONS else "\\" + named[bare] if bare in named else text


def _text(tree: lark.Tree | lark.Token) -> str:
    if isinstance(tree, lark.Token):
        return str(tree)
    return "".join(str(token) for token in tree.scan_values(lambda token: isinstance(token, lark.Token)))


def _factors(argument: lark.Tree) -> Sequence[lark.Tree]:
    """Return the factors of an argument that is one product, else none."""
    tree = _list(argument)
    for _ in ("item", "sum", "product", "run"):
        if len(tree.children) != 1:
            return ()
        tree = tree.children[0]
    return tree.children


def _differential(factor: lark.Tree) -> bool:
    atom = factor.children[0]
    return atom == r"\partial" or _word(atom) == "d"


def _key(formula: Formula) -> str:
    return formula.key if isinstance(formula, Name) else ""


def _renamed(name: Formula, mark: str) -> Formula:
    if isinstance(name, Frozen):
        return Frozen(_renamed(name.function, mark))
    return Name(name.key + mark, name.base and name.base + mark, name.index)


def _powered(formula: Formula, power: Formula | None) -> Formula:
    return formula if power is None else Power(formula, power)


def _product(factors: Sequence[Formula]) -> Formula:
    if not factors:
        raise Unreadable("a formula is missing")
    return Product.of(*factors)
