"""Finds the models that answer the rows, with their endpoints, parameters and prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from typing import Any

from chatcli.app.client_pool import ClientPool
from chatcli.app.configuration import Configuration
from chatcli.app.endpoint_client import EndpointClient
from chatcli.app.endpoints import Endpoints
from chatcli.app.model_binder import required_provider
from chatcli.batch.asking import Column
from chatcli.batch.gate import Gate
from chatcli.conversation.token_budget import TokenBudget
from chatcli.errors import Remedy, UsageError
from chatcli.language import _
from chatcli.providers.endpoint import Endpoint
from chatcli.records import frozen, replace
from chatcli.settings.model_names import ModelName


@frozen
class PlacedColumn:
    """A column, where its model is asked, and what counts its tokens; *replacements* are asked if it cannot be had."""

    column: Column
    endpoint: Endpoint
    budget: TokenBudget
    replacements: Sequence[PlacedColumn] = ()

    @property
    def models(self) -> Sequence[PlacedColumn]:
        """Itself and its replacements, in the order in which they are asked."""
        return (self, *self.replacements)


@frozen
class Site:
    """An endpoint as all workers see it: its clients and the gate before them."""

    pool: ClientPool
    gate: Gate


@frozen
class Sites:
    """The sites of a run, by their base URLs; columns of one endpoint share one."""

    by_url: Mapping[str, Site]

    def of(self, placed: PlacedColumn) -> Site:
        """Return the site of *placed*."""
        return self.by_url[placed.endpoint.base_url]

    def close_gates(self) -> None:
        """End every wait for a request that has not been sent."""
        for site in self.by_url.values():
            site.gate.close()

    def abort(self) -> None:
        """Break off every request."""
        for site in self.by_url.values():
            site.pool.abort()


def find_columns(endpoints: Endpoints) -> list[PlacedColumn]:
    """Return a column for each set of parameters of each model that is named, or of the one that is configured.

    An endpoint without a configured model is asked for its first one. Raises ChatError.
    """
    config = endpoints.config
    own = EndpointClient(endpoints, endpoints.endpoint(required_provider(config)))
    models = own.named_by_flags()
    if repeated := next((title for title, named in models if [one for _title, one in models].count(named) > 1), None):
        raise UsageError(_("the model {model} is named twice", model=repeated), hint=_("name each model once"))
    sets = parameter_sets(config.flags.vary)
    columns = [placed for title, named in models for placed in _placed(own, named, title, config, sets)]
    return _with_replacements(own, columns, sets, config) if len(models) == 1 else columns


def _with_replacements(
    own: EndpointClient, columns: list[PlacedColumn], sets: Sequence[tuple[str, ...]], config: Configuration
) -> list[PlacedColumn]:
    """Return the columns of one model, one for each of *sets*, with the models that replace it."""
    others = [[*_placed(own, own.read_name(name), name, config, sets)] for name in config.fallbacks]
    chains = zip(*others, strict=True) if others else [()] * len(columns)
    return [replace(placed, replacements=chain) for placed, chain in zip(columns, chains, strict=True)]


def parameter_sets(varied: Sequence[str]) -> list[tuple[str, ...]]:
    """Return all combinations of *varied*, each `KEY=VALUE,VALUE…`, as `KEY=VALUE` texts; raises UsageError."""
    choices = []
    for text in varied:
        name, _separator, values = text.partition("=")
        given = [value.strip() for value in values.split(",")]
        if not name.strip() or "" in given or len(set(given)) < len(given):
            what = _("cannot vary `{text}`: it takes a name and different values", text=text)
            raise UsageError(what, kept=_("nothing was sent"), hint=_("for example temperature=0,0.7"))
        choices.append([f"{name.strip()}={value}" for value in given])
    return [*product(*choices)]


def _placed(
    own: EndpointClient, named: ModelName, title: str, config: Configuration, sets: Sequence[tuple[str, ...]]
) -> Iterator[PlacedColumn]:
    """Yield the columns of the model *named*, which is called *title*: one for each of *sets*."""
    client, model = own.beside(named.provider), named.model
    if not model:
        if config.shows_requests:
            raise UsageError(
                _("no model is set, and a dry run does not ask the endpoint for one"), hint=Remedy("name_model")
            )
        model = client.discover(client.bind("")).model
    binding = client.bind(model)
    answer_tokens = client.directory.known(model).answer_tokens
    price = cache(binding.price)
    for chosen in sets:
        varied = replace(config, flags=replace(config.flags, option=(*config.flags.option, *chosen)))
        shown = " ".join([title or model, *chosen])
        column = Column(shown, model, _options(varied, model, client.endpoint), price, answer_tokens)
        yield PlacedColumn(column, client.endpoint, binding.budget)


def _options(config: Configuration, model: str, endpoint: Endpoint) -> Mapping[str, Any]:
    options = config.options(model, endpoint)
    if not config.flags.schema:
        return options
    from chatcli.app.answer_format import schema_options

    return options | schema_options(config.flags.schema, config.files)


def sites_of(endpoints: Endpoints, columns: Sequence[PlacedColumn]) -> Sites:
    """Return the sites of *columns*; nothing is contacted yet."""
    known: dict[str, Site] = {}
    for placed in (model for column in columns for model in column.models):
        endpoint = placed.endpoint
        if endpoint.base_url not in known:
            gate = Gate(endpoint.policy.max_wait_s)
            known[endpoint.base_url] = Site(ClientPool(endpoints, endpoint, gate.sleep), gate)
    return Sites(known)
