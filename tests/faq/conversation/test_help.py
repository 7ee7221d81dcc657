import pytest

from config import Settings
from faq.content.entries import Content
from faq.conversation.help import find_help, help_of
from faq.release.publishing import Published, publish
from miniprogram_api.reasons import Reason, Refused
from models.storage.database import database


def of_case(case: int) -> Refused:
    return Refused(Reason.FOUR_ELEMENTS_MISMATCH, case=case)


def test_every_case_has_help(published: Published) -> None:
    for case in range(1, 17):
        found = find_help(of_case(case))
        entry = published.content.by_case[case]
        assert found == {
            "case": case,
            "slug": entry.slug,
            "title": entry.title,
            "steps": list(entry.steps),
            "actions": [action.as_json() for action in entry.actions],
        }


def test_every_reason_has_the_help_of_its_case_or_guide(published: Published) -> None:
    explained = [reason for reason in Reason if reason.case or reason.guide]
    assert explained
    for reason in explained:
        found = find_help(Refused(reason))
        assert found is not None
        assert (found["case"], found["slug"] == reason.guide) == (reason.case, not reason.case)


def test_reason_without_an_entry_has_no_help(published: Published) -> None:
    assert find_help(of_case(17)) is None
    assert find_help(Refused(Reason.USERNAME_TAKEN)) is None


@pytest.mark.parametrize(
    ("refused", "left"),
    [
        (Refused(Reason.IDENTITY_SOURCE_BUSY, step="face"), ["重新刷脸", "改用网证", "查看窗口"]),
        (Refused(Reason.IDENTITY_DAILY_LIMIT, step="face"), ["改用网证", "查看窗口"]),
        (Refused(Reason.FACE_NO_PHOTO), ["改用网证", "查看窗口"]),
        (Refused(Reason.FACE_MISMATCH, attempts_left=1), ["改用网证", "查看窗口", "重新刷脸"]),
        (Refused(Reason.FACE_MISMATCH, attempts_left=0), ["改用网证", "查看窗口"]),
        (
            Refused(Reason.PHONE_NOT_ON_RECORD, phone_hint="11", ticket="activation_phone"),
            ["申请更正登记的手机号", "返回激活", "查看窗口"],
        ),
        # Signed-in users, and those who forgot their password, have nothing to activate.
        (
            Refused(Reason.PHONE_NOT_ON_RECORD, phone_hint="11"),
            ["更换手机号", "申请更换手机号", "查看窗口"],
        ),
        (Refused(Reason.PHONE_NOT_ON_RECORD), ["申请更换手机号", "查看窗口"]),
        (
            Refused(Reason.FOUR_ELEMENTS_MISMATCH, attempts_left=1),
            ["申请复核身份信息", "查看窗口", "重新核对四要素"],
        ),
        # Registering is impossible after the last attempt and with an account.
        (Refused(Reason.FOUR_ELEMENTS_MISMATCH, attempts_left=0), ["申请复核身份信息", "查看窗口"]),
        (
            Refused(Reason.FOUR_ELEMENTS_MISMATCH, attempts_left=1, step="dates"),
            ["申请复核身份信息", "查看窗口"],
        ),
        # A wrong field is corrected at the field, on whatever page.
        (Refused(Reason.INVALID_INPUT, case=4, fields=[]), []),
        # The source, which refuses what has the right form, may be wrong.
        (
            Refused(Reason.INVALID_INPUT, case=4, fields=[], ticket="identity_review"),
            ["申请复核身份信息"],
        ),
        (Refused(Reason.INVALID_INPUT, case=13, fields=[]), ["复制“·”"]),
        (Refused(Reason.IDENTITY_NEEDS_CONFIRMATION, case=14), ["申请复核身份信息"]),
        # At the four elements there is no account yet whose face could be checked.
        (Refused(Reason.IDENTITY_SOURCE_BUSY), ["查看窗口"]),
        (Refused(Reason.IDENTITY_DAILY_LIMIT), ["查看窗口"]),
        # Without an account no face is checked; with one there is no registration.
        (Refused(Reason.ACCOUNT_REQUIRED), ["去登录", "去注册"]),
        (Refused(Reason.ACCOUNT_CANCELLED), ["去注册"]),
        (Refused(Reason.LEVEL_TOO_LOW), ["去刷脸", "改用网证"]),
        (Refused(Reason.ALREADY_ACTIVE), ["去登录", "重置密码"]),
        # No password is taken while the lock lasts, but where a code opens it.
        (Refused(Reason.WRONG_PASSWORD, attempts_left=1), ["重置密码", "重新登录"]),
        (Refused(Reason.WRONG_PASSWORD, attempts_left=0, retry_after=60), ["重置密码"]),
        (Refused(Reason.ACCOUNT_LOCKED, retry_after=60, needs_code=False), ["再次重置密码"]),
        (
            Refused(Reason.ACCOUNT_LOCKED, retry_after=60, needs_code=True),
            ["重置密码", "本人刷脸后再试", "重新登录"],
        ),
        # The switch is refused until the person is checked.
        (Refused(Reason.LEVEL_TOO_LOW, cause="reset"), ["去刷脸", "改用网证", "查看窗口"]),
        # An expired card is corrected; the face was checked before.
        (Refused(Reason.LEVEL_TOO_LOW, cause="card_expired"), ["改正证件有效期", "查看窗口"]),
        (
            Refused(Reason.FACE_DATA_MISSING),
            ["改正证件有效期", "重新刷脸", "改用网证", "查看窗口"],
        ),
        (Refused(Reason.CONSENT_OUTDATED), ["查看个人信息说明", "查看个人信息与权利"]),
        # Trying again is of no use, as the sentence says.
        (
            Refused(Reason.IDENTITY_INVALID, attempts_left=4),
            ["查看窗口", "申请复核身份信息"],
        ),
        (Refused(Reason.IDENTITY_DATES_LIMIT, retry_after=60), ["申请注销后重新注册"]),
        (
            Refused(Reason.TOO_MANY_ATTEMPTS, case=12, retry_after=60, scope="face_checks"),
            ["改用网证", "查看窗口"],
        ),
        (Refused(Reason.CTID_REJECTED, attempts_left=1), ["改用网证", "查看窗口", "重新刷脸"]),
        (Refused(Reason.CTID_REJECTED, attempts_left=0), ["查看窗口", "重新刷脸"]),
        (
            Refused(Reason.PHONE_SEGMENT_UNSUPPORTED, segment="199", purpose="confirm"),
            ["更换手机号", "看公告"],
        ),
        # Signed-in users do not register or sign in.
        (
            Refused(Reason.PHONE_SEGMENT_UNSUPPORTED, segment="199", purpose="change_phone"),
            ["更换手机号", "看公告"],
        ),
        (Refused(Reason.PHONE_ACCOUNT_LIMIT, purpose="change_phone"), ["更换手机号", "查看窗口"]),
        (
            Refused(Reason.WRONG_PASSWORD, attempts_left=1, purpose="change_phone"),
            ["重置密码"],
        ),
        # An operator switched the source off.
        (Refused(Reason.CTID_UNAVAILABLE, notice="网证停用。"), ["重新刷脸", "查看窗口"]),
        (
            Refused(Reason.IDENTITY_SOURCE_BUSY, step="face", notice="刷脸停用。"),
            ["改用网证", "查看窗口"],
        ),
        (
            Refused(Reason.SMS_UNAVAILABLE, notice="短信停用。"),
            ["用微信手机号验证", "申请核实手机号", "查看窗口"],
        ),
    ],
    ids=lambda one: f"{one.reason.name} {one.details}" if isinstance(one, Refused) else "",
)
def test_buttons_avoid_actions_that_would_be_refused(
    published: Published, refused: Refused, left: list[str]
) -> None:
    found = help_of(refused)
    assert found is not None
    assert [button["label"] for button in found["actions"]] == left


@pytest.mark.parametrize(
    ("refused", "slug", "first"),
    [
        (Refused(Reason.PHONE_NOT_ON_RECORD), "change_phone", "登录后打开"),
        (
            Refused(Reason.PHONE_NOT_ON_RECORD, ticket="activation_phone"),
            "activation_wrong_phone",
            "先看激活界面提示的手机尾号",
        ),
        (Refused(Reason.IDENTITY_SOURCE_BUSY), "face_check_errors", "隔几分钟，打开注册页"),
        (
            Refused(Reason.IDENTITY_SOURCE_BUSY, step="dates"),
            "face_check_errors",
            "隔几分钟，打开“账号管理”里的“证件有效期”",
        ),
        (Refused(Reason.IDENTITY_SOURCE_BUSY, step="face"), "face_check_errors", "到光线好的地方"),
        (Refused(Reason.IDENTITY_DAILY_LIMIT, step="activate"), "face_check_errors", "明天回到"),
        (Refused(Reason.IDENTITY_DAILY_LIMIT, step="face"), "face_check_errors", "急办的，带"),
        (Refused(Reason.FACE_MISMATCH, attempts_left=1), "face_check_errors", "到光线好的地方"),
        (Refused(Reason.FACE_MISMATCH, attempts_left=0), "face_check_errors", "打开“网证核验”"),
        # Without an account CTID is no way.
        (
            Refused(Reason.FACE_MISMATCH, attempts_left=0, purpose="clear_limit"),
            "face_check_errors",
            "带身份证原件到窗口",
        ),
        (
            Refused(Reason.TOO_MANY_ATTEMPTS, case=12, retry_after=60, scope="face_checks"),
            "face_check_errors",
            "打开“网证核验”",
        ),
        (Refused(Reason.FACE_NO_PHOTO), "face_check_errors", "带身份证原件到就近的窗口"),
        (Refused(Reason.IDENTITY_INVALID), "verify_data_missing", "带身份证原件到就近的窗口"),
        (Refused(Reason.IDENTITY_NEEDS_CONFIRMATION), "verify_data_missing", "填错的，改好"),
        # The cases of 长期 and of the dot, whose own advice a doubt contradicts.
        (Refused(Reason.IDENTITY_NEEDS_CONFIRMATION, case=14), "long_term_id", "填错的，改好"),
        (Refused(Reason.IDENTITY_NEEDS_CONFIRMATION, case=13), "name_symbol", "填错的，改好"),
        (Refused(Reason.LEVEL_TOO_LOW, cause="card_expired"), "expired_card", "已换新证"),
        (Refused(Reason.LEVEL_TOO_LOW, cause="reset"), "authorization_setting", "按提示刷脸"),
        (Refused(Reason.CONSENT_OUTDATED), "privacy", ""),
        # Beside a wrong field, such as the only one of a page.
        (Refused(Reason.INVALID_INPUT, case=4), "verify_data_missing", ""),
        (Refused(Reason.INVALID_INPUT, case=13), "name_symbol", "复制“·”"),
        # It fits a change of the phone, too.
        (
            Refused(Reason.PHONE_ACCOUNT_LIMIT, purpose="change_phone"),
            "no_smartphone_other_phone",
            "家人或朋友的手机号也可以，能收到验证码就行。",
        ),
        # No step that is done, or refused as well.
        (Refused(Reason.LEVEL_TOO_LOW), "registration_guide", "按提示刷脸"),
        (Refused(Reason.LOGIN_AMBIGUOUS), "user_not_found", ""),
        (Refused(Reason.TICKET_CLOSED), "ticket_progress", ""),
        (Refused(Reason.REMINDER_LIMIT, retry_after=600), "matter_waiting", ""),
        # Its entry has the steps of the face check.
        (Refused(Reason.CTID_REJECTED, attempts_left=2), "face_check_errors", ""),
        (
            Refused(Reason.IDENTITY_DATES_LIMIT, retry_after=600),
            "two_ids_old_dates",
            "日期已经改对",
        ),
        (Refused(Reason.ACCOUNT_LOCKED, retry_after=600), "password_still_wrong", "等到时间再登录"),
        (
            Refused(Reason.ACCOUNT_LOCKED, retry_after=600, needs_code=True),
            "password_still_wrong",
            "在登录页用登记的手机号收验证码登录",
        ),
        # Neither the phone nor its place is to blame.
        (Refused(Reason.SMS_UNAVAILABLE), "sms_not_received", "手机号就是微信绑定的那个"),
        (
            Refused(Reason.SMS_UNAVAILABLE, side="rate", retry_after=600),
            "sms_not_received",
            "先翻一翻短信和垃圾箱",
        ),
        (
            Refused(Reason.SMS_UNAVAILABLE, case=11, purpose="activate"),
            "activation_network_error",
            "登记的手机号就是微信绑定的那个",
        ),
        (
            Refused(
                Reason.SMS_UNAVAILABLE, case=11, purpose="activate", side="rate", retry_after=600
            ),
            "activation_network_error",
            "可以用微信手机号验证，不用等短信",
        ),
        # A code sent for another step is refused.
        (Refused(Reason.SMS_RATE_LIMITED, window="day"), "sms_rate_limit", "为这一步获取的验证码"),
    ],
    ids=lambda one: f"{one.reason.name} {one.details}" if isinstance(one, Refused) else "",
)
def test_steps_say_the_same_as_the_sentence(
    published: Published, refused: Refused, slug: str, first: str
) -> None:
    found = help_of(refused)
    assert found is not None
    assert found["slug"] == slug
    assert bool(found["steps"]) is bool(first)
    assert first in "".join(found["steps"][:1])


def test_published_change_appears_in_help(published: Published, small: Content) -> None:
    publish(small, after=1)
    assert find_help(of_case(1)) is None
    found = find_help(of_case(101))
    assert found is not None
    assert found["steps"] == ["到一楼服务台。"]


def test_missing_release_gives_no_help(tables: Settings) -> None:
    assert find_help(of_case(1)) is None


def test_database_outage_gives_no_help(
    published: Published, monkeypatch: pytest.MonkeyPatch, tables: Settings
) -> None:
    expected = find_help(of_case(5))
    database.close()
    with monkeypatch.context() as patch:
        # A file that cannot be opened, as when the disk is gone.
        patch.setattr(database.obj, "database", str(tables.var_dir / "no" / "such" / "file"))
        assert find_help(of_case(5)) == expected
