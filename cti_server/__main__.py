"""`python -m cti_server` is the installed command `cti-server`."""

import sys

from cti_server.cli import main

if __name__ == "__main__":
    sys.exit(main())
