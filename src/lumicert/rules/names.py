"""The variables of rules, by the flat names that Run Registry's published rules use.

* attributes of the run, under OMS's names (`hlt_key`);
* `<component>_included`: true where `components` names the component, null where it does not;
* flags of lumisections (`bpix_ready`): in a rule about a run, whether the flag is true in any of its lumisections; in a
  rule about components, its value in the lumisection.

Source: the attribute lists of Run Registry's client and its published configuration of 2022.
"""

from __future__ import annotations

from lumicert.policy import Catalogue

RUN_ATTRIBUTES = frozenset(
    """
    run_number fill_number energy b_field l1_key l1_key_stripped l1_menu l1_hlt_mode l1_hlt_mode_stripped trigger_mode
    hlt_key l1_rate l1_triggers_counter hlt_physics_rate hlt_physics_size hlt_physics_throughput hlt_physics_counter
    initial_prescale_index duration start_time end_time last_update sequence clock_type cmssw_version injection_scheme
    fill_type_party1 fill_type_party2 fill_type_runtime init_lumi end_lumi delivered_lumi recorded_lumi stable_beam
    tier0_transfer components last_lumisection_number ls_duration era
    """.split()
)

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

CATALOGUE = Catalogue(RUN_ATTRIBUTES | FLAGS | {f"{component}_included" for component in INCLUDABLE})


def included_component(name: str) -> str | None:
    """The component, as `components` writes it, that the variable `name` asks for; None for other variables."""
    component = name.removesuffix("_included")
    return component.upper() if component != name and component in INCLUDABLE else None
