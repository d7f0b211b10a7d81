from cti_server.core.auth.passwords import Passwords


async def test_a_hash_opens_for_its_password_only() -> None:
    passwords = Passwords()
    kept = await passwords.hash("天 horse battery 9")
    assert kept.startswith("$argon2id$")
    assert await passwords.verify("天 horse battery 9", kept)
    assert not await passwords.verify("天 horse battery 8", kept)


async def test_no_user_and_a_broken_hash_never_open() -> None:
    passwords = Passwords()
    assert not await passwords.verify("a password that nobody has", None)
    assert not await passwords.verify("x", "not a hash")
