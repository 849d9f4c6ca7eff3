"""Names that OMS and Run Registry use: run attributes, flags of lumisections, components.

Source: the attribute lists of Run Registry's client and the workspaces of its published configuration of 2022.
"""

from __future__ import annotations

from lumicert.rules import names

# Run Registry derives one more, which its published policies ask for
RUN_ATTRIBUTES = names.RUN_ATTRIBUTES | {"beams_present_and_stable"}
INCLUDABLE = names.INCLUDABLE
FLAGS = names.FLAGS

_COLUMNS = {
    "btag": "btag",
    "castor": "castor",
    "cms": "cms infrastructure",
    "csc": "csc csctf ddus efficiency gasgains integrity mem mep occupancy pedestals resolution segments strips tf "
    "timing triggerpe triggergpe",
    "ctpps": "ctpps rp45_210 rp45_220 rp45_cyl rp56_210 rp56_220 rp56_cyl time45_box time56_box",
    "dc": "lowlumi",
    "dt": "dt",
    "ecal": "ecal es analysis collisions ebm ebp eem eep esm esp laser noise preshower timing tpg",
    "egamma": "egamma es",
    "gem": "gem",
    "hcal": "hcal hb he hf ho0 ho12 hbls hels hfls ho0ls ho12ls hb_ls he_ls hf_ls hoO_ls ho12_ls",
    "hlt": "hlt hlt_global global muons electrons photons jetmet tau bjets technical",
    "jetmet": "jetmet",
    "l1t": "l1t l1tmu l1tcalo muon muon_dt muon_rpc muon_csc e_gamma jet energy_sums hf_rings hg_rings bptx_tech "
    "bcs_tech hf_tech rpc_tech software",
    "lumi": "lumi",
    "muon": "muon",
    "rpc": "rpc strip elog lv hv feb noise",
    "tau": "tau",
    "tracker": "pixel strip track",
}

WORKSPACES = tuple(_COLUMNS)
COMPONENTS = tuple(f"{workspace}-{column}" for workspace, columns in _COLUMNS.items() for column in columns.split())
