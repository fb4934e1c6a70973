"""Stars move only here: a payment asks the bot first and moves nothing unless it says yes in time; a refund gives a whole
payment back. Both leave a transaction in the bot's book and a service message in the payer's chat."""

from bot.sandbox.errors import PaymentFailed
from bot.sandbox.rows import Charge, Invoice, Json, Message, Query, User
from bot.sandbox.world import World

PRE_CHECKOUT_SECONDS = 10.0


async def pay(
    world: World, payer: User, invoice: Invoice, *, once: bool = True, patience: float = PRE_CHECKOUT_SECONDS
) -> Charge:
    if payer.stars < invoice.amount:
        raise PaymentFailed("BALANCE_TOO_LOW")
    query = Query(str(9_000_000 + world.number()), invoice.bot, world.now())
    world.queries[query.id] = query
    asked = {"currency": "XTR", "total_amount": invoice.amount, "invoice_payload": invoice.payload}
    world.tell(invoice.bot, "pre_checkout_query", {"id": query.id, "from": payer.sender()} | asked)
    answer = await world.bell.until(lambda: query.answer, patience)
    query.expired = True
    if answer is None:
        raise PaymentFailed("BOT_PRECHECKOUT_TIMEOUT")
    if not answer["ok"]:
        raise PaymentFailed(answer["error"])
    if once and invoice.charges:
        raise PaymentFailed("INVOICE_ALREADY_PAID")
    if payer.stars < invoice.amount:
        raise PaymentFailed("BALANCE_TOO_LOW")
    charge = Charge(f"stx{world.number():012d}", invoice.bot, payer, invoice)
    world.charges[charge.id] = charge
    invoice.charges.append(charge.id)
    payer.stars -= invoice.amount
    invoice.bot.stars += invoice.amount
    _enter(world, charge, "source")
    provider = {"provider_payment_charge_id": f"{payer.id}_{world.number()}"}
    _tell(world, charge, {"successful_payment": asked | {"telegram_payment_charge_id": charge.id} | provider})
    return charge


def refund(world: World, charge: Charge) -> None:
    charge.refunded = True
    charge.user.stars += charge.invoice.amount
    charge.bot.stars -= charge.invoice.amount
    _enter(world, charge, "receiver")
    paid = {"currency": "XTR", "total_amount": charge.invoice.amount, "invoice_payload": charge.invoice.payload}
    _tell(world, charge, {"refunded_payment": paid | {"telegram_payment_charge_id": charge.id}})


def _enter(world: World, charge: Charge, side: str) -> None:
    partner = {"type": "user", "transaction_type": "invoice_payment", "user": charge.user.json()}
    entry: Json = {"id": charge.id, "amount": charge.invoice.amount, "date": world.seconds()}
    charge.bot.transactions.append(entry | {side: partner | {"invoice_payload": charge.invoice.payload}})


def _tell(world: World, charge: Charge, content: Json) -> Message:
    return world.publish(world.private(charge.bot, charge.user), charge.user, content)
