"""Code that reads a packet's headers into the key of its flow, as `senders.py` makes it.

R8 is where a header starts, R9 how many octets are there. What has no key goes to OUT.
"""

from stiled.assembly import (
    R1,
    R2,
    R3,
    R8,
    R9,
    R10,
    Code,
    Label,
    Register,
    add,
    add_register,
    call,
    copy,
    jump,
    jump_if,
    keep_bits,
    load,
    number,
    shift_left,
    store,
    subtract_register,
)
from stiled.notes import KEY

AT_KEY = -KEY.size
AT_HEADER = AT_KEY - 40
AT_WORD = AT_HEADER - 8
"""Places on the stack: the key, the header that is read, eight octets for any use."""

OUT = "out"
READ_KERNEL = 113
"""bpf_probe_read_kernel, linux/bpf.h."""
TCP, UDP, SCTP, UDPLITE, ICMP, ICMPV6 = 6, 17, 132, 136, 1, 58
EXTENSIONS = (0, 43, 44, 51, 60, 135)
"""Headers that stand between IPv6 and what it carries (RFC 8200); such packets are not noted."""
SYN, SYN_OR_ACK = 0x02, 0x12


def read(to: int, size: int, place: Register, offset: int) -> Code:
    """Read memory of the kernel to the stack; what cannot be read is zero."""
    return [
        copy(R3, place),
        add(R3, offset),
        copy(R1, R10),
        add(R1, to),
        number(R2, size),
        call(READ_KERNEL),
    ]


def version_4() -> Code:
    """R2 = length of the header. Formats: RFC 791."""
    return [
        load(1, R1, R10, AT_HEADER + 6),
        jump_if(R1, "&", 0x1F, OUT),  # a later fragment has no ports
        load(1, R1, R10, AT_HEADER + 7),
        jump_if(R1, "!=", 0, OUT),
        *copied(1, AT_HEADER + 9, AT_KEY + 36),
        *copied(4, AT_HEADER + 12, AT_KEY),
        *copied(4, AT_HEADER + 16, AT_KEY + 16),
        load(1, R2, R10, AT_HEADER),
        keep_bits(R2, 0xF),
        shift_left(R2, 2),
    ]


def version_6() -> Code:
    """R2 = length of the header. Formats: RFC 8200."""
    return [
        load(1, R1, R10, AT_HEADER + 6),
        *(jump_if(R1, "==", each, OUT) for each in EXTENSIONS),
        store(1, R10, AT_KEY + 36, R1),
        *(part for at in range(0, 32, 8) for part in copied(8, AT_HEADER + 8 + at, AT_KEY + at)),
        number(R2, 40),
    ]


def body() -> Code:
    """Ports, or the identifier of an echo request."""
    return [
        subtract_register(R9, R2),
        add_register(R8, R2),
        *read(AT_HEADER, 16, R8, 0),
        load(1, R1, R10, AT_KEY + 36),
        jump_if(R1, "==", TCP, "tcp"),
        jump_if(R9, "signed <", 8, "whose"),
        *(jump_if(R1, "==", each, "ports") for each in (UDP, SCTP, UDPLITE)),
        load(1, R2, R10, AT_HEADER),
        jump_if(R1, "==", ICMP, "icmp"),
        jump_if(R1, "!=", ICMPV6, "whose"),
        jump_if(R2, "!=", 128, "whose"),
        jump("echo"),
        Label("icmp"),
        jump_if(R2, "!=", 8, "whose"),
        Label("echo"),
        *copied(2, AT_HEADER + 4, AT_KEY + 32),
        jump("whose"),
        Label("tcp"),
        jump_if(R9, "signed <", 20, OUT),
        load(1, R1, R10, AT_HEADER + 13),
        keep_bits(R1, SYN_OR_ACK),
        jump_if(R1, "!=", SYN, OUT),
        Label("ports"),
        *copied(4, AT_HEADER, AT_KEY + 32),
    ]


def copied(size: int, there: int, here: int, *, as_octets: int = 0) -> Code:
    """Copy from one place on the stack to another, where it may be longer: zeros follow."""
    return [load(size, R1, R10, there), store(as_octets or size, R10, here, R1)]
