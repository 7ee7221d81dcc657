"""Count what a person does in the mini program: screens seen, taps made, fields typed.

Taps are the browser's own pointer events, keys pressed on a focused button count as taps; a screen
is a title with its step and its dialog, counted when it is reached.
"""

from dataclasses import dataclass

from playwright.sync_api import Error, Locator, expect

from tests.support.app import Phone
from tests.support.app_ways import FIELDS, PORTRAIT
from tests.support.people.persons import Person
from tests.support.people.registrations import PASSWORD

_COUNT = "addEventListener('pointerdown', (event) => event.isTrusted && countTap(), true)"
# What tells one screen from another.
_SCREEN = """() => [
    document.title,
    [...document.querySelectorAll('.step-line')].find((line) => line.offsetParent)?.ariaLabel ?? '',
    document.querySelector('[role=dialog]') ? 'dialog' : '',
].join('|')"""


@dataclass(frozen=True)
class Counts:
    """Hold the figures of a walk."""

    screens: int
    taps: int
    fields: int


class Walk:
    """Go through the program on one phone and count."""

    def __init__(self, phone: Phone) -> None:
        """Begin to count; the phone has not opened the program yet."""
        self.phone, self.page = phone, phone.page
        self.taps = self.fields = 0
        # Milliseconds within which what is not always there must appear.
        self.soon = 1500
        self.screens: list[str] = []
        self.page.expose_binding("countTap", lambda _: self._count_tap())
        self.page.add_init_script(_COUNT)

    @property
    def counts(self) -> Counts:
        """Return the figures so far."""
        self.look()
        return Counts(len(self.screens), self.taps, self.fields)

    def look(self) -> None:
        """Note the screen in front, if it is another one than before."""
        screen = self.page.evaluate(_SCREEN)
        if not self.screens or self.screens[-1] != screen:
            self.screens.append(screen)

    def sees(self, sentence: str) -> None:
        """Wait until the page says this."""
        shown = self.page.get_by_text(sentence).filter(visible=True)
        expect(shown.first).to_be_visible(timeout=60_000)
        self.look()

    def tap(self, *names: str) -> None:
        """Tap the first button or link with one of these names."""
        self._of(names).click(timeout=60_000)
        self.look()

    def tap_if_there(self, *names: str) -> bool:
        """Tap such a button if it appears; return whether it did."""
        button = self._of(names)
        try:
            button.wait_for(timeout=self.soon)
        except Error:
            return False
        button.click()
        self.look()
        return True

    def type(self, label: str, value: str) -> None:
        """Type into the field of this label and leave it."""
        field = self.page.get_by_label(label, exact=True).filter(visible=True).first
        field.fill(value)
        field.blur()
        self.fields += 1

    def tick_all(self) -> None:
        """Tick each box of the page that is not ticked."""
        boxes = self.page.get_by_role("checkbox").filter(visible=True)
        boxes.first.wait_for(timeout=60_000)
        for box in boxes.all():
            if not box.is_checked():
                box.click()

    def take_picture(self) -> None:
        """Choose the picture by which the sandbox checks a face."""
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_text("拍照或选照片").filter(visible=True).first.click()
        chooser.value.set_files(PORTRAIT)

    # Parts of several walks ---------------------------------------------------------------------

    def type_card(self, someone: Person, **changes: str) -> None:
        """Type the four elements, but for an end that is filled in already."""
        for field, value in {**someone.four_elements, **changes}.items():
            box = self.page.get_by_label(FIELDS[field], exact=True)
            if field == "valid_until" and field not in changes and self._is_filled_in(box, value):
                continue
            self.type(FIELDS[field], value)

    def prove_phone(self, number: str, label: str = "手机号") -> None:
        """Type the number, ask for its code and type it."""
        self.type(label, number)
        self.tap("获取验证码")
        self.type("短信验证码", self.phone.code_for(number))

    def finish(self, button: str = "提交注册") -> None:
        """Do the last step of a registration or an activation."""
        self.type("设一个密码", PASSWORD)
        self.tick_all()
        self.tap(button)

    def check_face(self) -> None:
        """Pass the face check of the sandbox from its page to level 4."""
        self.tap_if_there("显示二维码，用微信刷脸")
        self.tap("用照片核验（仅演示环境）")
        self.tick_all()
        self.tap("开始刷脸")
        self.take_picture()
        self.sees("您已通过核验，是四级实名")

    def _is_filled_in(self, box: Locator, value: str) -> bool:
        try:
            expect(box).to_have_value(value, timeout=self.soon)
        except AssertionError:
            return False
        return True

    def _of(self, names: tuple[str, ...]) -> Locator:
        roles = ("button", "link")
        found = [
            self.page.get_by_role(role, name=name, exact=True) for name in names for role in roles
        ]  # type: ignore[arg-type]
        both = found[0]
        for other in found[1:]:
            both = both.or_(other)
        return both.filter(visible=True).first

    def _count_tap(self) -> None:
        self.taps += 1
