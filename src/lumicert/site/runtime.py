"""From a checked environment to a Django that is set up, with its database: what every command but `lumi` begins with.

The embedded server belongs to this process: it is started or joined here, brought up to the newest migration, and let
go at the end. An outside database belongs to its operator: it is never changed unasked.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence

from lumicert.site.config import EMBEDDED_URL_VARIABLE, Config, load
from lumicert.site.errors import ConfigError
from lumicert.site.postgres import EmbeddedPostgres

# one number in one place: held while the embedded database is migrated, so that two first starts do not collide
_MIGRATION_LOCK = 5077432156430002
CONNECT_SECONDS = 5


@contextlib.contextmanager
def database() -> Iterator[Config]:
    """The configuration of this process, with Django set up and its database server started.

    Raises:
        ConfigError: when the environment is wrong or the embedded server does not start.
    """
    config = load()
    server = None if config.database_url else EmbeddedPostgres(config.data)
    try:
        if server is not None:
            os.environ[EMBEDDED_URL_VARIABLE] = server.start()
        _set_up_django()
        yield config
    finally:
        _close_connections()
        if server is not None:
            server.release()


@contextlib.contextmanager
def migrated_database() -> Iterator[Config]:
    """As `database`, with every migration applied.

    Raises:
        ConfigError: also when an outside database does not answer or lacks migrations.
    """
    from django.db import OperationalError

    with database() as config:
        reach(config)
        try:
            bring_up_to_date(embedded=config.database_url is None)
            yield config
        except OperationalError as error:
            raise database_away(error) from error


def reach(config: Config) -> None:
    """See that an outside database answers, past the pool, which would wait and not say why it cannot.

    Raises:
        ConfigError: with the server's reason.
    """
    import psycopg

    if config.database_url is None:
        return
    try:
        psycopg.connect(config.database_url.get_secret_value(), connect_timeout=CONNECT_SECONDS).close()
    except psycopg.OperationalError as error:
        raise database_away(error) from error


def bring_up_to_date(*, embedded: bool) -> None:
    """Apply what is missing to the embedded database; refuse to go on with an outside one."""
    missing = missing_migrations()
    if not missing:
        return
    if not embedded:
        raise ConfigError(
            f"The database lacks {len(missing)} migrations ({missing[0]} is the first). "
            "Apply them with: lumicert manage migrate"
        )
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        try:
            call_command("migrate", interactive=False, verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_LOCK])


def missing_migrations() -> list[str]:
    """The migrations that the database lacks, in the order in which they would be applied, each as `app.name`."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def database_away(error: Exception) -> ConfigError:
    """What to tell a person when the database does not answer."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return ConfigError(f"The database does not answer: {reason} (Check DATABASE_URL and the server behind it.)")


def run_command(name: str, django_name: str, arguments: Sequence[str]) -> int:
    """Run one of the product's Django commands, `django_name`, which people call `name`."""
    from django.core.management import get_commands, load_command_class
    from django.core.management.base import CommandError

    with _django_alone() if _asks_for_help(arguments) else migrated_database():
        app = get_commands()[django_name]
        command = load_command_class(app, django_name) if isinstance(app, str) else app
        try:
            # --traceback: Django hands its errors on instead of printing them and ending the process
            command.run_from_argv(["lumicert", name, "--traceback", *arguments])
        except CommandError as error:
            raise ConfigError(f"{name}: {error}") from error
    return 0


def manage(arguments: Sequence[str]) -> int:
    """Run one of Django's own commands. Migrations are left to the one who calls it."""
    from django.core.management import ManagementUtility
    from django.db import OperationalError

    utility = ManagementUtility(["lumicert manage", *arguments])
    if not arguments or _asks_for_help(arguments):
        with _django_alone():
            utility.execute()
        return 0
    with database() as config:
        reach(config)
        try:
            utility.execute()
        except OperationalError as error:
            raise database_away(error) from error
    return 0


def _asks_for_help(arguments: Sequence[str]) -> bool:
    return not {"-h", "--help", "help"}.isdisjoint(arguments)


@contextlib.contextmanager
def _django_alone() -> Iterator[None]:
    _set_up_django()
    yield


def _set_up_django() -> None:
    import django
    from django.core.exceptions import ImproperlyConfigured

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumicert.site.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise ConfigError(str(error)) from error


def _close_connections() -> None:
    from django.conf import settings
    from django.db import connections

    if not settings.configured:
        return
    for connection in connections.all(initialized_only=True):
        connection.close()
        # its threads would otherwise outlive the server
        if hasattr(connection, "close_pool"):
            connection.close_pool()
