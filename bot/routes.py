"""Handlers with their filters, collected where they are written. A router belongs to one dispatcher, so each gets its own.

An update is offered to every router in turn, so there are few: many modules' handlers stand in one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiogram import Router

H = TypeVar("H", bound=Callable[..., Any])


@dataclass
class Routes:
    """`@routes.message(...)` and the like keep a handler; `add_to` puts all of them into a router, in their order."""

    kept: list[tuple[str, Callable[..., Any], tuple[Any, ...]]] = field(default_factory=list)

    def _keep(self, kind: str, filters: tuple[Any, ...]) -> Callable[[H], H]:
        def keep(handler: H) -> H:
            self.kept.append((kind, handler, filters))
            return handler

        return keep

    def message(self, *filters: Any) -> Callable[[H], H]:
        return self._keep("message", filters)

    def callback_query(self, *filters: Any) -> Callable[[H], H]:
        return self._keep("callback_query", filters)

    def pre_checkout_query(self, *filters: Any) -> Callable[[H], H]:
        return self._keep("pre_checkout_query", filters)

    def my_chat_member(self, *filters: Any) -> Callable[[H], H]:
        return self._keep("my_chat_member", filters)

    def channel_post(self, *filters: Any) -> Callable[[H], H]:
        return self._keep("channel_post", filters)

    def edited_channel_post(self, *filters: Any) -> Callable[[H], H]:
        return self._keep("edited_channel_post", filters)

    def errors(self, *filters: Any) -> Callable[[H], H]:
        return self._keep("error", filters)

    def add_to(self, router: Router) -> None:
        for kind, handler, filters in self.kept:
            router.observers[kind].register(handler, *filters)


def together(name: str, *parts: Routes) -> Router:
    """One router of all of these, in their order."""
    router = Router(name=name)
    for part in parts:
        part.add_to(router)
    return router
