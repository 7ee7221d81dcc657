"""The copy of one's own data, from the request to the ZIP."""

import io
import json
import time
import zipfile

from models.accounts.own_data import DataExport
from models.desks.audit import AuditEntry
from tests.support.people.accounts import account_of, sign_in, tables_of
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of, error_of

SOMEONE, OTHER = person(number=45), person(number=46)


def test_copy_holds_the_own_data_for_its_holder_alone(service: Service) -> None:
    with tables_of(service):
        account = account_of(SOMEONE)
        account_of(OTHER)
    token, other = sign_in(service, SOMEONE), sign_in(service, OTHER, "li")
    data_of(service.post("/faq/ask", json={"question": "怎么激活"}, token=token))
    # A fresh proof of the phone is required.
    error_of(service.post("/account/export", json={}, token=token), 422, "INVALID_INPUT")
    code = service.sms_code(token, SOMEONE.phone, "confirm")
    wanted = data_of(service.post("/account/export", json={"sms_code": code}, token=token), 202)
    path = f"/account/export/{wanted['id']}"
    error_of(service.get(path, token=other), 404, "NOT_FOUND")
    deadline = time.monotonic() + 60
    while (answer := service.get(path, token=token)).status_code == 409:
        assert answer.json()["data"]["retry_after"] == 10
        assert time.monotonic() < deadline
        time.sleep(0.3)
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        data = json.loads(archive.read("data.json"))
        assert archive.read("data.pdf").startswith(b"%PDF")
    assert data["account"][0]["id_number"] == SOMEONE.id_number
    assert data["sms_codes"][0]["purpose"] == "confirm"
    assert data["conversations"][0]["messages"][0]["question"] == "怎么激活"
    with tables_of(service):
        kept = DataExport.get(DataExport.account == account.id)
        assert SOMEONE.id_number.encode() not in bytes(kept.content)
        tags = {row.tag for row in AuditEntry.select().where(AuditEntry.account_id == account.id)}
    assert {"api:account:export_requested", "api:account:export_fetched"} <= tags
