"""What the demo prints: who said what, which button, what appeared, what moved. In colour on a terminal."""

import textwrap

from rich.console import Console
from rich.text import Text

from bot.sandbox import Message

COLOURS = {"Ann": "cyan", "Bob": "magenta", "Olga": "yellow"}
WIDTH, MARGIN = 100, 24
GLUE = "\x01"  # stands for a space at which no line is broken


class Transcript:
    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)

    def scene(self, title: str) -> None:
        self.console.print()
        self.console.print(Text(f"── {title} ".ljust(WIDTH, "─"), style="bold"))

    def said(self, name: str, text: str) -> None:
        self._line(f"{name}:", [text], COLOURS.get(name, "white"))

    def tapped(self, name: str, label: str) -> None:
        self._line(f"{name} taps", [f"[ {label} ]"], COLOURS.get(name, "white"))

    def answered(self, name: str, message: Message, before: set[str] | None) -> None:
        """A message of the bot; of an edited one, the lines that are new."""
        kind = f"[{message.media}] " if message.media else "[invoice] " if message.is_invoice else ""
        lines = (kind + (message.text or message.service or "")).splitlines()
        if before is not None:
            lines = [line for line in lines if line and line not in before]
        head = f"  bot → {name}" + ("" if before is None else " (edited)")
        self._line(head, [*lines, *_keys(message.buttons)], "dim")

    def alert(self, name: str, text: str) -> None:
        self._line(f"  bot → {name} (pop-up)", [text], "dim")

    def in_channel(self, title: str, message: Message, *, gone: bool) -> None:
        lines = ["the post is deleted"] if gone else [*message.text.splitlines(), *_keys(message.buttons)]
        self._line(f"  #{title}", lines, "bold blue")

    def clock(self, words: str) -> None:
        self._line("  clock", [words], "bold white")

    def moved(self, key: str, source: str, destination: str, amount: int) -> None:
        self._line("  ledger", [f"{source} → {destination}: {amount}   ({key})"], "green")

    def fact(self, words: str) -> None:
        self._line("  ✓", [words], "green")

    def failed(self, step: str, why: str) -> None:
        self.console.print()
        self.console.print(Text(f"the demo deviated at: {step}", style="bold red"))
        self.console.print(Text(why, style="red"))

    def end(self, words: str) -> None:
        self.console.print()
        self.console.print(Text(words, style="bold green"))

    def _line(self, head: str, lines: list[str], style: str) -> None:
        room = WIDTH - MARGIN
        pieces = [piece for line in lines for piece in textwrap.wrap(line, room) or [""]]
        for number, piece in enumerate(pieces):
            shown = piece.replace(GLUE, " ")
            self.console.print(Text((head if number == 0 else "").ljust(MARGIN), style=style) + Text(shown))


def _keys(labels: list[str]) -> list[str]:
    """Buttons on one line, broken only between them."""
    return [" ".join(f"[ {label} ]".replace(" ", GLUE) for label in labels)] if labels else []
