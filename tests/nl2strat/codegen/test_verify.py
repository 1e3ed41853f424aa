"""Verification: what render writes passes, and nothing hostile does."""

from __future__ import annotations

import pytest

from nl2strat.codegen import verify
from nl2strat.errors import VerifyError
from tests.nl2strat.codegen.programs import compiled

GOOD = compiled("enter long when close > open\n  stop 30 pips\nend\nexit long when close < open")

# Each entry is put somewhere into a good file; {} marks where.
TOP_LEVEL = {
    "import of a module": "import os",
    "import of a submodule": "import mas.data",
    "import under another name": "import mas as m",
    "import from another module": "from os import system",
    "import of everything": "from mas import *",
    "import under an alias": "from mas import ema as sma_",
    "import of a reader of files": "from mas import read_bars",
    "import of the terminal": "from mas import mt5",
    "import of a private name": "from mas import _HOME",
    "relative import": "from . import secrets",
    "import of the future": "from __future__ import annotations",
    "call": "print('hello')",
    "eval": "eval('1')",
    "exec": "exec('import os')",
    "expression": "1 + 1",
    "function": "def helper():\n    return 1",
    "async function": "async def main2():\n    return 1",
    "second class": "class Other(mas):\n    pass",
    "metaclass": "class Other(mas, metaclass=type):\n    pass",
    "computed constant": "ENGLISH2 = 'a' * 10**9",
    "redefined constant": "PROGRAM = 'something else'",
    "dunder assignment": "__name__ = '__main__'",
    "loop": "while True:\n    pass",
    "for": "for x in ():\n    pass",
    "with": "with open('x') as f:\n    pass",
    "try": "try:\n    pass\nexcept Exception:\n    pass",
    "delete": "del PROGRAM",
    "global": "global x",
    "assert": "assert True",
    "raise": "raise SystemExit",
    "if": "if True:\n    import os",
    "match": "match 1:\n    case _:\n        pass",
    "augmented": "PROGRAM += 'x'",
    "annotated": "x: int = 1",
    "walrus": "(x := 1)",
    "lambda": "f = lambda: 1",
    "other guard": "if __name__ == '__main__':\n    main(account=__import__('os').getpid())",
}

IN_CLASS = {
    "attribute that calls": "symbol2 = print('x')",
    "setting that calls": "wake_while_open = eval('True')",
    "setting that is an f-string": "timeframe2 = f'{1}'",
    "dunder attribute": "__slots__ = ()",
    "dunder method": "def __getattr__(self, name):\n    return 1",
    "private method": "def _helper(self):\n    return 1",
    "override of the runtime": "def send_order(self, params):\n    return 1",
    "nested class": "class Inner:\n    pass",
    "decorator": "@staticmethod\ndef enter_long_9(self, symbol):\n    return None",
    "default that calls": "def enter_long_9(self, symbol=print('x')):\n    self.magic",
    "annotation that calls": "def enter_long_9(self, symbol: print('x')):\n    self.trades(symbol)",
    "return annotation": "def enter_long_9(self, symbol) -> print('x'):\n    self.trades(symbol)",
    "other arguments": "def enter_long_9(self, *symbol):\n    self.trades(1)",
    "keyword arguments": "def enter_long_9(self, symbol, **k):\n    self.trades(1)",
    "async rule": "async def enter_long_9(self, symbol):\n    self.trades(symbol)",
    "import": "import os",
    "call": "print('x')",
}

IN_RULE = {
    "dunder class": "x = self.__class__",
    "dunder chain": "x = ().__class__.__bases__[0].__subclasses__()",
    "dunder dict": "x = self.__dict__",
    "globals of a method": "x = self.signal.__globals__",
    "globals of a function": "x = above.__globals__",
    "private attribute": "x = self._session",
    "format string": "x = '{0.__class__}'.format(self)",
    "format call": "x = format(self, 'x')",
    "percent format": "x = '%s' % self",
    "f-string": "x = f'{self.__class__}'",
    "f-string call": "x = f'{eval(1)}'",
    "eval": "x = eval('1')",
    "exec": "exec('import os')",
    "compile": "x = compile('1', '', 'eval')",
    "open": "x = open('/etc/passwd')",
    "getattr": "x = getattr(self, 'x')",
    "setattr": "setattr(self, 'x', 1)",
    "vars": "x = vars()",
    "import call": "x = __import__('os')",
    "builtins": "x = __builtins__",
    "input": "x = input()",
    "print": "print(symbol)",
    "type": "x = type(self)",
    "super": "x = super()",
    "module attribute": "x = mas.client",
    "module call": "mas.read_bars('x')",
    "function as value": "x = print",
    "self as value": "x = self",
    "method as value": "x = self.send_order",
    "login": "self.login({})",
    "a report": "report = self.generate_data_report()",
    "part of a report": "report = symbol\nx = report.get(symbol)",
    "any other method": "self.get_account_info()",
    "shutdown": "self.shutdown_mt5()",
    "call of a local": "x = symbol\nx()",
    "call of a result": "self.trades(symbol)()",
    "call of an index": "self.trades(symbol)[0]()",
    "method of a result": "self.trades(symbol).append(1)",
    "method of text": "x = 'a'.join(())",
    "lambda": "x = lambda: 1",
    "nested function": "def inner():\n    return 1",
    "nested class": "class Inner:\n    pass",
    "walrus": "self.pip(y := symbol)",
    "list comprehension": "x = [1 for y in (1, 2)]",
    "generator": "x = sum(1 for y in (1, 2))",
    "dict comprehension": "x = {1: 1 for y in (1, 2)}",
    "list": "x = [1]",
    "set": "x = {1}",
    "starred": "x = (*symbol,)",
    "starred call": "self.pip(*symbol)",
    "double starred call": "self.manage('1', **symbol)",
    "double starred dict": "x = {**symbol}",
    "computed key": "x = {symbol: 1}",
    "conditional": "x = 1 if symbol else 2",
    "slice": "x = symbol[0:1]",
    "computed index": "x = symbol[self.pip(symbol)]",
    "power": "x = 9 ** 9 ** 9",
    "shift": "x = 1 << 999999",
    "text times number": "x = 'a' * 1000000000",
    "modulo": "x = 5 % 3",
    "membership": "x = 'a' in symbol",
    "identity": "x = symbol is None",
    "await": "await symbol",
    "yield": "yield symbol",
    "while": "while True:\n    self.pip(symbol)",
    "endless for": "for x in symbol:\n    self.pip(x)",
    "nested for": "for x in (1, 2):\n    for y in (1, 2):\n        self.pip(symbol)",
    "recursion": "self.enter_long(symbol)",
    "for else": "for x in (1, 2):\n    self.pip(x)\nelse:\n    self.pip(1)",
    "break": "for x in (1, 2):\n    break",
    "with": "with symbol:\n    self.pip(symbol)",
    "try": "try:\n    self.pip(symbol)\nexcept Exception:\n    self.pip(symbol)",
    "raise": "raise SystemExit",
    "assert": "assert symbol",
    "delete": "del symbol",
    "global": "global mas",
    "nonlocal": "nonlocal mas",
    "import": "import os",
    "import from": "from os import system",
    "augmented": "symbol += 'x'",
    "annotated": "x: int = 1",
    "attribute": "self.magic = 1",
    "foreign attribute": "symbol.x = 1",
    "item": "symbol[0] = 1",
    "chained": "x = y = 1",
    "starred target": "x, *y = symbol",
    "shadowed module": "mas = symbol",
    "shadowed self": "self = symbol",
    "private name": "_x = 1",
    "bytes": "x = b'x'",
    "complex": "x = 1j",
    "ellipsis": "x = ...",
    "pass": "pass",
    "return": "return symbol",
    "expression": "symbol",
    "unknown name": "x = secrets",
    "homoglyph of eval": "x = \uff45val('1')",
    "homoglyph of self": "x = s\u0435lf",
    "matrix product": "x = symbol @ symbol",
}

IN_MAIN = {
    "any other method": "client.get_account_info()",
    "an order": "client.send_order({})",
    "switching the account": "client.switch_account({})",
    "another part of the report": "report.clear()",
    "the report of another name": "x = client.generate_data_report()\nx.get('data')",
    "what a rule may": "client.trades('EURUSD')",
}


def indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.split("\n"))


def with_top_level(text: str) -> str:
    return GOOD.replace("\nclass ", f"\n{text}\n\n\nclass ", 1)


def with_member(text: str) -> str:
    return GOOD.replace("    def __init__", f"{indented(text, 4)}\n\n    def __init__", 1)


def with_rule_line(text: str) -> str:
    return GOOD.replace("        pip = ", f"{indented(text, 8)}\n        pip = ", 1)


def with_main_line(text: str) -> str:
    return GOOD.replace("        print(report", f"{indented(text, 8)}\n        print(report", 1)


HOSTILE = [
    *(pytest.param(with_top_level(text), id=f"top level: {name}") for name, text in TOP_LEVEL.items()),
    *(pytest.param(with_member(text), id=f"class: {name}") for name, text in IN_CLASS.items()),
    *(pytest.param(with_rule_line(text), id=f"rule: {name}") for name, text in IN_RULE.items()),
    *(pytest.param(with_main_line(text), id=f"main: {name}") for name, text in IN_MAIN.items()),
]


def test_a_generated_file_passes() -> None:
    """The file that the hostile ones are made from is allowed, with both kinds of line ends."""
    verify(GOOD)
    verify(GOOD.replace("\n", "\r\n"))


def test_the_places_of_the_hostile_pieces_exist() -> None:
    """Each hostile file really differs from the good one, and a harmless piece in the same place passes."""
    assert all(case.values[0] != GOOD for case in HOSTILE)
    verify(with_rule_line("x = self.pip(symbol)"))
    verify(with_main_line("client.generate_kpi_report()"))
    verify(with_member("def enter_long_9(self, symbol):\n    self.send_order({})"))


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_hostile_passes(source: str) -> None:
    """Whatever is not on the list of what a strategy may contain is refused, with its line."""
    with pytest.raises(VerifyError, match=r"^line \d+: "):
        verify(source)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "import mas\n",
        "import os\nimport mas\n",
        "# only a comment\n",
        "import mas\n\nclass X(object):\n    pass\n",
        "import mas\n\nclass X:\n    pass\n",
        "import mas\n\nclass X(mas.MAS):\n    pass\n",
        "import mas\n\nclass X(mas, object):\n    pass\n",
        "import mas\n\n@print\nclass X(mas):\n    pass\n",
        "import mas\n\nclass mas(mas):\n    pass\n",
        "import mas\n\nclass __X(mas):\n    pass\n",
        "this is not Python",
        "import mas\n\x00",
        "x = " + "(" * 5000 + ")" * 5000,
        "x = " + "-" * 100_000 + "1",
        "import mas\nPROGRAM = " + "'a' " * 200_000,
        "import mas\n\nclass X(mas):\n    symbol = 'a'\n" + "# padding\n" * 100_000,
        "# -*- coding: utf-7 -*-\nimport mas\n",
        "import mas\nENGLISH = 'a\u202eb'\n",
        "import mas\nENGLISH = 'a'  # \u2066 b\n",
        "import mas\x0cENGLISH = 'a'\n",
        "\udcff",
    ],
)
def test_files_that_are_no_strategy_are_refused(source: str) -> None:
    """Other classes, other bases, no Python, too large, too deep, invisible characters."""
    with pytest.raises(VerifyError):
        verify(source)


def test_an_input_cannot_hide_the_runtime() -> None:
    """Setting self.send_order in __init__ would redirect orders: refused."""
    with pytest.raises(VerifyError, match="send_order"):
        verify(GOOD.replace("        self.toggle = toggle", "        self.send_order = toggle", 1))


def test_deep_conditions_are_refused_not_crashed_on() -> None:
    """Nesting beyond what people write is refused by depth."""
    with pytest.raises(VerifyError, match="nested"):
        verify(with_rule_line("x = " + "-(" * 80 + "1" + ")" * 80))
