"""What the kernel notes about a sender, as it stands in memory.

`recorder.py` writes it, `senders.py` reads it.
"""

import struct

KEY = struct.Struct("=16s16s2s2sBB2x")
"""Source, address, both ports in network order, protocol, version of IP."""

ASKED = struct.Struct(f"={KEY.size}sH6x")
"""Of a question to a name server: its flow and its number, which an answer has, too."""
ASKED_AT = struct.Struct("=Q")
"""When it was asked (monotonic ns)."""

LENT = struct.Struct("=IIQ")
"""Of a socket of somebody else's class that was sent by: the process, the class, the inode."""

PATH_SIZE, COMMAND_SIZE = 1024, 512
RECORD = struct.Struct(f"=QQQQQIIIIIIII{PATH_SIZE}s{COMMAND_SIZE}s")
"""When it was seen (monotonic ns), when the process started (ns since the boot), where its stack
starts, inode of its file, inode of the socket; mount namespace, device of its file, process, user,
flags, links to its file, length of the path, length of the command line; both of these."""
SEEN, STARTED, STACK, INODE, SOCKET = 0, 8, 16, 24, 32
NAMESPACE, DEVICE, PROCESS, USER, FLAGS, LINKS, PATH_LENGTH, COMMAND_LENGTH = range(40, 72, 4)
PATH, COMMAND = 72, 72 + PATH_SIZE

SHARED, AMBIGUOUS, CUT = 1, 2, 4
"""Flags: somebody else holds the socket, too; somebody else sent for the same key; the path is
too long to be noted."""
