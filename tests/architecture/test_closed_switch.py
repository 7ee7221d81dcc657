"""Every change of a phone or password closes the switch 是否办理, or says here why it need not."""

import ast

from tests.architecture import source

COLUMNS = {"phone", "password_hash"}
CLOSE = "switching.close"
NEED_NOT = {
    "miniprogram_api/accounts/changes.py: change_password": "needs what turns the switch itself",
    "miniprogram_api/accounts/changes.py: take_new_phone": "a face has proved the person",
    "miniprogram_api/accounts/cancellation.py: erase_old": "cancelled",
    "miniprogram_api/enrolment/activation.py: _activate": "level 3: a check follows",
    "miniprogram_api/sign_in/sign_in.py: with_password": "the same password, hashed anew",
    "miniprogram_api/windows/enrolment.py: _activate": "the window has seen the card",
}


def changing(tree: ast.AST) -> dict[str, bool]:
    """Return the functions that change such a column of accounts, and whether they close it."""
    return {
        function.name: CLOSE in {ast.unparse(call.func) for call in calls}
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for calls in [[node for node in ast.walk(function) if isinstance(node, ast.Call)]]
        if any(
            ast.unparse(call.func) == "Account.update"
            and COLUMNS & {keyword.arg for keyword in call.keywords}
            for call in calls
        )
    }


def test_every_change_of_phone_or_password_closes_the_switch() -> None:
    found = {
        f"{file.name}: {name}": closes
        for file in source.sources("miniprogram_api")
        for name, closes in changing(file.tree).items()
    }
    assert len(found) >= 8
    assert sum(found.values()) >= 3
    assert {name for name, closes in found.items() if not closes} == set(NEED_NOT)


def test_a_change_that_forgets_it_is_found() -> None:
    planted = ast.parse(
        "def move(account):\n    Account.update(phone=None).where(Account.id == 1).execute()\n"
    )
    assert changing(planted) == {"move": False}
