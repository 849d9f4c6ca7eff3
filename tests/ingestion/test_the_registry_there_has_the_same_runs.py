"""The product and the simulated Run Registry call the same runs by the same class and datasets, of as many LS."""

from __future__ import annotations

from tests.ingestion.conftest import Taking

from lumicert.runs import outside
from lumicert.runs.models import Dataset, Run
from lumicert.sources.run_registry.models import Dataset as There

HOURS = 60


def there(taking: Taking) -> list[There]:
    """What the registry says of the runs of the shift, when all their datasets have arrived."""
    for _ in range(12):
        taking.pass_minutes(60)
    taking.pass_minutes(60 * HOURS)
    registry = outside.run_registry()
    assert registry is not None
    return registry.datasets(1, 2**31 - 1)


def test_runs_have_the_same_class_and_datasets_on_both_sides(taking: Taking) -> None:
    found = there(taking)
    assert len(found) == 10
    assert {(one.run, one.name) for one in found} == set(
        Dataset.objects.exclude(dataset="online").values_list("run", "dataset")
    )
    assert {(one.run, one.run_class) for one in found} == set(
        Run.objects.filter(run__in={one.run for one in found}).values_list("run", "klass")
    )


def test_lumisections_end_at_the_end_of_the_run_on_both_sides(taking: Taking) -> None:
    for one in there(taking):
        registry = outside.run_registry()
        assert registry is not None
        stretches = registry.stretches(one.run, one.name)["tracker-pixel"]
        assert stretches[-1].last == Run.objects.get(run=one.run).attributes["last_lumisection_number"]
