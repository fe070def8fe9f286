"""Rules: one SQL file each, the same text on one machine and on a cluster.

    header      the comment at the top of a rule file: what it is about, its parameters, its words
    select      the SELECT below it: parsed, and refused where it does more than ask about the facts
    bound       parameters bound as typed literals
    sql         the same, printed clause by clause; what is read instead of what is named
    views       what a rule may read: the tables of the lake, and what no longer counts left out
    duck spark  the two engines; nothing else knows which one runs
    key         what a row depends on
    scope       which keys changed facts make necessary to compute again
    memory      views and parts of rules that are remembered from run to run
    run         rules in, hits out; a rule that fails stops no other
    results     what the last run found, so that the next one computes only what changed
    backtest    a draft over all history, beside what is published
    sentence    a hit in words

A published rule lies in `catalogue/`; its version is the digest of its file.
"""
