"""Addresses that people open in a browser: a run or fill in OMS, Run Registry and the DQM GUI."""

from __future__ import annotations

from urllib.parse import quote

OMS = "https://cmsoms.cern.ch/cms"
RUN_REGISTRY = "https://cmsrunregistry.web.cern.ch"
DQM_GUI = "https://cmsweb.cern.ch/dqm"


def run_in_oms(run: int) -> str:
    """The run's report in OMS."""
    return f"{OMS}/runs/report?cms_run={run}"


def fill_in_oms(fill: int) -> str:
    """The fill's report in OMS."""
    return f"{OMS}/fills/report?cms_fill={fill}"


def run_registry_runs() -> str:
    """Run Registry's table of runs; it has no address for one run."""
    return f"{RUN_REGISTRY}/online/global"


def run_in_online_dqm(run: int) -> str:
    """The run in the online DQM GUI."""
    return f"{DQM_GUI}/online/start?runnr={run};sampletype=online_data;workspace=Summary"


def run_in_offline_dqm(run: int, dataset: str) -> str:
    """The run in the offline DQM GUI; `dataset` as the GUI names it, `/ZeroBias/Run2022F-PromptReco-v1/DQMIO`."""
    named = quote(dataset, safe="/")
    return f"{DQM_GUI}/offline/start?runnr={run};dataset={named};sampletype=offline_data;workspace=Summary"
