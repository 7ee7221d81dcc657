"""The rate of password checks: ``python -m benchmarks.verify_passwords SECONDS PROCESSES``.

Each process verifies one password repeatedly by the reference implementation of argon2, with the
parameters of the product. Prints the sum of checks per second.
"""

import sys
import time
from multiprocessing import get_context

from argon2 import PasswordHasher

from miniprogram_api.access import passwords

PASSWORD = "correct horse battery staple"
REFERENCE = PasswordHasher(
    time_cost=passwords.PASSES,
    memory_cost=passwords.MEMORY_KIB,
    parallelism=passwords.LANES,
)


def main() -> int:
    """Verify in all processes and print the rate."""
    seconds, processes = float(sys.argv[1]), int(sys.argv[2])
    kept = passwords.hash_password(PASSWORD)
    with get_context("fork").Pool(processes) as pool:
        rates = pool.starmap(_rate, [(kept, seconds)] * processes, chunksize=1)
    print(sum(rates))
    return 0


def _rate(kept: str, seconds: float) -> float:
    count, began = 0, time.monotonic()
    while time.monotonic() < began + seconds:
        REFERENCE.verify(kept, PASSWORD)
        count += 1
    return count / (time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
