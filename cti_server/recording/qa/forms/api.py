"""Addresses of forms."""

from typing import Annotated, Any

import msgspec

from cti_server.core.web.routes import ApiRequest, Body, Page, Reach, Route
from cti_server.recording.qa.forms.model import Form
from cti_server.recording.qa.forms.service import Forms
from cti_server.recording.qa.model import EDITORS, GRADERS

Name = Annotated[str, msgspec.Meta(max_length=100)]


class NewFormBody(Body, frozen=True):
    """Its name, and the language of the form to begin with (empty: an empty form)."""

    name: Name
    template: Name = ""


class DraftBody(Body, frozen=True):
    """A whole draft, and the revision that it was made from."""

    name: Name
    form: Form
    revision: int


class RetireBody(Body, frozen=True):
    """Out of use or back."""

    retired: bool


class FormJson(msgspec.Struct, frozen=True):
    """A form. `draft`: what is being changed; `document`: the newest version, None before the first."""

    id: int
    name: str
    retired: bool
    revision: int
    draft: Form | None
    version_id: int | None
    version: int | None
    published_at: float | None
    document: Form | None


def routes(forms: Forms) -> list[Route]:
    """GET, POST /qa/forms, GET /qa/forms/{id}, PUT …/draft, POST …/publish, …/retire."""

    async def every(request: ApiRequest) -> Page[FormJson]:
        return Page([FormJson(**one) for one in await forms.every()])

    async def one(request: ApiRequest) -> FormJson:
        return FormJson(**await forms.one(request.path["id"]))

    async def add(request: ApiRequest) -> FormJson:
        return FormJson(**await forms.add(request.who, request.body.name, request.body.template))

    async def save(request: ApiRequest) -> FormJson:
        body = request.body
        return FormJson(**await forms.save(request.who, request.path["id"], body.name, body.form, body.revision))

    async def publish(request: ApiRequest) -> FormJson:
        return FormJson(**await forms.publish(request.who, request.path["id"]))

    async def retire(request: ApiRequest) -> FormJson:
        return FormJson(**await forms.retire(request.who, request.path["id"], request.body.retired))

    site: dict[str, Any] = {"reach": Reach.SITE, "response": FormJson}
    at = "/qa/forms/{id:int}"
    return [
        Route("GET", "/qa/forms", every, GRADERS, "All forms of quality.", response=Page[FormJson], reach=Reach.SITE),
        Route("POST", "/qa/forms", add, EDITORS, "A new draft.", request=NewFormBody, **site),
        Route("GET", at, one, GRADERS, "One form.", **site),
        Route("PUT", f"{at}/draft", save, EDITORS, "Keep a draft.", request=DraftBody, body_limit=512 * 1024, **site),
        Route("POST", f"{at}/publish", publish, EDITORS, "The draft becomes the next version.", **site),
        Route("POST", f"{at}/retire", retire, EDITORS, "Out of use, or back.", request=RetireBody, **site),
    ]
