"""Programs that together use every construct of the language, to be run by the kernel and by the class."""

from __future__ import annotations

BODIES = {
    "stopped out": "enter long when close > open\n size 4 lots\nend",
    "trailing": "enter long when close crosses above sma(close, 5)\n stop 20 pips\n trail 15 pips after 10 pips\n"
    " breakeven after 8 pips plus 1 pips\nend",
    "parts": "enter short when close crosses below sma(close, 5)\n stop 20 pips\n take 50% after 1R\n target 3R\n"
    " risk 1% of equity\nend",
    "waiting": "enter long when close > open\n place stop at high + 3 pips\n valid for 3 bars\n stop 15 pips\n"
    " target 2R\nend\nenter short when close < open\n place limit at high + 3 pips\n stop 15 pips\n"
    " target 20 pips\nend",
    "pyramid": "enter long when close > open\n stop 30 pips\nend\npyramid 3\nexit long when close < low[1]",
    "line and hours": "enter long when close > open\n stop 30 pips\n trail at low - 20 pips after 5 pips\nend\n"
    "close at 03:15",
    "two rules of one side": "enter long when close > open\n stop 20 pips\n take 50% after 9 pips\nend\n"
    "enter long when rsi(5) < 30\n stop 15 pips\n take 50% after 10 pips\nend\n"
    "enter short when close < low[1]\n stop 20 pips\n target 20 pips\nend\nspread at most 40 points\nno reversal",
    "reduced": "enter long when close > open\n stop 40 pips\n size 0.37 lots\nend\n"
    "reduce long by 33% when close < open\nreduce all by 0.1 lots when profit > 10 pips",
    "average": "enter long when close > open\n stop 60 pips\nend\npyramid 4\n"
    "exit long when close > average entry and bars since entry > 3",
    "grid": "enter long when close crosses above sma(close, 5)\n stop 60 pips\n target 20 pips\n"
    " add 3 times every 9 pips against scaled 1.5\n close after 30 bars\nend\nenter short when close < low[3]\n"
    " stop 50 pips\n target 1R\n add 2 times every 8 pips ahead\nend\nlimit 4 trades per day",
    "grid without distances": "enter long when close crosses above sma(close, 5)\n stop at low - 50 pips\n"
    " target at high + 30 pips\n add 2 times every 15 pips against\nend\nclose at 17:00",
    "until": 'enter long when close > open\n place stop at high + 3 pips\n valid until 11:00 in "Europe/London"\n'
    " stop 15 pips\n target 2R\nend\ncancel orders at 03:00",
    "stop-limit": "enter long when close > open\n place stop at high + 3 pips limit high + 1 pips\n valid for 6 bars\n"
    " stop 15 pips\n target 2R\nend\nenter short when close < open\n place stop at low - 3 pips limit low + 2 pips\n"
    " stop 15 pips\n take 50% after 10 pips\nend",
    "daily limits": "enter long when close > open\n stop 15 pips\n target 20 pips\nend\n"
    "daily loss at most 0.02%\ndaily profit at most 30 money",
    "daily limits of orders": "enter long when close > open\n place stop at high + 1 pips\n stop 10 pips\n"
    " take 50% after 9 pips\nend\ndaily loss at most 0.02%\ndaily profit at most 0.05%\nvolume at most 0.2 lots\n"
    "pyramid 3",
    "target steps": "enter long when close > open\n stop 60 pips\n target 3R\n target 1R after 3 bars\n"
    " target at high + 5 pips after 6 bars\n target 0% after 9 bars\nend\npyramid 2",
    "capped": "enter long when close > open\n size 0.4 lots\n stop 30 pips\nend\nenter short when close < low[1]\n"
    " size 0.7 lots\n stop 30 pips\nend\nvolume at most 0.9 lots\npyramid 3",
    "capped by the account": "enter long when close > open\n risk 1% of equity\n stop 30 pips\n take 50% after 9 pips\n"
    " scale size by 1.5 after loss at most 3 times\nend\nenter short when close < low[1]\n size 40% of balance\n"
    " stop 30 pips\n scale size by 2 after win at most 2 times\nend\nvolume at most 1.2 lots\nskip 1 entries after win",
    "prices and inputs": "input risked = 1 in 0.5..3 step 0.5\ninput large = 0.2 in 0.1..0.5 step 0.1\n"
    "input far = 20 in 10..40 step 5\ninput reward = 2 in 1..3 step 1\n"
    "enter long when close > open or (close != open and flat)\n stop far pips\n target at high + far pips\n"
    " take 50% at high + 9 pips\n risk risked percent of equity\nend\n"
    "enter short when close crosses through sma(close, 5)\n stop at high + 20 pips\n take 0.05 lots after 1R\n"
    " target reward R\n breakeven after 1R\n size large lots\nend\n"
    "trade on mon, wed, sun\ntrade until 2024-02-02",
    "account facts": "enter long when close > open and (last trade lost or bars since exit > 4 or wins in a row > 1 "
    "or trades today == 0)\n stop 20 pips\n target 15 pips\n"
    " scale size by 2 after loss at most 3 times\n size 0.1 lots\nend\n"
    "enter short when close < open and (last trade won and result today > 0 or bars since win > 9 "
    "and not holding short)\n"
    " stop 20 pips\n target 15 pips\nend\nwait 2 bars after exit\nwait 3 bars after win\nwait 2 bars after stop\n"
    "skip 2 entries after loss\npyramid 2",
    "orders that cancel": "enter long when close > open\n place stop at high + 2 pips\n stop 20 pips\n"
    " target 20 pips\n valid until 15:00\nend\n"
    "enter short when close > open\n place stop at low - 2 pips\n stop 20 pips\n target 20 pips\nend\n"
    "one cancels other\ncancel short orders when close < open\ncancel orders at 09:00 on mon, sat\n"
    'cancel orders at 10:00 in "Asia/Tokyo" on tue',
    "states": "enter long when (ratchet down high + 20 pips until monday or thursday) > close\n stop 30 pips\n"
    " trail at low - 10 pips\nend\nexit long when close > entry + 15 pips - 3 points\n"
    "enter short when close > open then within 2 bars close < open then within 3 bars close > open\n"
    ' stop 30 pips\n lock 2 pips after 9 pips\nend\nclose at 20:00 in "Europe/London" on wed, fri\n'
    'trade from 2024-01-03\nalert "up" when wednesday or saturday or sunday',
    "one day": "enter long when close < (ratchet up close - 5 pips)\n stop 30 pips\nend\ntrade on fri",
    "hours": "enter long when close > open\n close after 5 bars\nend\nclose at 17:00\nlimit 2 trades per day",
}
"""By what they are about."""


ELSEWHERE = r"answer|question|_program_|^<program|^<input|signed|assume|ASSUME|TIMEFRAME|SETTING|DEFINITIONS|_IN SYMBOL"
"""Answers of models, the head of a program, other symbols (which the kernel does not run)."""
