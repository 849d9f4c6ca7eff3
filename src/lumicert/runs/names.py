"""Names that OMS and Run Registry use: run attributes, flags of lumisections, components.

Source: the attribute lists of Run Registry's client and the workspaces of its published configuration of 2022.
"""

from __future__ import annotations

RUN_ATTRIBUTES = frozenset(
    """
    run_number fill_number energy b_field l1_key l1_key_stripped l1_menu l1_hlt_mode l1_hlt_mode_stripped trigger_mode
    hlt_key l1_rate l1_triggers_counter hlt_physics_rate hlt_physics_size hlt_physics_throughput hlt_physics_counter
    initial_prescale_index duration start_time end_time last_update sequence clock_type cmssw_version injection_scheme
    fill_type_party1 fill_type_party2 fill_type_runtime init_lumi end_lumi delivered_lumi recorded_lumi stable_beam
    tier0_transfer components last_lumisection_number ls_duration beams_present_and_stable era
    """.split()
)

# derived from `components`: `<component>_included` is true where the component took part, null where it did not
INCLUDABLE = frozenset(
    """
    dt csc ecal es hcal hf pixel pixel_up tracker rpc gem castor ctpps ctpps_tot totem daq dcs dqm trg tcds scal lumi
    hflumi cow ltc efed dt_efed csc_efed ecal_efed hcal_efed rpc_efed tracker_efed trg_efed
    """.split()
)

FLAGS = frozenset(
    """
    rp_time_ready cscp_ready physics_flag dt0_ready beam1_present bpix_ready ho_ready dtp_ready tecm_ready tibtid_ready
    fpix_ready rpc_ready rp_sect_56_ready castor_ready esp_ready eep_ready hbhea_ready ebm_ready dtm_ready eem_ready
    esm_ready tecp_ready ebp_ready hf_ready rp_sect_45_ready cscm_ready cms_active zdc_ready hbheb_ready tob_ready
    beam1_stable hbhec_ready beam2_stable beam2_present gemp_ready gemm_ready
    """.split()
)

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
