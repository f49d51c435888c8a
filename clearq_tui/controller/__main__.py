"""What `clearq` starts in the background: a controller for `$CLEARQ_HOME`."""

from clearq_tui.controller.main import run
from clearq_tui.paths import home_from_environment

if __name__ == "__main__":
    run(home_from_environment())
