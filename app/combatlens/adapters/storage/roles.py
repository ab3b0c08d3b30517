"""The roles of a PostgreSQL server: recorder (of any machine, or of one), analyst (reads views), owner."""

from __future__ import annotations

import re

from sqlalchemy import Connection, Engine, delete, text

from combatlens.adapters.storage import schema, told
from combatlens.adapters.storage.engine import LOGINS, faults
from combatlens.domain.errors import EnvironmentFault
from combatlens.services.intake import DOCUMENT

VIEWS = ("performance_by_day", "effectiveness_ranking", "recommendation_quality", "learning_summary")
ROLES = ("recorder", "analyst", "owner")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


def grant(engine: Engine, role: str, login: str, machine: str = "") -> None:
    """Let the database user `login` be recorder (adds), analyst (reads views alone) or owner. Raises EnvironmentFault.

    `machine`: a recorder who writes this one's sessions alone; "" for any machine's. The user is made where there is
    none, without a password: setting one is the server's administrator's.
    """
    if engine.dialect.name != "postgresql":
        raise EnvironmentFault("roles are a matter of a PostgreSQL server", "name it with --database")
    if not _NAME.fullmatch(login):
        raise EnvironmentFault(f"{login!r} is no name of a database user", "use letters, digits and _")
    if machine and role != "recorder":
        raise EnvironmentFault(f"an {role} is bound to no machine", "give --machine to a recorder alone")
    with faults(), engine.begin() as connection:
        where = str(connection.execute(text("SELECT current_schema()")).scalar_one())
        for name in ROLES:
            _ensure_role(connection, f"combatlens_{name}", "NOLOGIN")
        _ensure_role(connection, login, "LOGIN")
        bound = bool(machine) or connection.execute(text(f"SELECT to_regclass('{LOGINS}')")).scalar() is not None
        if bound:
            for statement in _guards(connection, where):
                connection.execute(text(statement))
        for statement in (*_ownership(connection, where), *_privileges(where), *(_GUARDS_FOR if bound else ())):
            connection.execute(text(statement))
        if bound:
            _loosen(connection, login)
        if machine:
            values = {"login": login, "machine": machine}
            connection.execute(text(f"INSERT INTO {LOGINS} VALUES (:login, :machine)"), values)
        connection.execute(text(f'GRANT combatlens_{role} TO "{login}"'))


def _loosen(connection: Connection, login: str) -> None:
    """The login is bound to no machine any more; its copies of what all share would go stale."""
    taken = text(f"DELETE FROM {LOGINS} WHERE login = :login RETURNING machine")
    for machine in connection.execute(taken, {"login": login}).scalars().all():
        copies = [f"{name}:{machine}" for name in schema.COMMON_DOCUMENTS]
        connection.execute(delete(schema.documents).where(schema.documents.c.name.in_(copies)))


def _ensure_role(connection: Connection, name: str, kind: str) -> None:
    found = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}).first()
    if found is None:
        connection.execute(text(f'CREATE ROLE "{name}" {kind}'))


def _tables() -> list[str]:
    return [*schema.metadata.tables, *told.metadata.tables, "event_ids", "alembic_version"]


def _ownership(connection: Connection, where: str) -> list[str]:
    """The tables belong to the role, not to the user who made them: only so may every owner drop a month, or upgrade.

    Tables of other programs in the same schema are left alone.
    """
    found = connection.execute(
        text(
            "SELECT c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "JOIN pg_roles o ON o.oid = c.relowner WHERE n.nspname = :where AND o.rolname <> 'combatlens_owner' "
            "AND (c.relname = ANY(:ours) OR c.relname = ANY(:views) OR c.relname = 'event_seq' "
            "OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'events'::regclass))"
        ),
        {"where": where, "ours": [*_tables(), LOGINS], "views": list(VIEWS)},
    ).all()
    kinds = {"v": "VIEW", "S": "SEQUENCE"}
    relations = [f'{kinds.get(kind, "TABLE")} "{name}"' for name, kind in found if kind in "rpvS"]
    return [
        "GRANT combatlens_owner TO CURRENT_USER",
        f'GRANT USAGE, CREATE ON SCHEMA "{where}" TO combatlens_owner',
        *(f"ALTER {relation} OWNER TO combatlens_owner" for relation in relations),
        "ALTER FUNCTION events_month OWNER TO combatlens_owner",
    ]


def _privileges(where: str) -> list[str]:
    """Events, the audit trail and sessions can be added by a recorder, not taken away; whose a session is, whether it
    is a favourite and whether it was pruned is not the recorder's to change."""
    recorder, analyst, owner = (f"combatlens_{name}" for name in ROLES)
    added_to = "events, event_ids, audit, sessions"
    told = ", ".join(f'"{c.name}"' for c in schema.sessions.c if c.name not in schema.KEPT_COLUMNS)
    return [
        f'GRANT USAGE ON SCHEMA "{where}" TO {recorder}, {analyst}, {owner}',
        "REVOKE ALL ON FUNCTION events_month FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION events_month TO {recorder}, {owner}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(_tables())} TO {recorder}",
        f"REVOKE UPDATE, DELETE ON {added_to}, alembic_version FROM {recorder}",
        f"REVOKE INSERT ON alembic_version FROM {recorder}",
        f"GRANT UPDATE (session) ON events TO {recorder}",
        f"GRANT UPDATE ({told}) ON sessions TO {recorder}",
        f"GRANT USAGE ON SEQUENCE event_seq, sessions_key_seq, audit_number_seq TO {recorder}",
        f"GRANT SELECT ON {', '.join(VIEWS)} TO {analyst}, {recorder}",
    ]


# recorders of one machine -------------------------------------------------------------------------------------------

_GUARDS_FOR = (
    *(f"ALTER FUNCTION {name} OWNER TO combatlens_owner"
      for name in ("recorder_machine", "is_own_session", "keep_to_own_sessions")),
    f"GRANT SELECT ON {LOGINS} TO combatlens_recorder",
)  # fmt: skip


def _guards(connection: Connection, where: str) -> list[str]:
    """What holds a recorder to its machine: policies on sessions and what is told of them, on documents and advice;
    a trigger on events, since PostgreSQL does not COPY into a table with policies. Owners pass the policies. Names are
    written in full: who records may not put tables of the same names before them.

    The login counts, not the role that it takes on: every recorder may take on the common one.
    """
    found = text("SELECT tablename FROM pg_policies WHERE schemaname = :where AND policyname = 'own_machine'")
    guarded = set(connection.execute(found, {"where": where}).scalars())
    by_session = [t.name for m in (schema.metadata, told.metadata) for t in m.tables.values() if "session" in t.c]
    own = {"sessions": f'coalesce(machine = "{where}".recorder_machine(), true)'}
    own |= {name: f'"{where}".is_own_session(session)' for name in by_session if name != "events"}
    mine, free = f'"{where}".recorder_machine()', f'"{where}".recorder_machine() IS NULL'
    documents = ", ".join(f"'{name}:' || {mine}" for name in (*schema.COMMON_DOCUMENTS, DOCUMENT))
    own |= {"documents": f"{free} OR name IN ({documents})", "recommendations": f"{free} OR machine = {mine}"}
    statements = [
        *_functions(where),  # who gave an advice first may tell it anew
        f"ALTER TABLE recommendations ADD COLUMN IF NOT EXISTS machine varchar(100) DEFAULT {mine}",
    ]
    for name, condition in own.items():
        if name not in guarded:
            statements += [
                f"CREATE POLICY anyone_reads ON {name} FOR SELECT USING (true)",
                f"CREATE POLICY own_machine ON {name} USING ({condition})",
                f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
            ]
    if not guarded:
        run = "FOR EACH STATEMENT EXECUTE FUNCTION keep_to_own_sessions()"
        statements += [
            f"CREATE TRIGGER keep_added AFTER INSERT ON events REFERENCING NEW TABLE AS written {run}",
            f"CREATE TRIGGER keep_moved AFTER UPDATE ON events REFERENCING OLD TABLE AS was NEW TABLE AS written {run}",
        ]
    return statements


def _functions(where: str) -> list[str]:
    return [
        f"CREATE TABLE IF NOT EXISTS {LOGINS} (login name PRIMARY KEY, machine varchar(100) NOT NULL)",
        f"""CREATE OR REPLACE FUNCTION recorder_machine() RETURNS text LANGUAGE plpgsql STABLE AS $$
        BEGIN
            RETURN (SELECT l.machine FROM "{where}".{LOGINS} l WHERE l.login = session_user);
        END $$""",
        f"""CREATE OR REPLACE FUNCTION is_own_session(wanted bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        DECLARE
            mine text := "{where}".recorder_machine();
        BEGIN
            RETURN mine IS NULL OR EXISTS (
                SELECT 1 FROM "{where}".sessions s WHERE s.key = wanted AND s.machine = mine);
        END $$""",
        f"""CREATE OR REPLACE FUNCTION keep_to_own_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            others boolean := false;
        BEGIN
            IF "{where}".recorder_machine() IS NULL THEN
                RETURN NULL;
            END IF;
            others := EXISTS (SELECT 1 FROM (SELECT DISTINCT session FROM written WHERE session IS NOT NULL) w
                                WHERE NOT "{where}".is_own_session(w.session));
            IF TG_OP = 'UPDATE' AND NOT others THEN
                others := EXISTS (SELECT 1 FROM (SELECT DISTINCT session FROM was WHERE session IS NOT NULL) w
                                    WHERE NOT "{where}".is_own_session(w.session));
            END IF;
            IF others THEN
                RAISE insufficient_privilege USING MESSAGE = 'events of another machine''s session';
            END IF;
            RETURN NULL;
        END $$""",
    ]
