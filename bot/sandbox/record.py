"""The record of the wire: one JSON object a line, a call with its answer or an update that was delivered. What a test broke on
purpose goes to a record of its own, so that the ordinary one may be judged without exceptions."""

import json
from pathlib import Path
from typing import Any, TextIO

from bot.sandbox.queues import Update


class Record:
    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._broken_path = path and path.with_name(f"{path.stem}.broken.jsonl")
        self._files: dict[Path, TextIO] = {}
        self._broken: set[int] = set()

    def call(
        self,
        method: str,
        params: dict[str, Any],
        response: dict[str, Any] | None,
        fault: str | None = None,
        *,
        bot: int | None = None,
    ) -> None:
        """`bot`: whose call it was, where there are several."""
        line: dict[str, Any] = {"method": method, "params": params, "response": response}
        line |= ({"fault": fault} if fault else {}) | ({} if bot is None else {"bot": bot})
        shown = response.get("result") if response and method.lower() == "getupdates" else None
        broken = any(update["update_id"] in self._broken for update in shown) if isinstance(shown, list) else False
        self._write(self._broken_path if broken else self._path, line)

    def update(self, update: Update) -> None:
        """Written at its first delivery only."""
        if update.raw:
            self._broken.add(update.id)
        if not update.recorded:
            update.recorded = True
            self._write(self._broken_path if update.raw else self._path, {"update": update.body})

    def _write(self, path: Path | None, line: dict[str, Any]) -> None:
        if path is None:
            return
        if path not in self._files:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._files[path] = path.open("a", encoding="utf-8")
        self._files[path].write(json.dumps(line) + "\n")
        self._files[path].flush()

    def close(self) -> None:
        for file in self._files.values():
            file.close()
        self._files.clear()
