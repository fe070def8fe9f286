"""A seizure: a list of codes in, and out of it who sold the packs, to whom, on whose card.

    listing    the list, line by line: a code, or what is wrong with the line
    traced     what is known of its packs, and why of some nothing is
    tracing    all of its packs in the lake, in a few joins
"""
