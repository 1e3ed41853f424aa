"""Talk around a strategy: framing phrases, small talk, and words that must never pass as small talk."""

from __future__ import annotations

ASIDES = (
    "my plan", "my plan is", "plan", "my strategy", "my strategy is", "strategy", "my system", "my system is", "my rules", "rule", "my rules are", "rule are", "here is my plan",
    "here is my strategy", "here is what i want", "here are my rules", "this is my strategy", "system", "my idea", "idea", "idea is", "my idea is", "setup", "i want to", "i want", "i would like to", "i 'd like to",
    "i would like", "i'd like to", "i'd like", "could you", "can you", "would you", "could you build me robot", "build me robot", "make me robot", "write me robot", "create robot", "build robot",
    "i need robot", "i want robot", "build me ea", "build me bot", "build me strategy", "create strategy", "make me bot", "write ea", "create ea", "build ea", "create bot", "build bot", "make strategy",
    "i need ea", "i need strategy", "robot", "ea", "expert advisor", "write strategy", "build me expert advisor", "create expert advisor", "build strategy", "build me trading robot", "create trading robot",
    "make me strategy", "make me ea", "code me ea", "code ea", "code", "code bot", "code robot", "code strategy", "program ea", "program robot", "im", "program me robot", "write me strategy", "write me ea", "it should", "robot should", "ea should", "strategy should", "it must", "it will", "bot should", "system should",
    "should", "that", "which", "who", "what i want is", "what i do is", "what i do", "what i do now is", "i do is", "thank you", "thanks", "thank you very much", "thank you very much in advance", "thanks in advance",
    "thank you in advance", "many thanks", "cheers", "best regards", "regards", "hi", "hello", "hi all", "hey", "hello there", "hi there", "dear all", "good morning", "good evening", "good day", "hey guys", "hi guys", "hi everyone",
    "hello everyone", "that is my exit", "that is my entry", "that is exit", "that is entry", "that 's my exit", "that is it", "that 's it", "that is all", "that 's all", "nothing else", "and nothing else", "with nothing else",
    "no other exit", "no other rule", "in short", "in other words", "as follow", "follow", "like this", "like so", "as follows", "simple as that", "dead simple", "is simple", "keep it simple", "let 's", "let us", "let me",
    "i", "we", "you", "my", "me", "us", "your", "our", "want", "would like", "like to", "like", "need", "will", "for me", "for it", "if you could", "if possible", "be nice", "would is great", "for trade", "for every trade", "for each trade",
    "on every trade", "on each trade", "for all trade", "for this strategy", "in this strategy", "for both", "both side", "both way", "both direction", "for both side", "for both direction", "on both side", "in both direction", "either way",
    "either direction", "for long and short", "for both long and short", "in either direction", "on either side", "whichever side", "for either side", "in either case", "in both case", "each time", "every time", "per trade", "in each case",
    "all trade", "every trade", "each trade", "each position", "every position", "each", "whichever come first", "whichever happens first", "whichever is first", "whichever is earlier", "whichever come sooner", "what ever come first",
    "at latest", "either", "at least", "as well", "too", "instead", "so", "or", "but", "for now", "right", "here", "there", "in that case", "if so", "in which case", "in this case", "if that is case", "when that happens", "if that happens",
    "at that point", "at which point", "as soon as that happens", "once that happens", "when this happens", "if this happens", "after that", "only then", "when it does", "if it does", "when they do", "until then",
    "is used", "are used", "is", "are", "will is", "applies", "apply", "is applied", "have", "to", "on", "of", "for", "in", "with", "by", "a", "per", "at", "using", "use", "based on", "on chart", "chart", "using", "conditions", "condition", "entries",
    "following", "all of this", "all this", "everything", "go ahead and", "trade", "trading", "run", "runs on", "works on", "work on", "apply it to", "apply this to", "this is for", "this is", "it is", "this run on", "it run on",
    "intraday", "daytrading", "day trading", "swing trading", "scalping", "pair", "symbol", "market", "instrument", "timeframe", "time frame", "tf", "currency pair", "asset", "account", "please and thank you", "in advance", "very much",
    "position is", "trade is", "step by step", "orders", "details", "parameter", "parameters", "settings", "inputs", "input", "management", "money management", "risk management", "trade management", "position management", "exits", "bias",
    "direction", "indicator", "indicators", "and", "then", "next", "first", "second", "third", "finally", "lastly", "as usual", "classic", "simple", "standard", "basic", "plain", "old", "nice", "my own", "no more no less", "and that is it", "and that 's it",
    "sl and tp", "sl / tp", "trigger", "entry trigger", "signals", "signal", "long and short", "exits only", "protection", "same for", "also use", "plus", "with that", "from there", "off we go", "done", "end", "e.g.", "when", "if", "once",
    "time exit", "time stop", "so far so good", "no rocket science", "nothing fancy", "nothing more", "no fancy stuff", "it is open", "is opened", "are opened", "is open", "is placed", "is taken", "position", "order", "do so", "do this", "do that", "me",
    "the idea behind it", "rest is simple", "is what i do", "is what i trade", "what you do is", "you do", "do", "does", "i do", "we do", "else", "otherwise", "at all time", "all time", "any case", "in any case", "no matter what", "regardless", "whatever happens", "come what may",
)  # fmt: skip
"""Phrases that may stand between elements; none says anything about when, which way, or how much."""

GLUE = frozenset("and then also so but or either with plus i we you my to me us".split())

TRIGGERS = frozenset(
    """
    buy sell long short enter exit entry stop target risk when if unless until only never avoid skip except without above below over under
    cross break close closes high low open price volume average percent pip point lot atr candle bar trend momentum
    volatility support resistance breakout pullback retracement divergence pattern news sentiment signal confirmation confirm confirmed
    session hour minute day week monday tuesday wednesday thursday friday saturday sunday trailing profit loss losses
    equity balance size position order limit hedge martingale grid double half leverage margin spread filter condition
    indicator oscillator overbought oversold bullish bearish rising falling higher lower greater less than more most least between
    before after while during within maximum minimum max min must should never always tomorrow yesterday today next previous last
    weak strong strength spike squeeze gap swing fibonacci elliott wave harmonic smart order-block block liquidity imbalance
    fair value orderflow delta footprint earnings dividend interest rate cpi nfp fomc fed ecb inflation gdp unemployment
    reverse opposite flip pyramid scale add average-down recover recovery cancel pending valid expire not no nothing none
    correlate correlation dollar index yield bond stock option vix cot twitter reddit tweet ai neural model predict prediction
    forecast future guess feel feels intuition green red blue white black up down zero half quarter third first second third
    provided assuming given where whenever once as touch touches doji hammer engulfing pin inside outside range body wick shadow
    market close-by near far big small large huge tiny fast slow quick steep flat sideways strong weak heavy light early late soon
    often rarely sometimes maybe probably usually mostly mainly generally ideally preferably especially only just exactly
    wait hold keep stay watch look follow ride scale book bank lock protect secure cut let run add reduce increase decrease
    money-management martingale fixed variable dynamic adaptive optimal optimise optimize test live demo paper alert notify
    spread slippage commission swap-free leverage-free hedge net both neither either each every all any some few several many
    much little enough too very
    """.split()
)
"""A clause with one of these is never small talk: it is understood or it is asked about."""

IDIOMS = (
    "long time", "long term", "for long time", "so long", "as long", "long story short", "all day long", "long ago", "at end of day", "for a long time", "a bit", "little bit", "in long run", "in short", "day job", "these days", "nowadays", "one day", "every now and then",
    "more or less", "at least for me", "in front of", "back to basics", "good old", "high time", "high hopes", "open minded", "my two cents", "first of all", "last but not least", "next to", "on top of that", "by the way", "of course", "i never", "never mind",
    "no idea", "no problem", "no worries", "no kidding", "no big deal", "not bad", "why not", "no matter", "not sure", "no luck", "no secret", "not much", "nothing special", "nothing fancy", "no magic", "nothing new", "no need", "no rocket science", "no fancy stuff",
    "losing money", "lost money", "making money", "after years", "for years", "after all", "over years", "over time", "over last years", "it feels good", "feels good", "feel free", "too much swap", "charges too much", "before work", "after work", "while having coffee", "during lunch",
    "my average joe", "always wanted", "have always", "i always", "as always", "at moment", "last year", "next year", "last week", "last night", "yesterday evening", "today", "this week", "high five", "stop by", "without stress", "without drama", "after breakfast", "before breakfast", "every day life", "before bed",
    "less is more", "more than happy", "when i was", "when i started", "day trader", "swing trader", "part time", "full time", "spare time", "hard time", "short on time", "in long term", "short version", "short and sweet", "low stress", "low maintenance", "open to", "low effort", "if you like", "if you want",
    "if you ask me", "if i may", "as if", "even if", "if only", "what if", "so what", "when it comes to", "no hurry", "not too complicated", "not complicated", "not rocket science", "nothing complicated", "do not laugh", "do not judge", "not financial advice", "don't laugh", "don't judge me",
    "don't worry", "no offence", "no offense", "no stress", "no drama", "no guru", "no more guessing", "i am not", "i'm not", "not a", "without emotions", "without emotion", "instead of guessing", "ups and downs", "trial and error", "more relaxed", "most of", "most people", "than ever", "more than ever", "than before",
    "better than", "rather than", "other than that", "more like", "the most",
)  # fmt: skip
"""Everyday phrases whose words would otherwise count as trading words."""
