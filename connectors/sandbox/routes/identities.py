"""The addresses and numbers of one person."""

from __future__ import annotations

from connectors.sandbox import profile, wire_people
from connectors.sandbox.call import GONE, Answer, Call, Row, found, ok
from connectors.sandbox.membership import add_identity, drop_identity, identities, prefer_identity
from connectors.sandbox.paging import leaf_of
from connectors.sandbox.people import TAKEN
from connectors.sandbox.records import Identity, User
from connectors.sandbox.refusals import not_found, record_invalid

KINDS = ("email", "phone_number")


def listing(call: Call) -> Answer:
    part = leaf_of(identities(call.desk, _user(call)), call.query, call.address)
    return Answer(200, part.under("identities", lambda one: wire_people.identity(one, call.base)))


def show(call: Call) -> Answer:
    return ok(identity=wire_people.identity(_one(call), call.base))


def add(call: Call) -> Answer:
    user, wish = _user(call), call.wrapped("identity")
    call.staff  # noqa: B018 - refuses customers
    kind, value = wish.get("type"), _value(call, wish)
    if kind not in KINDS:
        raise record_invalid({"type": f"Type: is not one of {', '.join(KINDS)}"})
    names = call.desk.users.emails if kind == "email" else call.desk.users.phones
    if names.bearer(value) is not None:
        text = f"Value: {value} is already being used by another user"
        raise record_invalid({"value": text}, {"value": TAKEN})
    verified = wish.get("verified") is True or wish.get("skip_verify_email") is True
    row = add_identity(call.desk, user, str(kind), value, call.desk.clock.wall(), verified=verified)
    if wish.get("primary") is True:
        prefer_identity(call.desk, user, row)
    _moved(call, user)
    shown = wire_people.identity(row, call.base)
    return Answer(201, {"identity": shown}, location=shown["url"])


def change(call: Call) -> Answer:
    """An address can be declared verified, or be replaced."""
    user, row, wish = _user(call), _one(call), call.wrapped("identity")
    if "value" in wish and wish["value"] != row.value:
        value = _value(call, {**wish, "type": row.type})
        names = call.desk.users.emails if row.type == "email" else call.desk.users.phones
        if names.bearer(value) not in (None, user.id):
            text = f"Value: {value} is already being used by another user"
            raise record_invalid({"value": text}, {"value": TAKEN})
        names.release(row.value, user.id)
        names.claim(value, user.id)
        row.value = value
        if row.primary and row.type == "email":
            user.email = value
    row.verified = row.verified or wish.get("verified") is True
    row.updated_at = call.desk.clock.wall()
    _moved(call, user)
    return ok(identity=wire_people.identity(row, call.base))


def remove(call: Call) -> Answer:
    user, row = _user(call), _one(call)
    drop_identity(call.desk, user, row)
    _moved(call, user)
    return GONE


def make_primary(call: Call) -> Answer:
    """The answer is the whole list."""
    user, row = _user(call), _one(call)
    prefer_identity(call.desk, user, row)
    _moved(call, user)
    return listing(call)


def verify(call: Call) -> Answer:
    row = _one(call)
    row.verified = True
    return ok(identity=wire_people.identity(row, call.base))


def request_verification(call: Call) -> Answer:
    """No mail leaves this desk."""
    _one(call)
    return Answer(200, None)


def _user(call: Call) -> User:
    record: User = found(call.user if call.params["id"] == "me" else call.desk.users.get(call.id()))
    return record


def _one(call: Call) -> Identity:
    row: Identity = found(call.desk.identities.get(call.id("identity")))
    if row.user_id != _user(call).id:
        raise not_found()
    return row


def _value(call: Call, wish: dict[str, object]) -> str:
    value = wish.get("value")
    if not isinstance(value, str) or not value.strip():
        raise record_invalid({"value": "Value: cannot be blank"})
    if wish.get("type") != "email":
        return value
    try:
        return str(profile.address(call.desk, value))
    except ValueError as fault:
        raise record_invalid({"value": str(fault)}) from None


def _moved(call: Call, user: User) -> None:
    call.desk.users.touch(user, call.desk.clock.wall())


ROWS = (
    Row("GET", "/api/v2/users/{id}/identities", listing),
    Row("POST", "/api/v2/users/{id}/identities", add),
    Row("GET", "/api/v2/users/{id}/identities/{identity}", show),
    Row("PUT", "/api/v2/users/{id}/identities/{identity}", change),
    Row("DELETE", "/api/v2/users/{id}/identities/{identity}", remove),
    Row("PUT", "/api/v2/users/{id}/identities/{identity}/make_primary", make_primary),
    Row("PUT", "/api/v2/users/{id}/identities/{identity}/verify", verify),
    Row("PUT", "/api/v2/users/{id}/identities/{identity}/request_verification", request_verification),
)
