"""Values and records behave as dataclasses do, as far as this program goes."""

import copy
import pickle
from typing import Any, ClassVar

import pytest

from chatcli.records import FrozenFieldError, asdict, field, fields, frozen, mutable, replace


@frozen
class Point:
    """A value with every kind of field."""

    kind: ClassVar[str] = "point"
    x: int
    y: int = 0
    tags: tuple[str, ...] = field(default_factory=tuple)


@frozen(kw_only=True)
class Named:
    """A value that is made by name alone."""

    name: str = "n"


@mutable
class Count:
    """A record whose list is its own."""

    seen: list[int] = field(default_factory=list, metadata={"help": "what was seen"})


def test_values_are_equal_and_hashed_by_their_fields() -> None:
    assert Point(1, 2) == Point(1, 2) != Point(1, 3)
    assert len({Point(1), Point(1), Point(2)}) == 2
    assert Named() != object()


def test_a_value_cannot_be_changed() -> None:
    point = Point(1)

    with pytest.raises(FrozenFieldError, match=r"Point\.x"):
        point.x = 2  # type: ignore[misc]  # that is the point
    with pytest.raises(FrozenFieldError):
        del point.y
    assert point == Point(1)


def test_a_record_can_be_changed_and_has_no_hash() -> None:
    first, second = Count(), Count()
    first.seen.append(1)

    assert (first.seen, second.seen) == ([1], [])
    with pytest.raises(TypeError):
        hash(first)


def test_there_is_no_room_for_other_attributes() -> None:
    with pytest.raises(AttributeError):
        Count().other = 1  # type: ignore[attr-defined]  # a slip in a name must not pass


def test_a_copy_with_changes_leaves_the_original() -> None:
    point = Point(1, 2)

    assert replace(point, y=5) == Point(1, 5)
    assert point == Point(1, 2)


def test_values_are_matched_by_place() -> None:
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_what_is_by_name_alone_takes_no_places() -> None:
    with pytest.raises(TypeError):
        Named("x")  # type: ignore[call-arg]  # that is the point
    assert Named.__match_args__ == ()


def test_fields_tell_their_names_and_what_was_said_of_them() -> None:
    assert [item.name for item in fields(Point)] == ["x", "y", "tags"]
    assert fields(Count)[0].metadata["help"] == "what was seen"
    assert asdict(Point(1)) == {"x": 1, "y": 0, "tags": ()}


def test_they_show_themselves_and_survive_copies_and_pickles() -> None:
    point = Point(1, tags=("a",))

    assert repr(point) == "Point(x=1, y=0, tags=('a',))"
    assert copy.deepcopy(point) == point
    assert pickle.loads(pickle.dumps(point)) == point


def test_a_default_that_would_be_shared_is_refused() -> None:
    with pytest.raises(TypeError, match="default_factory"):

        @mutable
        class _Shared:
            items: list[int] = []  # noqa: RUF012  # that is the point


WRONG = [
    pytest.param((), {}, id="too few"),
    pytest.param((1, 2, [], 4), {}, id="too many"),
    pytest.param((1,), {"x": 2}, id="one twice"),
    pytest.param((1,), {"z": 2}, id="an unknown name"),
]


@pytest.mark.parametrize(("args", "named"), WRONG)
@pytest.mark.parametrize("number", [1, 120])
def test_wrong_arguments_are_refused_for_every_object(
    number: int, args: tuple[Any, ...], named: dict[str, Any]
) -> None:
    """The first objects of a class are made in another way than the many that may follow."""

    @frozen
    class New:
        x: int
        y: int = 1
        z_list: list[int] = field(default_factory=list)

    made = [New(1), *(New(x=1, y=1) for _ in range(number - 1))]

    assert set(map(repr, made)) == {f"{New.__qualname__}(x=1, y=1, z_list=[])"}
    assert len({id(new.z_list) for new in made}) == number
    with pytest.raises(TypeError, match="New"):
        New(*args, **named)


@pytest.mark.parametrize("number", [1, 120])
def test_what_follows_a_constructor_is_called_for_every_object(number: int) -> None:
    @mutable(kw_only=True)
    class Sum:
        x: int
        total: int = 0

        def __post_init__(self) -> None:
            self.total = self.x + 1

    assert [Sum(x=x).total for x in range(number)] == list(range(1, number + 1))
    with pytest.raises(TypeError):
        Sum(1)  # type: ignore[call-arg]  # that is the point
