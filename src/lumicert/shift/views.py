"""The certification form: opening it, its draft, who is on it, submitting it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.requests import SignedIn
from lumicert.certification import claims, drafts, selectors, services
from lumicert.certification.checking import Wanted, check
from lumicert.certification.claims import Key
from lumicert.certification.events import RECONSTRUCTIONS
from lumicert.certification.selectors import CannotBeCertified, Subject
from lumicert.certification.services import CertificationRefused, NotConfirmed, NotYours
from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import ActRefused, Conflict
from lumicert.runs.selectors import datasets_of_run
from lumicert.shell.fields import LAST_RUN
from lumicert.shell.notices import say_done
from lumicert.shell.templatetags.lumicert_ui import CERN
from lumicert.shift import done
from lumicert.shift.page import (
    Answer,
    Sent,
    certified_of_run,
    conflicting,
    form_page,
    fresh,
    is_refused,
    key_of,
    opened,
)
from lumicert.shift.requests import queue_of, workspace_of
from lumicert.shift.typed import Problems, Typed, read

FORBIDDEN, NOT_FOUND, CONFLICT, UNPROCESSABLE = 403, 404, 409, 422


@requires(Permission.CERTIFY)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def certify(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """Certify a run in one reconstruction, or change what was certified."""
    _check_address(run, reconstruction)
    dataset = request.POST.get("dataset") or request.GET.get("dataset")
    try:
        subject = selectors.subject(run=run, reconstruction=reconstruction, dataset=dataset, of=workspace_of(request))
    except CannotBeCertified as why:
        return _cannot(request, run, reconstruction, why)
    return _submit(request, subject) if request.method == "POST" else _open(request, subject)


def _check_address(run: int, reconstruction: str) -> None:
    if not 1 <= run <= LAST_RUN:
        raise Http404(f"{run} is not the number of a run.")
    if reconstruction not in RECONSTRUCTIONS:
        raise Http404(f"There is no reconstruction '{reconstruction}'; there are {', '.join(RECONSTRUCTIONS)}.")


def _cannot(request: SignedIn, run: int, reconstruction: str, why: CannotBeCertified) -> HttpResponse:
    """What has to be known first, and how it gets known."""
    if request.method == "POST":
        # what was known went away while it was typed: nothing of it is lost
        typed = Typed.of_form(request.POST).values
        drafts.save(**_key(request, run, reconstruction), user=request.user, seq=current_seq(), typed=typed)
    others = [each for each in datasets_of_run(run) if each.dataset != "online"]
    context = {"run": run, "reconstruction": reconstruction, "why": why, "others": others,
        "dataset": request.GET.get("dataset", ""), "queue": queue_of(request)}  # fmt: skip
    return render(request, "shift/cannot.html", context, status=NOT_FOUND if why.missing == "run" else UNPROCESSABLE)


def _open(request: SignedIn, subject: Subject) -> HttpResponse:
    page = opened(subject, request.user, from_theirs=request.GET.get("from") == "theirs")
    if is_refused(page, request.user):
        context = {"page": page, "queue": queue_of(request), "works_here": request.user.works_in(subject.workspace)}
        return render(request, "shift/taken.html", context, status=FORBIDDEN)
    return render(request, "shift/certify.html", {"page": page, "queue": queue_of(request)})


# ---- submitting ----


def _submit(request: SignedIn, subject: Subject) -> HttpResponse:
    typed, sent = Typed.of_form(request.POST), sent_of(request)
    wanted, unread = read(typed, subject.of, today=selectors.today(), opened=sent.opened)
    try:
        if unread:
            raise CertificationRefused(_with_rest(unread, subject, wanted))
        certified = services.certify(
            subject=subject, wanted=wanted, actor=request.user, expected=sent.expected, act=sent.act
        )
    except CertificationRefused as refusal:
        return _again(request, subject, typed, sent, Answer(errors=refusal.problems), UNPROCESSABLE)
    except NotConfirmed as refusal:
        return _again(request, subject, typed, sent, Answer(warnings=refusal.warnings), UNPROCESSABLE)
    except NotYours as refusal:
        return _again(request, subject, typed, sent, Answer(refused=str(refusal)), FORBIDDEN)
    except Conflict as refusal:
        return _again(request, subject, typed, sent, Answer(), CONFLICT, refusal.later)
    except ActRefused as refusal:
        return _again(request, subject, typed, sent, Answer(errors={"": [str(refusal)]}), UNPROCESSABLE)
    drafts.discard(**key_of(subject), user=request.user)
    claims.release(**key_of(subject), user=request.user)
    told = f"{done.summary(subject, wanted, certified.verdict)} ({done.events_of(certified.act)})."
    say_done(request, told, undo=reverse("registry:undo", args=[certified.act.id]))
    return _go_on(request, subject)


def sent_of(request: SignedIn) -> Sent:
    """What the page said of itself.

    Raises:
        BadRequest: no page of ours sends this.
    """
    try:
        return Sent(int(request.POST["expected"]), UUID(request.POST["act"]), request.POST.get("opened", ""))
    except (KeyError, ValueError) as error:
        raise BadRequest("The form does not say when it was read. Load the page again.") from error


def _with_rest(unread: Problems, subject: Subject, wanted: Wanted) -> Problems:
    """What could not be read, with what is wrong in the rest: all at once."""
    rest = check(wanted, selectors.given(subject)).errors
    return {**{name: found for name, found in rest.items() if name not in unread}, **unread}


def _again(
    request: SignedIn,
    subject: Subject,
    typed: Typed,
    sent: Sent,
    answer: Answer,
    status: int,
    later: Sequence[Event] = (),
) -> HttpResponse:
    """The form with what is wrong, and with all that was typed."""
    head = current_seq()
    certified = certified_of_run(subject)
    live = certified.get(subject.reconstruction)
    drafts.save(**key_of(subject), user=request.user, seq=sent.expected, typed=typed.values)
    again = fresh(sent.expected)
    came_between = live is not None and live.seq > sent.expected
    if later or came_between:
        found = conflicting(subject, typed, live if came_between else None, later)
        answer = Answer(answer.errors, answer.warnings, found, answer.refused)
        # what is shown now counts as seen: whoever sends it again means it
        again, status = fresh(head), status if status == FORBIDDEN else CONFLICT
    page = form_page(subject, request.user, typed, again, answer, certified)
    return render(request, "shift/certify.html", {"page": page, "queue": queue_of(request)}, status=status)


def _go_on(request: SignedIn, subject: Subject) -> HttpResponse:
    if request.POST.get("then") == "next":
        after = {"after": f"{subject.run} {subject.reconstruction}", "queue": queue_of(request)}
        address = f"{reverse('shift:next')}?{urlencode(after)}"
    else:
        address = _page_of(subject)
    return to(request, address)


def to(request: SignedIn, address: str) -> HttpResponse:
    """On to another page, for a form that htmx sent too."""
    return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") == "true" else redirect(address)


def _page_of(subject: Subject) -> str:
    address = reverse("review:certification", args=[subject.run, subject.reconstruction])
    return address if subject.of.is_usual else f"{address}?{urlencode({'workspace': subject.workspace})}"


# ---- drafts and claims ----


@requires(Permission.CERTIFY)
@never_cache
@require_POST
def draft(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """Keep what is typed; the answer says since when."""
    key, sent = _key(request, run, reconstruction), sent_of(request)
    typed = Typed.of_form(request.POST).values
    try:
        kept = drafts.save(**key, user=request.user, seq=sent.expected, typed=typed, act=sent.act)
    except drafts.DraftRefused as refusal:
        return JsonResponse({"error": str(refusal)}, status=UNPROCESSABLE)
    return JsonResponse({"saved": kept.saved_at.astimezone(CERN).strftime("%H:%M:%S") if kept else None})


def _key(request: SignedIn, run: int, reconstruction: str) -> Key:
    _check_address(run, reconstruction)
    return {"run": run, "workspace": workspace_of(request), "reconstruction": reconstruction}


@requires(Permission.CERTIFY)
@never_cache
@require_POST
def discard(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """Forget the draft, and begin again."""
    drafts.discard(**_key(request, run, reconstruction), user=request.user)
    return redirect(_address(request, run, reconstruction))


@requires(Permission.CERTIFY)
@never_cache
@require_POST
def claim(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """Take a run in hand, and open its form."""
    claims.keep(**_key(request, run, reconstruction), user=request.user)
    return redirect(_address(request, run, reconstruction))


@requires(Permission.CERTIFY)
@never_cache
@require_POST
def seen(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """The form is open still; the answer is the line that says who is on it."""
    presence = claims.keep(**_key(request, run, reconstruction), user=request.user)
    context = {"presence": presence, "run": run, "reconstruction": reconstruction, "queue": queue_of(request)}
    return render(request, "shift/_presence.html", context)


@requires(Permission.CERTIFY)
@never_cache
@require_POST
def release(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """Leave the run to others."""
    released = claims.release(**_key(request, run, reconstruction), user=request.user)
    say_done(request, f"Run {run} {reconstruction} is free for others." if released else "It was not yours to release.")
    return redirect(f"{reverse('shift:queue')}?{queue_of(request)}")


def _address(request: SignedIn, run: int, reconstruction: str) -> str:
    given = {"dataset": request.POST.get("dataset", ""), "queue": queue_of(request)}
    query = urlencode({name: value for name, value in given.items() if value})
    address = reverse("shift:certify", args=[run, reconstruction])
    return f"{address}?{query}" if query else address
