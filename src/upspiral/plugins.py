"""How is Upspiral extended? Every kind of plug-in on one page: its protocol, and what registers it.

Each decorator takes a name and stands before what makes the plug-in: a class, or a function. The name is what
people write in settings, commands and requests. A package that is installed names the module with its
decorators as an entry point:

    [project.entry-points."upspiral.plugins"]
    acme = "upspiral_acme"

A program that embeds Upspiral may register without one.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from upspiral.capture.config import CaptureSettings
from upspiral.capture.formats.importer import Importer
from upspiral.capture.redaction.base import Redactor
from upspiral.config import Settings
from upspiral.cycle.levers.base import Lever
from upspiral.cycle.notifiers import Notifier
from upspiral.judges.base import Judge
from upspiral.judges.config import JudgeSettings
from upspiral.notify.base import NotificationSender
from upspiral.plugin_kinds import (
    IMPORTER,
    JUDGE,
    LEVER,
    NOTIFIER,
    PROVIDER,
    REDACTOR,
    ROUTING_POLICY,
    SCORER,
    TRAINER,
)
from upspiral.providers.base import ChatModel, Provider
from upspiral.route.base import RoutingPolicy
from upspiral.route.config import RouteSettings
from upspiral.runtime import Runtime
from upspiral.scorers.base import Scorer
from upspiral.train.base import Trainer

__all__ = [
    "Importer",
    "Judge",
    "Lever",
    "NotificationSender",
    "Notifier",
    "Provider",
    "Redactor",
    "RoutingPolicy",
    "Scorer",
    "Trainer",
    "importer",
    "judge",
    "lever",
    "notifier",
    "provider",
    "redactor",
    "routing_policy",
    "scorer",
    "trainer",
]


class MakeRedactor(Protocol):
    """Makes a redactor from the secret key of a workspace's pseudonyms and the settings of capture."""

    def __call__(self, key: bytes, settings: CaptureSettings, /) -> Redactor:
        """Make it."""
        ...


class MakeJudge(Protocol):
    """Makes a judge from the model that it may ask, the settings of judges, and a secret for its marks."""

    def __call__(self, model: ChatModel, settings: JudgeSettings, key: bytes, /) -> Judge:
        """Make it."""
        ...


Policies = TypeVar("Policies", bound=Callable[[RouteSettings], RoutingPolicy])
Scorers = TypeVar("Scorers", bound=Callable[[float], Scorer])
Judges = TypeVar("Judges", bound=MakeJudge)
Importers = TypeVar("Importers", bound=Callable[[], Importer])
Providers = TypeVar("Providers", bound=Callable[[], Provider])
Trainers = TypeVar("Trainers", bound=Callable[[], Trainer])
Redactors = TypeVar("Redactors", bound=MakeRedactor)
Levers = TypeVar("Levers", bound=Callable[[Runtime], Lever])
Notifiers = TypeVar("Notifiers", bound=Callable[[Settings], Notifier | NotificationSender])


def routing_policy(name: str) -> Callable[[Policies], Policies]:
    """Register what makes a RoutingPolicy from the settings of routing; `route.policy` chooses one."""
    return ROUTING_POLICY.register(name)


def scorer(name: str) -> Callable[[Scorers], Scorers]:
    """Register what makes a Scorer from `success_at`; `evaluate.scorer` and `curate.scorer` choose one."""
    return SCORER.register(name)


def judge(name: str) -> Callable[[Judges], Judges]:
    """Register what makes a Judge from a model, the settings and a secret; `judge.name` chooses one."""
    return JUDGE.register(name)


def importer(name: str) -> Callable[[Importers], Importers]:
    """Register what makes an Importer; `upspiral import --format` chooses one, or the rows do."""
    return IMPORTER.register(name)


def provider(name: str) -> Callable[[Providers], Providers]:
    """Register what makes a Provider; a model written as ``NAME:MODEL`` is asked through it."""
    return PROVIDER.register(name)


def trainer(name: str) -> Callable[[Trainers], Trainers]:
    """Register what makes a Trainer; `train.trainer` chooses one."""
    return TRAINER.register(name)


def redactor(name: str) -> Callable[[Redactors], Redactors]:
    """Register what makes a Redactor; `capture.redactors` lists those that are used, in order."""
    return REDACTOR.register(name)


def notifier(name: str) -> Callable[[Notifiers], Notifiers]:
    """Register what makes a Notifier, or a NotificationSender, from all settings.

    The setting `cycle.notifiers` lists the notifiers that hear every step of a night; a sender is given
    addresses with `upspiral webhooks add --kind NAME ADDRESS`.
    """
    return NOTIFIER.register(name)


def lever(name: str) -> Callable[[Levers], Levers]:
    """Register what makes a Lever from the parts of the process; `levers.enabled` lists those in use."""
    return LEVER.register(name)
