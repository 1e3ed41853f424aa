"""Dataclasses of `mas.dataclass`: they are as the standard ones in all that a user of them can see."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any

import pytest

from mas.dataclass import dataclass


@dataclass(frozen=True, kw_only=True)
class Place:
    line: int = field(default=1, compare=False, repr=False)


@dataclass(frozen=True)
class Leaf(Place):
    """A leaf."""

    name: str
    parts: tuple[Any, ...] = ()
    notes: dict[str, int] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Slotted:
    low: float
    high: float = 2.0


@dataclass
class Open:
    values: list[int] = field(default_factory=list)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.total += sum(self.values)


@dataclass(frozen=True)
class Alone:
    value: float


@dataclass(frozen=True)
class Empty:
    pass


@dataclass(frozen=True)
class Ordered:
    """Is compared by what it says itself."""

    name: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ordered) and self.name.lower() == other.name.lower()

    def __repr__(self) -> str:
        return f"<{self.name}>"


@dataclass(eq=False)
class Failure(Exception):
    what: str


class Grown(Leaf):
    """Adds to a class what is not a field of it."""


def standard(cls: Any) -> Any:
    """The class as the standard decorator makes it from the same fields."""
    said = ("default", "default_factory", "compare", "repr", "kw_only")
    fields = [(f.name, f.type, field(**{name: getattr(f, name) for name in said})) for f in dataclasses.fields(cls)]
    return dataclasses.make_dataclass(cls.__name__, fields, frozen=True)


@pytest.mark.parametrize(
    ("cls", "given", "named"),
    [(Leaf, ("a",), {}), (Leaf, ("a", (1, 2)), {"line": 7}), (Leaf, (), {"name": "b", "notes": {"x": 1}}),
     (Slotted, (1.0,), {}), (Slotted, (1.0, 3.0), {}), (Alone, (0.5,), {}), (Empty, (), {})],
)  # fmt: skip
def test_instances_are_as_those_of_the_standard_decorator(cls: Any, given: Any, named: Any) -> None:
    ours, theirs = cls(*given, **named), standard(cls)(*given, **named)

    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert repr(ours) == repr(theirs)
    assert cls.__match_args__ == type(theirs).__match_args__
    assert dataclasses.replace(ours) == ours
    for alike in (pickle.loads(pickle.dumps(ours)), copy.copy(ours), copy.deepcopy(ours)):
        assert alike == ours
        assert type(alike) is cls
    if cls is not Leaf or "notes" not in named:
        assert hash(ours) == hash(cls(*given, **named))


def test_fields_that_are_not_compared_do_not_count() -> None:
    assert Leaf("a", line=1) == Leaf("a", line=2)
    assert len({Leaf("a", line=1), Leaf("a", notes={"x": 1}), Leaf("b")}) == 2
    assert Leaf("a") != Leaf("b")
    assert Alone(1.0) != Slotted(1.0)  # type: ignore[comparison-overlap]
    assert Alone(float("nan")) != Alone(float("inf"))


@pytest.mark.parametrize("made", [lambda: Leaf("a"), lambda: Slotted(1.0), lambda: Ordered("a")])
def test_what_is_frozen_is_not_changed(made: Callable[[], Any]) -> None:
    one = made()
    name = dataclasses.fields(one)[-1].name
    before = getattr(one, name)
    with pytest.raises(FrozenInstanceError, match=f"cannot assign to field '{name}'"):
        setattr(one, name, None)
    with pytest.raises(FrozenInstanceError, match=f"cannot delete field '{name}'"):
        delattr(one, name)
    assert getattr(one, name) is before


def test_a_subclass_may_add_what_is_not_a_field() -> None:
    grown = Grown("a")
    grown.more = 1  # type: ignore[attr-defined]

    assert grown.more == 1  # type: ignore[attr-defined]
    with pytest.raises(FrozenInstanceError):
        grown.name = "b"  # type: ignore[misc]


def test_what_may_change_has_no_hash_and_its_own_factory_values() -> None:
    one, other = Open(), Open([1, 2])
    one.values.append(3)

    assert (one.values, one.total, other.total, Open().values) == ([3], 0.0, 3.0, [])
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


def test_methods_that_a_class_has_are_its_own() -> None:
    assert Ordered("A") == Ordered("a")
    assert repr(Ordered("A")) == "<A>"
    assert isinstance(hash(Ordered("A")), int)


def test_an_exception_can_be_one() -> None:
    with pytest.raises(Failure) as caught:
        raise Failure("this")

    assert caught.value.what == "this"
    assert caught.value != Failure("this")


def test_wrong_arguments_are_named() -> None:
    for _ in range(2):  # the first call compiles
        with pytest.raises(TypeError, match=r"Leaf.__init__\(\) missing 1 required positional argument: 'name'"):
            Leaf()  # type: ignore[call-arg]


def test_init_is_compiled_when_it_is_first_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiling is most of what importing a module of dataclasses costs."""
    compiled: list[str] = []

    def counting(text: str, known: dict[str, Any]) -> None:
        compiled.append(text)
        exec(text, known)

    monkeypatch.setattr("mas.dataclass.exec", counting, raising=False)

    @dataclass(frozen=True)
    class Late:
        value: int = 1

    before = list(compiled)
    assert [Late(), Late(2)] == [Late(1), Late(value=2)]
    assert before == []
    assert len(compiled) == 1
