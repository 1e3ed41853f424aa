"""The sentence that `nl2strat demo` works on."""

EXAMPLE = (
    "Buy when the 20-period EMA crosses above the 50-period EMA and the RSI is above 50. "
    "Sell when the 20 EMA crosses back below the 50 EMA. "
    "Stop loss 2 ATR, take profit 4 ATR. Risk 1% per trade."
)
