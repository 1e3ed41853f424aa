"""Dataclasses that are quick to make: `from mas.dataclass import dataclass`, in place of the standard decorator.

The standard one writes and compiles up to six methods of each class while its module is imported. A backtest loads two
hundred classes, so that this was a quarter of the time of a short one. Here comparing, hashing, showing and refusing to
change are functions that know the fields' names, and `__init__` is compiled when it is first called. All else is the
standard decorator's: what it says about fields, defaults and slots holds, and so do `fields`, `replace` and `asdict`.
There is no `InitVar` and no `order`, which nothing here uses. A class that extends one of these has to be one of these.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls: type | None = None, /, **options: bool) -> Any:
        """As `dataclasses.dataclass`; the options are frozen, eq, repr, kw_only and slots."""
        return _made(cls, **options) if cls is not None else lambda cls: _made(cls, **options)


def _made(cls: type, *, frozen: bool = False, eq: bool = True, repr: bool = True, **others: bool) -> type:
    cls.__doc__ = cls.__doc__ or cls.__name__  # or the standard decorator spends more time on that than on all else
    cls = dataclasses.dataclass(init=False, eq=False, repr=False, **others)(cls)
    fields = dataclasses.fields(cls)
    methods: dict[str, Any] = {"__init__": _init_when_called(cls, fields, frozen)}
    if repr:
        methods["__repr__"] = _repr([field.name for field in fields if field.repr])
    if eq:
        methods |= _comparing([field.name for field in fields if field.compare], frozen)
        if "__eq__" in cls.__dict__ and cls.__dict__["__hash__"] is None:  # by Python, for what says how it is compared
            del cls.__hash__
    if frozen:
        methods |= _freezing(cls, [field.name for field in fields], **others)
    for name, method in methods.items():
        if name not in cls.__dict__:
            setattr(cls, name, method)
    return cls


def _init_when_called(cls: type, fields: tuple[Field[Any], ...], frozen: bool) -> Callable[..., None]:
    """An `__init__` that puts the compiled one in its own place."""

    def __init__(self: Any, *given: Any, **named: Any) -> None:  # noqa: N807
        compiled = _init(cls, fields, frozen)
        cls.__init__ = compiled  # type: ignore[misc]
        compiled(self, *given, **named)

    return __init__


def _init(cls: type, fields: tuple[Field[Any], ...], frozen: bool) -> Callable[..., None]:
    """`def __init__(self, a, b=default, *, c=default)`, which sets the attributes and calls `__post_init__`."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_MISSING": MISSING}
    ordinary, named, body = ["self"], list[str](), list[str]()
    for field in fields:
        name, value = field.name, field.name
        if field.default_factory is not MISSING:
            known[f"_make_{name}"] = field.default_factory
            value = f"_make_{name}() if {name} is _MISSING else {name}" if field.init else f"_make_{name}()"
        elif not field.init:
            continue
        default = "" if field.default is MISSING and field.default_factory is MISSING else f"=_default_{name}"
        known[f"_default_{name}"] = field.default
        if field.init:
            (named if field.kw_only else ordinary).append(name + default)
        body.append(f" _set(self, {name!r}, {value})" if frozen else f" self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        body.append(" self.__post_init__()")
    parameters = ", ".join([*ordinary, "*", *named] if named else ordinary)
    exec("\n".join([f"def __init__({parameters}):", *(body or [" pass"])]), known)
    init: Callable[..., None] = known["__init__"]
    init.__module__, init.__qualname__ = cls.__module__, f"{cls.__qualname__}.__init__"
    return init


def _repr(names: list[str]) -> Callable[[Any], str]:
    def __repr__(self: Any) -> str:  # noqa: N807
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return __repr__


def _comparing(names: list[str], frozen: bool) -> dict[str, Any]:
    """Equal are two of one class whose fields are; what may change has no hash."""
    values: Callable[[Any], tuple[Any, ...]]
    values = attrgetter(*names) if len(names) > 1 else lambda self: tuple([getattr(self, name) for name in names])

    def __eq__(self: Any, other: object) -> bool:  # noqa: N807
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(values(self))

    return {"__eq__": __eq__, "__hash__": __hash__ if frozen else None}


def _freezing(cls: Any, names: list[str], *, slots: bool = False, **_: bool) -> dict[str, Any]:
    """No attribute is changed or deleted; what a class made of this one adds is that class's affair."""

    def __setattr__(self: Any, name: str, value: Any) -> None:  # noqa: N807
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def __delattr__(self: Any, name: str) -> None:  # noqa: N807
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    def __getstate__(self: Any) -> list[Any]:  # noqa: N807
        return [getattr(self, name) for name in names]

    def __setstate__(self: Any, state: list[Any]) -> None:  # noqa: N807
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    copied = {"__getstate__": __getstate__, "__setstate__": __setstate__} if slots else {}
    return {"__setattr__": __setattr__, "__delattr__": __delattr__, **copied}
