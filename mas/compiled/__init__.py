"""The compiled path: many runs of one strategy, played by numba from the source of the rules that single runs use.

What decides (`mas.fills`, the comparisons of `mas.series`) is compiled as it stands. Around it are a book of arrays and
a small machine that carries out the instructions into which a strategy's `receive_bars` was translated. All of it is
plain Python that also runs without numba; `building` compiles it, once, into the user's cache folder.
"""
