"""Trains nothing, but looks like it: a loss that falls, one line an epoch."""

from __future__ import annotations

import argparse
import math
import time
from os import environ
from pathlib import Path


def main() -> None:
    """Print a line for each epoch, and keep the last loss where the task's output goes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--seconds", type=float, default=1.0, help="one epoch takes")
    given = parser.parse_args()
    loss = math.inf
    for epoch in range(1, given.epochs + 1):
        time.sleep(given.seconds)
        loss = 2.3 * math.exp(-epoch * math.sqrt(given.rate)) + 0.05 * abs(math.sin(epoch))
        print(f"epoch {epoch:>3}/{given.epochs}  loss {loss:.4f}  rate {given.rate:g}")
    (Path(environ["CLEARQ_OUTPUT"]) / "loss.txt").write_text(f"{loss}\n")
    print("done")


if __name__ == "__main__":
    main()
