"""Declares what a provider row can contain: addresses, dialect, limits, and the format of its model list.

The defaults are those of the protocol's reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from chatcli.records import field, frozen

# All known names of the context window in model lists, best first.
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
    """How to recognise a local server: GET *path* at *port* returns a JSON object that contains *marker*."""

    port: int
    path: str
    marker: str


@frozen
class WindowSource:
    """Where a server reports context windows besides its model list.

    *path* is requested with GET from the server's root, not under /v1. *rows* is the field that lists models, and *ids*
    the field with the model name in each; both are empty if the response describes the one loaded model.
    """

    path: str
    rows: str
    ids: str
    fields: tuple[str, ...]


@frozen
class Effort:
    """How to set the reasoning effort of models whose names start with the pattern *models*.

    *levels* are the supported ones, in the order of EFFORTS; any other is replaced by the nearest. *on* holds the
    request fields, with LEVEL in place of the level, and *off* those that turn reasoning off; None if that is
    impossible. *with_tools* is the level required for tools.
    """

    models: str
    levels: tuple[str, ...]
    on: Mapping[str, Any]
    off: Mapping[str, Any] | None = None
    with_tools: str = ""


LEVEL = "$level"


@frozen
class Versioned:
    """Addresses that contain *path* need an API version in their query: the parameter *name*, by default from *env*.

    The part after *path* names the deployed model.
    """

    path: str
    name: str
    env: str
    sample: str


@frozen
class CountSource:
    """How to let a server count tokens: POST *path* from its root, and the dotted *field* of the response."""

    path: str
    field: str


@frozen
class PriceFields:
    """Where an entry of a model list contains prices, and for how many tokens they apply.

    The fields are dotted names, whose values may be numbers or text.
    """

    input: str
    output: str
    cached: str = ""
    tokens: int = 1


@frozen
class Mark:
    """How a model list indicates a capability: the field at the dotted *path* is true, or contains *word*."""

    ability: str
    path: str
    word: str = ""


@frozen
class PrefillField:
    """How to send a prefill as a final assistant message: extra fields of that message and of the body.

    *base* is the suffix of the base URL that supports it, if not all do.
    """

    message: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    base: str = ""


@frozen(kw_only=True)
class BatchService:
    """How a provider takes batches; the defaults are those of the protocol's reference.

    *jobs* and *upload* are paths below the base URL; without *upload*, requests are part of the job. *purpose* is that
    of uploaded files; *names_file*: the form has their name in a field of its own. *input_field* names them in a job,
    in a list if it is a plural. *url* is the path that requests are for; *names_url*: each line repeats it.
    *names_model*: the job names the model, and its requests do not. *takes_metadata*: a job can carry a label, by which
    it is found again. *price_share* is the price, as a share of that of single requests.
    """

    jobs: str = "batches"
    upload: str = "files"
    purpose: str = "batch"
    names_file: bool = False
    input_field: str = "input_file_id"
    url: str = "/v1/chat/completions"
    names_url: bool = True
    window: str = "24h"
    names_model: bool = False
    takes_metadata: bool = True
    max_requests: int = 50_000
    max_bytes: int = 200_000_000
    price_share: float = 1.0


@frozen(kw_only=True)
class Provider:
    """One provider.

    *base_url* is empty if only the user knows it. *hosts* are host suffixes (or `host:port`) whose servers speak the
    dialect of this row, *key_hosts* the hosts that a key from *key_envs* may be sent to; a leading dot means any
    subdomain, and by default both are the host of *base_url*. *url_env* names a variable that overrides the address;
    *url_env_path* is appended if it has no path. *local* servers run on the user's own machines, so they are
    recognised by their name in the settings, not by their host.

    *key_scheme* is the word before the key in *key_header*, empty for none; *list_key_header* and *list_headers* are
    for the model list, if it differs. *header_envs* maps headers to the variables with their values. A key from
    *bearer_envs* is always sent as a bearer token. *versioned* addresses require an API version.

    *efforts* encode the reasoning effort; the first whose pattern matches the model applies, else the standard field.
    *wants_answered_results*: a user message must not follow the results of tools. *knows_developer*: the developer role
    is supported. *takes_documents*: PDF files are sent unchanged. *prefill* is
    None if prefilled answers are not supported. *unsupported* parameters are rejected or ignored; *renames* maps
    standard names to the provider's own; *ranges* are the limits of parameters, *stop_most* the number of stop
    sequences.

    *window_fields* are dotted names in an entry of the model list; for a list of values, the smallest counts.
    *price_fields* and *marks* read prices and capabilities from such an entry; if the list lacks them, a POST of the
    model's name to *about_path*, from the server's root, returns details that the same marks read. *count_sources*
    count tokens. *suggested_model* is a default, used only if the endpoint's own list contains it. *batches* says how
    it takes batches, if it does.
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
    wants_answered_results: bool = False
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
    batches: BatchService = BatchService()
