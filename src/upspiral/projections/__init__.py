"""What is kept in memory and follows the store."""

from upspiral.projections.by_workspace import Projections
from upspiral.projections.feed import COMMIT_LAG, Change, OutcomeFeed
from upspiral.projections.memories import MemoryPool
from upspiral.projections.recommendations import RecommendationLearner
from upspiral.projections.router import Router
from upspiral.projections.router_pool import RouterPool
from upspiral.projections.search import SearchHit, SearchIndex
from upspiral.projections.served import Served, ServedAgents, Snapshot
from upspiral.projections.trust import TrustProjection
from upspiral.projections.trust_folds import TrustFolds, trust_scores

__all__ = [
    "COMMIT_LAG",
    "Change",
    "MemoryPool",
    "OutcomeFeed",
    "Projections",
    "RecommendationLearner",
    "Router",
    "RouterPool",
    "SearchHit",
    "SearchIndex",
    "Served",
    "ServedAgents",
    "Snapshot",
    "TrustFolds",
    "TrustProjection",
    "trust_scores",
]
