"""What a PostgreSQL server, or the way to it, says about a failure: in words, with what to do."""

from __future__ import annotations

import re

from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import StoreAway, StoreRefuses

_PREFIX = re.compile(
    r"^(connection (failed|is bad): |connection to server .*? failed: |FATAL: +|ERROR: +|fe_sendauth: )+"
)

_PASSING = (
    "the database system is", "terminating connection", "too many", "connection slots", "recovery mode", "not yet acc",
)  # fmt: skip
"""Fatal words of a server that will answer again by itself."""

_REFUSALS = (
    ("no password supplied", "put it into ~/.pgpass, which only you may read"),
    ("password authentication failed", "put the right password into ~/.pgpass, which only you may read"),
    ("permission denied for database", "ask the database's owner for: GRANT CONNECT ON DATABASE"),
    (r"pg_hba\.conf", "let the server's administrator allow this machine and user in pg_hba.conf"),
    ('^database "', "make it with createdb, or correct the name in the address"),
    ('^role "', "let the database's owner make it: combatlens db grant recorder USER"),
    ("SSL", "correct sslmode in the address, or let the server's administrator set SSL up"),
    ("^invalid", "correct the address: postgresql://user@host:5432/name"),
)


def bad_address() -> EnvironmentFault:
    return EnvironmentFault(
        "the database's address is not one of PostgreSQL", "write it as postgresql://user@host:5432/name"
    )


def server_fault(reason: str) -> StoreAway:
    """The fault behind words that broke a connection off, or kept it from being made."""
    told = (reason.strip().splitlines() or ["no reason given"])[0]
    short = _PREFIX.sub("", told)
    if "FATAL" in reason and any(sign in reason for sign in _PASSING):
        return StoreAway(f"the database server does not answer: {short}", "see whether it is starting or overloaded")
    for sign, remedy in _REFUSALS:
        if re.search(sign, short):
            return StoreRefuses(f"the database server refuses: {short}", remedy)
    if "FATAL" in reason:
        return StoreRefuses(f"the database server refuses: {short}", "check the address, the user and ~/.pgpass")
    return StoreAway(
        f"the database server does not answer: {told.removeprefix('connection failed: ')}",
        "check that it runs, the address and the network",
    )


_RIGHTS = (
    ("alembic_version", "ask its owner for: combatlens db grant recorder USER (an analyst reads the views alone)"),
    ("for schema", "let its owner start CombatLens on it once, then: combatlens db grant recorder USER"),
    ("another machine|row-level security", "record under the machine's name that this login was granted for"),
    ("create role", "use a login that may make users, or let the server's administrator make it first"),
)


def rights_fault(reason: str) -> EnvironmentFault:
    """The fault behind a lack of rights."""
    told = _PREFIX.sub("", (reason.strip().splitlines() or ["no reason given"])[0])
    remedy = next(
        (remedy for sign, remedy in _RIGHTS if re.search(sign, told)), "use the login of an owner of the tables"
    )
    return EnvironmentFault(f"the database does not let this user do that: {told}", remedy)
