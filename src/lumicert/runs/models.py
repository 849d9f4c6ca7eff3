"""Projections of the log: runs, datasets, what OMS reports per lumisection, and imported lists."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from lumicert.decisions.fields import LumisField


class Run(models.Model):
    """A run with the values that count: those of a person over those of a source over those of an import.

    Each column is one attribute, with its label and unit; `attributes` has all of them, in the unit that `units` names.
    A value that is absent there is unknown; null is what a source reported. Luminosities are in whole inverse barns.
    """

    run = models.IntegerField("run", primary_key=True)
    seq = models.BigIntegerField()
    source = models.TextField("source")
    # what the source last said of the whole: going, ended, final; empty where no source reported the run
    state = models.TextField("state")
    typed = models.BooleanField("typed by hand")
    klass = models.TextField("class", db_index=True)
    run_type = models.TextField("type")
    significant = models.BooleanField("significant", null=True)
    fill = models.IntegerField("fill", null=True, db_index=True)
    start_time = models.DateTimeField("start", null=True, db_index=True)
    end_time = models.DateTimeField("end", null=True)
    last_update = models.DateTimeField("last update", null=True)
    duration = models.BigIntegerField("duration", null=True, help_text="s")
    n_ls = models.BigIntegerField("LS", null=True)
    recorded = models.BigIntegerField("recorded", null=True, help_text="/b")
    delivered = models.BigIntegerField("delivered", null=True, help_text="/b")
    init_lumi = models.FloatField("initial lumi", null=True)
    end_lumi = models.FloatField("final lumi", null=True)
    energy = models.FloatField("energy", null=True, help_text="GeV")
    b_field = models.FloatField("B field", null=True, help_text="T")
    stable_beam = models.BooleanField("stable beams", null=True)
    tier0_transfer = models.BooleanField("to Tier-0", null=True)
    hlt_key = models.TextField("HLT key")
    hlt_physics_rate = models.FloatField("HLT physics rate", null=True, help_text="Hz")
    hlt_physics_counter = models.BigIntegerField("HLT physics events", null=True)
    l1_hlt_mode = models.TextField("L1/HLT mode")
    l1_key = models.TextField("L1 key")
    l1_menu = models.TextField("L1 menu")
    l1_rate = models.FloatField("L1 rate", null=True, help_text="Hz")
    l1_triggers_counter = models.BigIntegerField("L1 triggers", null=True)
    trigger_mode = models.TextField("trigger mode")
    initial_prescale_index = models.BigIntegerField("prescale index", null=True)
    sequence = models.TextField("sequence")
    clock_type = models.TextField("clock")
    cmssw_version = models.TextField("CMSSW")
    fill_type_runtime = models.TextField("fill type")
    injection_scheme = models.TextField("filling scheme")
    components = models.TextField("components")
    attributes = models.JSONField()
    units = models.JSONField()

    def __str__(self) -> str:
        return f"run {self.run}"


class Fill(models.Model):
    """A fill of the LHC with the values that count, likewise."""

    fill = models.IntegerField("fill", primary_key=True)
    seq = models.BigIntegerField()
    state = models.TextField("state")
    typed = models.BooleanField("typed by hand")
    era = models.TextField("era")
    start_time = models.DateTimeField("start", null=True, db_index=True)
    stable_begin = models.DateTimeField("stable beams from", null=True)
    stable_end = models.DateTimeField("to", null=True)
    end_time = models.DateTimeField("end", null=True)
    fill_type = models.TextField("type")
    scheme = models.TextField("filling scheme")
    energy = models.FloatField("energy", null=True, help_text="GeV")
    bunches = models.BigIntegerField("colliding bunches", null=True)
    peak_lumi = models.FloatField("peak lumi", null=True)
    peak_pileup = models.FloatField("peak pile-up", null=True)
    recorded = models.BigIntegerField("recorded", null=True, help_text="/b")
    delivered = models.BigIntegerField("delivered", null=True, help_text="/b")
    attributes = models.JSONField()
    units = models.JSONField()

    def __str__(self) -> str:
        return f"fill {self.fill}"


class Era(models.Model):
    """An era of data-taking, by the latest `era.reported`; `first_run` 0 where the source gave none."""

    pk = models.CompositePrimaryKey("name", "first_run")
    name = models.TextField()
    first_run = models.IntegerField()
    seq = models.BigIntegerField()
    attributes = models.JSONField()

    def __str__(self) -> str:
        return self.name


class Dataset(models.Model):
    """A dataset of a run, by the latest `dataset.registered`; `lumis` are the lumisections that it has."""

    pk = models.CompositePrimaryKey("run", "dataset")
    run = models.IntegerField()
    dataset = models.TextField()
    seq = models.BigIntegerField()
    source = models.TextField()
    states = models.JSONField()
    in_gui = models.JSONField()
    lumis = LumisField()

    class Meta:
        indexes = [models.Index(fields=["dataset", "run"], name="dataset_by_name")]

    def __str__(self) -> str:
        return f"{self.dataset} of run {self.run}"


class Flag(models.Model):
    """The lumisections of a run for which event `seq` is the last word and said that a flag is true, false or null.

    A lumisection in no row of a flag is unknown: nobody has obtained its value.
    """

    pk = models.CompositePrimaryKey("run", "flag", "value", "seq")
    run = models.IntegerField()
    flag = models.TextField()
    value = models.TextField()
    seq = models.BigIntegerField()
    lumis = LumisField()

    def __str__(self) -> str:
        return f"{self.flag} is {self.value} in run {self.run}"


class Label(models.Model):
    """As `Flag`, for attributes whose values are texts, such as the name of the prescale column."""

    pk = models.CompositePrimaryKey("run", "label", "value", "seq")
    run = models.IntegerField()
    label = models.TextField()
    value = models.TextField()
    seq = models.BigIntegerField()
    lumis = LumisField()

    def __str__(self) -> str:
        return f"{self.label} is {self.value} in run {self.run}"


class Series(models.Model):
    """One number for each of the lumisections in `lumis`, in ascending order; in the unit that the source gives."""

    pk = models.CompositePrimaryKey("run", "name", "seq")
    run = models.IntegerField()
    name = models.TextField()
    seq = models.BigIntegerField()
    lumis = LumisField()
    numbers = ArrayField(models.FloatField())

    def __str__(self) -> str:
        return f"{self.name} of run {self.run}"


class Luminosity(models.Model):
    """Luminosity of the lumisections in `lumis`, in ascending order, each in whole inverse barns (1 /pb = 10^12 /b)."""

    pk = models.CompositePrimaryKey("run", "seq")
    run = models.IntegerField()
    seq = models.BigIntegerField()
    lumis = LumisField()
    recorded = ArrayField(models.BigIntegerField())
    delivered = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return f"luminosity of run {self.run}"


class LumiList(models.Model):
    """A list of lumisections that was imported, such as a published golden JSON, to compare with."""

    name = models.TextField(primary_key=True)
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    purpose = models.TextField()
    sha256 = models.TextField()
    n_runs = models.IntegerField()
    n_ls = models.IntegerField()
    lumis = models.JSONField()

    def __str__(self) -> str:
        return self.name


# ---- below: how ingestion goes; these tables are no projections, and nothing is lost when they are emptied ----


class Source(models.Model):
    """How an outside system answered, as far as the jobs that ask it have seen."""

    name = models.TextField(primary_key=True)
    asked_at = models.DateTimeField()
    asked = models.TextField()
    succeeded_at = models.DateTimeField(null=True)
    # None while it answers
    failing_since = models.DateTimeField(null=True)
    # calls that failed one after the other; 0 while it answers
    failing = models.IntegerField(default=0)
    outcome = models.TextField()
    failure = models.TextField()
    # seconds: of the last call that was answered, and over the last dozen
    latency = models.FloatField(null=True)
    mean_latency = models.FloatField(null=True)
    # seconds by which its clock is ahead of ours
    skew = models.FloatField(null=True)
    calls = models.BigIntegerField(default=0)
    failures = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Fetch(models.Model):
    """A run that is to be fetched from its source; the row goes when it was."""

    run = models.IntegerField(primary_key=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(db_index=True)
    tries = models.IntegerField(default=0)
    failure = models.TextField(default="")

    def __str__(self) -> str:
        return f"fetch run {self.run}"


class Bookmark(models.Model):
    """How far a listing of a source was read."""

    name = models.TextField(primary_key=True)
    value = models.TextField()

    def __str__(self) -> str:
        return f"{self.name} to {self.value}"


class SeenInGui(models.Model):
    """The names under which the DQM GUI had a run when its datasets were last looked for."""

    run = models.IntegerField(primary_key=True)
    names = models.JSONField()

    def __str__(self) -> str:
        return f"{len(self.names)} names of run {self.run}"


class Backfill(models.Model):
    """Runs `first` to `last` are to be fetched from OMS; `position` is the run from which it goes on."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        STOPPED = "stopped", "stopped"

    id = models.UUIDField(primary_key=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    first = models.IntegerField()
    last = models.IntegerField()
    position = models.IntegerField()
    state = models.TextField(choices=State, default=State.WAITING)
    done = models.IntegerField(default=0)
    acts = models.IntegerField(default=0)
    failure = models.TextField(default="")
    asked_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"back-fill of runs {self.first} to {self.last}"
