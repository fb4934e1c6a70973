"""Where each wizard can stand."""

from aiogram.fsm.state import State, StatesGroup


class Order(StatesGroup):
    post = State()
    album = State()
    buttons = State()
    preview = State()
    channel = State()
    zone = State()
    time = State()
    confirm = State()


class Offer(StatesGroup):
    price = State()
    hours = State()
    early = State()


class Settings(StatesGroup):
    main = State()
    language = State()
    zone = State()


class TopUp(StatesGroup):
    amount = State()


class Withdraw(StatesGroup):
    amount = State()
    destination = State()
    confirm = State()


class Paying(StatesGroup):
    words = State()


class Report(StatesGroup):
    words = State()


class Verdict(StatesGroup):
    message = State()
    evidence = State()
    signature = State()


class Desk(StatesGroup):
    words = State()
    reason = State()


class Dispute(StatesGroup):
    words = State()
    share = State()
    appeal = State()


class Bench(StatesGroup):
    share = State()
    evidence = State()


class Decline(StatesGroup):
    reason = State()


class Complaint(StatesGroup):
    words = State()


class Propose(StatesGroup):
    time = State()
    price = State()


class Statement(StatesGroup):
    wallet = State()
