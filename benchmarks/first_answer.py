"""How long a cold start takes until the first 200, beside bare Flask's.

The product is started as ``make run`` starts its web part: its configuration of gunicorn on a
socket that listens already, on a database that is ready. Bare Flask gets the same worker class and
number of workers. The call waits in the socket's queue from the first moment.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from benchmarks.stage import GUNICORN, PLAIN, PRODUCT, Server, Stage

THREADS = ["--worker-class", "gthread", "--workers", "2", "--threads", "8"]


@dataclass
class FirstAnswers:
    """Seconds of every round."""

    product: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    def ratio(self) -> float:
        """How many times bare Flask's the product's is; the median of the rounds."""
        pairs = zip(self.product, self.bare, strict=True)
        return median(product / bare for product, bare in pairs)


def measure(stage: Stage, rounds: int, say: Callable[[str], None]) -> FirstAnswers:
    """Start and stop both, one after the other, in every round."""
    answers = FirstAnswers()
    environment = stage.environment("cold") | {"FAQ_ENCODER": "on"}
    arms = {
        "bare Flask": (answers.bare, ["benchmarks.bare:create_app()", *PLAIN, *THREADS]),
        "the product": (answers.product, ["wsgi:create_app()", *PRODUCT]),
    }
    # The first round only fills the caches of the file system and of compiled modules.
    for number in range(rounds + 1):
        for title, (seconds, arguments) in arms.items():
            say(f"cold start {number} of {rounds}: {title}")
            server = Server([*GUNICORN, *arguments], environment, stage.log("cold"))
            server.stop()
            if number > 0:
                seconds.append(server.first_answer)
    return answers
