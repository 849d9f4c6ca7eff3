"""Writing: bring lists and OMS exports into the log, at once or through a worker.

An import that a worker carries out is a row of `Import` with its files, written in the transaction that enqueues the
job. The row's identity is the act that the import appends; so a job that is taken up again after its worker was killed
repeats nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import UUID

import pydantic
import structlog
from django.conf import settings
from django.core.files import File
from django.db import OperationalError, connection, connections, transaction
from django.utils import timezone

from lumicert.accounts.models import User
from lumicert.decisions.projections import lock_log
from lumicert.decisions.services import ActRefused
from lumicert.registry.models import Import, Upload
from lumicert.registry.reading import check_head_of_lumisections, check_head_of_runs
from lumicert.runs import services as runs
from lumicert.runs.models import LumiList
from lumicert.runs.services import Imported, Progress, PublishedList, silent
from lumicert.sources.errors import SourceFormatError

_log = structlog.get_logger(__name__)
MOST_PROBLEMS = 3


class NameTaken(ValueError):
    """A list of that name is there with other lumisections."""


def in_words(refusal: Exception) -> str:
    """What a refused import tells the person: each problem once, however many events have it."""
    if isinstance(refusal, ActRefused):
        return _some(dict.fromkeys(message for _, message in refusal.problems))
    if isinstance(refusal, pydantic.ValidationError):
        return _some(f"{item['loc'][0]}: {item['msg']}" for item in refusal.errors())
    return str(refusal)


def _some(problems: Iterable[str]) -> str:
    shown = list(problems)
    rest = len(shown) - MOST_PROBLEMS
    return "; ".join(shown[:MOST_PROBLEMS]) + (f"; and {rest} more" if rest > 0 else "")


def import_pair(
    *,
    dcs: PublishedList,
    golden: PublishedList,
    klass: str,
    dataset: str,
    actor: User | None,
    components: Sequence[str] = runs.TRACKER_COMPONENTS,
    act: UUID | None = None,
    progress: Progress = silent,
) -> Imported:
    """Take a published pair of lists, unless one of their names stands for another list already.

    Raises:
        NameTaken: naming the list.
        ActRefused, pydantic.ValidationError: a name is not acceptable.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # the lock first: a name that is free now must still be free when the list goes in
        lock_log(cursor)
        _refuse_taken(dcs, golden)
        return runs.import_lists(
            dcs=dcs, golden=golden, klass=klass, dataset=dataset, actor=actor, components=components, act=act,
            progress=progress,
        )  # fmt: skip


def import_one(*, published: PublishedList, purpose: str, actor: User | None, act: UUID | None = None) -> Imported:
    """Take one list to compare with, unless its name stands for another list already.

    Raises:
        NameTaken: naming the list.
        ActRefused, pydantic.ValidationError: the name is not acceptable.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock_log(cursor)
        _refuse_taken(published)
        return runs.import_list(published=published, purpose=purpose, actor=actor, act=act)


def _refuse_taken(*lists: PublishedList) -> None:
    for published in lists:
        there = LumiList.objects.filter(name=published.name).exclude(sha256=published.sha256).first()
        if there is not None:
            raise NameTaken(
                f"a list '{there.name}' is here already with other content ({there.n_ls:,} LS in {there.n_runs:,} "
                f"runs, event {there.seq}): give this one another name, or undo that import"
            )


# ---- through a worker ----


def ask_for_oms_export(*, runs_file: File[bytes], lumisections_file: File[bytes], actor: User, act: UUID) -> Import:
    """Put an OMS export on the desk of a worker; asking twice for the same act is asking once.

    Raises:
        SourceFormatError: already the beginning of a file is not what OMS exports.
    """
    # procrastinate is ready only after all apps are, and this module is imported before
    from lumicert.registry.jobs import carry_out_import

    check_head_of_runs(runs_file, name=runs_file.name or "runs")
    check_head_of_lumisections(lumisections_file, name=lumisections_file.name or "lumisections")
    with transaction.atomic():
        title = f"OMS export {runs_file.name}, {lumisections_file.name}"
        asked, is_new = Import.objects.get_or_create(id=act, defaults={"actor": actor, "title": title})
        if is_new:
            _store(asked, runs=runs_file, lumisections=lumisections_file)
            carry_out_import.defer(asked=str(act))
    return asked


def _store(asked: Import, **files: File[bytes]) -> None:
    for role, file in files.items():
        file.seek(0)
        Upload.objects.create(of=asked, role=role, name=Path(file.name or role).name, content=file.read())


def carry_out(asked: UUID) -> None:
    """Do what was asked for, and write down what came of it.

    Raises:
        OperationalError: the database went away; the job is to be tried again.
    """
    job = Import.objects.get(id=asked)
    # given back after its worker was killed, though the work had been done
    if job.state in {Import.State.DONE, Import.State.FAILED}:
        return
    Import.objects.filter(id=asked).update(state=Import.State.RUNNING, started_at=timezone.now())
    folder = Path(settings.CONFIG.data) / "uploads" / str(asked)
    try:
        _import(job, folder)
    except (SourceFormatError, ActRefused, pydantic.ValidationError) as refusal:
        _end(job, Import.State.FAILED, in_words(refusal))
    except OperationalError:
        # nothing can be written down now; the job's retry begins again
        raise
    except Exception:
        _log.exception("an import failed", asked=str(asked))
        _end(job, Import.State.FAILED, "An error of ours; nothing was written. The log of the worker has the details.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _import(job: Import, folder: Path) -> None:
    paths = {upload.role: _unpack(upload, folder) for upload in job.uploads.all()}
    with _Shown(job.id) as progress, transaction.atomic():
        imported = runs.import_oms_export(
            runs=paths["runs"], lumisections=paths["lumisections"], actor=job.actor, act=job.id, progress=progress
        )
        # with the act or not at all: a result that is shown is a result that stands
        _end(job, Import.State.DONE, imported.summary)


def _unpack(upload: Upload, folder: Path) -> Path:
    path = folder / upload.role / upload.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(upload.content)
    return path


def _end(job: Import, state: Import.State, outcome: str) -> None:
    with transaction.atomic():
        Import.objects.filter(id=job.id).update(state=state, outcome=outcome, ended_at=timezone.now())
        Upload.objects.filter(of=job).delete()


class _Shown:
    """Progress written through a connection of its own: pages see it before the import's transaction ends."""

    def __init__(self, asked: UUID) -> None:
        self.asked = asked
        self.connection = connections.create_connection("default")

    def __enter__(self) -> Progress:
        return self.write

    def write(self, what: str, done: int, total: int) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "UPDATE registry_import SET doing = %s, done = %s, total = %s WHERE id = %s",
                [what, done, total, self.asked],
            )

    def __exit__(self, *exc: object) -> None:
        self.connection.close()
