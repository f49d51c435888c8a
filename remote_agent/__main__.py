"""`python -IS …/agents/<build>/remote_agent daemon STORE PIPE`: how the agent's processes start."""

from __future__ import annotations

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def main() -> None:
    """Start what the first argument names."""
    # The directory that a program is started from would let its modules hide others.
    sys.path[0] = os.path.dirname(HERE)
    command, store, *numbers = sys.argv[1:]
    if command == "keep-container":
        from remote_agent.containers.keeper import keep

        sys.exit(keep(store))
    if command == "run-inside":
        from remote_agent.containers.inside import run_inside

        sys.exit(run_inside(store, numbers[0], numbers[1:]))
    from remote_agent.daemon_start import begin, go_on

    if command == "daemon":
        begin(sys.path[0], store, int(numbers[0]))
    elif command == "resume":
        go_on(sys.path[0], store, int(numbers[0]), int(numbers[1]))
    else:
        sys.exit("The agent knows no command %r." % command)


if __name__ == "__main__":
    main()
