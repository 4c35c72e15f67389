"""`python -m stile.cli`: the same as the command `stile`."""

import sys

from stile.cli.start import main

if __name__ == "__main__":
    sys.exit(main())
