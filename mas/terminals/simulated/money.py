"""Profit and margin of a symbol in the account currency.

Formulas: MetaTrader's calculation modes (reference mt5.md, section 9). Of options the sources print no profit: it is
taken to be that of shares. Of bonds they print the worth where the profit should stand: it is the difference of two.

Profit is converted with the closing price where the symbol itself is the rate (USDJPY for a USD account), as
MetaTrader does. Where a third currency is needed (EURGBP for a USD account) the rate comes from the bars of other
symbols if they are loaded; else a fixed, typical rate is used and `note` says so, to be printed beside every result.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mas.errors import ParameterError
from mas.fills import LONG
from mas.symbols import SymbolSpec
from mas.terminals.simulated.conversion import FloatArray, Rate, Rates, Times
from mas.terminals.simulated.terms import SymbolTerms

_LEVERAGED = frozenset({"FOREX", "CFDLEVERAGE"})
_FIXED_MARGIN = frozenset({"FUTURES", "EXCH_FUTURES", "EXCH_FUTURES_FORTS"})
"""Calculation modes whose margin is an amount per lot that the broker sets."""
_BONDS = frozenset({"EXCH_BONDS", "EXCH_BONDS_MOEX"})
_FORTS, _COLLATERAL = "EXCH_FUTURES_FORTS", "SERV_COLLATERAL"


class Clock(Protocol):
    """Knows the time."""

    time: int


class _Still:
    time = 0


class Money:
    """Converts one symbol's prices and lots into the account currency."""

    def __init__(
        self, spec: SymbolSpec, currency: str, leverage: float, terms: SymbolTerms | None = None,
        rates: Rates | None = None,
    ) -> None:  # fmt: skip
        """Raises: ParameterError: there is no way to express the symbol's profit in that currency."""
        self._spec, self.currency, self._leverage = spec, currency, leverage
        self._terms, self._rates = terms or SymbolTerms(), rates or Rates()
        self.contract = self._contract()
        """Profit per lot and unit of price, in the profit currency."""
        self.note = ""
        self.clock: Clock = _Still()
        # A long's profit in money is (exit - entry) * contract * lots * fixed, divided by the exit if inverse.
        self.inverse = spec.currency_base == currency and spec.currency_profit != currency
        profit = Rate(1.0) if self.inverse else self._rate(spec.currency_profit)
        self._fixed = profit.fixed
        self._live = profit if profit.times is not None else None
        self._settlement = self._terms.settlement_price if spec.calc_mode == _FORTS else 0.0
        self._initial = self._margin_rule(self._terms.margin_initial)
        self._held = self._margin_rule(self._terms.margin_maintenance or self._terms.margin_initial)

    def _contract(self) -> float:
        spec, terms = self._spec, self._terms
        if spec.calc_mode == _COLLATERAL:
            return 0.0
        if spec.calc_mode in _BONDS:
            return spec.contract_size * terms.face_value / 100.0
        if terms.tick_value and spec.calc_mode != "CFDINDEX":  # there the tick value is for the margin alone
            return terms.tick_value / spec.tick_size
        return spec.contract_size

    def convert_at(self, rate: float) -> None:
        """Convert profits at a rate that was seen from now on, not at that of the bars or a typical one.

        Args: rate: account currency per unit of the profit currency. Ignored where the symbol's own price is the rate.
        """
        if not self.inverse:
            self._fixed, self._live, self.note = rate, None, ""

    @property
    def drifts(self) -> bool:
        """Whether its rate of conversion changes while the symbol's own price stands still."""
        return self._live is not None

    @property
    def settles(self) -> bool:
        """Whether margin depends on more than lots and price: on a clearing price, or on rates that change."""
        rates = (self._initial[2], self._held[2])
        return bool(self._settlement) or any(rate.times is not None for rate in rates)

    @property
    def fixed_rate(self) -> float:
        """What `rate` multiplies or divides by where it does not drift."""
        return self._fixed

    @property
    def margin_rules(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Of what a position holds back, and of what an order needs: an amount per lot, one per unit of price, and the
        rate of their currency."""
        held, initial = ((fixed, per_price, rate.fixed) for fixed, per_price, rate in (self._held, self._initial))
        return held, initial

    def rate(self, price: float) -> float:
        """Account currency per unit of the profit currency, now, when the symbol stands at `price`."""
        if self.inverse:
            return self._fixed / price
        return self._fixed if self._live is None else self._live.at(self.clock.time)

    def rate_curve(self, times: Times, prices: FloatArray) -> FloatArray:
        """The same for many moments; not to be written to."""
        if self.inverse:
            return self._fixed / prices
        return np.broadcast_to(self._fixed, len(times)) if self._live is None else self._live.over(times)

    def convert(self, amount: float, currency: str) -> float:
        """An amount of any currency, in account currency, now."""
        return amount * self._rate(currency).at(self.clock.time)

    def profit(self, side: int, volume: float, entry: float, leaving: float) -> float:
        """Profit of a round trip, not rounded."""
        rate = self._fixed if self._live is None and not self.inverse else self.rate(leaving)
        return side * (leaving - entry) * self.contract * volume * rate

    def margin(self, volume: float, price: float, held: bool = False, side: int = LONG) -> float:
        """Money that an order of that size needs at that price; `held`: that its position holds back."""
        fixed, per_price, rate = self._held if held else self._initial
        margin = volume * (fixed + per_price * price) * (rate.fixed if rate.times is None else rate.at(self.clock.time))
        if self._settlement:
            margin = max(margin - max(self.profit(side, volume, price, self._settlement), 0.0), 0.0)
        return margin

    def margins(self, volumes: FloatArray, prices: FloatArray, sides: NDArray[np.int64]) -> FloatArray:
        """What positions hold back now, opened at these prices, shape (positions,)."""
        fixed, per_price, rate = self._held
        if not self._settlement:
            return volumes * (fixed + per_price * prices) * rate.at(self.clock.time)
        rows = zip(volumes.tolist(), prices.tolist(), sides.tolist(), strict=True)
        return np.array([self.margin(volume, price, True, side) for volume, price, side in rows], dtype=np.float64)

    def assets(self, volume: float, price: float) -> float:
        """What lots of a collateral are worth as a security, account currency; of anything else nothing."""
        if self._spec.calc_mode != _COLLATERAL:
            return 0.0
        return volume * self._spec.contract_size * price * self._terms.liquidity_rate * self.rate(price)

    def ruin(self, quantity: float, weighted: float, loss: float) -> float:
        """The closing price at which open positions have lost `loss`; 0.0 if there is none.

        Args: quantity: sum of side * contract * lots; weighted: sum of side * entry * contract * lots.
        """
        if self.inverse:  # quantity - weighted / price = -loss
            below = quantity + loss
            return max(weighted / below, 0.0) if below != 0.0 else 0.0
        return max((weighted - loss / self.rate(1.0)) / quantity, 0.0) if quantity != 0.0 else 0.0

    def _margin_rule(self, per_lot: float) -> tuple[float, float, Rate]:
        """Margin of one lot: a fixed amount, an amount per unit of price, and the rate of its currency."""
        spec = self._spec
        fixed, per_price = self._margin_formula(per_lot)
        fixed, per_price = fixed * self._terms.margin_rate, per_price * self._terms.margin_rate
        if spec.currency_margin == self.currency:
            return fixed, per_price, Rate(1.0)
        if spec.currency_margin == spec.currency_base and spec.currency_profit == self.currency and not per_price:
            return 0.0, fixed, Rate(1.0)  # the symbol's own price converts its base currency
        if spec.currency_margin == spec.currency_profit and self.inverse and not fixed:
            return per_price, 0.0, Rate(1.0)
        return fixed, per_price, self._rate(spec.currency_margin)

    def _margin_formula(self, per_lot: float) -> tuple[float, float]:
        """The same in the margin currency, by the symbol's calculation mode."""
        mode, size = self._spec.calc_mode, self._spec.contract_size
        share = self._leverage if mode in _LEVERAGED else 1.0
        if per_lot or mode in _FIXED_MARGIN:
            return per_lot / share, 0.0
        if mode.startswith("FOREX"):
            return size / share, 0.0
        if mode == _COLLATERAL:
            return 0.0, 0.0
        if mode in _BONDS:
            return 0.0, self.contract
        if mode == "CFDINDEX" and self._terms.tick_value:
            return 0.0, size * self._terms.tick_value / self._spec.tick_size
        return 0.0, size / share

    def _rate(self, currency: str) -> Rate:
        try:
            rate = self._rates.between(currency, self.currency)
        except ParameterError as error:
            raise ParameterError(f"{error}: {self._spec.name} cannot be settled") from None
        if rate.typical and rate.fixed != 1.0 and not self.note:
            self.note = (
                f"{self._spec.name} is settled in {currency}: money figures are converted at a fixed, typical "
                f"{rate.fixed:g} {self.currency} per {currency}, not at the rate of each day"
            )
        return rate
