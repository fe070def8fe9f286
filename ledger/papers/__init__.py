"""Papers: the signed records beside the custody events, and the confidential part of either.

`contents.py` has one typed body for each kind; `paper.py` reads and writes them; `confidential.py` is the
part that can be erased. Everything here is pure.
"""
