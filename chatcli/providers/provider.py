"""What can be known of a provider: where it is, what its wire takes and refuses, how it tells of its models.

The defaults are what the protocol's reference says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from chatcli.records import field, frozen

# Every name under which a model list has been seen to tell the window, best first.
WINDOW_FIELDS = (
    "context_length",
    "context_window",
    "max_context_length",
    "max_model_len",
    "max_input_tokens",
    "inputTokenLimit",
    "top_provider.context_length",
    "meta.n_ctx",
    "meta.n_ctx_train",
    "loaded_context_length",
)


@frozen
class Probe:
    """How to recognise a local server: it answers GET *path* at *port* with a JSON object that holds *marker*."""

    port: int
    path: str
    marker: str


@frozen
class WindowSource:
    """Where a server tells windows other than in its model list.

    *path* is asked for by GET from the server's root, not under /v1. *rows* is the field that lists models, and *ids*
    the field of such a row that names the model; both are empty where the answer speaks of the one loaded model.
    """

    path: str
    rows: str
    ids: str
    fields: tuple[str, ...]


@frozen
class Effort:
    """How models whose names begin with the pattern *models* are told how long to think.

    *levels* are those they take, in the order of EFFORTS; any other becomes the nearest of them. *on* holds the fields
    of the request, with LEVEL in place of the level, and *off* those that switch thinking off; None: it cannot be.
    *with_tools* is the level without which tools are refused.
    """

    models: str
    levels: tuple[str, ...]
    on: Mapping[str, Any]
    off: Mapping[str, Any] | None = None
    with_tools: str = ""


LEVEL = "$level"


@frozen
class Versioned:
    """Addresses that hold *path* need a version in their query: the parameter *name*, by default from *env*.

    What follows *path* names the model that is deployed there.
    """

    path: str
    name: str
    env: str
    sample: str


@frozen
class CountSource:
    """Where a server counts messages itself: POST *path* from its root, and the dotted *field* of the answer."""

    path: str
    field: str


@frozen
class PriceFields:
    """Where an entry of a model list tells what a token costs, and for how many tokens that is the price.

    The fields are dotted names, whose values may be numbers or text.
    """

    input: str
    output: str
    cached: str = ""
    tokens: int = 1


@frozen
class Mark:
    """How an entry of a model list tells an ability: the field at the dotted *path* is true, or holds *word*."""

    ability: str
    path: str
    word: str = ""


@frozen
class PrefillField:
    """How the beginning of an answer is given as a last message of the assistant's: what else it and the body hold.

    *base* is what the path of the base URL ends in where only such an address takes it.
    """

    message: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    base: str = ""


@frozen(kw_only=True)
class Provider:
    """One provider.

    *base_url* is empty where only the user knows it. *hosts* are host suffixes (or `host:port`) whose servers share the
    wire habits of this row, *key_hosts* the hosts that a key from *key_envs* may go to, a leading dot standing for any
    subdomain; where there are none, both are the host of *base_url*. *url_env* names a variable that replaces the
    address, to which *url_env_path* is added where it has no path. *local* servers run on the user's own machines, so
    that they are known by their name in the settings, not by their host.

    *key_scheme* is the word before the key in *key_header*, empty for none; *list_key_header* and *list_headers* are
    for the model list, where that differs. *header_envs* maps headers to the variables that fill them. A key from one
    of *bearer_envs* goes as a bearer token whatever *key_header* says. *versioned* addresses want a version.

    *efforts* tell how long a model is to think, the first that fits its name; where none does, the reference's own
    field does. *knows_developer* tells that the role of that name is known. *takes_documents* tells that PDF files go
    as they are. *prefill* tells how an answer is begun for the model, None where that is not taken. *unsupported*
    parameters are refused, or change nothing, whatever their value; *renames* maps names of the reference to the
    provider's own; *ranges* hold the least and largest value of a parameter, *stop_most* the number of stop sequences.

    *window_fields* are dotted names in an entry of the model list; where the way leads through a list, its smallest
    value counts. *price_fields* and *marks* tell what else such an entry says; where the list says little,
    *about_path*, from the server's root, answers a POST of a model's name with what is known of it, to be read by the
    same marks. *count_sources* count messages. *suggested_model* is a name to try, only ever after the endpoint's own
    list was seen to hold it.
    """

    name: str
    title: str
    base_url: str = ""
    hosts: tuple[str, ...] = ()
    local: bool = False

    key_envs: tuple[str, ...] = ()
    key_hosts: tuple[str, ...] = ()
    url_env: str = ""
    url_env_path: str = ""
    key_header: str = "Authorization"
    key_scheme: str = "Bearer"
    header_envs: Mapping[str, str] = field(default_factory=dict)
    bearer_envs: tuple[str, ...] = ()
    versioned: Versioned | None = None
    list_key_header: str = ""
    list_headers: Mapping[str, str] = field(default_factory=dict)

    efforts: tuple[Effort, ...] = ()
    knows_developer: bool = False
    limit_field: Literal["max_completion_tokens", "max_tokens"] = "max_tokens"
    takes_stream_options: bool = True
    takes_json_schema: bool = True
    takes_documents: bool = False
    prefill: PrefillField | None = None
    echoes_reasoning: bool = False
    unsupported: frozenset[str] = frozenset()
    renames: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    stop_most: int | None = None

    window_fields: tuple[str, ...] = WINDOW_FIELDS
    window_sources: tuple[WindowSource, ...] = ()
    count_sources: tuple[CountSource, ...] = ()
    price_fields: PriceFields | None = None
    marks: tuple[Mark, ...] = ()
    about_path: str = ""
    suggested_model: str | None = None
    probes: tuple[Probe, ...] = ()
