"""Who read a text, and how sure that is: shown with every result that a model had a part in."""

from __future__ import annotations

from mas.dataclass import dataclass


@dataclass(frozen=True)
class Origin:
    """`translator` is "offline" or "model". `held`: the answer was held to the grammar by the endpoint, tested.
    `words`: the offline translator accounted for each word, too.

    `confidence` says what agreed with what. `usage` and `notes` are sentences. `cost` is an estimate, None if unknown.
    """

    translator: str
    model: str = ""
    endpoint: str = ""
    way: str = ""
    held: bool = False
    words: bool = False
    rounds: int = 0
    samples: int = 1
    confidence: str = ""
    usage: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    currency: str = ""
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What a person should know, one sentence a line."""
        if self.translator != "model":
            return self.notes
        how = "held to the grammar" if self.held else "in free text"
        mended = f", {self.rounds} round{'s' if self.rounds != 1 else ''} of repair" if self.rounds else ""
        accounted = "" if self.words else "; numbers are accounted for, words are not"
        first = f"Read by the model {self.model} at {self.endpoint}, {how}{mended}{accounted}."
        return tuple(line for line in (first, self.confidence, self.usage, *self.notes) if line)
