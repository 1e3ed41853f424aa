"""The broker's names of symbols and ours: EURUSD here is EURUSD.sml, EURUSDm or #EURUSD there.

A name is never guessed by cutting letters off alone: a currency pair must also have the currencies it is called by, and
of several candidates one must stand out (full trading, shown in Market Watch), or the user is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from mas import constants as mt5
from mas.errors import ParameterError
from mas.symbols import CURRENCIES, canonical_symbol
from mas.terminals.structs import SymbolInfo


class SymbolNames:
    """Both directions for one broker.

    Args: listed: what `symbols_get` lists. suffix: the broker's, if the profile says; tried before any search.
        given: our names to the broker's, as the profile has them; these win over everything.
    """

    def __init__(
        self, listed: Iterable[SymbolInfo], *, suffix: str = "", given: Mapping[str, str] | None = None
    ) -> None:
        self._listed = {info.name: info for info in listed}
        self._suffix = suffix
        self._theirs = dict(given or {})
        self._ours = {theirs: ours for ours, theirs in self._theirs.items()}
        self._capitals = {name.upper(): name for name in self._listed}
        self._alike: dict[str, list[SymbolInfo]] = {}
        for info in self._listed.values():
            self._alike.setdefault(canonical_symbol(info.name), []).append(info)

    def theirs(self, name: str) -> str:
        """The broker's name of a symbol; from now on `ours` gives back the name that was asked for.

        Raises: ParameterError: there is no such symbol, or there are several and none stands out.
        """
        found = self._theirs.get(name)
        if found is None:
            found = self._theirs[name] = self._find(name)
        self._ours[found] = name
        return found

    def ours(self, name: str) -> str:
        """Our name of the broker's symbol: as it was asked for, else the bare name if that leads back to it."""
        known = self._ours.get(name)
        if known is not None:
            return known
        bare = canonical_symbol(name) if name in self._listed else name
        self._ours[name] = bare if bare in name.upper() and self._leads_to(bare) == name else name
        return self._ours[name]

    def _leads_to(self, bare: str) -> str:
        try:
            return self._theirs.get(bare) or self._find(bare)
        except ParameterError:
            return ""

    def _find(self, name: str) -> str:
        for candidate in (name, name + self._suffix):
            if candidate in self._listed:
                return candidate
            if candidate.upper() in self._capitals:
                return self._capitals[candidate.upper()]
        wanted = canonical_symbol(name)
        candidates = [info for info in self._alike.get(wanted, ()) if _is_called_rightly(info, wanted)]
        if not candidates:
            raise ParameterError(self._unknown(name))
        return self._outstanding(name, candidates)

    def _outstanding(self, name: str, candidates: list[SymbolInfo]) -> str:
        for stands_out in (_is_tradable, _is_shown):
            candidates = [info for info in candidates if stands_out(info)] or candidates
        if len(candidates) > 1:
            several = ", ".join(sorted(info.name for info in candidates))
            raise ParameterError(
                f"the broker has several symbols that may be {name}: {several}. Use one of these names, "
                "or set suffix (or an entry of symbols) in the broker's profile"
            )
        return candidates[0].name

    def _unknown(self, name: str) -> str:
        near = get_close_matches(name.upper(), self._capitals, n=3, cutoff=0.6)
        hint = f"did you mean {' or '.join(self._capitals[n] for n in near)}?" if near else "look it up in Market Watch"
        return f"the broker has no symbol {name}: {hint}"


def _is_called_rightly(info: SymbolInfo, wanted: str) -> bool:
    """Whether a symbol that looks like a currency pair is one of these currencies."""
    base, profit = wanted[:3], wanted[3:]
    if base not in CURRENCIES or profit not in CURRENCIES or not info.currency_base:
        return True
    return (info.currency_base, info.currency_profit) == (base, profit)


def _is_tradable(info: SymbolInfo) -> bool:
    return info.trade_mode == mt5.SYMBOL_TRADE_MODE_FULL


def _is_shown(info: SymbolInfo) -> bool:
    return info.visible or info.select
