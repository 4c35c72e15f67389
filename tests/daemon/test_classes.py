"""Which number stands for whom."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stile.applications import Application, Kind
from stiled.classes import MAJOR, NONE, Classes, ClassId, label

CURL, WGET = (Application(Kind.PATH, f"/usr/bin/{name}") for name in ("curl", "wget"))
FIRST = ClassId(MAJOR << 16 | 1)


def paths() -> st.SearchStrategy[Application]:
    letters = st.characters(min_codepoint=0x20, exclude_categories=["Cs"])
    return st.text(letters, max_size=300).map(lambda name: Application(Kind.PATH, f"/{name}"))


def test_an_application_keeps_its_class_and_no_other_has_it() -> None:
    classes = Classes()

    assert classes.of(CURL) == classes.of(CURL) == FIRST
    assert classes.of(WGET) == FIRST + 1
    assert len(classes) == 2


def test_no_class_is_that_of_the_undecided() -> None:
    assert Classes().of(CURL) != NONE


def test_groups_of_an_earlier_helper_keep_their_classes() -> None:
    classes = Classes({label(CURL): ClassId(FIRST + 1), "gone-away": FIRST})

    assert classes.of(CURL) == FIRST + 1
    assert classes.of(WGET) == FIRST + 2, "what is taken is not given again"


def test_known_gives_many_at_once() -> None:
    classes = Classes()
    assert classes.known([CURL, WGET]) == {CURL: classes.of(CURL), WGET: classes.of(WGET)}


def test_there_are_65535_classes_and_not_one_more() -> None:
    classes = Classes({f"group-{n}": ClassId(MAJOR << 16 | n) for n in range(1, 0xFFFF)})

    assert classes.of(CURL) == MAJOR << 16 | 0xFFFF
    with pytest.raises(OverflowError, match=re.escape("65,535")):
        classes.of(WGET)
    assert classes.of(CURL) == MAJOR << 16 | 0xFFFF, "those that have one keep it"


def test_a_class_that_an_earlier_helper_gave_is_not_given_to_another() -> None:
    classes = Classes()

    classes.claim(FIRST)

    assert classes.fresh() == FIRST + 1
    classes.give_back(FIRST)
    assert classes.fresh() == FIRST + 2


def test_what_was_given_back_is_given_again_when_nothing_else_is_left_the_oldest_first() -> None:
    """Otherwise 65,535 answers that hold until a process quits would leave nobody a class."""
    classes = Classes()
    first, second = classes.fresh(), classes.fresh()
    for each in (second, first):
        classes.give_back(each)
    assert len(classes) == 0

    fresh = [classes.fresh() for _ in range(0xFFFF - 2)]

    assert len({*fresh, first, second}) == 0xFFFF, "new ones as long as there are"
    assert [classes.fresh(), classes.of(CURL)] == [second, first]
    with pytest.raises(OverflowError):
        classes.fresh()


@given(paths())
def test_a_label_is_a_file_name_whatever_the_application(application: Application) -> None:
    name = label(application)

    assert re.fullmatch(r"[A-Za-z0-9_+.-]+", name)
    assert not name.startswith(".")
    assert len(name) < 100


@given(paths(), paths())
def test_two_applications_never_share_a_label(one: Application, other: Application) -> None:
    assert (label(one) == label(other)) is (one == other)


def test_a_label_can_be_recognised() -> None:
    assert label(CURL).startswith("curl-")
    assert label(Application(Kind.KERNEL)) != label(Application(Kind.PATH, "/kernel"))
