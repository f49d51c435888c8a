"""What `clearq` starts in the background: a controller for `$CLEARQ_HOME`."""

import sys

from clearq_tui.controller.main import run
from clearq_tui.model import ClearqError
from clearq_tui.paths import home_from_environment

if __name__ == "__main__":
    try:
        run(home_from_environment())
    except ClearqError as error:
        # One sentence: whoever started it quotes the last line of the log.
        sys.exit(str(error))
