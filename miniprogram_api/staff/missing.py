"""The sentence for a missing permission: which one, which roles have it, whom to ask."""

from miniprogram_api.staff import members
from miniprogram_api.staff.members import ROLES, Permission
from miniprogram_api.texts import text, words

# So many administrators are named.
MOST_NAMED = 3


def sentence(permission: str) -> str:
    """Return the sentence for a missing permission."""
    wanted = Permission(permission)
    called = words("staff.roles")
    roles = [called[role] for role, may in ROLES.items() if wanted in may]
    everybody = members.members()
    named = [one.name for one in everybody if one.active and "administrator" in one.roles]
    return text(
        "staff.missing_permission",
        permission=words("staff.permissions")[permission],
        roles="、".join(roles),
        administrators="、".join(named[:MOST_NAMED]),
    )
