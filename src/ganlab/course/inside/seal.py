"""Seal: what an answer may use but not replace, compared before and after.

An answer shares its process with the checks, so it can replace any function in it: `Exercise.run`, `torch.allclose`,
`math.log`, `json.dumps`, the `==` of a tensor. A seal keeps every module and class as it was, and of our own functions
the code as well, and tells what is no longer the same.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

_OURS, _PUT_AWAY = "ganlab", "ganlab.course"
_LATER = {"torch.manual_seed"}  # torch exchanges it itself when the first optimiser is made
_SHOWN = 10
_MISSING = object()
#: What Python itself writes into a class or a module sooner or later.
_FREE = {
    "__abstractmethods__",
    "__annotations__",
    "__annotations_cache__",
    "__annotate_func__",
    "__loader__",
    "__spec__",
}


def seal() -> Callable[[], list[str]]:
    """Keep the modules, classes and functions of this process as they are now.

    Returns
    -------
    callable
        Names what was replaced or removed since, or added where that changes what a name means.
    """
    modules = [(name, module, dict(vars(module))) for name, module in _modules()]
    at_first = {name for name, *_ in modules}
    kinds = {id(value): value for *_, names in modules for value in names.values() if issubclass(type(value), type)}
    classes = [(_name(kind), kind, dict(vars(kind))) for kind in kinds.values()]
    tables = [(name, names) for name, _, names in modules + classes if name.startswith(_OURS)]
    functions = [(name, function, _parts(function)) for name, function in _functions(tables)]

    def broken() -> list[str]:
        found = [f"{name} (another module)" for name, module, _ in modules if _exchanged(name, module)]
        for name, module, before in modules:
            closed = name.startswith(_OURS) or name == "builtins"
            found += [f"{name}.{key}" for key in _changed(before, vars(module), additions=closed)]
        found = [name for name in found if name not in _LATER or "torch._dynamo" in at_first]
        for name, kind, before in classes:
            found += [f"{name}.{key}" for key in _changed(before, vars(kind), additions=True)]
        found += [name for name, function, before in functions if not _same(before, _parts(function))]
        return found[:_SHOWN]

    return broken


def _exchanged(name: str, module: ModuleType) -> bool:
    return sys.modules.get(name) is not module and not name.startswith(_PUT_AWAY)


def _modules() -> list[tuple[str, ModuleType]]:
    return [(name, module) for name, module in list(sys.modules.items()) if type(module) is ModuleType]


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], *, additions: bool) -> Iterator[str]:
    """Yield the names that stand for another function, class or property than before."""
    for name, value in before.items():
        if after.get(name, _MISSING) is not value and _acts(value) and name not in _FREE:
            yield name
    if additions and len(after) > len(before):
        yield from (name for name, value in dict(after).items() if name not in before and _acts(value))


def _acts(value: Any) -> bool:
    return callable(value) or hasattr(type(value), "__get__")  # both ask the type: a value may lie


def _functions(tables: list[tuple[str, Mapping[str, Any]]]) -> Iterator[tuple[str, FunctionType]]:
    for table, names in tables:
        for name, value in list(names.items()):
            function = getattr(value, "__func__", value) if type(value) in (classmethod, staticmethod) else value
            if type(function) is FunctionType:
                yield f"{table}.{name}", function


def _parts(function: FunctionType) -> tuple[Any, ...]:
    cells = function.__closure__ or ()
    keywords = tuple((function.__kwdefaults__ or {}).items())
    return function.__code__, *(function.__defaults__ or ()), *keywords, *(_content(cell) for cell in cells)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # empty still
        return _MISSING


def _same(before: tuple[Any, ...], after: tuple[Any, ...]) -> bool:
    pairs = zip(before, after, strict=False)
    return len(before) == len(after) and all(a is b or (type(a) is type(b) is tuple and _same(a, b)) for a, b in pairs)
