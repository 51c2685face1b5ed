"""Seal: what an answer may use but not replace, compared before and after.

An answer shares its process with the checks, so it can replace any function in it: `Exercise.run`, `torch.allclose`,
`math.log`, `json.dumps`, the `==` of a tensor. A seal keeps every module and class as it was, and of our own functions
the code as well, and tells what is no longer the same.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from types import CellType, FunctionType, MappingProxyType, ModuleType
from typing import Any

_OURS, _PUT_AWAY = "ganlab", "ganlab.course"
_CONTAINERS = (dict, list, set, tuple, frozenset)
_SHOWN = 10
_MISSING = object()
#: What Python itself writes into a class or a module sooner or later.
_FREE = {"__abstractmethods__", "__annotations__", "__annotations_cache__", "__annotate_func__", "__spec__"}


def seal() -> Callable[[], list[str]]:
    """Keep the modules, classes and functions of this process as they are now.

    Returns
    -------
    callable
        Names what was replaced or removed since, or added where that changes what a name means.
    """
    modules = [(name, module, dict(vars(module))) for name, module in _modules()]
    kinds = {id(value): value for *_, names in modules for value in names.values() if issubclass(type(value), type)}
    classes = [(_name(kind), kind, dict(vars(kind))) for kind in kinds.values()]
    tables = [(name, names) for name, _, names in modules + classes if name.startswith(_OURS)]
    functions = [(name, function, _parts(function)) for name, function in _functions(tables)]
    data = [(name, value, _content(value)) for name, value in _data(tables)]

    def broken() -> list[str]:
        found = [f"{name} (another module)" for name, module, _ in modules if _exchanged(name, module)]
        for name, thing, before in modules + classes:
            found += [f"{name}.{key}" for key in _changed(name, before, vars(thing))]
        found += [name for name, function, before in functions if not _same(before, _parts(function))]
        found += [name for name, value, before in data if not _same(before, _content(value))]
        return [name for name in found if name != _PUT_AWAY][:_SHOWN]

    return broken


def _exchanged(name: str, module: ModuleType) -> bool:
    return sys.modules.get(name) is not module and not name.startswith(_PUT_AWAY)


def _modules() -> list[tuple[str, ModuleType]]:
    return [(name, module) for name, module in list(sys.modules.items()) if type(module) is ModuleType]


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _changed(table: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that stand for something else: what acts, and in what is ours data as well."""
    ours = table.startswith(_OURS)
    for name, value in before.items():
        if after.get(name, _MISSING) is not value and (ours or _acts(value)) and name not in _FREE:
            yield name
    if len(after) > len(before) and (ours or type(after) is MappingProxyType or table == "builtins"):
        yield from (name for name, value in dict(after).items() if name not in before and _acts(value))


def _acts(value: Any) -> bool:
    """Tell whether something can be called or got through; both ask the type, since a value may lie."""
    return callable(value) or hasattr(type(value), "__get__")


def _functions(tables: list[tuple[str, Mapping[str, Any]]]) -> Iterator[tuple[str, FunctionType]]:
    for table, names in tables:
        for name, value in list(names.items()):
            function = getattr(value, "__func__", value) if type(value) in (classmethod, staticmethod) else value
            if type(function) is FunctionType:
                yield f"{table}.{name}", function


def _parts(function: FunctionType) -> tuple[Any, ...]:
    cells = function.__closure__ or ()
    keywords = tuple((function.__kwdefaults__ or {}).items())
    return function.__code__, *(function.__defaults__ or ()), *keywords, *(_held(cell) for cell in cells)


def _held(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # empty still
        return _MISSING


def _data(tables: list[tuple[str, Mapping[str, Any]]]) -> Iterator[tuple[str, Any]]:
    for table, names in tables:
        yield from ((f"{table}.{name}", value) for name, value in names.items() if _is_data(name, value))


def _is_data(name: str, value: Any) -> bool:
    return type(value) in _CONTAINERS and name != "__builtins__"


def _content(value: Any) -> tuple[Any, ...]:
    return tuple(value.items()) if type(value) is dict else tuple(value)


def _same(before: tuple[Any, ...], after: tuple[Any, ...]) -> bool:
    pairs = zip(before, after, strict=False)
    return len(before) == len(after) and all(a is b or (type(a) is type(b) is tuple and _same(a, b)) for a, b in pairs)
