"""Terminals: whatever has the functions, tuples, constants and return codes of the MetaTrader5 module."""
