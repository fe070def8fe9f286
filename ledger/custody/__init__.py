"""Custody: what may happen to a pack, as a table; what an event says; what is wrong with its story.

Start reading at `rules.py` (the transitions) and `anomalies.py` (what can be wrong); `judge.py` applies them.
Everything here is pure: no input or output, no clock, and parties, sites and stations are numbers.
"""
