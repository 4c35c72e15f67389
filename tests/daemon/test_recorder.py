"""The kernel's description of itself, and the program that is written from it."""

import struct

import pytest

from stiled.assembly import R0, R1, Label, assembled, jump, jump_if, leave, number
from stiled.btf import VMLINUX, Layouts, NoLayout
from stiled.notes import KEY, RECORD
from stiled.recorder import Recorder


@pytest.fixture(scope="module")
def layouts() -> Layouts:
    """Those of the kernel that runs."""
    if not VMLINUX.exists():
        pytest.skip("this kernel does not describe itself")
    return Layouts.of_kernel()


def test_a_field_is_found_where_the_kernel_has_it(layouts: Layouts) -> None:
    assert layouts.offset("list_head", "next") == 0
    assert layouts.offset("list_head", "prev") == 8


def test_a_field_is_found_in_nameless_parts_and_in_parts_of_parts(layouts: Layouts) -> None:
    inner = layouts.offset("sock_common", "skc_daddr")
    assert layouts.offset("sock", "__sk_common.skc_daddr") == inner
    assert layouts.has("dentry", "d_name.name")


@pytest.mark.parametrize(
    ("structure", "field", "said"),
    [
        ("list_head", "nothing", "its struct list_head has no nothing"),
        ("list_head", "next.prev", "its struct list_head has no next.prev"),
        ("no_such_thing", "next", "it has no struct no_such_thing"),
    ],
)
def test_what_the_kernel_does_not_have_is_named(
    layouts: Layouts, structure: str, field: str, said: str
) -> None:
    with pytest.raises(NoLayout, match=said):
        layouts.offset(structure, field)


@pytest.mark.parametrize("octets", [b"", b"\0" * 24, b"\x9f\xeb" + b"\0" * 4], ids=len)
def test_what_is_no_description_is_refused(octets: bytes) -> None:
    with pytest.raises(NoLayout, match="of a format that is not known here"):
        Layouts(octets)


def test_the_program_is_whole_instructions(layouts: Layouts) -> None:
    code = Recorder(layouts, 3, 4, 5, 6).program()

    assert len(code) % 8 == 0
    assert code[-8:] == leave()


def test_a_jump_counts_the_instructions_between() -> None:
    code = assembled(
        [jump_if(R1, "==", 7, "end"), number(R0, 1), jump("end"), Label("end"), leave()]
    )

    distances = [struct.unpack_from("=h", code, at + 2)[0] for at in (0, 16)]
    assert distances == [2, 0]


def test_a_label_that_is_nowhere_is_an_error() -> None:
    with pytest.raises(KeyError, match="end"):
        assembled([jump("end")])


def test_what_is_noted_has_no_gaps() -> None:
    assert KEY.size % 8 == RECORD.size % 8 == 0
