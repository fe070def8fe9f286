"""`packledger bench detect`: how well the rules find what was really done in synthetic countries.

The only place that knows both the countries and the rules, beside the truth.

    size       how many countries, how large
    country    one country, from its uploads to its lake; what was done, in the lake's words
    watch      what the rules see, in a whole lake or in what was recorded by a time
    meant      which crimes each rule is meant to find
    marks      rules and kinds of crime: precision and recall
    facts      plain counts that the rules are held against, and the baselines
    delay      how long a ring goes on before anything is found
    result     all figures of one country
    spread     figures over countries, with intervals
    summary    the figures that are aimed at
    page       docs/reference/detection.md
    run        countries in processes; what was measured is kept
"""

from __future__ import annotations

from ledger.bench.detect.run import detect, write_page
from ledger.bench.detect.size import FULL, SMALL, Size
from ledger.bench.detect.summary import Figure, Findings, figures

__all__ = ["FULL", "SMALL", "Figure", "Findings", "Size", "detect", "figures", "write_page"]
