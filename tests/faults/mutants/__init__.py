"""Deliberate faults of the money code. A suite that lets one of them live would let the real one live too.

A mutant is a copy of the tree with a few words replaced; the fitting part of the suite must fail in it. Each words replaced must
be found exactly once, so a mutant that no longer fits the code is noticed and not counted.
"""
