"""What our BPF programs do with maps: the key, or what is told, lies on the stack."""

from stiled.assembly import R1, R2, R3, R4, R10, Code, add, call, copy, map_of, number

MAP_LOOKUP, MAP_DELETE, RING_OUTPUT = 1, 3, 130
"""Functions a program may call (linux/bpf.h, ___BPF_FUNC_MAPPER)."""


def looked_up(descriptor: int, key: int) -> Code:
    """R0 = the value of the key that lies at *key*, or nothing."""
    return _with_key(descriptor, key, MAP_LOOKUP)


def forgotten(descriptor: int, key: int) -> Code:
    """Take the value of the key that lies at *key* out."""
    return _with_key(descriptor, key, MAP_DELETE)


def told(ring: int, place: int, size: int) -> Code:
    """Tell *size* octets that lie at *place*; R0 is not 0 where there was no room."""
    return [
        map_of(R1, ring),
        copy(R2, R10),
        add(R2, place),
        number(R3, size),
        number(R4, 0),
        call(RING_OUTPUT),
    ]


def _with_key(descriptor: int, key: int, function: int) -> Code:
    return [map_of(R1, descriptor), copy(R2, R10), add(R2, key), call(function)]
