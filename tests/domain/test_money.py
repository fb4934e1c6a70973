"""Money: what is an amount, how people write one, and how a price is shared out."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import MOST, BadAmount, check_amount, is_part, leading, parse, share_of, split


@pytest.mark.parametrize("amount", [1, 2, 10**12])
def test_whole_numbers_from_one_to_a_million_million_are_amounts(amount: int) -> None:
    assert check_amount(amount) == amount


@pytest.mark.parametrize("amount", [0, -1, True, False, 1.0, "5", None, MOST + 1, 2**63])
def test_nothing_else_is_an_amount(amount: object) -> None:
    with pytest.raises(BadAmount):
        check_amount(amount)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1000", 1000),
        (" 7 ", 7),
        ("1 000", 1000),
        ("1\u00a0000\u00a0000", 1_000_000),
        ("12\u202f345", 12345),
        ("007", 7),
    ],
)
def test_people_may_group_digits_by_spaces(text: str, amount: int) -> None:
    assert parse(text) == amount


@pytest.mark.parametrize(
    ("words", "first", "rest"),
    [
        ("1 000 a letter of\n2 March", "1 000", "a letter of\n2 March"),
        ("1\u00a0000\u202f000  a letter", "1\u00a0000\u202f000", "a letter"),
        ("50 2026 was the year", "50", "2026 was the year"),
        ("1000 300 people say so", "1000", "300 people say so"),
        ("1 000", "1 000", ""),
        ("1 000th", "1", "000th"),
        (" fifty a letter", "fifty", "a letter"),
        ("5", "5", ""),
        (" ", "", ""),
    ],
)
def test_an_amount_is_read_off_the_beginning_with_all_its_groups(words: str, first: str, rest: str) -> None:
    assert leading(words) == (first, rest)


@pytest.mark.parametrize(
    "text",
    ["", "0", "-5", "+5", "1.5", "1,000", "1e3", "10 00", "1 0000", "٣", "１", "5 stars", "1\n000", "9" * 14, "0x10"],
)
def test_what_could_be_read_two_ways_is_refused(text: str) -> None:
    with pytest.raises(BadAmount):
        parse(text)


def test_the_split_is_exact_for_every_price_and_many_fees() -> None:
    for fee in (0, 1, 333, 1000, 2500, 5000, 9998, 9999):
        for price in range(1, 10_001):
            parts = split(price, fee)
            assert parts.payout + parts.fee == price
            assert parts.payout >= 1
            assert parts.fee == price * fee // 10_000


def test_the_split_is_exact_for_every_fee_and_many_prices() -> None:
    for price in (1, 2, 3, 7, 99, 100, 101, 400, 999, 4999, 9999, 10_000):
        for fee in range(10_000):
            parts = split(price, fee)
            assert (parts.payout, parts.fee, parts.rebate) == (price - price * fee // 10_000, price * fee // 10_000, 0)
            assert parts.payout >= 1


@given(st.integers(1, MOST), st.integers(0, 9999))
def test_the_fee_is_the_greatest_whole_amount_that_is_not_too_much(price: int, fee: int) -> None:
    """Together with payout + fee = price this leaves no other split, whatever price and fee are."""
    parts = split(price, fee)
    assert parts.fee * 10_000 <= price * fee < (parts.fee + 1) * 10_000
    assert parts.payout == price - parts.fee >= 1


@given(st.integers(1, MOST), st.integers(0, 9999), st.data())
def test_nothing_is_lost_in_a_split_by_share(price: int, fee: int, data: st.DataObject) -> None:
    share = data.draw(st.integers(1, price))
    parts = split(price, fee, share)
    assert parts.payout + parts.fee + parts.rebate == price
    assert parts.payout + parts.fee == share
    assert min(parts.payout, 1) == 1
    assert min(parts.fee, parts.rebate) >= 0


@pytest.mark.parametrize("share", [0, -1, 401])
def test_a_share_is_a_part_of_the_price(share: int) -> None:
    assert not is_part(share, 400)
    with pytest.raises(ValueError, match="out of bounds"):
        split(400, 1000, share)


@pytest.mark.parametrize(
    ("price", "served", "paid", "share"),
    [
        (400, timedelta(hours=5), timedelta(hours=24), 83),
        (400, timedelta(hours=24), timedelta(hours=24), 400),
        (400, timedelta(hours=30), timedelta(hours=24), 400),
        (400, timedelta(seconds=-1), timedelta(hours=24), 0),
        (1, timedelta(hours=23, minutes=59), timedelta(hours=24), 0),
        (MOST, timedelta(hours=720, microseconds=-1), timedelta(hours=720), MOST - 1),
    ],
)
def test_a_share_is_the_served_time_of_the_paid_time_rounded_down(
    price: int, served: timedelta, paid: timedelta, share: int
) -> None:
    assert share_of(price, served, paid) == share


def test_ten_percent_of_four_hundred() -> None:
    parts = split(400, 1000)
    assert (parts.payout, parts.fee) == (360, 40)
