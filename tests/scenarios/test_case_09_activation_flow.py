"""Case 9: an account of the older system is activated in three steps."""

from tests.support.people.cases import ActivationSteps, Applicant, ask, explained
from tests.support.people.persons import person
from tests.support.people.registrations import PASSWORD
from tests.support.service.service import Service, data_of

SOMEONE = person("王秀英", number=9109)


def test_synced_account_is_activated_in_three_steps(service: Service) -> None:
    activating = ActivationSteps(service, SOMEONE)
    credentials = {"login": SOMEONE.id_number, "password": PASSWORD}
    explained(service.post("/sessions", json=credentials), 409, "ACTIVATION_REQUIRED", 9)
    registering = Applicant(service, SOMEONE, "li").register()
    explained(registering, 409, "ACTIVATION_REQUIRED", 9)
    explained(activating.finish(), 409, "STEP_ORDER", 9)
    ask(service, "怎么激活账号", 9, activating.token, "activation_under_way")

    done = activating.complete()
    assert (done["account"]["status"], done["account"]["level"]) == ("registered", 3)
    assert data_of(service.get("/account", token=done["token"]))["level"] == 3
    data_of(service.post("/sessions", json=credentials))
    again = service.post(
        "/activations", json={"id_number": SOMEONE.id_number}, token=service.wechat_login("li")
    )
    explained(again, 409, "ALREADY_ACTIVE", None)
