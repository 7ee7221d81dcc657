"""What cores verify: ``python -m benchmarks.verify_passwords IMPLEMENTATION SECONDS PROCESSES``.

Each process compares one password with its hash in a loop: by the function that signing in uses
(IMPLEMENTATION ``product``), or by the reference implementation of argon2 with the same parameters
(``reference``). Prints how many a second all of them came to.
"""

import sys
import time
from collections.abc import Callable
from multiprocessing import get_context

from argon2 import PasswordHasher

from miniprogram_api import passwords

PASSWORD = "correct horse battery staple"
REFERENCE = PasswordHasher(
    time_cost=passwords.PASSES,
    memory_cost=passwords.MEMORY_KIB,
    parallelism=passwords.LANES,
)
IMPLEMENTATIONS: dict[str, Callable[[str, str], bool]] = {
    "product": passwords.verify,
    "reference": REFERENCE.verify,
}


def main() -> int:
    verify, seconds, processes = IMPLEMENTATIONS[sys.argv[1]], float(sys.argv[2]), int(sys.argv[3])
    kept = passwords.hash_password(PASSWORD)
    with get_context("fork").Pool(processes) as pool:
        rates = pool.starmap(_rate, [(verify, kept, seconds)] * processes, chunksize=1)
    print(sum(rates))
    return 0


def _rate(verify: Callable[[str, str], bool], kept: str, seconds: float) -> float:
    count, began = 0, time.monotonic()
    while time.monotonic() < began + seconds:
        if not verify(kept, PASSWORD):
            raise RuntimeError("The right password was refused.")
        count += 1
    return count / (time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
