"""Finds the endpoint of a job again: the same provider at the same address, with the key of today."""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.app.endpoints import Endpoints
from chatcli.batch.columns import PlacedColumn
from chatcli.batch.remote.jobs import Place
from chatcli.errors import ConfigError, Remedy, UsageError
from chatcli.language import _
from chatcli.providers.endpoint import Endpoint
from chatcli.records import replace


def place_of(endpoints: Endpoints, columns: Sequence[PlacedColumn]) -> Place:
    """Return where *columns* are submitted; raises UsageError if that is a model file, or more than one endpoint."""
    endpoint, flags = columns[0].endpoint, endpoints.config.flags
    if other := next((one.endpoint for one in columns if one.endpoint.base_url != endpoint.base_url), None):
        what = _("a job goes to one endpoint, not to both {one} and {other}", one=endpoint.host, other=other.host)
        hint = _("submit the models of each on their own")
        raise UsageError(what, kept=_("nothing was submitted"), hint=hint)
    if file := endpoint.model_file:
        what = _("the model file {file} has no batch service", file=file)
        raise UsageError(what, kept=_("nothing was submitted"), hint=Remedy("batch_here"))
    if flags.base_url and endpoint.base_url.rstrip("/") == flags.base_url.rstrip("/"):
        return Place(flags.provider or "", endpoint.base_url, is_given=True, key_env=flags.key_env)
    return Place(endpoint.name, endpoint.base_url)


def endpoints_at(endpoints: Endpoints, place: Place) -> Endpoints:
    """Return *endpoints* as if *place* had been named on the command line."""
    given = {"provider": place.provider or None, "base_url": None, "key_env": None}
    if place.is_given:
        given |= {"base_url": place.base_url, "key_env": place.key_env or endpoints.config.flags.key_env}
    flags = replace(endpoints.config.flags, **given)
    return Endpoints(replace(endpoints.config, flags=flags), endpoints.confirm)


def endpoint_at(endpoints: Endpoints, place: Place) -> Endpoint:
    """Return the endpoint at *place*; raises ConfigError if its provider is elsewhere now."""
    endpoint = endpoints_at(endpoints, place).endpoint(place.provider)
    if endpoint.base_url != place.base_url:
        what = _(
            "the job is at {url}, but the provider {provider} is now at {other}",
            url=place.base_url,
            provider=place.provider,
            other=endpoint.base_url,
        )
        raise ConfigError(what, kept=_("the job was left as it is"), hint=_("correct base_url in the settings"))
    return endpoint
