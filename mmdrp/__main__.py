"""``python -m mmdrp``."""

import sys

from mmdrp.cli.entry import main

sys.exit(main())
