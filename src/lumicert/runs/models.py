"""Projections of the log: runs, datasets, what OMS reports per lumisection, and imported lists."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from lumicert.decisions.fields import LumisField


class Run(models.Model):
    """A run, by the latest `run.registered`. An attribute that is absent is unknown; null is what a source reported."""

    run = models.IntegerField(primary_key=True)
    seq = models.BigIntegerField()
    source = models.TextField()
    klass = models.TextField(db_index=True)
    attributes = models.JSONField()

    def __str__(self) -> str:
        return f"run {self.run}"


class Dataset(models.Model):
    """A dataset of a run, by the latest `dataset.registered`; `lumis` are the lumisections that it has."""

    pk = models.CompositePrimaryKey("run", "dataset")
    run = models.IntegerField()
    dataset = models.TextField()
    seq = models.BigIntegerField()
    source = models.TextField()
    states = models.JSONField()
    lumis = LumisField()

    class Meta:
        indexes = [models.Index(fields=["dataset", "run"], name="dataset_by_name")]

    def __str__(self) -> str:
        return f"{self.dataset} of run {self.run}"


class Flag(models.Model):
    """The lumisections of a run for which a source reported a flag with `value`: true, false or null.

    A lumisection in no row of a flag is unknown: nobody has obtained its value.
    """

    pk = models.CompositePrimaryKey("run", "flag", "value")
    run = models.IntegerField()
    flag = models.TextField()
    value = models.TextField()
    lumis = LumisField()

    def __str__(self) -> str:
        return f"{self.flag} is {self.value} in run {self.run}"


class Luminosity(models.Model):
    """Luminosity of the lumisections in `lumis`, in ascending order, each in whole inverse barns (1 /pb = 10^12 /b)."""

    run = models.IntegerField(primary_key=True)
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
