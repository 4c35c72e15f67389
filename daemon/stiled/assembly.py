"""Instructions of BPF, and the labels between them (Documentation/bpf/standardization).

Each function gives one instruction as it stands in memory. Registers: R0 has what a call gives,
R1 to R5 its arguments, and they are lost by it; R6 to R9 stay; R10 is the end of the stack.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NewType, TypeAlias

Register = NewType("Register", int)
R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10 = map(Register, range(11))

LOADS = {1: 0x71, 2: 0x69, 4: 0x61, 8: 0x79}
STORES = {1: 0x73, 2: 0x6B, 4: 0x63, 8: 0x7B}
STORES_OF_NUMBERS = {1: 0x72, 2: 0x6A, 4: 0x62, 8: 0x7A}
JUMPS = {
    "==": 0x15,
    "!=": 0x55,
    ">": 0x25,
    ">=": 0x35,
    "signed <": 0xC5,
    "signed <=": 0xD5,
    "&": 0x45,
}
"""Opcodes with a number on the right; with a register there, 8 more (BPF_X)."""
ALWAYS = 0x05
KERNEL_FUNCTION = 2
"""Says that a call means a number in BTF (BPF_PSEUDO_KFUNC_CALL)."""
MAP_DESCRIPTOR = 1
"""Says that the number in a load of 64 bits stands for a map (BPF_PSEUDO_MAP_FD)."""


@dataclass(frozen=True, slots=True)
class Label:
    """A place to jump to."""

    name: str


@dataclass(frozen=True, slots=True)
class Jump:
    """A jump whose distance is not known yet."""

    opcode: int
    left: int
    right: int
    number: int
    to: str


Instruction: TypeAlias = "bytes | Jump | Label"
Code: TypeAlias = "list[Instruction]"


def assembled(code: Iterable[Instruction]) -> bytes:
    """Put instructions together; every jump finds its label. Raises KeyError where one has none."""
    places: dict[str, int] = {}
    at = 0
    parts: list[tuple[int, bytes | Jump]] = []
    for each in code:
        if isinstance(each, Label):
            places[each.name] = at
            continue
        parts.append((at, each))
        at += 1 if isinstance(each, Jump) else len(each) // 8
    return b"".join(
        part if isinstance(part, bytes) else _jump(part, places[part.to] - place - 1)
        for place, part in parts
    )


def _jump(jump: Jump, distance: int) -> bytes:
    return _instruction(jump.opcode, jump.left, jump.right, distance, jump.number)


def _instruction(
    opcode: int, to: int = 0, source: int = 0, offset: int = 0, number: int = 0
) -> bytes:
    return struct.pack("=BBhi", opcode, source << 4 | to, offset, number)


def load(size: int, to: Register, place: Register, offset: int = 0) -> bytes:
    """Let to = *(size octets at place + offset)."""
    return _instruction(LOADS[size], to, place, offset)


def store(size: int, place: Register, offset: int, value: Register) -> bytes:
    """*(size octets at place + offset) = value."""
    return _instruction(STORES[size], place, value, offset)


def store_number(size: int, place: Register, offset: int, number: int) -> bytes:
    """*(size octets at place + offset) = number."""
    return _instruction(STORES_OF_NUMBERS[size], place, 0, offset, number)


def copy(to: Register, source: Register) -> bytes:
    """Let to = source."""
    return _instruction(0xBF, to, source)


def number(to: Register, value: int) -> bytes:
    """Let to = value, of 32 bits."""
    return _instruction(0xB7, to, 0, 0, value)


def long_number(to: Register, value: int) -> bytes:
    """Let to = value, of 64 bits."""
    low, high = struct.unpack("=ii", struct.pack("=Q", value))
    return _instruction(0x18, to, 0, 0, low) + _instruction(0, 0, 0, 0, high)


def map_of(to: Register, descriptor: int) -> bytes:
    """Let to = the map that has this descriptor."""
    return _instruction(0x18, to, MAP_DESCRIPTOR, 0, descriptor) + _instruction(0)


def add(to: Register, value: int) -> bytes:
    """Let to += value."""
    return _instruction(0x07, to, 0, 0, value)


def add_register(to: Register, value: Register) -> bytes:
    """Let to += value."""
    return _instruction(0x0F, to, value)


def subtract_register(to: Register, value: Register) -> bytes:
    """Let to -= value."""
    return _instruction(0x1F, to, value)


def keep_bits(to: Register, value: int) -> bytes:
    """Let to &= value."""
    return _instruction(0x57, to, 0, 0, value)


def set_bits(to: Register, value: int) -> bytes:
    """Let to |= value."""
    return _instruction(0x47, to, 0, 0, value)


def shift_left(to: Register, bits: int) -> bytes:
    """Let to <<= bits."""
    return _instruction(0x67, to, 0, 0, bits)


def shift_right(to: Register, bits: int) -> bytes:
    """Let to >>= bits."""
    return _instruction(0x77, to, 0, 0, bits)


def exchange(place: Register, offset: int, value: Register) -> bytes:
    """Swap value and the 4 octets at place + offset, in one step (BPF_ATOMIC, BPF_XCHG)."""
    return _instruction(0xC3, place, value, offset, 0xE1)


def call(function: int) -> bytes:
    """Call a function of the kernel (bpf-helpers(7)) by its number."""
    return _instruction(0x85, 0, 0, 0, function)


def call_kernel(function: int) -> bytes:
    """Call a function that the kernel gives to programs (kfunc), by its number in BTF."""
    return _instruction(0x85, 0, KERNEL_FUNCTION, 0, function)


def leave() -> bytes:
    """End the program; R0 has what it gives."""
    return _instruction(0x95)


def jump(to: str) -> Jump:
    """Go on at a label."""
    return Jump(ALWAYS, 0, 0, 0, to)


def jump_if(left: Register, comparison: str, right: int, to: str) -> Jump:
    """Go on at a label if the comparison with a number is true."""
    return Jump(JUMPS[comparison], left, 0, right, to)


def jump_if_register(left: Register, comparison: str, right: Register, to: str) -> Jump:
    """Go on at a label if the comparison with a register is true."""
    return Jump(JUMPS[comparison] | 0x08, left, right, 0, to)
