"""Topics that cannot be translated, with the reason a person can act on."""

from __future__ import annotations

TOPICS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "This is not the description of a trading strategy. Say when to buy or sell, and how the position ends.",
        ("ignore above", "ignore all previous", "ignore previous instruction", "ignore all instruction", "previous instruction", "earlier instruction", "system prompt", "disregard instruction", "python", "javascript", "import os",
         "subprocess", "password", "passwd", "sudo", "rm -rf", "shell", "script", "delete file", "delete all file", "http", "https", "api key", "secret key", "jailbreak", "you are now", "act as", "pretend", "write program", "write poem", "write essay",
         "eval", "exec", "__import__", "os . system", "drop table", "select * from", "prompt", "instructions", "lambda", "print (", "open (", "curl", "wget", "bash", "environment variable"),
    ),
    (
        "That needs data this program does not have: it sees prices and volume of one market only. Which rule on prices or indicators should stand in?",
        ("news", "sentiment", "headline", "twitter", "tweet", "reddit", "social media", "earnings", "dividend", "fundamental", "fundamentals", "p / e", "pe ratio", "order flow", "order book", "orderbook", "depth of market", "footprint", "cumulative delta",
         "cot report", "cot", "commitment of traders", "interest rate", "central bank", "fed", "fomc", "ecb", "cpi", "nfp", "non farm payrolls", "nonfarm payrolls", "inflation", "gdp", "unemployment", "payrolls", "economic calendar", "economic data",
         "open interest", "funding rate", "put call", "option", "options", "implied volatility", "vix", "dark pool", "whale", "on chain", "weather", "moon", "full moon", "new moon", "analyst", "insider", "google trends", "fear and greed", "bid volume",
         "ask volume", "bid ask imbalance", "market depth", "level 2", "level ii", "yield", "yields", "bond", "dxy", "dollar index", "s & p 500", "retail positioning", "client sentiment", "crowd", "politician", "election", "horoscope", "astrology",
         "analysts", "rating", "ratings", "warren buffett", "elon musk", "trump", "etf flows", "etf inflows", "hash rate", "market cap", "volume profile", "delta volume", "tape", "other traders"),
    ),
    (
        "That needs to know the future: a decision can only use bars that have closed. What should be known at that time instead?",
        ("tomorrow", "next day 's", "next bar 's close", "next bar 's high", "next bar 's low", "next week", "next month", "future", "will rise", "will fall", "will go up", "will go down", "will be higher", "will be lower", "going to rise", "going to fall",
         "about to rise", "about to fall", "about to", "before it rise", "before it fall", "before it goes", "before price rise", "before price fall", "next bar closes", "next bar will", "next bar is", "following day 's", "coming day", "coming hours", "exact top", "exact bottom",
         "absolute low of day", "day 's eventual", "later that day", "later in day", "will close", "next candle closes", "after next", "in advance of", "upcoming", "forecast", "predict", "prediction", "predicts", "end up", "ends up", "is going to", "will later", "will have",
         "next 5 bars", "next 10 bars", "next 3 bars", "next hour 's", "hour later", "lowest point of day", "highest point of day", "lowest price of day", "highest price of day", "day 's final", "eventually", "will reverse", "will continue", "afterwards rise",
         "next bar opens", "next bar open above", "next bar open below", "following bar closes", "subsequent bar", "just before rise", "just before drop", "just before rally", "low of week", "high of week", "highest point", "lowest point", "right before"),
    ),
    (
        "Not supported yet. Can you say it with fixed sizes and conditions on closed bars?",
        ("martingale", "grid", "double lot", "double size", "double position", "double up", "double down", "average down", "averaging down", "hedge", "hedging", "after loss", "after losing trade", "after a win", "after winning trade", "losing streak",
         "loss in row", "losses in row", "loses in row", "divergence", "diverge", "diverges", "trendline", "trend line", "support and resistance", "head and shoulders", "double top", "double bottom", "cup and handle", "elliott", "fibonacci", "fib", "golden pocket",
         "harmonic", "gartley", "order block", "liquidity sweep", "fair value gap", "fvg", "smart money", "supply zone", "demand zone", "supply and demand", "wyckoff", "gann", "renko", "point and figure", "tick chart", "range bars",
         "machine learning", "neural network", "artificial intelligence", "ai", "arbitrage", "pairs trade", "pair trading", "correlation", "basket", "portfolio of", "rebalance", "drawdown", "daily loss", "equity curve", "recover loss", "anti martingale",
         "kelly", "optimal f", "monte carlo", "optimise", "optimize", "alert", "notify", "email", "telegram", "channel breakout of trend", "wedge", "triangle", "flag pattern", "pennant", "triple top", "triple bottom", "rounding bottom", "slippage", "commission", "swap free",
         "spread is", "spread below", "spread above", "max spread", "maximum spread", "if spread", "when spread", "loss streak", "previous trade", "last trade", "trade lost", "trade won", "last loss", "cool down", "cooldown", "cool off", "wait 5 bars after", "stopped out"),
    ),
)  # fmt: skip
"""(reason, words)"""

VAGUE = ("make money", "make me money", "make profit", "good entry", "best entry", "looks good", "look good", "good time", "right time", "strong trend", "trend is strong", "good setup", "market is strong", "high probability", "cheap", "expensive", "undervalued",
         "overvalued", "too high", "too low", "very low", "very high", "strong", "weak", "gut", "feeling", "smart", "safe", "best", "profitable", "low risk", "when it dips", "buy dip", "buy dips", "trend is up", "trend is down", "uptrend", "downtrend", "trending", "momentum is strong",
         "near", "close to", "around", "roughly", "approximately", "significantly", "sharply", "big move", "large move", "nice", "reasonable", "tight stop", "wide stop", "small stop", "some pips", "few pips", "a few", "several", "couple of", "soon", "recently", "for while", "quickly",
         "slowly", "high volume", "low volume", "heavy volume", "volatile", "quiet", "calm", "choppy", "ranging", "sideways", "breakout", "pullback", "retracement", "bounce", "reversal", "support", "resistance", "confirmation", "confirmed", "momentum", "when appropriate", "as needed",
         "suitable", "appropriate", "sensible", "usual amount", "sometimes", "often", "maybe", "probably", "perhaps", "bullish", "bearish", "strength", "weakness", "flat market", "steep", "extended", "stretched", "exhausted", "exhaustion")  # fmt: skip
"""Words that need a number or a definition before they can be a rule."""
