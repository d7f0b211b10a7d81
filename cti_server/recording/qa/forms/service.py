"""Making and publishing forms."""

from typing import TYPE_CHECKING, Any

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.errors import BadInput, Conflict, NotFound
from cti_server.recording.qa.forms import store
from cti_server.recording.qa.forms.defaults import LANGUAGES, default_form
from cti_server.recording.qa.forms.model import Form, Kind, Question, Section, checked_form
from cti_server.recording.qa.model import checked_text

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database


class Forms:
    """Drafts are changed in place; a published version never changes."""

    def __init__(self, db: "Database", audit: AuditLog) -> None:
        self._db = db
        self._audit = audit

    async def every(self) -> list[dict[str, Any]]:
        """All forms. Raises Unavailable."""
        return await store.every(self._db)

    async def one(self, form_id: int) -> dict[str, Any]:
        """A form with draft and newest version. Raises NotFound, Unavailable."""
        found = await store.one(self._db, form_id)
        if found is None:
            raise NotFound("There is no such form.", code="no_such_form")
        return found

    async def version(self, version_id: int) -> dict[str, Any]:
        """A published version. Raises NotFound, Unavailable."""
        found = await store.version(self._db, version_id)
        if found is None:
            raise NotFound("There is no such form.", code="no_such_form")
        return found

    async def newest(self, form_id: int) -> dict[str, Any]:
        """The version for a new score. Raises NotFound, Conflict (form_not_published), Unavailable."""
        form = await self.one(form_id)
        if form["version_id"] is None or form["retired"]:
            raise Conflict("This form is not published.", code="form_not_published")
        return await self.version(form["version_id"])

    async def add(self, who: Session, name: str, template: str) -> dict[str, Any]:
        """A new draft: one of the forms to begin with by its language, or an empty one. Raises BadInput."""
        if template and template not in LANGUAGES:
            raise BadInput("There is no such form to begin with.", field="template", allowed=", ".join(LANGUAGES))
        form = default_form(template) if template else Form([Section("1", [Question("q1", "?", Kind.YES_NO)])])
        clean = checked_text(name, "name", most=100)
        async with self._db.transaction() as connection:
            form_id = await store.add(connection, clean, form, who.user_id)
            await self._audit.write(connection, who, "qa.form.create", str(form_id), {"name": clean})
        return await self.one(form_id)

    async def save(self, who: Session, form_id: int, name: str, form: Form, revision: int) -> dict[str, Any]:
        """Keep a draft, complete or not. Raises NotFound, BadInput, Conflict (qa_changed_elsewhere)."""
        await self.one(form_id)
        clean = checked_text(name, "name", most=100)
        async with self._db.transaction() as connection:
            if not await store.save(connection, form_id, clean, form, revision):
                raise Conflict("Somebody else has changed this form meanwhile.", code="qa_changed_elsewhere")
        return await self.one(form_id)

    async def publish(self, who: Session, form_id: int) -> dict[str, Any]:
        """The draft becomes the next version. Raises NotFound, BadInput, Conflict (no_draft), Unavailable."""
        await self.one(form_id)
        async with self._db.transaction() as connection:
            draft = store.read(await store.lock(connection, form_id))
            if draft is None:
                raise Conflict("There is nothing new to publish.", code="no_draft")
            number = await store.publish(connection, form_id, checked_form(draft), who.user_id)
            await self._audit.write(connection, who, "qa.form.publish", str(form_id), {"version": number})
        return await self.one(form_id)

    async def retire(self, who: Session, form_id: int, retired: bool) -> dict[str, Any]:
        """Take it out of use, or back; old scores keep it. Raises NotFound, Unavailable."""
        await self.one(form_id)
        async with self._db.transaction() as connection:
            await store.retire(connection, form_id, retired)
            await self._audit.write(connection, who, "qa.form.retire", str(form_id), {"retired": retired})
        return await self.one(form_id)
