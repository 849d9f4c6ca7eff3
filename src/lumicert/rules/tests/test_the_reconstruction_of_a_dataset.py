from __future__ import annotations

import pytest

from lumicert.rules.reconstruction import reconstruction_of


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        ("/StreamExpressCosmics/Commissioning2018-Express-v1/DQMIO", "express"),
        ("/Cosmics/Commissioning2018-PromptReco-v1/DQMIO", "prompt"),
        ("/ReReco/Run2018A_17Sept2018/DQM", "rereco"),
        ("/ReReco/Run2017B_EOY2017/DQM", "rereco"),
        ("/ReReco/Run2017B_UL2019/DQM", "rerecoul"),
        ("/ReReco/Run2017B_ul2019/DQM", "rereco"),
        ("/express/Collisions2022/dqm", "express"),
        ("/Express/Commissioning2022/DQM\n", "express"),
        ("/PromptReco/Collisions2022F/DQM", "prompt"),
        ("online", "online"),
        ("/Other/Collisions2022F/DQM", None),
        ("", None),
    ],
)
def test_a_name_tells_the_reconstruction(dataset, expected):
    assert reconstruction_of(dataset) == expected


def test_express_is_looked_for_before_prompt_and_prompt_before_rereco():
    assert reconstruction_of("/PromptReco/Express/DQM") == "express"
    assert reconstruction_of("/ReReco/PromptLike_UL/DQM") == "prompt"
