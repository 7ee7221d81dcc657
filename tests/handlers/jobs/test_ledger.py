"""The jobs of the ledger."""

from functools import partial
from pathlib import Path

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.delivery import background_jobs, sending
from miniprogram_api.ledger import seals as ledger_seals
from tests.support.service.rules import Rules


def test_worker_seals_on_the_first_day_and_carries_the_seal_out(rules: Rules) -> None:
    run = partial(jobs.run, rules.services)
    channel = background_jobs.channel(run, only=["ledger.seal", "ledger.compare"])
    for _ in range(2):
        jobs.plan_periodic(clock.now())
        while sending.work_once(rules.services, [channel], clock.now()):
            pass
    assert [seal.sequence for seal in ledger_seals.all_seals()] == [1]
    files = Path(rules.services.settings.ledger_seal_dir).iterdir()
    assert [path.name for path in files] == ["seal-00000001.json"]
