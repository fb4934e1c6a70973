"""What is said of a refusal. By itself, since the texts are loaded only where there is one."""

from bot.texts import Texts
from domain.errors import Refusal


def words(refusal: Refusal) -> str:
    """In English, as the chat says it."""
    return Texts().refusal("en", refusal)
