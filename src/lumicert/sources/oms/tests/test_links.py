"""The addresses that people open."""

from __future__ import annotations

from lumicert.sources.oms import links


def test_addresses_of_a_run_and_a_fill() -> None:
    assert links.run_in_oms(355100) == "https://cmsoms.cern.ch/cms/runs/report?cms_run=355100"
    assert links.fill_in_oms(7920) == "https://cmsoms.cern.ch/cms/fills/report?cms_fill=7920"
    assert links.run_registry_runs() == "https://cmsrunregistry.web.cern.ch/online/global"
    online = "https://cmsweb.cern.ch/dqm/online/start?runnr=355100;sampletype=online_data;workspace=Summary"
    assert links.run_in_online_dqm(355100) == online


def test_the_name_of_a_dataset_cannot_leave_its_place_in_the_address() -> None:
    address = links.run_in_offline_dqm(355100, "/ZeroBias/Run2022F;x=1&y#z/DQMIO")
    assert "dataset=/ZeroBias/Run2022F%3Bx%3D1%26y%23z/DQMIO;sampletype=offline_data" in address
