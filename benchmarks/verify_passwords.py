"""What the cores can verify: ``python -m benchmarks.verify_passwords SECONDS PROCESSES``.

Each process compares one password with its hash in a loop, by the function that signing in uses.
Prints how many a second all of them came to.
"""

import sys
import time
from multiprocessing import get_context

from miniprogram_api import passwords

PASSWORD = "correct horse battery staple"


def main() -> int:
    seconds, processes = float(sys.argv[1]), int(sys.argv[2])
    kept = passwords.hash_password(PASSWORD)
    with get_context("fork").Pool(processes) as pool:
        rates = pool.starmap(_rate, [(kept, seconds)] * processes, chunksize=1)
    print(sum(rates))
    return 0


def _rate(kept: str, seconds: float) -> float:
    count, began = 0, time.monotonic()
    while time.monotonic() < began + seconds:
        if not passwords.verify(kept, PASSWORD):
            raise RuntimeError("The right password was refused.")
        count += 1
    return count / (time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
