"""The rate of accepted WeChat pushes, compared with the echoes of two libraries.

``python -m benchmarks.pushes [--rounds N] [--seconds S]``; also part of ``python -m benchmarks``.
"""

import argparse
import sys
from collections.abc import Callable
from statistics import median

from benchmarks import load
from benchmarks.figures import against_floor
from benchmarks.over_http import Arm, run_in_turn
from benchmarks.push_arms import PushCalls
from benchmarks.stage import EVEN, PLAIN, PRODUCT, Server, Stage

LEAST_OF_WECHATPY, LEAST_TIMES_WEROBOT = 0.55, 2.5
# Above the rate of the fastest arm.
MOST_PUSHES = 9_000


def _arms(stage: Stage, seconds: float) -> list[Arm]:
    """Return both libraries and the product under the same gunicorn."""
    calls = PushCalls(stage.settings)

    def fresh(server: Server, *, may_refuse: bool = False) -> Callable[[], load.Load]:
        return lambda: load.run(
            server.url,
            calls.make(int(MOST_PUSHES * seconds)),
            seconds,
            stage.directory,
            once=True,
            may_refuse=may_refuse,
        )

    wechatpy = stage.serve("benchmarks.push_arms:wechatpy_echo()", *PLAIN, *EVEN)
    # Its errors "database is locked" do not count as answers.
    werobot = stage.serve("benchmarks.push_arms:werobot_echo()", *PLAIN, *EVEN)
    product = stage.serve("wsgi:create_app()", *PRODUCT, *EVEN)
    return [
        Arm("wechatpy, parse and echo", fresh(wechatpy)),
        Arm("WeRoBot as shipped", fresh(werobot, may_refuse=True)),
        Arm("POST /wechat/push", fresh(product)),
    ]


def report(stage: Stage, rounds: int, seconds: float, say: Callable[[str], None]) -> None:
    """Measure and print the pushes of all arms."""
    wechatpy, werobot, product = arms = _arms(stage, seconds)
    run_in_turn(arms, rounds, say)
    say("")
    print(f"\n{'WeChat pushes':44}{'accepted/s':>11}{'p50 ms':>9}{'p99 ms':>9}")
    for arm in arms:
        print(f"{arm.title:44}{arm.rate:11.0f}{arm.p50:9.1f}{arm.p99:9.1f}")
    for peer, least in ((wechatpy, LEAST_OF_WECHATPY), (werobot, LEAST_TIMES_WEROBOT)):
        times = median(a.rate / b.rate for a, b in zip(product.loads, peer.loads, strict=True))
        print(against_floor(f"  of {peer.title}", times, least))


def main() -> int:
    """Read the command line and measure pushes alone."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pushes", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each median")
    parser.add_argument("--seconds", type=float, default=3, help="length of one load")
    arguments = parser.parse_args()
    with Stage() as stage:
        report(stage, arguments.rounds, arguments.seconds, lambda _progress: None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
