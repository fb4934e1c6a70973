"""The table of dialogs, by itself: who migrates or looks at the database needs nothing of Telegram."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from domain.base import Base


class DialogState(Base):
    """Where a dialog stands."""

    __tablename__ = "dialog_states"

    key: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str | None]
    data: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
