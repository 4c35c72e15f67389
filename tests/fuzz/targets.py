"""All targets of fuzzing."""

import file_targets
import proc_targets
import ui_targets
import wire_targets

TARGETS = (*wire_targets.TARGETS, *file_targets.TARGETS, *proc_targets.TARGETS, *ui_targets.TARGETS)
