"""Case 7: no smartphone, or a relative's phone: in the mini program, or at a window."""

from tests.scenarios.conftest import Counter
from tests.support.people.accounts import phone_proof, sign_in
from tests.support.people.cases import Applicant, ask, assert_ledger, explained
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import PASSWORD
from tests.support.service.service import Service, data_of

PHONE = make_phone(9207)


def test_relatives_phone_serves_five_accounts(service: Service) -> None:
    ask(service, "用儿子的手机号帮我注册可以吗", 7)
    family = [person(f"{name}秀英", number=9160 + n) for n, name in enumerate("赵钱孙李周吴")]
    for number, member in enumerate(family[:5]):
        Applicant(service, member, f"member-{number}").registered(phone=PHONE)
    sixth = Applicant(service, family[5], "member-6")
    explained(sixth.register(phone=PHONE), 409, "PHONE_ACCOUNT_LIMIT", 7)
    ask(service, "这个手机号已经注册了好几个人，还能用吗", 7, sixth.token)
    sixth.registered()


def test_window_registers_a_person_without_a_smartphone(service: Service, window: Counter) -> None:
    someone = person("王秀英", number=9107)
    said = ask(service, "没有智能手机怎么办", 7)
    assert "窗口" in said["answer"]

    window.find(someone.id_number)
    assert window.register(someone, code_to_relative=PHONE) == 1
    window.sign_in_second_clerk()
    window.review(confirm=True)

    # The account works on any borrowed phone.
    token = service.wechat_login("relative")
    proof = phone_proof(service, token, PHONE)
    forgotten = {"login": someone.id_number, "phone": PHONE, "phone_proof": proof}
    step = data_of(service.post("/password-resets", json=forgotten, token=token))["token"]
    new = {"password": PASSWORD}
    data_of(service.post(f"/password-resets/{step}/password", json=new, token=token))
    account = data_of(service.get("/account", token=sign_in(service, someone)))
    assert (account["level"], account["verified_by"]) == (4, "manual")
    acts = ("person_registered", "authorization_declined", "verification_confirmed")
    assert_ledger(service, someone, *acts)
