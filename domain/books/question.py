"""What an invariant asks of the books; and the one about disputes, which is asked whole: it reads only what is open."""

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


DISPUTES = Question(
    "I6",
    "a job is in dispute without one that is open, or not in dispute although one is",
    """SELECT j.id AS subject, 'no open dispute' AS detail FROM post_jobs j WHERE j.disputed_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM disputes d WHERE d.campaign_target_id = j.id AND d.ended_at IS NULL)
       UNION ALL SELECT j.id, d.status FROM disputes d JOIN post_jobs j ON j.id = d.campaign_target_id
       WHERE d.ended_at IS NULL AND j.status = 'success' AND j.disputed_at IS NULL""",
)
