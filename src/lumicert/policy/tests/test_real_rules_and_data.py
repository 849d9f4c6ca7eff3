"""Rules and lumisections of 2018 and 2022 as CMS published them."""

import csv
import gzip
import json

import numpy as np
import pytest

from lumicert.policy import UNKNOWN, Column, Frame, Policy

pytestmark = pytest.mark.real_data

BITS = [
    "cms_active", "beam1_present", "beam2_present", "beam1_stable", "beam2_stable", "tibtid_ready", "tob_ready",
    "tecp_ready", "tecm_ready", "bpix_ready", "fpix_ready",
]  # fmt: skip
BOOLEAN = {"True": 0, "False": 1, "": 2}


def test_tracker_dcs_selects_the_lumisections_of_2018a_that_it_should(real_data):
    with gzip.open(real_data / "oms_lumisections_2018A.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    columns = {
        f"lumisection.oms.{bit}": Column.coded([BOOLEAN[row[bit]] for row in rows], [True, False, UNKNOWN])
        for bit in BITS
    }
    policy = Policy.parse({"and": [{"==": [{"var": name}, True]} for name in columns]}, None)
    assert np.count_nonzero(policy.evaluate(Frame(len(rows), columns)) == 2) == 38_409


def test_every_component_rule_of_2022_is_understood(real_data):
    lines = (real_data / "rr_component_rules_2022.txt").read_text().splitlines()
    rules = [line.split(" ", 6)[6] for line in lines if line.startswith(("online ", "offline "))]
    assert len(rules) == 202
    for rule in rules:
        canonical = Policy.parse(rule, None).canonical()
        assert json.loads(canonical) == json.loads(rule)
