"""What our BPF programs ask about the task that they run in."""

from stiled.assembly import R1, R10, Code, Register, load
from stiled.btf import Layouts
from stiled.headers import AT_WORD, read

CURRENT = 158
"""The function that gives it (bpf_get_current_task_btf, linux/bpf.h)."""


def class_of(task: Register, layouts: Layouts) -> Code:
    """R1 = the class of net_cls that *task* is in. Raises NoLayout."""
    return [*state_of(task, layouts), *class_in(R1, layouts)]


def state_of(task: Register, layouts: Layouts) -> Code:
    """R1 = what net_cls keeps of the group that *task* is in. Raises NoLayout."""
    net_cls = layouts.value("cgroup_subsys_id", "net_cls_cgrp_id")
    return [
        load(8, R1, task, layouts.offset("task_struct", "cgroups")),
        load(8, R1, R1, layouts.offset("css_set", "subsys") + 8 * net_cls),
    ]


def class_in(state: Register, layouts: Layouts) -> Code:
    """R1 = the class in what `state_of` gives; R0 is not 0 where it cannot be read."""
    return [
        *read(AT_WORD, 4, state, layouts.offset("cgroup_cls_state", "classid")),
        load(4, R1, R10, AT_WORD),
    ]
