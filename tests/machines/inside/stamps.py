"""Says after each line of its input how long the longest silence was, in milliseconds."""

import sys
import time


def main() -> None:
    """Read to the end."""
    longest, last, lines = 0.0, time.monotonic(), 0
    while sys.stdin.buffer.readline():
        now = time.monotonic()
        if lines:
            longest = max(longest, now - last)
        last, lines = now, lines + 1
        print(lines, round(longest * 1000), flush=True)


if __name__ == "__main__":
    main()
