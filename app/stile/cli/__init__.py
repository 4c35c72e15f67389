"""The command `stile`: it speaks to the helper over the bus, and does nothing else."""
