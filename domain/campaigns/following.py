"""A placement that follows another: on the same terms but for what is other, linked to it, and waiting for its hold."""

from typing import Any

from sqlalchemy import insert

from domain.action import Act
from domain.campaigns.row import Approval, TargetStatus, ct

TERMS = ("channel_id", "publisher_id", "price", "currency", "fee_bps", "hours", "pin", "silent", "proportional", "slot")
"""What two sides agree upon with a placement."""
FOLLOW = insert(ct).returning(ct.c.id)


def follow(act: Act, old: Any, **other: Any) -> int:
    """Answers the new one's number; of the old one the caller holds the lock, and of its row the terms and the number."""
    row = {name: getattr(old, name) for name in TERMS} | {
        "status": TargetStatus.pending,
        "approval": Approval.waiting,
        "version": 1,
        "created_at": act.now,
        "retry_of": old.id,
    }
    return int(act.conn.execute(FOLLOW, row | other).scalar_one())
