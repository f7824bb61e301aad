"""Letters over one connection, word for word, without a socket."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.transports.base import Outcome, Result, TransportMisconfigured
from newsletter.transports.smtp_handshake import Features
from newsletter.transports.smtp_replies import Lost
from newsletter.transports.smtp_session import Letter, Phase, Session

STEP_BY_STEP = Features()
PIPELINING = Features(pipelining=True)

OK = b"250 2.0.0 ok\r\n"
GO_AHEAD = b"354 go ahead\r\n"


def letter(number: int = 1) -> Letter:
    return Letter(number, "news@a.example", f"r{number}@b.example", b"Subject: x\r\n\r\nx\r\n.\r\n")


def letter_lost_once(number: int = 1) -> Letter:
    return replace(letter(number), losses=1)


def begun(features: Features, *letters: Letter) -> Session:
    """A session in which all commands of the first of `letters` were taken."""
    session = Session(features)
    session.begin(letters[0])
    answers = OK + OK + GO_AHEAD
    for answer in answers.splitlines(keepends=True):
        assert list(session.receive(answer)) == []
        session.answer()
    for following in letters[1:]:
        session.begin(following)
    return session


def at_the_end(features: Features, *letters: Letter) -> Session:
    """A session that has written the message of the first of `letters`."""
    session = begun(features, *letters)
    session.at(Phase.END)
    return session


def test_with_pipelining_it_goes_in_one_write() -> None:
    said = Session(PIPELINING).begin(letter())

    assert said == b"MAIL FROM:<news@a.example>\r\nRCPT TO:<r1@b.example>\r\nDATA\r\n"


def test_without_it_each_command_waits_for_the_one_before() -> None:
    session = Session(STEP_BY_STEP)

    said = [session.begin(letter())]
    for _command in range(3):
        assert list(session.receive(GO_AHEAD if len(said) == 3 else OK)) == []
        said.append(session.answer())

    commands = [b"MAIL FROM:<news@a.example>\r\n", b"RCPT TO:<r1@b.example>\r\n", b"DATA\r\n"]
    assert said == [*commands, b""]
    assert session.phase is Phase.READY


def test_the_size_is_told_to_those_who_want_to_know() -> None:
    session = Session(Features(size=True))

    assert session.begin(letter()) == b"MAIL FROM:<news@a.example> SIZE=17\r\n"


@pytest.mark.parametrize("features", [STEP_BY_STEP, PIPELINING])
def test_after_a_refused_recipient_the_relay_is_told_to_forget_the_sender(
    features: Features,
) -> None:
    session = Session(features)
    session.begin(letter())
    refused = list(session.receive(OK))
    refused += session.receive(b"550 5.1.1 nobody\r\n")
    if features.pipelining:
        refused += session.receive(b"554 5.5.1 no valid recipients\r\n")

    assert refused == [Result(1, Outcome.REJECTED, "550 5.1.1 nobody")]
    assert session.begin(letter(2)).startswith(b"RSET\r\n")


def test_a_relay_that_asks_for_a_message_to_nobody_gets_an_end_and_no_message() -> None:
    session = Session(PIPELINING)
    session.begin(letter())

    assert list(session.receive(OK + b"550 nobody\r\n" + GO_AHEAD)) == []
    assert session.answer() == b".\r\n"
    assert session.phase is Phase.ABORT
    assert list(session.receive(b"554 no valid recipients\r\n")) == [
        Result(1, Outcome.REJECTED, "550 nobody")
    ]
    assert session.begin(letter(2)).startswith(b"MAIL")


def test_no_end_is_sent_where_someone_would_get_an_empty_message() -> None:
    session = Session(PIPELINING)
    session.begin(letter())

    with pytest.raises(Lost, match="empty message"):
        list(session.receive(b"451 not from you\r\n" + OK + GO_AHEAD))

    assert session.answer() == b""


@pytest.mark.parametrize(
    "said",
    [b"530 sign in\r\n", OK + b"530 sign in\r\n", OK + OK + b"535 sign in\r\n"],
)
def test_a_relay_that_wants_us_signed_in_is_a_matter_of_settings(said: bytes) -> None:
    session = Session(PIPELINING)
    session.begin(letter())

    with pytest.raises(TransportMisconfigured, match="sign in"):
        list(session.receive(said))

    assert session.lost(Lost("")) == ([], [letter_lost_once()])


def test_a_goodbye_before_the_message_defers_it() -> None:
    session = Session(PIPELINING)
    session.begin(letter())
    told: list[Result] = []

    with pytest.raises(Lost, match="421"):
        told.extend(session.receive(OK + b"421 4.3.2 going down\r\n"))

    results, letters = session.lost(Lost("421 4.3.2 going down"))
    assert told + results == [Result(1, Outcome.DEFERRED, "421 4.3.2 going down")]
    assert letters == []


def test_a_goodbye_to_nobody_in_particular_ends_the_connection() -> None:
    with pytest.raises(Lost, match="idle"):
        list(Session(PIPELINING).receive(b"421 4.4.2 idle for too long\r\n"))


def test_a_relay_that_does_not_forget_is_left() -> None:
    session = Session(STEP_BY_STEP)
    session.begin(letter())
    list(session.receive(OK))
    list(session.receive(b"550 nobody\r\n"))
    session.begin(letter(2))

    with pytest.raises(Lost, match="afresh"):
        list(session.receive(b"502 what?\r\n"))

    assert session.lost(Lost(""))[0] == []


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (b"250 2.0.0 queued as 7\r\n", Outcome.ACCEPTED),
        (b"451 4.3.0 disk full\r\n", Outcome.DEFERRED),
        (b"554 5.7.1 spam\r\n", Outcome.REJECTED),
        (b"530 5.7.0 sign in\r\n", Outcome.REJECTED),
    ],
)
def test_the_answer_to_its_end_is_its_outcome(said: bytes, outcome: Outcome) -> None:
    session = at_the_end(PIPELINING, letter())

    assert list(session.receive(said)) == [Result(1, outcome, said.decode().strip())]
    assert session.phase is Phase.DONE


@pytest.mark.parametrize("said", [b"at your service\r\n", b"354 go on\r\n", b"334 what?\r\n"])
def test_an_answer_that_says_nothing_leaves_it_unknown(said: bytes) -> None:
    session = at_the_end(PIPELINING, letter())

    with pytest.raises(Lost):
        list(session.receive(said))

    [result], letters = session.lost(Lost("the relay mumbled"))
    assert result == Result(1, Outcome.UNKNOWN, "the relay mumbled")
    assert letters == []


@pytest.mark.parametrize("phase", [Phase.READY, Phase.BODY])
def test_until_its_end_is_written_it_has_not_left(phase: Phase) -> None:
    session = begun(PIPELINING, letter())
    session.at(phase)

    assert session.lost(Lost("the relay hung up")) == ([], [letter_lost_once()])


def test_a_refusal_before_its_end_is_written_is_one() -> None:
    session = begun(PIPELINING, letter())
    session.at(Phase.BODY)

    with pytest.raises(Lost):
        list(session.receive(b"552 5.3.4 too big\r\n"))

    assert session.lost(Lost(""))[0] == [Result(1, Outcome.REJECTED, "552 5.3.4 too big")]


def test_an_answer_before_its_end_is_written_is_none() -> None:
    session = begun(PIPELINING, letter())
    session.at(Phase.BODY)

    with pytest.raises(Lost, match="out of turn"):
        list(session.receive(OK))

    assert session.lost(Lost("")) == ([], [letter_lost_once()])


def test_answers_belong_to_the_letters_in_their_order() -> None:
    session = at_the_end(PIPELINING, letter(1), letter(2))

    told = list(session.receive(b"250 first\r\n" + OK + OK + GO_AHEAD))

    assert told == [Result(1, Outcome.ACCEPTED, "250 first")]
    assert session.phase is Phase.READY
    assert session.letter == letter(2)


def test_it_has_not_left_when_the_fate_of_the_first_is_unknown() -> None:
    session = at_the_end(PIPELINING, letter(1), letter(2))

    results, letters = session.lost(Lost("the relay hung up"))

    assert results == [Result(1, Outcome.UNKNOWN, "the relay hung up")]
    assert letters == [letter(2)]


def test_a_goodbye_to_the_first_is_none_to_it() -> None:
    session = at_the_end(PIPELINING, letter(1), letter(2))
    told: list[Result] = []

    with pytest.raises(Lost):
        told.extend(session.receive(b"421 4.3.2 going down\r\n"))

    results, letters = session.lost(Lost(""))
    assert [r.outcome for r in told + results] == [Outcome.DEFERRED]
    assert letters == [letter_lost_once(2)]


said_by_relays = st.sampled_from(
    [
        OK,
        GO_AHEAD,
        b"421 bye\r\n",
        b"451 later\r\n",
        b"550 no\r\n",
        b"530 who?\r\n",
        b"hm\r\n",
        b"2",
    ]
)


@given(
    said=st.lists(said_by_relays, max_size=20), features=st.sampled_from([PIPELINING, STEP_BY_STEP])
)
def test_whatever_a_relay_says_a_letter_has_one_fate_and_none_is_accepted_unwritten(
    said: list[bytes], features: Features
) -> None:
    session = Session(features)
    waiting = [letter(number) for number in range(5, 0, -1)]
    results: list[Result] = []
    written: set[int] = set()

    try:
        for answer in said:
            if session.phase is Phase.DONE and waiting:
                session.begin(waiting.pop())
            elif session.phase is Phase.READY:
                written.add(session.letter.delivery_id)
                session.at(Phase.END)
                if session.takes_following and waiting:
                    session.begin(waiting.pop())
            results.extend(session.receive(answer))
            session.answer()
    except (Lost, TransportMisconfigured):
        pass
    told, left = session.lost(Lost("the end"))

    fates = [r.delivery_id for r in results + told] + [x.delivery_id for x in left + waiting]
    unclear = (Outcome.ACCEPTED, Outcome.UNKNOWN)
    assert sorted(fates) == [1, 2, 3, 4, 5]
    assert {r.delivery_id for r in results + told if r.outcome in unclear} <= written
