"""Take the screenshots for WeChat's review of the program with the sandbox's people.

``python -m tools.review_screenshots`` starts the service and writes PNG files of 390 x 844 points
into ``miniprogram/review/screenshots/``. It needs Chromium.
"""

import tempfile
from pathlib import Path

from tests.support.app import Phone, build
from tests.support.chromium import chromium
from tests.support.people.persons import person
from tests.support.service.service import Service
from tools.privacy_guide import REVIEW

SHOTS = REVIEW / "screenshots"
# Name of the file → page, before and after signing in.
OF_VISITORS = {
    "1-home": "pages/home/index",
    "2-names": "pages/names/index",
    "3-windows": "pages/windows/index",
    "4-questions": "pages/faq/index",
    "5-registration": "pages/register/index",
    "6-consent": "pages/consent/index",
}
OF_USERS = {
    "7-face": "pages/face/index",
    "8-ctid": "pages/ctid/index",
    "9-switch": "pages/account/authorization",
    "10-rights": "pages/privacy/index",
    "11-cancellation": "pages/account/cancellation",
}


def main(folder: Path = SHOTS) -> list[Path]:
    """Take all and return their files."""
    build("h5")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as var,
        Service(Path(var)) as service,
        chromium() as browser,
    ):
        phone = Phone(service, browser, device_scale_factor=2)
        taken = [_take(phone, folder / f"{name}.png", page) for name, page in OF_VISITORS.items()]
        phone.sign_in(person(number=101))
        taken += [_take(phone, folder / f"{name}.png", page) for name, page in OF_USERS.items()]
        phone.close()
    return taken


def _take(phone: Phone, file: Path, page: str) -> Path:
    shown = phone.open(page)
    shown.reload()
    shown.wait_for_load_state("networkidle")
    shown.screenshot(path=file)
    return file


if __name__ == "__main__":
    for path in main():
        print(path)
