"""The form of a page: its fields as typed, and the sentences of a refusal.

    form = Form(stored)
    if form.is_sent:
        with form:
            number_ranges.set_range(form.text("prefix"), form.day("from"), …)
            return redirect(url_for(".list", done="saved"))
    return render(visit, "system/number_ranges.html", form=form)

A refused form is shown again with its values: the sentences of fields beside them, any other one
above the page.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, TypeVar, get_origin

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import ImmutableMultiDict

from handlers.admin.frame import form_values
from handlers.api.fields import LONGEST_TEXT, refused_fields
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import has, text
from miniprogram_api.texts.sentences import sentence

Model = TypeVar("Model", bound=BaseModel)

# No change to the form would help: a page of its own tells them.
_STOPPING = frozenset(
    {
        Reason.FORBIDDEN,
        Reason.OWN_MATTER,
        Reason.WINDOW_REQUIRED,
        Reason.IDEMPOTENCY_CONFLICT,
        Reason.UNAUTHENTICATED,
    }
)


class Form:
    """The values to show, and by ``with`` the errors of a refused form.

    ``values`` are those to show, ``errors`` sentences by field, ``message`` the sentence of no
    field, ``status`` that of the page, ``refused`` the refusal itself.
    """

    def __init__(
        self,
        shown: Mapping[str, Any] | None = None,
        *,
        typed: Mapping[str, Any] | None = None,
        at: Mapping[Reason, str] | None = None,
        beside: Collection[str] | None = None,
    ) -> None:
        """Read the form of the request.

        ``shown``: the values while nothing is sent. ``typed``: the sent values where the request's
        form is not read. ``at``: the fields beside which the sentences of these reasons stand.
        ``beside``: the fields that show a sentence; by default all.
        """
        self.is_sent = request.method == "POST"
        sent = request.form if typed is None else typed
        self.typed: ImmutableMultiDict[str, Any] = ImmutableMultiDict(sent)
        self.values: Mapping[str, Any] = sent if self.is_sent and sent else (shown or {})
        self.errors: dict[str, str] = {}
        self.message = ""
        self.refused: Refused | None = None
        self._at = at or {}
        self._beside = beside

    @property
    def status(self) -> int:
        """Return 200, or the status of the refusal."""
        if self.refused is not None:
            return self.refused.reason.status
        return Reason.INVALID_INPUT.status if self.errors or self.message else 200

    @property
    def summary(self) -> str:
        """Return the message, or how many fields are wrong: for a page of several forms."""
        if self.refused is None or self.message:
            return self.message
        return sentence(self.refused.reason, self.refused.details)

    @property
    def reason(self) -> Reason | None:
        """Return the reason of the refusal."""
        return None if self.refused is None else self.refused.reason

    def __enter__(self) -> "Form":
        """Begin to collect."""
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        """Keep a refusal that the form is shown again with; raise anything else."""
        if not isinstance(error, Refused) or error.reason in _STOPPING:
            return False
        self.refused = error
        if error.reason is Reason.INVALID_INPUT:
            for item in error.details["fields"]:
                self.tell(item["message"], item["field"])
        else:
            self.tell(staff_sentence(error), self._at.get(error.reason))
        return True

    def tell(self, said: str, field: str | None = None) -> None:
        """Show a sentence beside a field, else above the page."""
        if field is None or not (self._beside is None or field in self._beside):
            self.message += said
        else:
            self.errors[field] = said

    def __getitem__(self, name: str) -> str:
        """Return a field exactly as typed; empty without it."""
        return str(self.typed.get(name, ""))

    def __contains__(self, name: str) -> bool:
        """Return whether a field or a ticked box was sent."""
        return name in self.typed

    def text(self, name: str, longest: int = 200) -> str:
        """Return a text field, cut at the length that its input allows."""
        return self[name].strip()[:longest]

    def all(self, name: str) -> list[str]:
        """Return the ticked boxes of a name."""
        return self.typed.getlist(name)

    def day(self, name: str) -> date | None:
        """Return a day, None for an empty field. Raises Refused INVALID_INPUT."""
        return form_values.day(name, self[name])

    def moment(self, name: str) -> datetime | None:
        """Return a time in Shanghai, None for an empty field. Raises Refused INVALID_INPUT."""
        return form_values.moment(name, self[name])

    def number(self, name: str) -> int | None:
        """Return a whole number, None for anything else."""
        return form_values.number(self[name])

    def words(self, name: str) -> list[str]:
        """Return the words of a line: see ``form_values.words``."""
        return form_values.words(self[name])

    def body(self, model: type[Model], **known: Any) -> Model:
        """Read the fields of a body of the API; ``known``: those that the page has no field for.

        Raises Refused INVALID_INPUT.
        """
        content = known
        for name, field in model.model_fields.items():
            if name in content:
                continue
            if get_origin(field.annotation) is list:
                content[name] = self.all(name)
            elif field.annotation is bool:
                content[name] = bool(self[name])
            elif field.is_required() or self.text(name):
                content[name] = self.text(name, LONGEST_TEXT)
        try:
            return model.model_validate(content, strict=False)
        except ValidationError as error:
            raise refused_fields(error) from None


def message_of(refused: Refused) -> str:
    """Return the sentence of a refusal, or those of its fields."""
    if refused.reason is Reason.INVALID_INPUT:
        return "".join(str(item["message"]) for item in refused.details["fields"])
    return staff_sentence(refused)


def staff_sentence(refused: Refused) -> str:
    """Return the sentence of a refusal as the staff's pages tell it."""
    for reader in ("desk", "page"):
        own = f"reasons.{refused.reason.name}.{reader}"
        if has(own) and "cause" not in refused.details:
            return text(own)
    return sentence(refused.reason, refused.details)
