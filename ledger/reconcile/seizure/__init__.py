"""A seizure: a list of codes in, and out of it who sold the packs, to whom, on whose card.

    listing    the list, line by line: a code, or what is wrong with the line
    tracing    all of its packs in the lake, in a few joins
"""
