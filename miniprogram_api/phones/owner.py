"""Warn of a phone that is in another person's name, where PHONE_OWNER_CHECK says so (case 6).

Nothing is refused and nothing stored: a relative's phone is allowed. A phone without a record and
a source without an answer are no warning.
"""

from miniprogram_api.clients.identity import PhoneOwner
from miniprogram_api.phones.proofs import NamedPerson
from miniprogram_api.services import Services
from miniprogram_api.texts import text


def is_checked(services: Services) -> bool:
    """Return whether new phones are checked."""
    return services.settings.phone_owner_check == "warn"


def warning(services: Services, person: NamedPerson, phone: str) -> str | None:
    """Return the sentence for the holder, with what to do; call it outside a transaction."""
    if not is_checked(services):
        return None
    owner = services.clients.identity.phone_owner(person.name, person.id_number, phone)
    return text("phone_owner.warning") if owner is PhoneOwner.OTHER else None
