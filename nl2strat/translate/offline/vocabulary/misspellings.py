"""Typing mistakes that edit distance cannot decide, and the words worth correcting to."""

from __future__ import annotations

MISSPELLINGS: dict[str, str] = {
    "wen": "when", "whne": "when", "whn": "when", "wehn": "when", "undr": "under", "udner": "under", "abv": "above",
    "gos": "goes", "goez": "goes", "byu": "buy", "bye": "buy", "buuy": "buy", "sel": "sell", "slel": "sell", "sels": "sells",
    "bellow": "below", "belo": "below", "blow": "below", "teh": "the", "hte": "the", "adn": "and", "nad": "and", "croses": "crosses",
    "corsses": "crosses", "crosess": "crosses", "stp": "stop", "stopp": "stop", "stoploss": "stop", "pps": "pips",
    "pisp": "pips", "lnog": "long", "logn": "long", "shrot": "short", "shrt": "short", "exti": "exit", "eixt": "exit",
    "clsoe": "close", "closs": "close", "averge": "average", "avarage": "average", "avrage": "average", "moveing": "moving",
    "bolinger": "bollinger", "bollingers": "bollinger", "boillinger": "bollinger", "stochastics": "stochastic",
    "stocastic": "stochastic", "stochstic": "stochastic", "candel": "candle", "cadle": "candle", "candels": "candles",
    "proffit": "profit", "profet": "profit", "prophit": "profit", "lenght": "length", "hiher": "higher", "heigher": "higher",
    "lowwer": "lower", "iff": "if", "ovr": "over", "ovver": "over", "wnen": "when", "trde": "trade", "treid": "trade",
    "eurusdd": "eurusd", "eursud": "eurusd", "uerusd": "eurusd", "persent": "percent", "precent": "percent",
    "loosing": "losing", "los": "loss", "lose": "loss", "lss": "loss", "crosing": "crossing", "ris": "rises", "thru": "through",
    "tp": "tp", "u": "you", "ur": "your", "pls": "please", "plz": "please", "thx": "thanks", "w": "with", "w/": "with",
    "wich": "which", "wich's": "which", "ma's": "mas", "breakeven": "breakeven", "abov": "above", "abowe": "above",
    "aboev": "above", "beolw": "below", "bewlow": "below", "signl": "signal", "singal": "signal", "befor": "before",
    "befoer": "before", "aftr": "after", "oposite": "opposite", "opposit": "opposite", "oversould": "oversold",
    "ovrsold": "oversold", "overbougt": "overbought", "tralling": "trailing", "trailling": "trailing", "fo": "of",
    "bt": "but", "onyl": "only", "onli": "only", "mor": "more", "thn": "than", "grater": "greater", "greather": "greater",
    "oen": "one", "tow": "two", "twnety": "twenty", "tweny": "twenty", "thrity": "thirty", "fity": "fifty", "forteen": "fourteen",
}  # fmt: skip

WORTH_CORRECTING = frozenset(
    """
    above below under over when crosses crossed cross crossing crossover close closes closed open opens opened price higher
    lower highest lowest between before after while until unless greater less than with average moving simple exponential
    weighted bollinger bands band stochastic histogram signal line candle candles candlestick engulfing bullish bearish
    volume period periods minutes hours trailing stop loss profit target take risk reward percent points pips short long
    sell buys sells position positions entry enter exit exits trade trades trading session london friday monday tuesday
    wednesday thursday weekly daily hourly break breaks breakout breakeven upper middle channel keltner donchian
    supertrend ichimoku parabolic aroon overbought oversold previous consecutive hammer shooting doji rises rising falls
    falling drops pending limit order orders balance equity lots pyramiding reverse opposite twice double half gold
    silver bitcoin turns flips touches within williams momentum deviation deviations relative strength index
    through level levels first second third number filter inside outside green red last most
    """.split()
)
