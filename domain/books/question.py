"""What is asked of the books: one question in SQL, whose rows are the offenders."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """An invariant, what its offenders have in common, the SQL that finds them, and the condition that narrows it.

    A question without a scope is asked whole each time: it reads few rows, or cannot be narrowed.
    """

    invariant: str
    words: str
    sql: str
    scope: str = ""
