"""What chance does a small calibrated model give, and what does it say of rows that it has not seen?"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FOLDS = 5
"""Parts of which one is left out at a time."""
STRENGTHS = (0.03, 0.3, 3.0)
"""Inverse strengths of regularization that are tried: the lower, the nearer to the base rate."""


@dataclass(frozen=True)
class CrossFit:
    """A model fitted to everything, with predictions of models that saw nothing of a row's group."""

    model: Any
    """Has `predict_proba` of scikit-learn."""
    predicted: Floats
    """Chance that the row is true, by a model that did not see its group. Shape (n,)."""
    base: Floats
    """Share of true rows outside the row's fold."""

    def predict(self, x: Any) -> Floats:
        """Give the chance that each of further rows is true, 0 to 1."""
        return np.asarray(self.model.predict_proba(x)[:, 1], dtype=np.float64)


def crossfit(x: Any, truth: Floats, groups: Ints) -> CrossFit:
    """Fit a logistic regression whose chances are calibrated, and predict each row without its group.

    Platt's sigmoid is fitted to decisions about groups that the regression did not see, and so is the
    strength of regularization chosen. Both happen again inside each fold. Sources: Platt (1999);
    Chernozhukov et al. (2018) for cross-fitting.

    Args:
        x: Numbers of each row, sparse or dense. Shape (n, columns).
        truth: 0 or 1; both must occur in at least `FOLDS` groups.
        groups: Rows of one group are always in one fold, such as the turns of a conversation.
    """
    predicted, base = np.zeros(len(truth)), np.zeros(len(truth))
    for seen, left in split_groups(truth, groups):
        predicted[left] = np.asarray(_fit(x[seen], truth[seen], groups[seen]).predict_proba(x[left])[:, 1])
        base[left] = truth[seen].mean()
    return CrossFit(_fit(x, truth, groups), predicted, base)


def split_groups(truth: Floats, groups: Ints) -> list[tuple[Ints, Ints]]:
    """Split rows into `FOLDS` folds, whole groups each, with about the same share of true rows.

    Returns:
        Per fold the places of the rows outside and inside it.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    folds = StratifiedGroupKFold(n_splits=FOLDS, shuffle=True, random_state=0)
    return list(folds.split(np.zeros(len(truth)), truth, groups))


def _fit(x: Any, truth: Floats, groups: Ints) -> Any:
    """Fit the calibrated regression of the strength that predicts unseen groups best (log loss)."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    from sklearn.model_selection import cross_val_predict

    folds = split_groups(truth, groups)
    tried = []
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, solver="liblinear")
        chances = cross_val_predict(model, x, truth, cv=folds, method="predict_proba")[:, 1]
        tried.append((log_loss(truth, chances), strength))
    best = LogisticRegression(C=min(tried)[1], solver="liblinear")
    return CalibratedClassifierCV(best, method="sigmoid", cv=folds, ensemble=False).fit(x, truth)
