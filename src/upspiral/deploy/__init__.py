"""6 · Does it hold up with real users?

Takes an AgentVersion that passed the gate, gives a Deployment and a Verdict.
Verbs: `start_canary`, `watch`, `promote` and `roll_back`; the hosts make versions answerable.
"""

from upspiral.deploy.advance import promote, roll_back, start_canary, watch
from upspiral.deploy.config import DeploySettings
from upspiral.deploy.hosts import Hosts
from upspiral.deploy.traffic import pick_arm

__all__ = ["DeploySettings", "Hosts", "pick_arm", "promote", "roll_back", "start_canary", "watch"]
