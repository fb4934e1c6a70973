"""What is said of a refusal. By itself, since the texts are loaded only where there is one.

As the chat says it, in English; but where the chat sends people to its own commands, the shell says what to type here.
"""

from bot.texts import Texts
from domain.errors import Halted, NotAllowed, NotFound, Refusal

NOUNS = {
    "campaign_targets": "placement",
    "escrow": "escrow",
    "launch": "launch",
    "ledger_entries": "entry",
    "payments": "deposit",
    "post_jobs": "job",
}
"""The nouns of acts whose name is not the plural of the thing."""


def words(refusal: Refusal, admin: int | None = None) -> str:
    """`admin` is who was named with `--as`."""
    match refusal:
        case NotAllowed(action) if admin is None:
            return f"{action} is for admins: add --as ADMIN_ID"
        case NotAllowed(action):
            return f"{action}: {admin} may not do this"
        case NotFound(noun):
            return f"there is no such {NOUNS.get(noun) or noun.removesuffix('s')}"
        case Halted(switch):
            return f"{switch} is HALTED, and forbids this: see `holdfast switch list`"
    return Texts().refusal("en", refusal)
