"""Stars. An invoice in XTR names no provider and exactly one price; a charge is refunded whole, and once."""

from bot.sandbox.calls import Call, method
from bot.sandbox.entities import length
from bot.sandbox.errors import bad
from bot.sandbox.keyboards import Markup
from bot.sandbox.methods.editing import OLD_QUERY
from bot.sandbox.methods.sending import Draft, send
from bot.sandbox.purse import refund
from bot.sandbox.rows import Invoice, Json

MOST_STARS = 100_000


def _invoice(call: Call) -> Invoice:
    params = call.params
    title, description, payload = params.text("title"), params.text("description"), params.text("payload")
    if params.text("currency") != "XTR":
        raise bad("PAYMENT_PROVIDER_INVALID" if params.text("currency") else "CURRENCY_INVALID")
    if params.text("provider_token"):
        raise bad("PAYMENT_PROVIDER_INVALID")
    for name, value, most in (("title", title, 32), ("description", description, 255)):
        if not value.strip():
            raise bad(f"{name} must be non-empty")
        if length(value) > most:
            raise bad(f"invoice {name} is too long")
    if not 1 <= len(payload.encode()) <= 128:
        raise bad("INVOICE_PAYLOAD_INVALID")
    prices = params.data("prices")
    if (
        not isinstance(prices, list)
        or len(prices) != 1
        or not isinstance(prices[0], dict)
        or not prices[0].get("label")
    ):
        raise bad("STARS_INVOICE_INVALID")
    amount = prices[0].get("amount")
    if not isinstance(amount, int) or isinstance(amount, bool) or not 1 <= amount <= MOST_STARS:
        raise bad("CURRENCY_TOTAL_AMOUNT_INVALID")
    if any(params.flag(f"need_{what}") for what in ("name", "phone_number", "email", "shipping_address")):
        raise bad("STARS_INVOICE_INVALID")
    return Invoice(call.bot, title, description, payload, amount, params.text("start_parameter"))


@method("sendInvoice")
def send_invoice(call: Call) -> Json:
    invoice = _invoice(call)
    rows = (call.markup(only_inline=True).inline or {}).get("inline_keyboard") or []
    if rows and not rows[0][0].get("pay"):
        raise bad("BUTTON_POS_INVALID")
    pay = {"inline_keyboard": rows or [[{"text": f"Pay ⭐️{invoice.amount}", "pay": True}]]}
    return send(call, Draft({}, invoice=invoice), markup=Markup(inline=pay)).json(call.bot.id)


@method("createInvoiceLink")
def create_invoice_link(call: Call) -> str:
    invoice = _invoice(call)
    address = f"https://t.me/$holdfast{call.world.number():06d}"
    call.world.invoices[address] = invoice
    return address


@method("answerPreCheckoutQuery")
def answer_pre_checkout_query(call: Call) -> bool:
    query = call.world.queries.get(call.params.text("pre_checkout_query_id"))
    if query is None or query.bot is not call.bot or query.expired or query.answer is not None:
        raise bad(OLD_QUERY)
    ok, why = call.params.flag("ok"), call.params.text("error_message")
    if not ok and not why:
        raise bad("there is no error_message in the request")
    query.answer = {"ok": ok, "error": why}
    call.world.bell.ring()
    return True


@method("refundStarPayment")
def refund_star_payment(call: Call) -> bool:
    charge = call.world.charges.get(call.params.text("telegram_payment_charge_id"))
    if charge is None or charge.bot is not call.bot or charge.user.id != call.params.integer("user_id"):
        raise bad("CHARGE_NOT_FOUND")
    if charge.refunded:
        raise bad("CHARGE_ALREADY_REFUNDED")
    refund(call.world, charge)
    return True


@method("getMyStarBalance")
def get_my_star_balance(call: Call) -> Json:
    return {"amount": call.bot.stars}


@method("getStarTransactions")
def get_star_transactions(call: Call) -> Json:
    limit = call.params.integer("limit", 100)
    if not 1 <= limit <= 100:
        raise bad("limit must be in the range 1-100")
    start = max(0, call.params.integer("offset"))
    return {"transactions": call.bot.transactions[start : start + limit]}
