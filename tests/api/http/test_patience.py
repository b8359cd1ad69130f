"""The wait for an answer ends, whatever comes instead of one."""

from __future__ import annotations

import pytest

from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.api.http.patience import Patience

INTERIM = [
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 102 Processing\r\nx: y\r\n\r\n",
    b"HTTP/1.1 103 Early",
    b"x: y\r\n",
]


class Flood:
    """A connection on which *data* comes without end."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def read_within(self, max_bytes: int, wait_s: float) -> bytes:
        assert wait_s > 0
        return self.data[:max_bytes]


def read_to_the_end(patience: Patience, connection: Flood) -> None:
    while True:
        patience.read(connection, 65_536)


@pytest.mark.parametrize("data", INTERIM)
def test_interim_responses_do_not_put_the_first_byte_off(data: bytes) -> None:
    with pytest.raises(BrokenExchangeError) as caught:
        read_to_the_end(Patience(first_byte_s=0.02, stall_s=60), Flood(data))

    assert caught.value.kind is FailureKind.FIRST_BYTE_TIMEOUT


def test_bytes_that_trickle_in_do_not_put_an_end_off() -> None:
    patience = Patience(first_byte_s=60, stall_s=60, is_flowing=True)
    patience.end_within(0.02)

    with pytest.raises(BrokenExchangeError) as caught:
        read_to_the_end(patience, Flood(b"x"))

    assert caught.value.kind is FailureKind.STALLED
