"""When a model is retired is read in every form that lists have, and nothing else is taken for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.retirement import retirement_of
from chatcli.conversation.model_info import Retirement

DAY_S = datetime(2026, 12, 11, tzinfo=UTC).timestamp()
ON_THE_DAY = Retirement(DAY_S)
SOON = Retirement(None)

# the entry of a model beside its name: what it says
FORMS: dict[str, tuple[dict[str, Any], Retirement | None]] = {
    "OpenAI": ({"shutdown_date": "2026-12-11"}, ON_THE_DAY),
    "seconds": ({"shutdown_date": int(DAY_S)}, ON_THE_DAY),
    "seconds as text": ({"retires_at": f"{DAY_S:.0f}"}, ON_THE_DAY),
    "milliseconds": ({"retirementDate": int(DAY_S * 1000)}, ON_THE_DAY),
    "a fraction": ({"sunset_at": DAY_S + 0.5}, Retirement(DAY_S + 0.5)),
    "OpenRouter": ({"expiration_date": "2026-12-11"}, ON_THE_DAY),
    "Mistral": (
        {"deprecation": "2026-12-11T12:00:00Z", "deprecation_replacement_model": "m-2"},
        Retirement(DAY_S, "m-2"),
    ),
    "Azure": ({"lifecycle_status": "deprecated", "deprecation": {"fine_tune": 1, "inference": int(DAY_S)}}, ON_THE_DAY),
    "LiteLLM": ({"model_info": {"deprecation_date": "2026-12-11"}}, ON_THE_DAY),
    "Fireworks": ({"deprecationDate": {"year": 2026, "month": 12, "day": 11}}, ON_THE_DAY),
    "DeepInfra": ({"deprecated": int(DAY_S), "replaced_by": "m-2"}, Retirement(DAY_S, "m-2")),
    "below a lifecycle": ({"lifecycle": {"retirement": {"date": "2026/12/11"}}}, ON_THE_DAY),
    "below a deprecation": ({"deprecation": {"date": "2026-12-11", "successor": "m-2"}}, Retirement(DAY_S, "m-2")),
    "in words": ({"end_of_life": "December 11, 2026"}, ON_THE_DAY),
    "in words, the day first": ({"eol": "11 Dec 2026"}, ON_THE_DAY),
    "within a sentence": ({"retirement": "not sooner than 2026-12-11"}, ON_THE_DAY),
    "digits": ({"discontinued_on": "20261211"}, ON_THE_DAY),
    "the end before the deprecation": ({"deprecation_date": "2026-06-01", "retirement_date": "2026-12-11"}, ON_THE_DAY),
    "the earliest": ({"shutdown": "2027-01-01", "decommission_date": "2026-12-11"}, ON_THE_DAY),
    "a mark": ({"deprecated": True}, SOON),
    "a date beside a mark": ({"deprecated": True, "shutdown_date": "2026-12-11"}, ON_THE_DAY),
    "a status": ({"status": "deprecated"}, SOON),
    "a stage": ({"launchStage": "DEPRECATED"}, SOON),
    "a word": ({"deprecation": "deprecated"}, SOON),
    "no mark": ({"deprecated": False, "is_deprecated": None, "shutdown_date": None, "retirement": ""}, None),
    "a status that lasts": ({"status": "active", "state": "ready", "deprecation": "none"}, None),
    "no date": ({"shutdown_date": "2026-13-45", "expires": "never", "retires_at": 0}, None),
    "a span": ({"expires_in": 3600}, None),
    "other dates": ({"created": int(DAY_S), "updated_at": "2026-12-11"}, None),
    "only fine-tuning ends": ({"fine_tuning_deprecated": True}, None),
    "nothing": ({}, None),
}


@pytest.mark.parametrize(("entry", "expected"), FORMS.values(), ids=FORMS)
def test_every_form_is_read(entry: dict[str, Any], expected: Retirement | None) -> None:
    assert retirement_of({"id": "m", **entry}) == expected


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=20)
        | st.sampled_from(["2026-02-31"]),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["shutdown_date", "deprecated", "year", "month", "day", "status"]), inner)
        ),
        max_leaves=8,
    )
)
def test_any_entry_is_read(value: Any) -> None:
    found = retirement_of({"shutdown_date": value, "deprecated": value})

    assert found is None or found.at_s is None or 2010 <= datetime.fromtimestamp(found.at_s, UTC).year < 2100
