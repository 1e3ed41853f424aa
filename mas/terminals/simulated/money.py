"""Profit and margin of a symbol in the account currency.

Formulas: reference of MetaTrader's calculation modes (profit of FOREX and CFD modes: (close - open) * contract * lots;
margin: FOREX lots * contract / leverage in the margin currency, CFDLEVERAGE lots * contract * price / leverage).
Profit is converted with the closing price where the symbol itself is the rate (USDJPY for a USD account), as
MetaTrader does. Where a third currency would be needed (EURGBP for a USD account) no rate is in the data: a fixed,
typical rate is used and `note` says so, to be printed beside every result.
"""

from __future__ import annotations

from mas.errors import ParameterError
from mas.symbols import SymbolSpec

TYPICAL_USD = {
    "USD": 1.0, "USDT": 1.0, "USDC": 1.0, "EUR": 1.10, "GBP": 1.28, "CHF": 1.12, "AUD": 0.68, "NZD": 0.62,
    "CAD": 0.74, "JPY": 0.0075, "SEK": 0.10, "NOK": 0.10, "DKK": 0.148, "PLN": 0.25, "HUF": 0.0029, "CZK": 0.044,
    "SGD": 0.74, "HKD": 0.128, "CNH": 0.144, "CNY": 0.144, "MXN": 0.053, "ZAR": 0.06, "TRY": 0.05, "ILS": 0.28,
    "THB": 0.03, "RUB": 0.014, "BRL": 0.2, "INR": 0.013, "KRW": 0.0008, "RON": 0.23,
}  # fmt: skip
"""Dollars per unit of a currency, round averages of 2015 to 2025: only for what the data cannot convert."""

_FULL_VALUE = frozenset({"CFD", "CFDINDEX", "EXCH_STOCKS", "EXCH_STOCKS_MOEX"})
"""Calculation modes whose margin is the value of the position, whatever the leverage."""


class Money:
    """Converts one symbol's prices and lots into the account currency."""

    def __init__(self, spec: SymbolSpec, currency: str, leverage: float) -> None:
        """Raises: ParameterError: there is no way to express the symbol's profit in that currency."""
        self.contract = spec.contract_size
        self.currency = currency
        self.note = ""
        # A long's profit in money is (exit - entry) * contract * lots * fixed, divided by the exit if inverse.
        self.inverse = spec.currency_base == currency and spec.currency_profit != currency
        self._fixed = 1.0 if self.inverse else self._rate(spec.currency_profit, spec.name)
        self._margin = self._margin_rule(spec, leverage)

    def rate(self, price: float) -> float:
        """Account currency per unit of the profit currency when the symbol stands at `price`."""
        return self._fixed / price if self.inverse else self._fixed

    def profit(self, side: int, volume: float, entry: float, leaving: float) -> float:
        """Profit of a round trip, not rounded."""
        return side * (leaving - entry) * self.contract * volume * self.rate(leaving)

    def margin(self, volume: float, price: float) -> float:
        """Money that a position of that size, opened at that price, holds back."""
        fixed, per_price = self._margin
        return volume * (fixed + per_price * price)

    def ruin(self, quantity: float, weighted: float, loss: float) -> float:
        """The closing price at which open positions have lost `loss`; 0.0 if there is none.

        Args: quantity: sum of side * contract * lots; weighted: sum of side * entry * contract * lots.
        """
        if self.inverse:  # quantity - weighted / price = -loss
            below = quantity + loss
            return max(weighted / below, 0.0) if below != 0.0 else 0.0
        return max((weighted - loss / self._fixed) / quantity, 0.0) if quantity != 0.0 else 0.0

    def _margin_rule(self, spec: SymbolSpec, leverage: float) -> tuple[float, float]:
        """Margin of one lot: a fixed amount, and an amount per unit of price."""
        forex = spec.calc_mode.startswith("FOREX")
        share = 1.0 if spec.calc_mode == "FOREX_NO_LEVERAGE" or spec.calc_mode in _FULL_VALUE else leverage
        size = self.contract / share
        if not forex:
            return (size, 0.0) if self.inverse else (0.0, size * self._fixed)
        if spec.currency_base == self.currency:
            return size, 0.0
        if spec.currency_profit == self.currency:
            return 0.0, size
        return size * self._rate(spec.currency_base, spec.name), 0.0

    def _rate(self, currency: str, symbol: str) -> float:
        if currency == self.currency:
            return 1.0
        if currency not in TYPICAL_USD or self.currency not in TYPICAL_USD:
            raise ParameterError(
                f"no rate is known from {currency}, the profit currency of {symbol}, to {self.currency}"
            )
        rate = TYPICAL_USD[currency] / TYPICAL_USD[self.currency]
        if rate != 1.0 and not self.note:
            self.note = (
                f"{symbol} is settled in {currency}: money figures are converted at a fixed, typical "
                f"{rate:g} {self.currency} per {currency}, not at the rate of each day"
            )
        return rate
