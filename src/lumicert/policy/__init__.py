"""Policies: rules over lumisections, in the language of Run Registry, that tell what is golden and why.

See `policy` for how to use one, `values` for null and UNKNOWN, `columns` for the data, `scalar` for the semantics.
"""

from lumicert.policy.catalogue import Catalogue
from lumicert.policy.columns import Column, Frame
from lumicert.policy.explain import Explanation, Leaf
from lumicert.policy.parse import PolicyError
from lumicert.policy.policy import Policy
from lumicert.policy.reasons import Amount, Loss, Reason
from lumicert.policy.values import IN, OUT, UNDECIDED, UNKNOWN, Json, Value, Verdict

__all__ = [
    "IN",
    "OUT",
    "UNDECIDED",
    "UNKNOWN",
    "Amount",
    "Catalogue",
    "Column",
    "Explanation",
    "Frame",
    "Json",
    "Leaf",
    "Loss",
    "Policy",
    "PolicyError",
    "Reason",
    "Value",
    "Verdict",
]
