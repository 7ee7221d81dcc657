"""Case 12: the face check fails in each way; CTID or a window replaces it."""

from tests.scenarios.conftest import Counter
from tests.support.people.accounts import account_of, sign_in, tables_of
from tests.support.people.cases import ask, assert_ledger, explained, face
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of

SOMEONE = person("王秀英", number=9112)


def reproduce(service: Service) -> str:
    """Get every result of a face check; the bot names each."""
    with tables_of(service):
        account_of(SOMEONE)
    token = sign_in(service, SOMEONE)
    for ret, status, code in (
        (10015, 503, "IDENTITY_SOURCE_BUSY"),
        (10026, 422, "FACE_DATA_MISSING"),
        (10009, 422, "FACE_NO_PHOTO"),
        (90008, 422, "FACE_NOT_FINISHED"),
    ):
        explained(face(service, token, ret), status, code, 12)
    assert explained(face(service, token, 10004), 422, "FACE_MISMATCH", 12)["attempts_left"] == 4
    ask(service, "人脸识别提示实名核验系统错误", 12, token, "face_mismatch")
    return token


def test_ctid_replaces_the_face_check(service: Service) -> None:
    token = reproduce(service)
    content = {"ctid_token": f"ctid-ok-{SOMEONE.id_number}"}
    account = data_of(service.post("/ctid-verifications", json=content, token=token))
    assert (account["level"], account["verified_by"], account["status"]) == (4, "ctid", "verified")
    assert_ledger(service, SOMEONE)


def test_window_replaces_the_face_check(service: Service, window: Counter) -> None:
    token = reproduce(service)

    window.find(SOMEONE.id_number)
    window.open()
    window.verify("刷脸提示系统错误，核对原件一致")
    window.sign_in_second_clerk()
    window.review(confirm=True)

    account = data_of(service.get("/account", token=token))
    assert (account["level"], account["verified_by"]) == (4, "manual")
    acts = ("manual_verification", "authorization_declined", "verification_confirmed")
    assert_ledger(service, SOMEONE, "person_opened", *acts)
