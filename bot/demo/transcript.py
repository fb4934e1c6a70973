"""What the demo prints: who said what, which button, what appeared, what moved. In colour on a terminal."""

import textwrap

from rich.console import Console
from rich.text import Text

from bot.sandbox import Message

COLOURS = {"Ann": "cyan", "Bob": "magenta", "Olga": "yellow"}
WIDTH = 100


class Transcript:
    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)

    def scene(self, title: str) -> None:
        self.console.print()
        self.console.print(Text(f"── {title} ".ljust(WIDTH, "─"), style="bold"))

    def said(self, name: str, text: str) -> None:
        self._line(f"{name}:", text, COLOURS.get(name, "white"))

    def tapped(self, name: str, label: str) -> None:
        self._line(f"{name} taps", f"[ {label} ]", COLOURS.get(name, "white"))

    def answered(self, name: str, message: Message, *, edited: bool) -> None:
        head = f"  bot → {name}" + (" (edited)" if edited else "")
        body = message.text or message.service or ""
        if message.media:
            body = f"[{message.media}] {body}"
        if message.is_invoice:
            body = f"[invoice] {body}"
        buttons = " ".join(f"[ {label} ]" for label in message.buttons)
        self._line(head, "\n".join(part for part in (body, buttons) if part), "dim")

    def alert(self, name: str, text: str) -> None:
        self._line(f"  bot → {name} (pop-up)", text, "dim")

    def in_channel(self, title: str, message: Message, *, gone: bool) -> None:
        text = "the post is deleted" if gone else message.text
        buttons = " ".join(f"[ {label} ]" for label in message.buttons)
        self._line(f"  #{title}", "\n".join(part for part in (text, "" if gone else buttons) if part), "bold blue")

    def clock(self, words: str) -> None:
        self._line("  clock", words, "bold white")

    def moved(self, key: str, source: str, destination: str, amount: int) -> None:
        self._line("  ledger", f"{source} → {destination}: {amount}   ({key})", "green")

    def fact(self, words: str) -> None:
        self._line("  ✓", words, "green")

    def failed(self, step: str, why: str) -> None:
        self.console.print()
        self.console.print(Text(f"the demo deviated at: {step}", style="bold red"))
        self.console.print(Text(why, style="red"))

    def end(self, words: str) -> None:
        self.console.print()
        self.console.print(Text(words, style="bold green"))

    def _line(self, head: str, body: str, style: str) -> None:
        lines = [piece for line in body.splitlines() or [""] for piece in textwrap.wrap(line, WIDTH - 24) or [""]]
        for number, line in enumerate(lines):
            self.console.print(Text((head if number == 0 else "").ljust(24), style=style) + Text(line))
