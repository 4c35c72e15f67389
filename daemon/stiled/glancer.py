"""The BPF program by which the exec gate looks at a process (`glance.py`), and its way in.

It is given a process, and tells its class and whether it holds sockets that send to a network:

    the process    held, so that it does not go away meanwhile
    its class      and whether that is of a group, or of the root of all
    its files      one after the other, until one is such a socket
"""

from collections.abc import Callable
from socket import AF_NETLINK, AF_UNIX

from stiled import bpf
from stiled.assembly import (
    R0,
    R1,
    R2,
    R3,
    R6,
    R7,
    R8,
    R9,
    R10,
    Code,
    Label,
    Register,
    add,
    add_register,
    assembled,
    call_kernel,
    copy,
    jump,
    jump_if,
    jump_if_register,
    leave,
    load,
    number,
    shift_left,
    store,
    store_number,
)
from stiled.btf import Layouts, NoLayout
from stiled.glance import AT_CLASS, AT_HELD, AT_ROOT, Held
from stiled.headers import AT_WORD, read
from stiled.tasks import class_in, state_of

MOST_FILES = 256
"""Of which the program looks at each: the verifier goes through them one after the other."""
AT_A_TIME = 16
SOCKFS = 0x534F434B
"""SOCKFS_MAGIC, linux/magic.h."""

AT_FILES = AT_WORD - 8 * AT_A_TIME
AT_COUNT = AT_FILES - 8
"""Places on the stack."""


class NoGlance(Exception):
    """There can be no such program; the text names the reason."""


def loaded(layouts: Callable[[], Layouts]) -> int:
    """Load the program; gives its descriptor, for whoever runs it. Raises NoGlance."""
    if not bpf.sees_all_processes():
        raise NoGlance("the helper runs in a pid namespace of its own")
    try:
        return bpf.load_to_be_run(program(layouts()), "stile_glance")
    except (NoLayout, bpf.NoBpf) as error:
        raise NoGlance(f"this kernel does not take the program: {error}") from None
    except OSError as error:
        raise NoGlance(f"BPF cannot be used here: {error.strerror or error}") from None


def program(layouts: Layouts) -> bytes:
    """Write the program for one kernel: R6 is the context, R7 the task. Raises NoLayout."""
    function = layouts.function
    return assembled(
        [
            copy(R6, R1),
            load(4, R1, R6),
            call_kernel(function("bpf_task_from_pid")),
            jump_if(R0, "==", 0, "not seen"),
            copy(R7, R0),
            *_class(layouts),
            call_kernel(function("bpf_rcu_read_lock")),
            *_each_file(layouts),
            store_number(4, R6, AT_HELD, Held.NONE),
            Label("known"),
            call_kernel(function("bpf_rcu_read_unlock")),
            copy(R1, R7),
            call_kernel(function("bpf_task_release")),
            number(R0, 1),
            Label("not seen"),
            leave(),
        ]
    )


def _class(layouts: Layouts) -> Code:
    """Tell its class; the root is what has no parent."""
    return [
        *state_of(R7, layouts),
        copy(R8, R1),
        *class_in(R8, layouts),
        store(4, R6, AT_CLASS, R1),
        load(8, R1, R8, layouts.offset("cgroup_subsys_state", "parent")),
        jump_if(R1, "!=", 0, "in a group"),
        store_number(4, R6, AT_ROOT, 1),
        Label("in a group"),
    ]


def _each_file(layouts: Layouts) -> Code:
    """Look at all open files: R8 is the table, R9 the number of the next one."""
    at = layouts.offset
    return [
        load(8, R8, R7, at("task_struct", "files")),
        *_word(8, at("files_struct", "fdt")),
        copy(R8, R1),
        *_word(4, at("fdtable", "max_fds")),
        jump_if(R1, ">", MOST_FILES, "known"),
        store(8, R10, AT_COUNT, R1),
        *_word(8, at("fdtable", "fd")),
        copy(R8, R1),
        number(R9, 0),
        Label("files"),
        load(8, R1, R10, AT_COUNT),
        jump_if_register(R9, ">=", R1, "all"),
        copy(R1, R9),
        shift_left(R1, 3),
        copy(R2, R8),
        add_register(R2, R1),
        *read(AT_FILES, 8 * AT_A_TIME, R2, 0),
        jump_if(R0, "!=", 0, "known"),
        *(part for index in range(AT_A_TIME) for part in _file(layouts, index)),
        add(R9, AT_A_TIME),
        jump_if(R9, "!=", MOST_FILES, "files"),
        Label("all"),
    ]


def _file(layouts: Layouts, index: int) -> Code:
    """Look at one of those that were read."""
    at, following, place = layouts.offset, f"file {index}", AT_FILES + 8 * index
    return [
        load(8, R3, R10, place),
        jump_if(R3, "==", 0, following),
        *_word(8, at("file", "f_inode"), of=R3),
        *_word(8, at("inode", "i_sb"), of=R1),
        *_word(8, at("super_block", "s_magic"), of=R1),
        jump_if(R1, "!=", SOCKFS, following),
        load(8, R3, R10, place),
        *_word(8, at("file", "private_data"), of=R3),
        *_word(8, at("socket", "sk"), of=R1),
        *_word(2, at("sock", "__sk_common.skc_family"), of=R1),
        jump_if(R1, "==", AF_UNIX, following),
        jump_if(R1, "==", AF_NETLINK, following),
        store_number(4, R6, AT_HELD, Held.NETWORK),
        jump("known"),
        Label(following),
    ]


def _word(size: int, offset: int, of: Register = R8) -> Code:
    """R1 = what stands there; if it cannot be read, nothing is known."""
    return [
        *read(AT_WORD, size, of, offset),
        jump_if(R0, "!=", 0, "known"),
        load(size, R1, R10, AT_WORD),
    ]
