"""The same buckets for all processes of a bot, in Redis: one script decides and takes, by Redis' own clock.

What is lost with Redis is at most one window of counting. Data that cannot be right (slots further off than any window) is
swept away; whatever else is wrong there opens the breaker, and each process goes on with its own buckets.
"""

from dataclasses import dataclass

from redis.asyncio import Redis

from bot.rate.buckets import AHEAD, FLIGHT, MARGIN, NO_WAIT, Bucket, Wait
from bot.shared import Shared

SCRIPT = """
local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000
local urgent, mark, slack = ARGV[1] == '1', KEYS[1], 60000
local ahead, bot, chat = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local rules = (#KEYS - 1) / 2
local ids = 5 + 2 * rules
local many = #ARGV - ids + 1
for i = 1, rules do
  local slots, pause = KEYS[2 * i], KEYS[2 * i + 1]
  local most, window = tonumber(ARGV[2 * i + 3]), tonumber(ARGV[2 * i + 4])
  redis.call('ZREMRANGEBYSCORE', slots, '-inf', now)
  redis.call('ZREMRANGEBYSCORE', slots, now + window + slack, '+inf')
  local wait = math.max(0, redis.call('PTTL', pause))
  local over = redis.call('ZCARD', slots) + many - most
  if over > 0 then
    local free = redis.call('ZRANGE', slots, over - 1, over - 1, 'WITHSCORES')[2] - now
    wait = math.max(wait, math.min(free, window))
  end
  if i == 1 then bot = math.max(bot, wait) else chat = math.max(chat, wait) end
end
if urgent and bot > ahead then
  redis.call('SET', mark, 1, 'PX', math.ceil(bot - ahead + AHEAD))
elseif not urgent then
  local marked = redis.call('PTTL', mark)
  if marked > 0 then bot = math.max(bot, marked + ahead) end
end
local wait = math.max(bot, chat)
if wait > ahead then
  return {tostring(bot), tostring(chat)}
end
for i = 1, rules do
  local slots, window = KEYS[2 * i], tonumber(ARGV[2 * i + 4])
  for one = ids, #ARGV do
    redis.call('ZADD', slots, now + wait + window + FLIGHT, ARGV[one])
  end
  redis.call('PEXPIRE', slots, math.ceil(window + slack))
end
return {tostring(bot), tostring(chat)}
""".replace("AHEAD", str(AHEAD * 1000)).replace("FLIGHT", str(FLIGHT * 1000))


@dataclass
class Everyones:
    """The buckets that all processes share. Where Redis is not to be had they allow everything."""

    shared: Shared

    async def take(
        self, buckets: tuple[Bucket, ...], ids: list[str], *, urgent: bool, ahead: float = 0.0, least: Wait = NO_WAIT
    ) -> Wait:
        """When the calls may be made, in `least` at the earliest.

        Is that within `ahead` seconds, a slot is taken in each bucket for each call; otherwise none.
        """
        keys, rules = [_key(buckets[0].name, "mark")], []
        for bucket in buckets:
            keys += [_key(bucket.name, "slots"), _key(bucket.name, "pause")]
            rules += [bucket.rule.most, (bucket.rule.seconds + MARGIN) * 1000]
        how = [int(urgent), ahead * 1000, least.bot * 1000, least.chat * 1000]

        async def run(redis: Redis) -> list[bytes]:
            came: list[bytes] = await redis.register_script(SCRIPT)(keys=keys, args=[*how, *rules, *ids])
            return came

        came = await self.shared.attempt(run, patient=True)
        if came is None and not self.shared.is_open:
            came = await self.shared.attempt(run)  # taking twice under the same names is taking once
        return least if came is None else Wait(float(came[0]) / 1000, float(came[1]) / 1000)

    async def arrived(self, buckets: tuple[Bucket, ...], one: str, late: float) -> None:
        """The call reached Telegram at most so many seconds after its slot began."""

        async def run(redis: Redis) -> None:
            pipeline = redis.pipeline(transaction=False)
            for bucket in buckets:
                pipeline.zadd(_key(bucket.name, "slots"), {one: (late - FLIGHT) * 1000}, xx=True, incr=True)
            await pipeline.execute()

        await self.shared.attempt(run, patient=True)

    async def pause(self, name: str, seconds: float) -> None:
        async def run(redis: Redis) -> None:
            await redis.set(_key(name, "pause"), 1, px=max(1, round(seconds * 1000)))

        await self.shared.attempt(run, patient=True)


def _key(name: str, what: str) -> str:
    bot, _, chat = name.partition(":")
    return f"holdfast:{{{bot}}}:{chat}:{what}"
