from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from http.client import HTTPConnection

import httpx
import pytest
import trustme

from tests.conftest import OpenServer
from tests.support.answers import answer, chunk, completion, failure, framed, http, sse, stream_head
from tests.support.server import CLOSE, RESET, Server, Sleep, Wait


def post(server: Server, body: object = None, **options: object) -> httpx.Response:
    return httpx.post(f"{server.url}/chat/completions", json=body or {}, trust_env=False, **options)  # type: ignore[arg-type]  # passed on


def dial(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


REQUEST = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"


def test_answers_are_given_in_order_and_requests_kept(server: OpenServer) -> None:
    ground = server(completion("one"), failure(429, "slow down", {"Retry-After": "1"}))

    first, second = post(ground, {"n": 1}), post(ground, {"n": 2})

    assert first.json()["choices"][0]["message"]["content"] == "one"
    assert (second.status_code, second.headers["retry-after"]) == (429, "1")
    assert [request.json for request in ground.requests] == [{"n": 1}, {"n": 2}]
    assert ground.requests[0].summary == "POST /v1/chat/completions"
    assert ground.requests[0].headers["content-type"] == "application/json"
    assert ground.requests[0].raw.endswith(b'\r\n\r\n{"n":1}')


def test_stream_reaches_a_client_as_it_was_written(server: OpenServer) -> None:
    ground = server(answer("Hello wide world", usage={"prompt_tokens": 3}))

    events = [line.removeprefix("data: ") for line in post(ground).text.split("\n\n") if line]

    chunks = [json.loads(event) for event in events[:-1]]
    assert events[-1] == "[DONE]"
    deltas = [choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"]]
    assert deltas == ["", "Hello ", "wide ", "world", ""]
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == {"prompt_tokens": 3}


def test_function_answers_by_what_was_asked(server: OpenServer) -> None:
    ground = server(always=lambda request: completion(request.json["word"]))

    words = [post(ground, {"word": word}).json()["choices"][0]["message"]["content"] for word in ("a", "b", "c")]

    assert words == ["a", "b", "c"]


def test_models_are_listed_without_a_script(server: OpenServer) -> None:
    ground = server(models=("small", "large"))

    listed = httpx.get(f"{ground.url}/models", trust_env=False).json()

    assert [model["id"] for model in listed["data"]] == ["small", "large"]
    assert ground.posts == []


def test_request_without_an_answer_fails_the_test() -> None:
    ground = Server()

    assert post(ground).status_code == 500

    with pytest.raises(AssertionError, match="no answer was written"):
        ground.close()


def test_bad_request_of_the_program_fails_the_test() -> None:
    ground = Server(completion("a"))

    post(ground, {"model": "m", "messages": [], "temperature": 3}, headers={"User-Agent": "chatcli"})

    with pytest.raises(AssertionError, match="temperature"):
        ground.close()


def test_wait_holds_back_the_rest_until_the_event(server: OpenServer) -> None:
    event = threading.Event()
    ground = server([stream_head(), sse(chunk("a"), done=False), Wait(event), sse(chunk("b"))])

    with dial(ground) as connection:
        connection.sendall(REQUEST)
        before = connection.recv(65536)
        ground.wait_for_request()
        event.set()
        after = read_all(connection)

    assert b'"content": "b"' not in before
    assert b'"content": "b"' in after


def test_sleep_lasts_as_long_as_it_says(server: OpenServer) -> None:
    ground = server([stream_head(), Sleep(0.1), b": late\n\n"])

    begin = time.monotonic()
    post(ground)

    assert 0.1 <= time.monotonic() - begin < 5


def test_close_ends_with_fin_and_reset_with_rst(server: OpenServer) -> None:
    held = threading.Event()
    ground = server([b"half", CLOSE, b"never"], [b"half", Wait(held), RESET])

    with dial(ground) as connection:
        connection.sendall(REQUEST)
        assert read_all(connection) == b"half"
    with dial(ground) as connection:
        connection.sendall(REQUEST)
        assert connection.recv(10) == b"half"
        held.set()
        with pytest.raises(ConnectionResetError):
            connection.recv(10)


def test_client_that_leaves_is_noticed_in_the_middle_of_a_wait(server: OpenServer) -> None:
    ground = server([stream_head(), Wait(threading.Event())])

    with dial(ground) as connection:
        connection.sendall(REQUEST)
        ground.wait_for_request()
        left_at = time.monotonic()
    exchange = ground.wait_for_close()

    ended = ground.wait_for_end()
    assert ended.cut_short
    assert exchange.closed_at is not None
    assert 0 <= exchange.closed_at - left_at < 1


def test_script_that_ran_to_its_end_is_not_called_cut_short(server: OpenServer) -> None:
    ground = server(completion("whole"))

    post(ground)

    assert not ground.wait_for_end().cut_short


def test_kept_connection_serves_request_after_request(server: OpenServer) -> None:
    ground = server(completion("a"), answer("b c", chunked=True), completion("d"), keep_alive=True)

    with httpx.Client(trust_env=False) as client:
        bodies = [client.post(f"{ground.url}/chat/completions", json={}).text for _ in range(3)]

    assert ground.connection_count == 1
    assert '"b "' in bodies[1]
    assert ground.wait_for_close(3).closed_at is not None


def test_request_in_pieces_is_stamped_at_its_first_byte(server: OpenServer) -> None:
    ground = server(b"x")

    with dial(ground) as connection:
        sent_at = time.monotonic()
        connection.sendall(REQUEST[:20])
        assert ground.requests == []
        connection.sendall(REQUEST[20:])
        read_all(connection)

    request = ground.wait_for_request()
    assert sent_at <= request.first_byte_at <= request.complete_at
    assert request.raw == REQUEST


def test_greeting_comes_before_any_request(server: OpenServer) -> None:
    ground = server(b"fine", greetings=[[RESET], b"hello "])

    with pytest.raises(ConnectionResetError), dial(ground) as connection:  # the reset may be quicker than the dialling
        connection.recv(10)
    with dial(ground) as connection:
        assert connection.recv(6) == b"hello "
        connection.sendall(REQUEST)
        assert read_all(connection) == b"fine"
    assert (ground.connection_count, len(ground.requests)) == (2, 1)


def test_tls_is_spoken_and_a_doubting_client_gets_nothing(
    server: OpenServer, tls: ssl.SSLContext, authority: trustme.CA
) -> None:
    ground = server(answer("secret word"), tls=tls)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    with pytest.raises(httpx.ConnectError):
        post(ground, verify=ssl.create_default_context())

    assert ground.requests == []
    assert "secret" in post(ground, verify=trusting).text


def test_whole_and_chunked_responses_are_http(server: OpenServer) -> None:
    """The standard library's strict reader agrees with what the builders write."""
    ground = server(http(404, {"X-Id": "7"}, "nö"), [stream_head(chunked=True), framed(b"ab", b"c")], keep_alive=True)
    connection = HTTPConnection("127.0.0.1", ground.port, timeout=10)

    connection.request("GET", "/a")
    whole = connection.getresponse()
    assert (whole.status, whole.reason, whole.headers["x-id"]) == (404, "Not Found", "7")
    assert whole.read().decode() == "nö"
    connection.request("GET", "/b")

    assert connection.getresponse().read() == b"abc"
    connection.close()


def test_waiting_in_vain_says_what_came_instead(server: OpenServer) -> None:
    ground = server(completion("x"))
    post(ground)

    with pytest.raises(AssertionError, match=r"2 request\(s\).*POST /v1/chat/completions"):
        ground.wait_for_request(2, timeout_s=0.05)


def test_server_ends_while_everything_waits() -> None:
    ground = Server([b"x", Wait(threading.Event())], [Sleep(1000)], keep_alive=True)
    idle, waiting, sleeping = dial(ground), dial(ground), dial(ground)
    for connection in (waiting, sleeping):
        connection.sendall(REQUEST)
    ground.wait_for_request(2)

    begin = time.monotonic()
    ground.close()

    assert time.monotonic() - begin < 2
    for connection in (idle, waiting, sleeping):
        connection.close()
