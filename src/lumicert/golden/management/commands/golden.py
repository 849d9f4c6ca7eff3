"""`lumicert golden`: build a golden JSON, hold it against a list, explain a lumisection, list and save policies."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from lumicert.accounts.models import User
from lumicert.golden import policies, selectors, services
from lumicert.golden.forms import event_number
from lumicert.lumi import LAYOUTS, LumiError, LumiSet, load
from lumicert.lumi.files import write_whole
from lumicert.policy import PolicyError
from lumicert.policy.explain import Explanation
from lumicert.runs.selectors import stored_list

_VERDICTS = {0: "out", 1: "unknown", 2: "in"}
_EXPECTED = (
    PolicyError, policies.NoSuchPolicy, selectors.NoSuchEvent, selectors.NoSuchList, selectors.SeveralDatasets,
    LumiError, OSError,
)  # fmt: skip


class Command(BaseCommand):
    help = "build a golden JSON, hold it against a list, explain a lumisection, list and save policies"

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True)
        build = commands.add_parser("build", help="write the golden JSON of a policy")
        _asking(build)
        build.add_argument("-o", "--output", type=Path, help="file to write; stdout otherwise")
        build.add_argument("--layout", choices=LAYOUTS, default="runs")
        compare = commands.add_parser("compare", help="three sets against a list, and why each lumisection is there")
        _asking(compare)
        compare.add_argument("--with", dest="against", required=True, help="name of an imported list, or a file")
        compare.add_argument("--ranges", action="store_true", help="print the lumisections of every reason too")
        explain = commands.add_parser("explain", help="why one lumisection is in, out or unknown")
        _asking(explain)
        explain.add_argument("run", type=int)
        explain.add_argument("ls", type=int)
        commands.add_parser("policies", help="list the policies")
        save = commands.add_parser("save", help="save the next version of a policy")
        save.add_argument("name")
        save.add_argument("file", type=Path, help="its rule as JSON-logic")
        save.add_argument("--comment", default="")
        save.add_argument("--actor", help="the account that says so")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = Namespace(**options)
        try:
            getattr(self, f"_{asked.what}")(asked)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        except _EXPECTED as error:
            raise CommandError(str(error)) from error

    def _golden(self, asked: Namespace) -> selectors.Golden:
        policy = policies.find(asked.policy, asked.version)
        golden = selectors.build(policy=policy, dataset=asked.dataset, at=event_number(asked.as_of))
        if not golden.universe.n_rows:
            raise CommandError(f"no dataset is called {asked.dataset} as of event {golden.seq}")
        return golden

    def _build(self, asked: Namespace) -> None:
        golden = self._golden(asked)
        text = golden.text(asked.layout)
        if asked.output:
            write_whole(asked.output, text)
        else:
            sys.stdout.write(text)
        self._say(f"{golden.policy} on {asked.dataset}, as of event {golden.seq}")
        for name, amount in (("in", golden.inside), ("out", golden.outside), ("unknown", golden.unknown)):
            self._say(f"{name:>8}  {_amount(amount)}")
        self._say(f"SHA-256  {selectors.sha256(text)}")

    def _compare(self, asked: Namespace) -> None:
        golden = self._golden(asked)
        name, theirs = _list(asked.against)
        compared = selectors.compare(golden, name=name, theirs=theirs)
        titles = (
            ("in both", compared.both),
            ("only here", compared.only_ours),
            (f"only in {name}", compared.only_theirs),
        )
        self.stdout.write(f"{golden.policy} on {asked.dataset}, as of event {golden.seq}, against {name}")
        self.stdout.write(f"selected here: {_amount(golden.inside)}")
        for title, part in titles:
            self.stdout.write(f"\n{title}: {_amount(part.amount)}")
            for group in part.groups:
                self.stdout.write(f"  {group.words}: {_amount(group.amount)}")
                if asked.ranges:
                    self._print_ranges(group.lumis)
        if compared.elsewhere:
            self.stdout.write(f"\nin runs that the dataset does not have: {compared.elsewhere.n_ls:,} LS of {name}")

    def _print_ranges(self, lumis: LumiSet) -> None:
        for run, ranges in lumis.to_dict().items():
            self.stdout.write(f"    {run}: {ranges}")

    def _explain(self, asked: Namespace) -> None:
        golden = self._golden(asked)
        explained = selectors.explain(golden, run=asked.run, ls=asked.ls)
        if explained is None:
            raise CommandError(f"no dataset called {asked.dataset} has LS {asked.ls} of run {asked.run}")
        self.stdout.write(f"run {asked.run}, LS {asked.ls} of {explained.dataset}: {_VERDICTS[explained.tree.verdict]}")
        self._print_tree(explained.tree, 1)
        for word in explained.words:
            self.stdout.write(
                f"event {word.event.seq}, {word.event.actor_name}, {word.event.at:%Y-%m-%d %H:%M:%S} UTC: {word.told}"
            )
            if word.over:
                self.stdout.write(f"  over automatic {word.over.status} of event {word.over.seq}")
        if explained.tree.changes:
            changes = " and ".join(leaf.text for leaf in explained.tree.changes)
            self.stdout.write(f"in if {changes}: {_amount(explained.gain)} of this run would come in")

    def _print_tree(self, node: Explanation, depth: int) -> None:
        self.stdout.write(f"{'  ' * depth}{_VERDICTS[node.verdict]:<8} {node.text}")
        for child in node.children:
            self._print_tree(child, depth + 1)

    def _policies(self, asked: Namespace) -> None:
        for policy in policies.all_versions():
            where = "ships with the product" if policy.seq is None else f"event {policy.seq}"
            self.stdout.write(f"{policy!s:<30} {where:<24} {policy.comment}")

    def _save(self, asked: Namespace) -> None:
        actor = _account(asked.actor) if asked.actor else None
        rule = asked.file.read_text()
        version, act = services.save_policy(name=asked.name, rule=rule, comment=asked.comment, actor=actor)
        self.stdout.write(f"saved {version} (event {act.first})" if act else f"{version} says the same already")

    def _say(self, text: str) -> None:
        # the result itself may be on stdout
        self.stderr.write(text, self.style.NOTICE)


def _asking(parser: ArgumentParser) -> None:
    parser.add_argument("--policy", required=True)
    parser.add_argument("--policy-version", dest="version", type=int, help="the newest otherwise")
    parser.add_argument("--dataset", required=True, metavar="PATTERN", help="%% is any text, _ any character")
    parser.add_argument("--as-of", default="", metavar="EVENT", help="event number, or a time at CERN; now otherwise")


def _amount(amount: selectors.Amount) -> str:
    without = f", {amount.n_without:,} LS without luminosity" if amount.n_without else ""
    # one unit for all, so that the figures can be compared down the page
    luminosity = "" if amount.n_without == amount.n_ls else f", {amount.recorded.to('/pb').value:,.3f} /pb recorded"
    runs = "run" if amount.n_runs == 1 else "runs"
    return f"{amount.n_ls:,} LS in {amount.n_runs:,} {runs}{luminosity}{without}"


def _list(name: str) -> tuple[str, LumiSet]:
    """An imported list of that name, else the file."""
    stored = stored_list(name)
    if stored is not None:
        return stored.name, stored.lumis
    path = Path(name)
    if not path.exists():
        raise CommandError(f"'{name}' is neither an imported list nor a file")
    return path.name, load(path).lumis


def _account(username: str) -> User:
    try:
        return User.objects.get(username=username)
    except User.DoesNotExist:
        raise CommandError(f"there is no account '{username}'") from None
