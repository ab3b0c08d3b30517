"""What a PostgreSQL server says about a failure, in one line that tells what to do."""

from __future__ import annotations

import pytest

from combatlens.adapters.storage.engine import open_postgresql
from combatlens.adapters.storage.server_words import rights_fault, server_fault
from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import StoreRefuses

WHERE = 'connection failed: connection to server at "10.0.0.1", port 5432 failed: '


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('FATAL:  password authentication failed for user "bot"', "put the right password into ~/.pgpass"),
        ("fe_sendauth: no password supplied", "no password supplied; put it into ~/.pgpass"),
        ('FATAL:  database "nosuch" does not exist', 'database "nosuch" does not exist; make it with createdb'),
        ('FATAL:  role "ghost" does not exist', "combatlens db grant recorder USER"),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.2", user "bot"', "allow this machine and user in pg_hba.conf"),
        ("server does not support SSL, but SSL was required", "correct sslmode"),
        ('invalid port number: "99999"', "correct the address"),
        ("FATAL:  something new", "something new; check the address"),
    ],
)
def test_who_is_not_let_in_is_told_why(said: str, told: str) -> None:
    fault = server_fault(f"{WHERE}{said}\nmore\n")
    assert isinstance(fault, StoreRefuses)
    assert told in str(fault)
    assert "\n" not in str(fault)
    assert "FATAL" not in str(fault)


@pytest.mark.parametrize(
    "said",
    [
        f"{WHERE}Connection refused",
        f"{WHERE}FATAL:  the database system is starting up",
        f"{WHERE}FATAL:  sorry, too many clients already",
        "failed to resolve host 'nohost.invalid': [Errno -2] Name or service not known",
        "consuming input failed: server closed the connection unexpectedly",
        "",
    ],
)
def test_a_server_that_may_come_back_is_waited_for(said: str) -> None:
    fault = server_fault(said)
    assert not isinstance(fault, StoreRefuses)
    assert "the database server does not answer: " in str(fault)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("permission denied for table alembic_version", "combatlens db grant recorder USER"),
        ("permission denied for schema public", "let its owner start CombatLens on it once"),
        ("permission denied to create role", "use a login that may make users"),
        ("permission denied for table event_ids", "use the login of an owner"),
        ('new row violates row-level security policy for table "sessions"', "under the machine's name"),
    ],
)
def test_who_lacks_a_right_is_told_who_has_it(said: str, told: str) -> None:
    assert told in str(rights_fault(said))


@pytest.mark.parametrize("address", ["nonsense", "mysql://a:secret@b/c", "postgresql://a:secret@b:port/c", ""])
def test_what_is_no_address_is_refused_without_a_word_of_its_password(address: str) -> None:
    with pytest.raises(EnvironmentFault, match="write it as postgresql://") as raised:
        open_postgresql(address)
    assert "secret" not in str(raised.value)


def test_the_short_name_of_the_scheme_is_understood() -> None:
    assert open_postgresql("postgres://a@b/c").dialect.name == "postgresql"
