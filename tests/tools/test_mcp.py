"""What of MCP needs no server: the file of servers, names, contents, forms, and pins."""

from __future__ import annotations

import base64
import json
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.errors import ConfigError
from chatcli.files.foreign import ForeignReader
from chatcli.files.private_json import DurableRecords
from chatcli.text.redactor import Secret
from chatcli.tools.built_in import built_in_tools
from chatcli.tools.forms import FormValueError, read_value
from chatcli.tools.inquiries import Form, FormField, OpenPage
from chatcli.tools.mcp.connections import Connections
from chatcli.tools.mcp.content import read_result
from chatcli.tools.mcp.elicitation import question_of
from chatcli.tools.mcp.listings import ListedTool, Listing, changes
from chatcli.tools.mcp.mending import mend_tools
from chatcli.tools.mcp.names import exposed_name
from chatcli.tools.mcp.oauth_settings import OAuthSettings
from chatcli.tools.mcp.pins import FIELDS, Pins, address_of
from chatcli.tools.mcp.server_tools import ServerTools
from chatcli.tools.mcp.servers import McpServer, read_servers
from chatcli.tools.tool import NAME, ToolError
from tests.request.test_images import png
from tests.support.mcp_server import FORM, RICH

PIECES = st.text(alphabet="a_-.é", max_size=5) | st.sampled_from(
    ["", "a", "a_", "_b", "a__b", "x" * 40, "_0123456789ab"]
)


@given(st.lists(st.tuples(PIECES, PIECES), min_size=2, max_size=6, unique=True))
def test_two_tools_never_share_a_name_and_providers_accept_all(tools: list[tuple[str, str]]) -> None:
    names = [exposed_name(server, tool) for server, tool in tools]

    assert all(NAME.fullmatch(name) for name in names)
    assert len(set(names)) == len(names)


def test_a_plain_name_is_kept_and_none_can_look_like_the_hash_of_another() -> None:
    hashed = exposed_name("a_", "b")
    server, _, tool = hashed.partition("__")

    assert exposed_name("time", "get_current-time") == "time__get_current-time"
    assert tool
    assert exposed_name(server, tool) != hashed


def write(folder: Path, entry: Any) -> Path:
    path = folder / "mcp.json"
    path.write_text(json.dumps({"mcpServers": {"own": entry}}), encoding="utf-8")
    return path


def test_members_of_other_programs_are_ignored_and_never_grant_anything(tmp_path: Path) -> None:
    entry = {"command": "x", "type": "stdio", "timeout": 5, "disabled": True, "autoApprove": ["a"], "trust": True}

    (server,) = read_servers(write(tmp_path, entry), {}).servers.values()

    assert (server.argv, server.is_disabled) == (("x",), True)
    assert read_servers(tmp_path / "none.json", {}).servers == {}


def test_variables_are_replaced_and_their_values_do_not_change_the_address(tmp_path: Path) -> None:
    """A token that is renewed needs no new consent; a command that changes does."""
    entry = {"command": "${RUN:-x}", "args": ["${HOME}/a b"], "env": {"API_TOKEN": "${env:T}"}, "cwd": "~"}
    path = write(tmp_path, entry)

    first = read_servers(path, {"HOME": "/h", "T": "one-secret"}).servers["own"]
    second = read_servers(path, {"HOME": "/h", "T": "two-secret"}).servers["own"]
    third = read_servers(path, {"HOME": "/h", "T": "one-secret", "RUN": "y"}).servers["own"]

    assert (first.argv, first.env, first.shown) == (("x", "/h/a b"), {"API_TOKEN": "one-secret"}, 'x "/h/a b"')
    assert [secret.reveal() for secret in first.secrets] == ["one-secret"]
    assert address_of(first) == address_of(second) != address_of(third)
    assert "one-secret" not in first.address


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ([], "must be an object"),
        ({}, "command or url"),
        ({"command": "x", "url": "https://x.com"}, "command or url"),
        ({"command": 1}, "command: must be text"),
        ({"command": " "}, "command"),
        ({"command": "x", "args": "a"}, "args"),
        ({"command": "x", "env": {"A": 1}}, "env"),
        ({"command": "x", "arg": []}, "`args`"),
        ({"httpUrl": "https://x.com"}, "`url`"),
        ({"serverUrl": "https://x.com"}, "`url`"),
        ({"command": "x", "env": {"A": "${input:key}"}}, "env: `${input:key}`"),
        ({"command": "x", "env": {"A": "${input:my-key}"}}, "${MY_KEY}"),
        ({"command": "x", "args": ["${workspaceFolder}/a"]}, "workspaceFolder"),
        ({"command": "x", "headers": {}}, "headers"),
        ({"command": "x", "args": ["${NO_SUCH}"]}, "NO_SUCH"),
        ({"url": "https://x.com/sse", "type": "sse"}, "streamable HTTP"),
        ({"url": "ftp://x.com"}, "url"),
        ({"url": "https://user:pw@x.com"}, "user name"),
        ({"url": 'https://x.com/$(open -a "x")'}, "url"),
        ({"url": "http://x.com", "headers": {"A": "b"}}, "https://"),
        ({"url": "https://x.com", "headers": {"A": "b\r\nC: d"}}, "headers"),
        ({"url": "https://x.com", "headers": {"A\n": "b"}}, "headers"),
        *(
            ({"url": "https://x.com", "oauth": oauth}, f"oauth: {named}")
            for oauth, named in [
                ([], "must be an object"),
                ({"clientid": "x"}, "`clientid`"),
                ({"clientId": 1}, "`clientId`"),
                ({"clientId": "${NO_SUCH}"}, "the variable NO_SUCH"),
                ({"clientSecret": "x"}, "`clientSecret` needs"),
                ({"callbackPort": True}, "`callbackPort`"),
                ({"callbackPort": 70_000}, "`callbackPort`"),
                ({"scopes": [1]}, "`scopes`"),
                ({"clientMetadataUrl": "http://x.com/a"}, "`clientMetadataUrl`"),
                ({"grant": "password"}, "`grant`"),
                ({"grant": "client_credentials", "clientId": "x", "clientSecret": "y"}, "a program"),
                ({"clientId": "x", "clientSecret": "y", "privateKey": "k", "issuer": "https://i"}, "a program"),
            ]
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_errors_name_file_server_and_member(entry: Any, named: str, tmp_path: Path) -> None:
    path = write(tmp_path, entry)

    found = read_servers(path, {})

    assert found.servers == {}
    sentence = found.faults["own"].sentence()
    assert str(path) in sentence
    assert "own" in sentence
    assert named in sentence


def test_the_layout_of_vs_code_is_read_as_well(tmp_path: Path) -> None:
    """A default of an input is its value; both layouts may stand in one file, but a server only in one."""
    inputs = [{"id": "zone", "type": "promptString", "default": "UTC"}, {"id": "key", "type": "promptString"}, 7]
    entry = {"type": "stdio", "command": "x", "args": ["${input:zone}", "${HOME}"]}
    document = {"inputs": inputs, "servers": {"time": entry, "web": {"type": "http", "url": "https://x.com/mcp"}}}
    path = tmp_path / "mcp.json"

    path.write_text(json.dumps({**document, "mcpServers": {"own": {"command": "y"}}}), encoding="utf-8")
    found = read_servers(path, {"HOME": "/h"})
    assert found.faults == {}
    assert {name: server.shown for name, server in found.servers.items()} == {
        "own": "y",
        "time": "x UTC /h",
        "web": "https://x.com/mcp",
    }

    path.write_text(json.dumps({**document, "mcpServers": {"time": {"command": "y"}}}), encoding="utf-8")
    with pytest.raises(ConfigError, match='"time" occurs twice'):
        read_servers(path, {})


def test_settings_of_a_sign_in_are_read_and_belong_to_the_address(tmp_path: Path) -> None:
    """A secret that is renewed in its variable needs no new consent; another client does."""
    oauth = {"clientId": "x", "clientSecret": "${S}", "scopes": "a b", "callbackPort": 8080}
    path = write(tmp_path, {"url": "https://x.com/mcp", "oauth": oauth})
    first, second = (read_servers(path, {"S": secret}).servers["own"] for secret in ("one-secret", "two-secret"))
    other = read_servers(write(tmp_path, {"url": "https://x.com/mcp", "oauth": {}}), {}).servers["own"]
    plain = read_servers(write(tmp_path, {"url": "https://x.com/mcp"}), {}).servers["own"]

    assert first.oauth == OAuthSettings("x", Secret("one-secret"), scopes=("a", "b"), callback_port=8080)
    assert "one-secret" not in repr(first)
    assert address_of(first) == address_of(second)
    assert len({address_of(server) for server in (first, other, plain)}) == 3


@pytest.mark.parametrize("name", built_in_tools(Path(), ForeignReader(), {}, 1))
def test_no_server_has_the_name_of_a_built_in_tool(name: str, tmp_path: Path) -> None:
    """Else consent to the tool would be consent to all tools of the server."""
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {name: {"command": "x"}}}), encoding="utf-8")

    assert "built-in" in read_servers(tmp_path / "mcp.json", {}).faults[name].sentence()


def test_an_approval_is_bound_to_server_address_tool_and_definition(tmp_path: Path) -> None:
    """A server cannot change what was approved under the same name (CVE-2025-54136)."""
    pins = Pins(DurableRecords(tmp_path / "pins.json", "pins", FIELDS))
    servers = [SERVER, McpServer("own", argv=("y",), address="y"), McpServer("other", argv=("x",), address="x")]
    fields: list[dict[str, Any]] = [{}, {"name": "u"}, {"description": "e"}, {"parameters": {"type": "object", "x": 1}}]

    keys = set()
    for server in servers:
        source = ServerTools(server, pins, Connections({}), 1)
        for changed in fields:
            pins.accept(server, listing(address_of(server), **changed))
            tool = (source.current() or [])[0]
            keys.add(tool.consent_key({}))
            assert not tool.is_meant_by("t")  # a rule for a tool of that name elsewhere

    assert len(keys) == len(servers) * len(fields)


def test_without_the_sdk_a_call_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "chatcli.tools.mcp.session", None)

    with pytest.raises(ToolError, match=r"pip install .*mcp>=2"):
        Connections({}).session(SERVER)


def test_a_faulty_server_costs_no_other(tmp_path: Path) -> None:
    text = json.dumps({"mcpServers": {"bad": {"command": "${NO_SUCH}"}, "good": {"command": "x"}}})
    (tmp_path / "mcp.json").write_text(text, encoding="utf-8")

    found = read_servers(tmp_path / "mcp.json", {})

    assert (list(found.servers), list(found.faults)) == (["good"], ["bad"])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"mcpServers": {', "line 1, column"),
        ('{"server": {}}', "mcpServers"),
        ('{"mcpServers": {"a": {"command": "x"}, "a": {"command": "y"}}}', "twice"),
    ],
)
def test_a_file_that_cannot_be_read_in_one_way_is_refused(text: str, named: str, tmp_path: Path) -> None:
    (tmp_path / "mcp.json").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=named):
        read_servers(tmp_path / "mcp.json", {})


def listing(address: str = "a", **fields: Any) -> Listing:
    described = {"name": "t", "description": "d", "parameters": {"type": "object"}, "hints": {}, **fields}
    return Listing(address, "shown", (ListedTool(**described),))


SERVER = McpServer("own", argv=("x",), address="x")


def test_what_is_pinned_comes_back_and_every_change_is_seen(tmp_path: Path) -> None:
    """Name, description, schema and hints of a tool, and the address of the server."""
    pins = Pins(DurableRecords(tmp_path / "pins.json", "pins", FIELDS))
    kinds = [
        listing(address_of(SERVER)),
        listing(address_of(SERVER), name="other"),
        listing(address_of(SERVER), description="d\u200b"),
        listing(address_of(SERVER), parameters={"const": True}),
        listing(address_of(SERVER), parameters={"const": 1}),
        listing(address_of(SERVER), hints={"readOnlyHint": True}),
    ]

    for one in kinds:
        pins.accept(SERVER, one)
        assert pins.current(SERVER) == one
    assert len({one.to_json() for one in kinds}) == len(kinds)
    assert all(changes(one, other) for one, other in combinations(kinds, 2))
    assert pins.current(McpServer("own", argv=("y",), address="y")) is None


def test_a_diff_shows_what_changed_and_nothing_else(tmp_path: Path) -> None:
    """The order of members in a schema is none of its meaning, and is not kept on disk."""
    schema = {"type": "object", "properties": {"b": {"type": "string", "description": "x"}, "a": {"type": "string"}}}
    pins = Pins(DurableRecords(tmp_path / "pins.json", "pins", FIELDS))
    pins.accept(SERVER, listing(parameters=schema))
    pinned = pins.get(SERVER)
    assert pinned

    diff = changes(pinned, listing(parameters=schema, description="other"))

    changed = [line for line in diff.splitlines()[2:] if line[0] in "+-"]
    assert changed == ["-  d", "+  other"]


@pytest.mark.parametrize(
    "faulty",
    [
        {"name": "x"},
        {"name": "x", "inputSchema": None},
        {"name": "x", "inputSchema": {"properties": []}},
        {"name": "x", "inputSchema": {"type": ["object"]}, "outputSchema": {"$id": "a"}},
        {"name": "x", "description": 5, "annotations": [], "icons": 1, "execution": {"taskSupport": "weird"}},
        {"name": "x", "annotations": {"readOnlyHint": "yes"}},
    ],
)
def test_a_faulty_tool_is_mended(faulty: Any) -> None:
    schema = {"type": "object", "properties": {}}

    assert mend_tools([faulty]) == [{"name": "x", "description": "", "inputSchema": schema}]


def test_what_no_tool_can_be_is_left_out_and_the_first_of_a_name_stays() -> None:
    tools = [5, {}, {"name": 5}, {"name": ""}, {"name": "a", "description": "first"}, {"name": "a"}]

    assert [tool["description"] for tool in mend_tools(tools)] == ["first"]
    assert mend_tools(None) == []


def test_schemas_get_what_strict_providers_demand_and_keep_their_values() -> None:
    given = {"$schema": "s", "properties": {"a": {"type": "array"}, "b": {"anyOf": [{"type": "array"}]}}}
    kept = {"default": {"type": "array"}, "enum": [{"type": "array"}], "type": "array", "prefixItems": []}

    (tool,) = mend_tools([{"name": "x", "inputSchema": {**given, "$defs": {"c": kept}}}])

    whole = {"type": "array", "items": {}}
    assert tool["inputSchema"] == {
        "type": "object",
        "properties": {"a": whole, "b": {"anyOf": [whole]}},
        "$defs": {"c": kept},
    }


def test_all_kinds_of_content_become_text() -> None:
    text = str(read_result({"content": RICH, "structuredContent": {"n": 1}}))

    assert text.splitlines()[0] == "seen"
    for named in (
        "image/png, 5 B",
        "not a PNG",
        "audio/wav, 5 B",
        "demo://1",
        "first",
        "demo://2",
        "two",
        "application/zip, 5 B",
    ):
        assert named in text
    assert text.endswith('{"n": 1}')


PNG = base64.b64encode(png(1, 1)).decode()
HUGE = base64.b64encode(png(100_000, 100_000)).decode()


def bytes_of(kind: str, content: str | bytes) -> dict[str, Any]:
    data = content.encode() if isinstance(content, str) else content
    blob = base64.b64encode(data).decode()
    return {"type": "resource", "resource": {"uri": "demo://1", "mimeType": kind, "blob": blob}}


def picture(data: str, kind: str = "image/png") -> dict[str, Any]:
    return {"type": "image", "mimeType": kind, "data": data}


@pytest.mark.parametrize(
    ("content", "images", "named"),
    [
        ([picture(PNG)], 1, ["image 1: PNG image, 1 x 1"]),
        ([picture(PNG, "image/svg+xml")], 1, ["image 1: PNG"]),  # what it is, not what it is said to be
        ([picture("aGVsbG8="), picture(PNG)], 1, ["image 1 is left out", "image 1: PNG"]),
        ([picture("%%%")], 0, ["image/png", "left out"]),
        ([picture(HUGE)], 0, ["100000 x 100000", "left out"]),
        ([picture(PNG)] * 10, 8, ["image 8: PNG", "image 9 is left out"]),
        (
            [{"type": "resource", "resource": {"uri": "shot://1", "mimeType": "image/png", "blob": PNG}}],
            1,
            ["shot://1", "image 1: PNG"],
        ),
        (
            [{"type": "resource_link", "uri": "shot://2", "name": "shot", "mimeType": "image/png"}],
            0,
            ["shot", "shot://2"],
        ),
    ],
    ids=["one", "wrong type", "one is none", "damaged", "too large", "too many", "embedded", "only a link"],
)
def test_images_are_named_in_their_place_and_come_beside_the_text(
    content: list[dict[str, Any]], images: int, named: list[str]
) -> None:
    result = read_result({"content": content}, remark="the end")
    text, found = (result, ()) if isinstance(result, str) else (result.text, result.images)

    assert [image.url for image in found] == [f"data:image/png;base64,{PNG}"] * images
    assert all(words in text for words in named)
    assert text.endswith("the end")


def test_an_error_of_a_tool_keeps_its_images() -> None:
    with pytest.raises(ToolError, match="image 1: PNG") as raised:
        read_result({"content": [picture(PNG)], "isError": True})

    assert len(raised.value.images) == 1


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ({"content": [{"type": "text", "text": '{"n":1}'}], "structuredContent": {"n": 1}}, '{"n":1}'),
        ({"content": [{"type": "text", "text": "1"}], "structuredContent": {"result": "1"}}, "1"),
        ({"content": [], "structuredContent": 0}, "0"),
        ({"content": [{"type": "hologram"}, 7]}, "[hologram]"),
        ({"content": [bytes_of("text/plain; charset=utf-8", "wörld")]}, "[resource: demo://1]\nwörld"),
        ({"content": [bytes_of("application/json", "{}")]}, "[resource: demo://1]\n{}"),
        ({"content": [bytes_of("text/plain", b"\xff")]}, "[resource: demo://1, text/plain, 1 B]"),
        ({"content": [bytes_of("application/zip", "PK")]}, "[resource: demo://1, application/zip, 2 B]"),
        ({}, ""),
    ],
    ids=[
        *("said twice", "wrapped", "any value", "unknown kind", "text as bytes", "JSON as bytes", "no text", "a file"),
        "nothing",
    ],
)
def test_structured_content_is_said_once(result: dict[str, Any], text: str) -> None:
    assert read_result(result) == text


def test_an_error_of_a_tool_is_an_error_with_its_text() -> None:
    with pytest.raises(ToolError, match="broke"):
        read_result({"content": [{"type": "text", "text": "It broke."}], "isError": True})


def form(**properties: Any) -> dict[str, Any]:
    return {"message": "m", "requestedSchema": {"type": "object", "properties": properties}}


@pytest.mark.parametrize(
    "properties",
    [
        {"password": {"type": "string"}},
        {"x": {"type": "string", "title": "Your pass phrase"}},
        {"apiKey": {"type": "string"}},
        {"access_token": {"type": "string"}},
        {"x": {"type": "string", "description": "The PIN of your card"}},
        {"x": {"type": "string", "format": "password"}},
        {"city": {"type": "string"}, "clientSecret": {"type": "string"}},
        {f"field{n}": {"type": "string"} for n in range(21)},
    ],
    ids=lambda properties: next(iter(properties)),
)
def test_a_form_for_secrets_or_without_measure_is_never_shown(properties: Any) -> None:
    assert question_of("own", form(**properties)) is None


@pytest.mark.parametrize("name", ["city", "pinned", "keyboard", "passenger", "author", "spin", "max_tokens"])
def test_harmless_fields_are_asked_for(name: str) -> None:
    assert isinstance(question_of("own", form(**{name: {"type": "string"}})), Form)


def test_a_message_that_asks_for_a_secret_makes_any_text_a_secret() -> None:
    asked = {**form(value={"type": "string"}), "message": "Paste your access token."}
    confirmed = {**form(value={"type": "boolean"}), "message": "Reset your password?"}

    assert question_of("own", asked) is None
    assert isinstance(question_of("own", confirmed), Form)


def test_a_warning_about_secrets_asks_for_none() -> None:
    warned = {"type": "integer", "description": "A number (do not give us your phone number, pin, or password)"}
    assert isinstance(question_of("own", form(number=warned)), Form)

    for words in (
        "Your password (we will not store it).",
        "Do not use a nickname. Your PIN?",
        "Not optional: password",
    ):
        assert question_of("own", form(number={"type": "string", "description": words})) is None


@pytest.mark.parametrize(
    ("url", "is_page"),
    [
        ("https://example.com/a?b=c#d", True),
        ("http://localhost:3000/", True),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("https://user@evil.com", False),
        ("https://example.com/$(id)'", False),
        ('https://example.com/"x', False),
        ("https://exаmple.com", False),
        ("https://example.com/\r\nx", False),
    ],
)
def test_only_plain_addresses_of_pages_can_be_opened(url: str, is_page: bool) -> None:
    found = question_of("own", {"mode": "url", "message": "m", "url": url})

    assert found == (OpenPage("own", "m", url) if is_page else None)


def fields() -> dict[str, FormField]:
    found = question_of("own", {"message": "m", "requestedSchema": FORM})
    assert isinstance(found, Form)
    return {field.name: field for field in found.fields}


@pytest.mark.parametrize(
    ("name", "line", "value"),
    [
        ("city", "Oslo", "Oslo"),
        ("days", "", 3),
        ("days", "5", 5),
        ("unit", "c", "c"),
        ("unit", "2", "f"),
        ("warm", "Yes", True),
    ],
)
def test_values_are_read_as_people_type_them(name: str, line: str, value: Any) -> None:
    assert read_value(fields()[name], line, FORM) == value


@pytest.mark.parametrize(
    ("name", "line"), [("city", "O"), ("city", ""), ("days", "x"), ("unit", "3"), ("unit", ""), ("warm", "maybe")]
)
def test_a_value_that_does_not_fit_is_asked_for_again(name: str, line: str) -> None:
    with pytest.raises(FormValueError):
        read_value(fields()[name], line, FORM)


TITLED = {"oneOf": [{"const": "r", "title": "Red"}, {"const": "g", "title": "Green"}]}


@pytest.mark.parametrize(
    ("entry", "line", "value"),
    [
        ({"type": "string", **TITLED}, "green", "g"),
        ({"type": "string", "enum": ["r", "g"], "enumNames": ["Red", "Green"]}, "Green", "g"),
        ({"type": "array", "items": {"type": "string", "enum": ["r", "g"]}}, "1, g", ["r", "g"]),
        ({"type": "array", "items": {"anyOf": TITLED["oneOf"]}}, "Red", ["r"]),
    ],
    ids=["titled", "older titles", "several", "several titled"],
)
def test_choices_are_found_in_every_revision(entry: dict[str, Any], line: str, value: Any) -> None:
    asked = question_of("own", form(colour=entry))

    assert isinstance(asked, Form)
    assert read_value(asked.fields[0], line, asked.schema) == value
