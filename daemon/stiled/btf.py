"""Where the fields of the kernel's structures are: read from its own description of its types.

Format: Documentation/bpf/btf.rst, include/uapi/linux/btf.h. Nothing about a layout stands in our
code, so that one program fits every kernel.
"""

import struct
from array import array
from pathlib import Path

VMLINUX = Path("/sys/kernel/btf/vmlinux")

_MAGIC = struct.pack("=H", 0xEB9F)
_HEADER = struct.Struct("=HBBIIIII")
"""struct btf_header: magic, version, flags, hdr_len, type_off, type_len, str_off, str_len."""
_TYPE = struct.Struct("=III")
"""struct btf_type: name_off, info, size or type."""
_MEMBER = struct.Struct("=III")
"""struct btf_member: name_off, type, offset."""
_NAMED_NUMBER = struct.Struct("=Ii")
"""struct btf_enum: name_off, val."""
_SECTION_ENTRY = struct.Struct("=III")
"""struct btf_var_secinfo: type, offset, size."""
_STRUCT, _UNION, _ENUM, _FUNCTION, _VARIABLE, _SECTION = 4, 5, 6, 12, 14, 15
_CALLED = {_STRUCT: "struct", _ENUM: "enum", _VARIABLE: "variable", _SECTION: "section"}
_THROUGH = frozenset({8, 9, 10, 11, 18})
"""What stands before a type and does not change its layout: typedef, volatile, const, restrict
and type tag."""
_FOLLOWING = {1: 4, 3: 12, 14: 4, 17: 4}
"""Octets that follow a type of these kinds: int, array, variable, declaration tag."""
_FOLLOWING_EACH = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
"""Octets for each of its members: struct, union, enum, prototype, data section, enum64."""


class NoLayout(Exception):
    """The kernel does not describe what we look for; the text names it."""


class Layouts:
    """The structures and variables of the running kernel. It is large: do not keep it."""

    def __init__(self, octets: bytes) -> None:
        if len(octets) < _HEADER.size or not octets.startswith(_MAGIC):
            raise NoLayout("its BTF is of a format that is not known here")
        _, _, _, header, types, types_len, strings, strings_len = _HEADER.unpack_from(octets)
        self._octets = octets
        self._strings = header + strings
        self._strings_end = self._strings + strings_len
        self._types = array("I", [0])  # where each type stands, by its number
        self._named: dict[tuple[int, int], int] = {}
        self._scan(header + types, header + types + types_len)

    @classmethod
    def of_kernel(cls) -> "Layouts":
        """Read those of the running kernel. Raises NoLayout."""
        try:
            return cls(VMLINUX.read_bytes())
        except OSError:
            raise NoLayout(f"it lacks {VMLINUX} (CONFIG_DEBUG_INFO_BTF)") from None

    def offset(self, structure: str, path: str) -> int:
        """Say at which octet a field is, `a.b` for b in a. Raises NoLayout."""
        total = 0
        number = self._number(_STRUCT, structure)
        for name in path.split("."):
            found = self._member(number, self._spelled(name))
            if found is None:
                raise NoLayout(f"its struct {structure} has no {path}")
            total, number = total + found[0], found[1]
        return total

    def has(self, structure: str, path: str) -> bool:
        """Whether a structure has a field."""
        try:
            self.offset(structure, path)
        except NoLayout:
            return False
        return True

    def value(self, enumeration: str, name: str) -> int:
        """Say which number a name of an enumeration stands for. Raises NoLayout."""
        at, wanted = self._types[self._number(_ENUM, enumeration)], self._spelled(name)
        _, info, _ = _TYPE.unpack_from(self._octets, at)
        for index in range(info & 0xFFFF):
            spelled, number = _NAMED_NUMBER.unpack_from(self._octets, at + 12 + index * 8)
            if spelled == wanted:
                return int(number)
        raise NoLayout(f"its enum {enumeration} has no {name}")

    def distance(self, variable: str, other: str) -> int:
        """Say how far one variable of each processor stands behind another. Raises NoLayout."""
        wanted = self._number(_VARIABLE, variable), self._number(_VARIABLE, other)
        at = self._types[self._number(_SECTION, ".data..percpu")]
        _, info, _ = _TYPE.unpack_from(self._octets, at)
        entries = (
            _SECTION_ENTRY.unpack_from(self._octets, at + 12 + index * 12)
            for index in range(info & 0xFFFF)
        )
        places: dict[int, int] = {number: place for number, place, _ in entries if number in wanted}
        try:
            return places[wanted[0]] - places[wanted[1]]
        except KeyError:
            raise NoLayout(f"it does not say where {variable} and {other} are") from None

    def function(self, name: str) -> int:
        """Say which number a function of the kernel has. Raises NoLayout."""
        octets, wanted, unpack = self._octets, self._spelled(name), _TYPE.unpack_from
        for number in range(len(self._types) - 1, 0, -1):  # functions stand at the end
            spelled, info, _ = unpack(octets, self._types[number])
            if spelled == wanted and info >> 24 & 0x1F == _FUNCTION:
                return number
        raise NoLayout(f"it has no function {name}")

    def _scan(self, at: int, end: int) -> None:
        octets, types, unpack = self._octets, self._types, _TYPE.unpack_from
        while at < end:
            name, info, _ = unpack(octets, at)
            kind = info >> 24 & 0x1F
            types.append(at)
            if kind in (_STRUCT, _ENUM, _VARIABLE, _SECTION):
                self._named.setdefault((kind, name), len(types) - 1)
            at += 12 + _FOLLOWING.get(kind, 0) + _FOLLOWING_EACH.get(kind, 0) * (info & 0xFFFF)

    def _number(self, kind: int, name: str) -> int:
        try:
            return self._named[kind, self._spelled(name)]
        except KeyError:
            raise NoLayout(f"it has no {_CALLED[kind]} {name}") from None

    def _spelled(self, name: str) -> int:
        """Give the place of a name among the strings, where each stands once; -1 if nowhere."""
        found = self._octets.find(b"\0%s\0" % name.encode(), self._strings, self._strings_end)
        return found + 1 - self._strings if found >= 0 else -1

    def _member(self, number: int, wanted: int) -> tuple[int, int] | None:
        """Find a member: its offset and the number of its type; also in nameless members."""
        at = self._types[number]
        _, info, _ = _TYPE.unpack_from(self._octets, at)
        if info >> 24 & 0x1F not in (_STRUCT, _UNION):
            return None
        for index in range(info & 0xFFFF):
            name, kind, bits = _MEMBER.unpack_from(self._octets, at + 12 + index * 12)
            octets = (bits & 0xFFFFFF if info >> 31 else bits) // 8
            kind = self._through(kind)
            if name == wanted:
                return octets, kind
            if not name and (inner := self._member(kind, wanted)):
                return octets + inner[0], inner[1]
        return None

    def _through(self, number: int) -> int:
        while number:
            _, info, following = _TYPE.unpack_from(self._octets, self._types[number])
            if info >> 24 & 0x1F not in _THROUGH:
                break
            number = following
        return number
