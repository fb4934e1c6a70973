"""How much of each fault a run tries, and by which seed."""

import os
import random

SCALE = float(os.environ.get("HOLDFAST_FAULTS_SCALE", "1"))
SEED = os.environ.get("HOLDFAST_FAULTS_SEED", "1")


def share(budget: int, parts: int) -> int:
    """One part's share of the budget, rounded up."""
    return max(1, -int(-budget * SCALE // parts))


def shares(budget: int, parts: int) -> list[int]:
    """Every part's share of a budget that is divided without a rest."""
    whole = max(parts, round(budget * SCALE))
    return [whole * (part + 1) // parts - whole * part // parts for part in range(parts)]


def random_of(*names: object) -> random.Random:
    """Chance that is the same in every run of the same seed."""
    return random.Random(":".join(map(str, (SEED, *names))))
