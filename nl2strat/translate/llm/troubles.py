"""What can go wrong between here and a model, each with what to do about it.

ModelTrouble
├── NotConfigured     no package, no model named, no key, a settings file that cannot be read
├── Unreachable       nothing answers at the address, or something that is no such API
│   └── NoSuchApi     a server answers, but not to this kind of request
├── WrongKey          the key was refused, or may not do this
├── UnknownModel      the endpoint has no such model
├── TooBusy           rate limit or quota, after the client's own retries
├── TooSlow           no answer, or no further piece of it, in time
├── ServerFault       the endpoint failed (5xx), after the client's own retries
├── Rejected          the endpoint refused the request as malformed (a grammar, a field, too long a text)
├── Unreadable        the answer is not what the API promises: broken JSON, a stream that ends in the middle
├── Declined          the model refused, or a content filter stopped it
├── CutOff            the answer ran into the limit of tokens
├── Unusable          answers came, but none that passes our parser, checker and accounting
└── ReplayTrouble     a recording that cannot be read, or that was made of something else
"""

from __future__ import annotations

from nl2strat.errors import ModelTrouble

__all__ = [
    "CutOff", "Declined", "ModelTrouble", "NoSuchApi", "NotConfigured", "Rejected", "ReplayTrouble", "ServerFault",
    "TooBusy", "TooSlow", "UnknownModel", "Unreachable", "Unreadable", "Unusable", "WrongKey", "trouble_named",
]  # fmt: skip


class NotConfigured(ModelTrouble):
    """The model cannot be asked as things are set up."""


class Unreachable(ModelTrouble):
    """Nothing that speaks the API answers at the address."""


class NoSuchApi(Unreachable):
    """A server answers at the address, but has no such API there."""


class WrongKey(ModelTrouble):
    """The endpoint does not accept the key."""


class UnknownModel(ModelTrouble):
    """The endpoint has no model of that name."""


class TooBusy(ModelTrouble):
    """A rate limit or an empty account."""


class TooSlow(ModelTrouble):
    """Time ran out."""


class ServerFault(ModelTrouble):
    """The endpoint failed."""


class Rejected(ModelTrouble):
    """The endpoint calls the request malformed."""


class Unreadable(ModelTrouble):
    """The answer breaks the API's own promises."""


class Declined(ModelTrouble):
    """The model, or a filter, refused."""


class CutOff(ModelTrouble):
    """The answer was longer than it may be."""


class Unusable(ModelTrouble):
    """No answer passed our own checks."""


class ReplayTrouble(ModelTrouble):
    """A recording that does not fit."""


_ALL = (
    NotConfigured, Unreachable, NoSuchApi, WrongKey, UnknownModel, TooBusy, TooSlow, ServerFault, Rejected, Unreadable,
    Declined, CutOff, Unusable, ReplayTrouble,
)  # fmt: skip


def trouble_named(name: str, message: str) -> ModelTrouble:
    """A recorded trouble again."""
    for kind in _ALL:
        if kind.__name__ == name:
            return kind(message)
    return ModelTrouble(message)
