"""Disputes from the shell: which are open, what has happened in one, and an admin's decision."""

import argparse

from bot.cli.acts import door
from bot.cli.console import complain, say, show
from bot.disputing import SHARES
from bot.settings import Settings
from domain import disputes
from domain.errors import NotFound, Refused


async def list_(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        found = await do.ask(disputes.listed, 0, given.most, waiting=given.waiting)
    rows: list[list[object]] = [
        [r.id, r.status, r.campaign_target_id, r.title, r.price, r.side, r.created_at, r.until] for r in found
    ]
    columns = ["dispute", "status", "placement", "channel", "price", "opened by", "opened", "until"]
    show(columns, rows) if rows else say("no disputes")
    return 0


async def show_one(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        view = await do.ask(disputes.get, given.number)
    if view is None:
        complain(f"there is no dispute {given.number}")
        return 1
    d = view.dispute
    say(f"dispute {d.id} is {d.status}: placement {d.campaign_target_id} in {view.channel}, {view.price} Stars")
    say(f"proposed for the publisher: by the advertiser {d.advertiser_share}, by the publisher {d.publisher_share}")
    rows: list[list[object]] = [[s.at, s.step, s.side, s.actor, s.share, s.words] for s in view.history]
    show(["at", "step", "side", "who", "share", "words"], rows)
    return 0


async def judge(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        view = await do.ask(disputes.get, given.number)
        if view is None:
            raise Refused(NotFound("disputes"))
        known = SHARES.get(given.share)
        share = known(view.price) if known else disputes.read_share(given.share, view.price)
        stage = disputes.Status.judging if view.dispute.appealed_by is None else disputes.Status.appealed
        done = await do(disputes.judge, given.number, stage, share, given.evidence, given.countersign)
    say(f"dispute {done.id} is {done.status}: {share} of {view.price} Stars for the publisher")
    return 0
