"""Which version answers this conversation? Sticky, random over conversations, the same everywhere."""

import hashlib

from upspiral.domain import Arm, Deployment

BRANCH = "~b_"
"""Stands in the id of a conversation between the one it branched off from and its own."""


def pick_arm(deployment: Deployment | None, conversation: str) -> Arm | None:
    """Say on which side of a running Deployment a conversation stands; None where none runs.

    The side depends on nothing but the two ids, so that every process gives the same answer and every
    turn of a conversation the same version. A conversation that branches off from another (`c1~b2`) stands
    where that one does.

    >>> pick_arm(None, "c1") is None
    True
    """
    if deployment is None:
        return None
    root = conversation.partition(BRANCH)[0]
    return Arm.CANARY if draw(deployment.id, root) < deployment.share else Arm.STABLE


def draw(deployment: str, conversation: str) -> float:
    """Give the number in [0, 1) that belongs to a conversation within a Deployment.

    >>> draw("dep_1", "c1") == draw("dep_1", "c1")
    True
    """
    digest = hashlib.sha256(f"{deployment}\x1f{conversation}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56
