"""A file is known to each bot by an identifier of that bot's own: what one bot was told, another cannot use. The unique
identifier is the same for all of them and opens nothing."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from bot.sandbox.errors import bad

KINDS = {
    "photo": ("Photo", "photos", "jpg", "image/jpeg"),
    "video": ("Video", "videos", "mp4", "video/mp4"),
    "animation": ("Animation", "animations", "mp4", "video/mp4"),
    "audio": ("Audio", "music", "mp3", "audio/mpeg"),
    "document": ("Document", "documents", "bin", "application/octet-stream"),
}


@dataclass(frozen=True)
class File:
    kind: str
    number: int
    name: str
    data: bytes

    @property
    def path(self) -> str:
        _, folder, suffix, _ = KINDS[self.kind]
        return f"{folder}/file_{self.number}.{suffix}"

    def id_for(self, bot: int) -> str:
        return base64.urlsafe_b64encode(f"{self.kind}:{self.number}:{bot}".encode()).decode().rstrip("=")

    def names(self, bot: int) -> dict[str, Any]:
        return {
            "file_id": self.id_for(bot),
            "file_unique_id": f"AQAD{self.number:08d}",
            "file_size": max(1, len(self.data)),
        }

    def as_message_field(self, bot: int) -> Any:
        """The value a Message holds under the name of this kind."""
        names = self.names(bot)
        if self.kind == "photo":
            return [names | {"width": 800, "height": 600}]
        titled = names | {"file_name": self.name, "mime_type": KINDS[self.kind][3]}
        if self.kind in ("video", "animation"):
            return titled | {"width": 640, "height": 360, "duration": 5}
        return titled | {"duration": 5} if self.kind == "audio" else titled


class Files:
    def __init__(self) -> None:
        self._all: list[File] = []

    def add(self, kind: str, name: str | None, data: bytes) -> File:
        number = len(self._all) + 1
        file = File(kind, number, name or f"file_{number}.{KINDS[kind][2]}", data)
        self._all.append(file)
        return file

    def by_id(self, file_id: str, bot: int) -> File:
        try:
            padded = file_id + "=" * (-len(file_id) % 4)
            kind, number, owner = base64.urlsafe_b64decode(padded.encode()).decode().split(":")
            file = self._all[int(number) - 1]
        except (ValueError, IndexError, binascii.Error):
            raise bad("wrong file identifier/HTTP URL specified") from None
        if int(owner) != bot or file.kind != kind:
            raise bad("wrong file identifier/HTTP URL specified")
        return file

    def by_path(self, path: str) -> File | None:
        return next((file for file in self._all if file.path == path), None)
