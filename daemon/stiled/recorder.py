"""The BPF program that notes who sends, while the sender is still there: `current` in the kernel.

It stands in the output hook, just before the chain that may hold the packet, and judges one thing
only: that nobody sends by a socket that has its class from somebody else.
Its way through a packet, and at the same time the order of this file:

    leave at once    no socket, a decided class, loopback, TCP that is not the first of a flow;
                     not yet what may be a question to a name server
    what it is       the flow's key, as `senders.py` makes it from the packet that is held
    what it asks     a question to a name server, whose ever: that it was asked is noted
    who it is not    where the kernel sends for somebody, `current` is a stranger: nothing is noted
    known already    the same sender once more costs no more than this; another one for the same
                     key makes the record ambiguous
    noted            written into a slot of our own, then put into the map in one step
    not lent         a decided class is that of who sends: otherwise somebody was given the socket,
                     which gave it his class, and the packet is thrown away (`lent.py`)

It reads the kernel's structures where `btf.py` says that their fields are.
"""

import sys
from dataclasses import dataclass

from stiled.assembly import (
    R0,
    R1,
    R2,
    R3,
    R4,
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
    call,
    copy,
    exchange,
    jump,
    jump_if,
    jump_if_register,
    keep_bits,
    leave,
    load,
    long_number,
    map_of,
    number,
    set_bits,
    shift_right,
    store,
    store_number,
    subtract_register,
)
from stiled.bpfmaps import forgotten, looked_up, told
from stiled.btf import Layouts, NoLayout
from stiled.classes import MAJOR, SHARED_MAJOR
from stiled.headers import (
    AT_HEADER,
    AT_KEY,
    AT_WORD,
    OUT,
    SCTP,
    TCP,
    UDP,
    body,
    copied,
    read,
    version_4,
    version_6,
)
from stiled.notes import (
    AMBIGUOUS,
    ASKED,
    COMMAND,
    COMMAND_LENGTH,
    COMMAND_SIZE,
    CUT,
    DEVICE,
    FLAGS,
    INODE,
    KEY,
    LENT,
    LINKS,
    NAMESPACE,
    PATH,
    PATH_LENGTH,
    PATH_SIZE,
    PROCESS,
    RECORD,
    SEEN,
    SHARED,
    SOCKET,
    STACK,
    STARTED,
    USER,
)
from stiled.tasks import CURRENT, class_of

SLOTS = 64
SLOT_SIZE = 8 + RECORD.size
"""A slot: 4 octets that say whether it is taken, 4 of nothing, a record."""
TRIES = 4

STALE_NS = 60_000_000_000
"""A record that nobody took for so long does not count against another sender."""

DEEPEST = 32
"""Folders and mounts that a path may lead through."""
NAME_SIZE = 256
"""NAME_MAX and the final zero."""

# -- the kernel's words ----------------------------------------------------------------

MAP_UPDATE, KTIME_NS, PROCESSOR, READ_USER, READ_KERNEL_TEXT = 2, 5, 8, 112, 115
"""Functions a program may call (linux/bpf.h, ___BPF_FUNC_MAPPER)."""
NO_EXIST = 1
DROP, ACCEPT = 0, 1
SYN_SENT = 2
"""TCP_SYN_SENT, net/tcp_states.h."""
LOOPBACK = 1
"""LOOPBACK_IFINDEX, net/flow.h."""
DNS = int.from_bytes((53).to_bytes(2, "big"), sys.byteorder)
"""The port, as a socket and a header have it."""
SHORTEST_QUESTION = 8 + 12
"""Octets of the headers of UDP and of DNS."""
IS_ANSWER = 0x80
"""In the third octet of DNS (RFC 1035, 4.1.1)."""
NOT_A_TASK = 1 << 8 | 0xFF << 16
"""In the preemption count: serving a soft interrupt, in a hard one, in an NMI (linux/preempt.h)."""
SERVING_SOFTIRQ = 1 << 8
OF_KERNEL = 0x00200000
"""PF_KTHREAD, linux/sched.h."""

# -- the stack: below what `headers.py` keeps there -----------------------------------

AT_PARENT = AT_WORD - 8
AT_STARTED = AT_PARENT - 8
AT_STACK = AT_STARTED - 8
AT_PROCESS = AT_STACK - 8
AT_COUNT = AT_PROCESS - 8
AT_STATE = AT_COUNT - 8
AT_ASKED = AT_STATE - ASKED.size
AT_TIME = AT_ASKED - 8
AT_LENT = AT_TIME - LENT.size


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes the program for one kernel and its maps: records by key, slots, questions, a ring."""

    layouts: Layouts
    records: int
    slots: int
    questions: int
    lent: int

    def program(self) -> bytes:
        """Write the program. Raises NoLayout."""
        return assembled(
            [
                *self._leave_at_once(),
                *self._what_it_is(),
                *self._what_it_asks(),
                *self._who_it_is_not(),
                *self._known_already(),
                *self._noted(),
                *self._not_lent(),
                Label("stranger"),
                *self._look_up(),
                jump_if(R0, "==", 0, OUT),
                load(8, R1, R0, SOCKET),
                jump_if_register(R1, "==", R9, OUT),  # the record is of this socket
                *self._forget(),
                Label(OUT),
                number(R0, ACCEPT),
                leave(),
            ]
        )

    def _at(self, structure: str, path: str) -> int:
        return self.layouts.offset(structure, path)

    # -- leave at once: R6 is the socket, R7 the packet ----------------------------------

    def _leave_at_once(self) -> Code:
        return [
            load(8, R7, R1, self._at("bpf_nf_ctx", "skb")),
            load(8, R8, R1, self._at("bpf_nf_ctx", "state")),
            load(8, R6, R8, self._at("nf_hook_state", "sk")),
            jump_if(R6, "==", 0, OUT),
            store(8, R10, AT_STATE, R8),
            load(2, R1, R6, self._at("sock", "__sk_common.skc_dport")),
            jump_if(R1, "==", DNS, "may ask"),
            jump_if(R1, "!=", 0, "asks nobody"),
            load(2, R1, R6, self._at("sock", "sk_protocol")),
            jump_if(R1, "==", UDP, "may ask"),  # to a place that only the packet names
            Label("asks nobody"),
            *self._is_decided_or_local(),
            Label("may ask"),
        ]

    def _is_decided_or_local(self) -> Code:
        return [
            load(4, R9, R6, self._at("sock", "sk_cgrp_data.classid")),  # once: it may change
            copy(R1, R9),
            shift_right(R1, 16),
            jump_if(R1, "==", MAJOR, "decided"),
            jump_if(R1, "==", SHARED_MAJOR, "decided"),
            *self._is_local(),
        ]

    def _is_local(self) -> Code:
        return [
            load(8, R1, R10, AT_STATE),
            load(8, R1, R1, self._at("nf_hook_state", "out")),
            jump_if(R1, "==", 0, OUT),
            load(4, R1, R1, self._at("net_device", "ifindex")),
            jump_if(R1, "==", LOOPBACK, OUT),
        ]

    # -- what it is: R8 is where a header starts, R9 how many octets there are ---------------

    def _what_it_is(self) -> Code:
        return [
            load(8, R8, R7, self._at("sk_buff", "head")),
            load(2, R1, R7, self._at("sk_buff", "network_header")),
            add_register(R8, R1),
            load(4, R9, R7, self._at("sk_buff", "len")),
            load(4, R1, R7, self._at("sk_buff", "data_len")),
            subtract_register(R9, R1),
            *(store_number(8, R10, AT_KEY + at, 0) for at in range(0, KEY.size, 8)),
            *read(AT_HEADER, 40, R8, 0),
            load(1, R2, R10, AT_HEADER),
            shift_right(R2, 4),
            store(1, R10, AT_KEY + 37, R2),
            jump_if(R2, "==", 6, "version 6"),
            jump_if(R2, "!=", 4, OUT),
            *version_4(),
            jump("body"),
            Label("version 6"),
            *version_6(),
            Label("body"),
            *body(),
        ]

    # -- what it asks: the transport's header and the next 8 octets have been read ------------

    def _what_it_asks(self) -> Code:
        key = range(0, KEY.size, 8)
        return [
            load(1, R1, R10, AT_KEY + 36),
            jump_if(R1, "!=", UDP, "whose"),
            load(2, R1, R10, AT_KEY + 34),
            jump_if(R1, "!=", DNS, "whose"),
            jump_if(R9, "signed <", SHORTEST_QUESTION, "whose"),
            load(1, R1, R10, AT_HEADER + 10),
            jump_if(R1, "&", IS_ANSWER, "whose"),
            *(part for at in key for part in copied(8, AT_KEY + at, AT_ASKED + at)),
            *copied(2, AT_HEADER + 8, AT_ASKED + KEY.size, as_octets=8),
            call(KTIME_NS),
            store(8, R10, AT_TIME, R0),
            map_of(R1, self.questions),
            copy(R2, R10),
            add(R2, AT_ASKED),
            copy(R3, R10),
            add(R3, AT_TIME),
            number(R4, 0),
            call(MAP_UPDATE),
        ]

    # -- who it is not: R7 is the socket's file, R9 its inode; R8 is the task -----------------

    def _who_it_is_not(self) -> Code:
        return [
            Label("whose"),
            *self._is_decided_or_local(),
            *self._socket(),
            # who sends by a system call owns the socket meanwhile; a timer does not
            load(1, R1, R10, AT_KEY + 36),
            jump_if(R1, "==", TCP, "with a lock"),
            jump_if(R1, "!=", SCTP, "without a lock"),
            Label("with a lock"),
            load(4, R1, R6, self._at("sock", "sk_lock.owned")),
            jump_if(R1, "==", 0, "stranger"),
            Label("without a lock"),
            call(CURRENT),
            copy(R8, R0),
            *self._is_at_work_itself(otherwise="stranger"),
        ]

    def _socket(self) -> Code:
        """R7 = the file of the socket R6, R9 = its inode; the kernel's own have none."""
        return [
            load(8, R7, R6, self._at("sock", "sk_socket")),
            jump_if(R7, "==", 0, OUT),
            load(8, R7, R7, self._at("socket", "file")),
            jump_if(R7, "==", 0, OUT),
            load(8, R9, R7, self._at("file", "f_inode")),
            load(8, R9, R9, self._at("inode", "i_ino")),
        ]

    def _is_at_work_itself(self, otherwise: str) -> Code:
        """Go on where the task R8 sends for itself, not the kernel in its midst."""
        return [
            load(4, R1, R8, self._at("task_struct", "flags")),
            jump_if(R1, "&", OF_KERNEL, otherwise),
            load(8, R1, R8, self._at("task_struct", "mm")),
            jump_if(R1, "==", 0, otherwise),
            *self._preemption_count(otherwise),
            jump_if(R1, "&", NOT_A_TASK, otherwise),
            *self._soft_interrupts_of_task(otherwise),
        ]

    def _preemption_count(self, otherwise: str) -> Code:
        """R1 = the preemption count, which each architecture keeps in a place of its own.

        On x86 it is a variable of each processor. Its symbol is not in every kernel
        (CONFIG_KALLSYMS_ALL), but it stands at a known distance from the processor's run queue.
        """
        for field in ("thread_info.preempt.count", "thread_info.preempt_count"):
            if self.layouts.has("task_struct", field):
                return [load(4, R1, R8, self._at("task_struct", field))]
        return [
            load(8, R1, R8, self._at("task_struct", "se.cfs_rq")),
            load(8, R3, R1, self._at("cfs_rq", "rq")),
            *read(AT_WORD, 4, R3, self._count_behind_run_queue()),
            jump_if(R0, "!=", 0, otherwise),
            load(4, R1, R10, AT_WORD),
        ]

    def _count_behind_run_queue(self) -> int:
        try:
            return self.layouts.distance("__preempt_count", "runqueues")
        except NoLayout:  # in Linux 6.2 to 6.14
            hot = self.layouts.distance("pcpu_hot", "runqueues")
            return hot + self._at("pcpu_hot", "preempt_count")

    def _soft_interrupts_of_task(self, otherwise: str) -> Code:
        """A real-time kernel serves them in whatever task is there, and counts them in it."""
        if not self.layouts.has("task_struct", "softirq_disable_cnt"):
            return []
        return [
            load(4, R1, R8, self._at("task_struct", "softirq_disable_cnt")),
            jump_if(R1, "&", SERVING_SOFTIRQ, otherwise),
        ]

    # -- known already ------------------------------------------------------------------------

    def _known_already(self) -> Code:
        return [
            load(8, R1, R8, self._at("task_struct", "group_leader")),
            load(8, R1, R1, self._at("task_struct", "start_boottime")),
            store(8, R10, AT_STARTED, R1),
            load(8, R1, R8, self._at("task_struct", "mm")),
            load(8, R1, R1, self._at("mm_struct", "start_stack")),
            store(8, R10, AT_STACK, R1),
            load(4, R1, R8, self._at("task_struct", "tgid")),
            store(8, R10, AT_PROCESS, R1),
            call(KTIME_NS),
            copy(R6, R0),
            *self._look_up(),
            jump_if(R0, "==", 0, "note"),
            load(8, R1, R0, STARTED),
            load(8, R2, R10, AT_STARTED),
            jump_if_register(R1, "!=", R2, "another"),
            load(8, R1, R0, STACK),
            load(8, R2, R10, AT_STACK),
            jump_if_register(R1, "!=", R2, "another"),
            load(4, R1, R0, PROCESS),
            load(8, R2, R10, AT_PROCESS),
            jump_if_register(R1, "!=", R2, "another"),
            load(8, R1, R0, SOCKET),
            jump_if_register(R1, "!=", R9, "anew"),
            store(8, R0, SEEN, R6),
            jump(OUT),
            Label("another"),
            load(8, R1, R0, SEEN),
            copy(R2, R6),
            subtract_register(R2, R1),
            long_number(R1, STALE_NS),
            jump_if_register(R2, ">", R1, "anew"),
            Label("ambiguous"),
            load(4, R1, R0, FLAGS),
            set_bits(R1, AMBIGUOUS),
            store(4, R0, FLAGS, R1),
            jump(OUT),
            Label("anew"),
            *self._forget(),
            Label("note"),
        ]

    # -- noted: R6 is the slot -----------------------------------------------------------------

    def _noted(self) -> Code:
        return [
            store(8, R10, AT_PARENT, R6),  # the time, for a moment
            *self._slot(),
            Label("slot"),
            load(8, R1, R10, AT_PARENT),
            store(8, R6, 8 + SEEN, R1),
            *self._process(),
            *self._shared(),
            *self._command(),
            *self._path(),
            map_of(R1, self.records),
            copy(R2, R10),
            add(R2, AT_KEY),
            copy(R3, R6),
            add(R3, 8),
            number(R4, NO_EXIST),
            call(MAP_UPDATE),
            copy(R7, R0),
            number(R1, 0),
            exchange(R6, 0, R1),
            jump_if(R7, "==", 0, OUT),
            *self._look_up(),  # another processor was quicker
            jump_if(R0, "!=", 0, "ambiguous"),
            jump(OUT),
        ]

    def _slot(self) -> Code:
        """Take a slot that nobody else has: whoever is interrupted in its work keeps its own."""
        code: Code = [call(PROCESSOR), store(8, R10, AT_COUNT, R0)]
        for attempt in range(TRIES):
            code += [
                load(8, R1, R10, AT_COUNT),
                add(R1, attempt * (SLOTS // TRIES)),
                keep_bits(R1, SLOTS - 1),
                store(4, R10, AT_WORD, R1),
                *looked_up(self.slots, AT_WORD),
                jump_if(R0, "==", 0, OUT),
                copy(R6, R0),
                number(R1, 1),
                exchange(R6, 0, R1),
                jump_if(R1, "==", 0, "slot"),
            ]
        return [*code, jump(OUT)]

    def _process(self) -> Code:
        at = self._at
        return [
            *(
                part
                for there, here in (
                    (AT_STARTED, STARTED),
                    (AT_STACK, STACK),
                )
                for part in (load(8, R1, R10, there), store(8, R6, 8 + here, R1))
            ),
            load(8, R1, R10, AT_PROCESS),
            store(4, R6, 8 + PROCESS, R1),
            store(8, R6, 8 + SOCKET, R9),
            load(8, R1, R8, at("task_struct", "cred")),
            load(4, R1, R1, at("cred", "uid.val")),
            store(4, R6, 8 + USER, R1),
            load(8, R1, R8, at("task_struct", "nsproxy")),
            load(8, R1, R1, at("nsproxy", "mnt_ns")),
            load(4, R1, R1, at("mnt_namespace", "ns.inum")),
            store(4, R6, 8 + NAMESPACE, R1),
            *self._file(R1),
            load(8, R1, R1, at("file", "f_inode")),
            load(8, R2, R1, at("inode", "i_ino")),
            store(8, R6, 8 + INODE, R2),
            load(4, R2, R1, at("inode", "i_nlink")),
            store(4, R6, 8 + LINKS, R2),
            load(8, R1, R1, at("inode", "i_sb")),
            load(4, R1, R1, at("super_block", "s_dev")),
            store(4, R6, 8 + DEVICE, R1),
        ]

    def _file(self, to: Register) -> Code:
        """*to* = the open file of the executable."""
        return [
            load(8, to, R8, self._at("task_struct", "mm")),
            load(8, to, to, self._at("mm_struct", "exe_file")),
        ]

    def _shared(self) -> Code:
        """Whether the socket has more holders than the descriptor by which it is used now.

        A process of several threads holds it a second time while it is used (fdget, fs/file.c).
        """
        counted = self.layouts.has("file", "f_ref")  # counts from 0, since Linux 6.13
        references = "f_ref.refcnt.counter" if counted else "f_count.counter"
        return [
            store_number(4, R6, 8 + FLAGS, 0),
            load(8, R1, R7, self._at("file", references)),
            add(R1, 1 if counted else 0),
            load(8, R2, R8, self._at("task_struct", "files")),
            load(4, R2, R2, self._at("files_struct", "count.counter")),
            number(R3, 1),
            jump_if(R2, "==", 1, "one thread"),
            number(R3, 2),
            Label("one thread"),
            jump_if_register(R3, ">=", R1, "alone"),
            store_number(4, R6, 8 + FLAGS, SHARED),
            Label("alone"),
        ]

    def _command(self) -> Code:
        return [
            store_number(4, R6, 8 + COMMAND_LENGTH, 0),
            load(8, R1, R8, self._at("task_struct", "mm")),
            load(8, R3, R1, self._at("mm_struct", "arg_start")),
            load(8, R2, R1, self._at("mm_struct", "arg_end")),
            subtract_register(R2, R3),
            jump_if(R2, "==", 0, "commanded"),
            jump_if(R2, ">", COMMAND_SIZE, "long command"),
            jump("command"),
            Label("long command"),
            number(R2, COMMAND_SIZE),
            Label("command"),
            store(8, R10, AT_WORD, R2),
            copy(R1, R6),
            add(R1, 8 + COMMAND),
            call(READ_USER),
            jump_if(R0, "!=", 0, "commanded"),
            load(8, R1, R10, AT_WORD),
            store(4, R6, 8 + COMMAND_LENGTH, R1),
            Label("commanded"),
        ]

    def _path(self) -> Code:
        """Walk up from the file, as d_path() does: the names stand with the last one first.

        R7 is where the walk is, R8 the mount that this is in, R9 how long the path is.
        """
        at = self._at
        return [
            *self._file(R1),
            load(8, R7, R1, at("file", "f_path.dentry")),
            load(8, R8, R1, at("file", "f_path.mnt")),
            add(R8, -at("mount", "mnt")),
            number(R9, 0),
            *(part for step in range(DEEPEST) for part in self._step(step)),
            Label("cut"),
            load(4, R1, R6, 8 + FLAGS),
            set_bits(R1, CUT),
            store(4, R6, 8 + FLAGS, R1),
            Label("walked"),
            store(4, R6, 8 + PATH_LENGTH, R9),
        ]

    def _step(self, step: int) -> Code:
        """One of the steps, written out: the verifier takes longer over a loop."""
        at, mount, following = self._at, f"mount {step}", f"step {step + 1}"
        return [
            jump_if(R9, ">", PATH_SIZE - NAME_SIZE, "cut"),
            *read(AT_WORD, 8, R8, at("mount", "mnt.mnt_root")),
            load(8, R1, R10, AT_WORD),
            jump_if_register(R1, "==", R7, mount),
            *read(AT_PARENT, 8, R7, at("dentry", "d_parent")),
            *read(AT_WORD, 8, R7, at("dentry", "d_name.name")),
            copy(R1, R6),
            add_register(R1, R9),
            add(R1, 8 + PATH),
            number(R2, NAME_SIZE),
            load(8, R3, R10, AT_WORD),
            call(READ_KERNEL_TEXT),
            jump_if(R0, "signed <=", 0, "cut"),
            add_register(R9, R0),
            load(8, R1, R10, AT_PARENT),
            jump_if_register(R1, "==", R7, "walked"),  # it was never in a folder: a memfd
            copy(R7, R1),
            jump(following),
            Label(mount),
            *read(AT_PARENT, 8, R8, at("mount", "mnt_parent")),
            load(8, R1, R10, AT_PARENT),
            jump_if_register(R1, "==", R8, "walked"),
            *read(AT_WORD, 8, R8, at("mount", "mnt_mountpoint")),
            load(8, R7, R10, AT_WORD),
            load(8, R8, R10, AT_PARENT),
            Label(following),
        ]

    # -- not lent: the classes are compared first, which mostly is all ------------------------

    def _not_lent(self) -> Code:
        """A socket has the class of who was given it last, also for those who had it before.

        Of TCP, only who begins a connection is looked at: a timer sends what follows, or whoever.
        """
        at = self._at
        return [
            Label("decided"),
            load(2, R1, R6, at("sock", "sk_protocol")),
            jump_if(R1, "!=", TCP, "begins"),
            load(1, R1, R6, at("sock", "__sk_common.skc_state")),
            jump_if(R1, "!=", SYN_SENT, OUT),
            Label("begins"),
            call(CURRENT),
            copy(R8, R0),
            *class_of(R8, self.layouts),
            jump_if(R0, "!=", 0, OUT),
            jump_if_register(R1, "==", R9, OUT),
            *self._is_local(),
            *self._is_at_work_itself(otherwise=OUT),
            load(4, R1, R8, at("task_struct", "tgid")),
            store(4, R10, AT_LENT, R1),
            store(4, R10, AT_LENT + 4, R9),
            *self._socket(),
            store(8, R10, AT_LENT + 8, R9),
            *told(self.lent, AT_LENT, LENT.size),
            number(R0, DROP),
            leave(),
        ]

    # -- the map of records --------------------------------------------------------------------

    def _look_up(self) -> Code:
        """R0 = the record of the key, or nothing."""
        return looked_up(self.records, AT_KEY)

    def _forget(self) -> Code:
        return forgotten(self.records, AT_KEY)
