"""Trade requests to a terminal that refuses, forgets and falls over: what is tried again, looked up or told."""

from __future__ import annotations

import pytest

from mas import constants as mt5
from mas.errors import ConnectionLost, ParameterError, Rejected
from mas.terminals.connection import Connection
from mas.terminals.sending import FILLINGS
from mas.terminals.structs import OrderSendResult, TradeRequest
from mas.terminals.troubles import OutcomeUnknown
from tests.fake_terminal import SYMBOLS, FakeTerminal

BUY = {
    "action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "volume": 0.1, "type": mt5.ORDER_TYPE_BUY, "price": 1.1,
    "magic": 5, "comment": "mine", "type_filling": mt5.ORDER_FILLING_FOK,
}  # fmt: skip
FOK, IOC, RETURN = FILLINGS
DONE, NOT_FILLING, BAD_STOPS = (
    mt5.TRADE_RETCODE_DONE,
    mt5.TRADE_RETCODE_INVALID_FILL,
    mt5.TRADE_RETCODE_INVALID_STOPS,
)


def connected(answers=(), **options):
    """A terminal with these answers ahead, and a connection to it that does not dawdle."""
    fake = FakeTerminal(answers)
    quick = {"waits": (0.0, 0.0), "retry_waits": (0.0, 0.0, 0.0), "lookup_waits": (0.0, 0.0)}
    made = Connection(lambda: fake, **{**quick, **options})
    made.connect()
    return fake, made


# ----------------------------------------------------------------- the request


def test_every_field_gets_the_type_that_the_module_takes():
    """Whole numbers become floats where prices are meant, texts are cut to 29 UTF-16 units, None is left out."""
    fake, made = connected()
    made.order_send({**BUY, "volume": 1, "sl": None, "magic": 5.0, "comment": "x" * 40, "made_up": 1})
    sent = fake.requests[0]
    assert (type(sent["volume"]), type(sent["magic"]), len(sent["comment"])) == (float, int, 29)
    assert "sl" not in sent
    assert "made_up" not in sent


@pytest.mark.parametrize(("field", "value"), [("volume", "a lot"), ("magic", -1), ("deviation", 1.5), ("price", [])])
def test_a_field_of_the_wrong_type_is_named_and_nothing_sent(field, value):
    """A value that cannot be turned into the module's type never reaches the terminal."""
    fake, made = connected()
    with pytest.raises(ParameterError, match=f"{field} of a trade request"):
        made.order_send({**BUY, field: value})
    assert fake.requests == []


def test_none_from_order_send_is_an_error_that_names_the_field():
    """A request that the module will not take raises with its own words."""
    _, made = connected(["volume"])
    with pytest.raises(Rejected, match='-2 Invalid "volume" argument'):
        made.order_send(BUY)


# ----------------------------------------------------------------- 10030


def test_other_filling_modes_are_tried_once_and_the_working_one_is_remembered():
    """FOK refused, IOC refused, RETURN works: the next order of the symbol starts with RETURN."""
    fake, made = connected([NOT_FILLING, NOT_FILLING])
    assert made.order_send(BUY).retcode == DONE
    made.order_send(BUY)
    assert [r["type_filling"] for r in fake.requests] == [FOK, IOC, RETURN, RETURN]
    made.order_send({**BUY, "symbol": "GBPUSD"})
    assert fake.requests[-1]["type_filling"] == FOK


def test_when_no_filling_mode_works_it_stops():
    """After the three modes 10030 is the answer; nothing loops."""
    fake, made = connected([NOT_FILLING] * 9)
    assert made.order_send(BUY).retcode == NOT_FILLING
    assert len(fake.requests) == 3


# ----------------------------------------------------------------- transient and permanent


@pytest.mark.parametrize("code", [10004, 10020, 10021, 10024, 10028, 10031])
def test_transient_refusals_are_sent_again_at_a_fresh_price(code):
    """The symbol is put into Market Watch, the quote read again, and the request repeated with its Ask."""
    fake, made = connected([code, code])
    assert made.order_send(BUY).retcode == DONE
    assert [r["price"] for r in fake.requests] == [1.1, 1.1002, 1.1002]
    assert ("symbol_select", ("EURUSD.sml", True)) in fake.calls


def test_patience_has_an_end():
    """A broker that goes on refusing gets four requests, and its code comes back."""
    fake, made = connected([10004] * 9)
    assert made.order_send(BUY).retcode == 10004
    assert len(fake.requests) == 4


@pytest.mark.parametrize("code", [10006, 10014, 10018, 10019, 10027, 10036])
def test_permanent_refusals_are_not_sent_again(code):
    """One request, one refusal."""
    fake, made = connected([code])
    assert made.order_send(BUY).retcode == code
    assert len(fake.requests) == 1


def test_pending_orders_keep_their_price():
    """A limit order that is sent again is sent at its own price, not at the market's."""
    fake, made = connected([10024])
    made.order_send({**BUY, "action": mt5.TRADE_ACTION_PENDING, "type": mt5.ORDER_TYPE_BUY_LIMIT, "price": 1.09})
    assert [r["price"] for r in fake.requests] == [1.09, 1.09]


# ----------------------------------------------------------------- no answer


def test_an_order_whose_answer_got_lost_is_found_and_not_sent_twice():
    """The pipe breaks after the broker carried the order out: reconnect, find it in the history, answer for it."""
    fake, made = connected(["lost"])
    result = made.order_send(BUY)
    assert (result.retcode, result.order, result.deal, result.price) == (DONE, 100, 600, 1.1002)
    assert len(fake.requests) == 1
    assert made.reconnects == 1


def test_an_order_that_cannot_be_found_is_reported_as_unknown():
    """No trace in orders or history: the caller is told to look, and nothing is sent again."""
    fake, made = connected(["nothing"])
    with pytest.raises(OutcomeUnknown, match=r"-10002 IPC recv failed.*before sending it again"):
        made.order_send(BUY)
    assert len(fake.requests) == 1


def test_an_order_that_cannot_be_looked_up_is_unknown_too():
    """The answer got lost and the terminal stays away: nobody may believe that nothing was sent."""
    fake, made = connected(["lost"])
    carry_out = fake._carry_out

    def then_gone(request):
        fake.up = False
        return carry_out(request)

    fake._carry_out = then_gone
    with pytest.raises(OutcomeUnknown, match="may have been carried out"):
        made.order_send(BUY)
    assert len(fake.requests) == 1


def test_an_earlier_order_of_the_same_kind_is_not_mistaken_for_the_lost_one():
    """Orders that other requests made do not count when one is looked up."""
    fake, made = connected([DONE, "nothing"])
    made.order_send(BUY)
    with pytest.raises(OutcomeUnknown):
        made.order_send(BUY)
    assert len(fake.requests) == 2


def test_a_time_out_of_the_server_is_looked_up():
    """10012 says nothing about the order: without a trace of it the outcome is unknown."""
    fake, made = connected([mt5.TRADE_RETCODE_TIMEOUT])
    with pytest.raises(OutcomeUnknown, match="10012"):
        made.order_send(BUY)
    assert len(fake.requests) == 1


def test_new_levels_are_sent_again_since_twice_does_no_harm():
    """A modification whose answer got lost is repeated after the reconnection."""
    fake, made = connected(["nothing"])
    levels = {"action": mt5.TRADE_ACTION_SLTP, "symbol": "EURUSD", "position": 1, "sl": 1.0}
    assert made.order_send(levels).retcode == DONE
    assert len(fake.requests) == 2


def test_a_request_that_never_left_is_sent_after_the_reconnection():
    """-10004 means that nothing was sent, so it is sent once the terminal is back."""
    fake, made = connected()
    made.symbol_info("EURUSD")
    fake._connected = False
    assert made.order_send(BUY).retcode == DONE
    assert len(fake.requests) == 1


def test_nothing_is_sent_to_another_account():
    """Somebody logged in elsewhere in the terminal: the order stays here."""
    fake, made = connected()
    fake.account = fake.account._replace(login=99)
    with pytest.raises(Rejected, match="99 at Demo instead of 7 at Demo"):
        made.order_send(BUY)
    assert fake.requests == []


def test_a_lost_terminal_that_stays_away_is_a_lost_connection():
    """When the terminal never comes back the order ends as a lost connection."""
    fake, made = connected()
    made.symbol_info("EURUSD")
    fake.up = False
    with pytest.raises(ConnectionLost, match="gave up"):
        made.order_send(BUY)


# ----------------------------------------------------------------- 10016


def test_levels_off_the_tick_are_rounded_once():
    """A stop with too many digits is refused, rounded to the tick and sent again."""
    fake, made = connected([BAD_STOPS])
    assert made.order_send({**BUY, "sl": 1.0951234567}).retcode == DONE
    assert [r["sl"] for r in fake.requests] == [1.0951234567, 1.09512]


def test_stops_are_never_moved_or_dropped_unasked():
    """A stop that the broker refuses stays a refusal."""
    fake, made = connected([BAD_STOPS])
    assert made.order_send({**BUY, "sl": 1.0999}).retcode == BAD_STOPS
    assert len(fake.requests) == 1


def test_stops_after_the_fill_where_the_profile_says_so():
    """Refused with its stops, the order goes without, and they are set on the position at once."""
    fake, made = connected([BAD_STOPS], stops_after_fill=True)
    result = made.order_send({**BUY, "sl": 1.09, "tp": 1.12})
    assert result.retcode == DONE
    assert [(r["action"], r.get("sl"), r.get("tp")) for r in fake.requests] == [
        (mt5.TRADE_ACTION_DEAL, 1.09, 1.12),
        (mt5.TRADE_ACTION_DEAL, 0.0, 0.0),
        (mt5.TRADE_ACTION_SLTP, 1.09, 1.12),
    ]
    assert fake.requests[2]["position"] == result.order


def test_a_position_that_gets_no_stop_is_closed_again():
    """Stops refused after the fill as well: the position is closed, and the refusal is the answer."""
    fake, made = connected([BAD_STOPS, DONE, BAD_STOPS], stops_after_fill=True)
    assert made.order_send({**BUY, "sl": 1.09}).retcode == BAD_STOPS
    last = fake.requests[-1]
    assert (last["action"], last["type"], last["position"]) == (mt5.TRADE_ACTION_DEAL, mt5.ORDER_TYPE_SELL, 100)


# ----------------------------------------------------------------- what the trader reads


def refused(code, **request):
    return OrderSendResult(retcode=code, request=TradeRequest(**{**BUY, **request}))


def test_an_accepted_request_has_no_refusal():
    """Done, part done and placed are no refusals."""
    _, made = connected()
    assert [made.refusal(refused(code)) for code in (10008, 10009, 10010)] == [None] * 3


def test_refused_stops_are_answered_with_levels_that_would_do():
    """The nearest levels are worked out from quote and stops level, on the side at which the position would close."""
    _, made = connected()
    told = made.refusal(refused(BAD_STOPS, sl=1.0999))
    assert told.retcode == BAD_STOPS
    assert "long position at 1.10000 (stops level 20 points): sl 1.09980 or lower, tp 1.10020 or higher" in str(told)
    assert "short position at 1.10020" in str(made.refusal(refused(BAD_STOPS, type=mt5.ORDER_TYPE_SELL)))


def test_levels_of_an_open_position_are_those_of_its_side():
    """Modifying a short position's stops is answered for a short one."""
    _, made = connected()
    made.order_send({**BUY, "type": mt5.ORDER_TYPE_SELL})
    levels = refused(BAD_STOPS, action=mt5.TRADE_ACTION_SLTP, position=100)
    assert "For a short position" in str(made.refusal(levels))


def test_a_switched_off_terminal_says_which_button():
    """10027 is looked up in the terminal: the one switch that is off is named."""
    fake, made = connected()
    fake.terminal = fake.terminal._replace(trade_allowed=False)
    assert "Press Algo Trading in the toolbar" in str(made.refusal(refused(mt5.TRADE_RETCODE_CLIENT_DISABLES_AT)))


def test_advice_survives_a_dead_terminal():
    """A refusal can be put into words even when the terminal is gone by then."""
    fake, made = connected()
    made.symbol_info("EURUSD")
    fake.up = False
    assert "10016" in str(made.refusal(refused(BAD_STOPS)))


def test_symbols_of_the_fake_are_what_these_tests_assume():
    """Market execution and a stops level of 20 points."""
    assert all(info.trade_exemode == 2 and info.trade_stops_level == 20 for info in SYMBOLS)
