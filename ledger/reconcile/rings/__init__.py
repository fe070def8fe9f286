"""Rings: cards that belong together, found from links between them. A rule of grain `network` gives the links."""

from ledger.reconcile.rings.assemble import rings_of

__all__ = ["rings_of"]
