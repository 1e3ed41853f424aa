"""Types and units of expressions: what may be compared, added, multiplied, and what is nonsense.

A price and a distance are the same unit, told apart by their weight: how often the price itself is in them. A price
has weight 1, a distance 0; so price - price is a distance, price + distance a price, and (high + low) / 2 a price
again. 2 * pivot() - low is a price too, while close + open is neither and can only be divided.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from mas.dataclass import dataclass

Kind = Literal["price", "oscillator", "volume", "count", "ratio", "number", "money", "time", "bool", "unknown"]


@dataclass(frozen=True)
class Type:
    """The type of an expression.

    `weight` is for prices only; None: not known (a price times a series). `constant`: known before the run, and
    what it is as far as literals and defaults of inputs say. `literal`: written as a plain number.
    """

    kind: Kind
    weight: float | None = None
    constant: float | None = None
    literal: bool = False

    @property
    def name(self) -> str:
        """The type in a trader's words."""
        if self.kind == "price":
            if self.is_distance:
                return "price distance"
            return "price" if self.is_price else "sum of prices"
        return NAMES[self.kind]

    @property
    def a_name(self) -> str:
        """The name with its article."""
        return f"{'an' if self.name[0] in 'aeiou' else 'a'} {self.name}"

    @property
    def is_price(self) -> bool:
        return self.kind == "price" and (self.weight is None or 0.5 <= self.weight < 1.5)

    @property
    def is_distance(self) -> bool:
        return self.kind == "price" and (self.weight is None or -0.5 < self.weight < 0.5)

    @property
    def is_plain(self) -> bool:
        """A number without a unit, which takes the unit of what it meets."""
        return self.kind == "number"


NAMES: dict[Kind, str] = {
    "oscillator": "oscillator value",
    "volume": "volume",
    "count": "count",
    "ratio": "ratio",
    "number": "plain number",
    "money": "amount of money",
    "time": "time of day",
    "bool": "condition",
    "unknown": "value",
}

PRICE = Type("price", 1.0)
DISTANCE = Type("price", 0.0)
OSCILLATOR = Type("oscillator")
VOLUME = Type("volume")
COUNT = Type("count")
MONEY = Type("money")
RATIO = Type("ratio")
NUMBER = Type("number")
TIME = Type("time")
BOOL = Type("bool")
UNKNOWN = Type("unknown")
"""Of something that was refused already: goes with everything, so that one mistake is reported once."""

OF_RESULT: dict[str, Type] = {
    "price": PRICE,
    "distance": DISTANCE,
    "oscillator": OSCILLATOR,
    "volume": VOLUME,
    "count": COUNT,
    "ratio": RATIO,
    "number": NUMBER,
    "bool": BOOL,
}
"""What a registry entry gives; "same" and "difference" depend on its argument."""

# Kinds that can be added to or subtracted from each other, and compared. A plain number goes with all of them.
ADDITIVE: frozenset[tuple[Kind, Kind]] = frozenset(
    {(kind, kind) for kind in ("price", "oscillator", "volume", "count", "ratio", "number", "money")}
    | {(kind, "number") for kind in ("price", "oscillator", "volume", "count", "ratio", "money")}
    | {("number", kind) for kind in ("price", "oscillator", "volume", "count", "ratio", "money")}
)
COMPARABLE: frozenset[tuple[Kind, Kind]] = ADDITIVE | {("time", "time")}

PRODUCTS: dict[tuple[Kind, Kind], Kind] = {
    ("number", "number"): "number",
    ("number", "ratio"): "ratio",
    ("ratio", "ratio"): "ratio",
    ("number", "count"): "number",
    ("count", "count"): "number",
    ("ratio", "count"): "number",
    ("number", "price"): "price",
    ("ratio", "price"): "price",
    ("count", "price"): "price",
    ("number", "oscillator"): "oscillator",
    ("ratio", "oscillator"): "oscillator",
    ("number", "volume"): "volume",
    ("ratio", "volume"): "volume",
    ("number", "money"): "money",
    ("ratio", "money"): "money",
    ("count", "money"): "money",
    ("price", "volume"): "number",
    ("volume", "volume"): "number",
    ("oscillator", "oscillator"): "number",
}
"""What a product is; the order of the two does not matter. What is not here is refused."""

QUOTIENTS: dict[tuple[Kind, Kind], Kind] = {
    ("price", "price"): "ratio",
    ("oscillator", "oscillator"): "ratio",
    ("volume", "volume"): "ratio",
    ("count", "count"): "ratio",
    ("ratio", "ratio"): "ratio",
    ("money", "money"): "ratio",
    ("money", "number"): "money",
    ("money", "ratio"): "money",
    ("money", "count"): "money",
    ("number", "number"): "number",
    ("price", "number"): "price",
    ("price", "ratio"): "price",
    ("price", "count"): "price",
    ("oscillator", "number"): "oscillator",
    ("oscillator", "ratio"): "oscillator",
    ("volume", "number"): "volume",
    ("volume", "ratio"): "volume",
    ("volume", "price"): "number",
    ("count", "number"): "number",
    ("ratio", "number"): "ratio",
    ("number", "ratio"): "number",
    ("number", "count"): "number",
    ("number", "oscillator"): "number",
    ("number", "price"): "number",
    ("number", "volume"): "number",
}
"""What a quotient is, dividend first."""


def arithmetic(operator: str, left: Type, right: Type) -> Type | None:
    """The type of `left operator right`, or None if that means nothing."""
    if "unknown" in (left.kind, right.kind):
        return UNKNOWN
    constant = _constant(operator, left.constant, right.constant)
    if operator in "+-":
        if (left.kind, right.kind) not in ADDITIVE:
            return None
        kind = left.kind if right.is_plain else right.kind
        return Type(kind, _weight_of_sum(operator, left, right), constant)
    if operator == "*":
        product = PRODUCTS.get((left.kind, right.kind)) or PRODUCTS.get((right.kind, left.kind))
        if product is None:
            return None
        return Type(product, _scaled(left, right, 1) if product == "price" else None, constant)
    quotient = QUOTIENTS.get((left.kind, right.kind))
    if quotient is None:
        return None
    return Type(quotient, _scaled(left, right, -1) if quotient == "price" else None, constant)


def comparable(left: Type, right: Type) -> bool:
    """Whether one can be compared with (or cross) the other."""
    if "unknown" in (left.kind, right.kind):
        return True
    if (left.kind, right.kind) not in COMPARABLE:
        return False
    if left.kind == right.kind == "price":
        if left.weight is None or right.weight is None:
            return True
        return abs(left.weight - right.weight) < 0.5
    return True


def negated(value: Type) -> Type:
    """The type of minus that."""
    weight = None if value.weight is None else -value.weight
    constant = None if value.constant is None else -value.constant
    return replace(value, weight=weight, constant=constant)


def same_as(source: Type) -> Type:
    """The type of an average of that."""
    return replace(source, constant=None, literal=False)


def difference_of(source: Type) -> Type:
    """The type of a difference of two such values."""
    return DISTANCE if source.kind == "price" else Type(source.kind)


def _weight_of_sum(operator: str, left: Type, right: Type) -> float | None:
    if left.kind != "price" and right.kind != "price":
        return None
    sides = [side.weight if side.kind == "price" else 0.0 for side in (left, right)]
    if sides[0] is None or sides[1] is None:
        return None
    return sides[0] + sides[1] if operator == "+" else sides[0] - sides[1]


def _scaled(left: Type, right: Type, power: int) -> float | None:
    """The weight of a price times (or over) something: known only when the factor is, or when there is none."""
    price, factor = (left, right) if left.kind == "price" else (right, left)
    if price.weight == 0:
        return 0.0
    if price.weight is None or factor.constant is None or (power < 0 and factor.constant == 0):
        return None
    return price.weight * factor.constant if power > 0 else price.weight / factor.constant


def _constant(operator: str, left: float | None, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    if operator == "/":
        return left / right if right else None
    return {"+": left + right, "-": left - right, "*": left * right}[operator]
