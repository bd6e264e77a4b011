"""How much each rater counts, why, and what it changes."""

import json
import time

import numpy as np
import pytest
from tests.conftest import START, Maker

from upspiral.capture.config import CaptureSettings
from upspiral.capture.outcome import fold
from upspiral.capture.raters import Raters, Vote, effect, fold_heard, votes_of
from upspiral.domain import Source, Status

SETTINGS = CaptureSettings()


def _crowd(seed: int = 0, raters: int = 30, each: int = 60, items: int = 500) -> list[Vote]:
    """Votes of honest raters; `lazy`, who tosses a coin, and ten `bot`s, who say bad of the same items."""
    rng = np.random.default_rng(seed)
    truth = rng.random(items) < 0.75
    votes = []
    for number in range(raters):
        for item in rng.choice(items, each, replace=False).tolist():
            votes.append(
                Vote(f"user{number:02}", f"i{item}", bool(truth[item] == (rng.random() < 0.85)), "a")
            )
    votes += [Vote("lazy", f"i{item}", bool(rng.random() < 0.5), "a") for item in range(150)]
    votes += [Vote(f"bot{number}", f"i{item}", False, "a") for number in range(10) for item in range(60)]
    return votes


@pytest.fixture(scope="module")
def crowd() -> Raters:
    learner = Raters()
    learner.update(_crowd())
    return learner


def test_bots_and_coin_tossers_lose_their_weight_and_honest_users_keep_it(crowd: Raters) -> None:
    weights = crowd.weights()
    assert {name for name, weight in weights.items() if weight == 0} >= {f"bot{n}" for n in range(10)}
    assert weights["lazy"] < 0.4
    assert min(weight for name, weight in weights.items() if name.startswith("user")) > 0.5
    assert crowd.blocs() == [tuple(f"bot{n}" for n in range(10))]


def test_the_reason_says_with_whom_a_bloc_agreed_and_how_much(crowd: Raters) -> None:
    bot = crowd.reliability("bot3")
    assert "bot0, bot1" in bot.reason
    assert "100% of shared items" in bot.reason
    assert bot.agreed is not None
    assert bot.expected is not None
    assert bot.agreed > bot.expected
    assert "could be checked" in crowd.reliability("user01").reason


def test_a_rater_nobody_can_check_keeps_the_default_and_it_says_so(crowd: Raters) -> None:
    learner = Raters.load(crowd.dump())
    learner.update([Vote("new", f"n{i}", True) for i in range(40)])
    assert learner.reliability("new").weight == pytest.approx(1)
    assert "nobody else judged" in learner.reliability("new").reason
    assert learner.reliability("stranger").weight == 1


def test_few_checked_votes_move_a_weight_little(crowd: Raters) -> None:
    learner = Raters.load(crowd.dump())
    learner.update(Vote("few", item, True, "a") for item in ("i100", "i101"))
    assert 0.6 < learner.weights()["few"] < 1.4


def test_what_was_learned_survives_plain_json_and_does_not_depend_on_order(crowd: Raters) -> None:
    stored = json.loads(json.dumps(crowd.dump()))
    other = Raters()
    for vote in reversed(_crowd()):
        other.update([vote])
    assert Raters.load(stored).weights() == crowd.weights() == other.weights()


def test_gold_lifts_the_one_who_was_right_against_all() -> None:
    votes = [Vote(who, str(i), i % 2 > 0) for i in range(60) for who in ("a", "b")]
    votes += [Vote("expert", str(i), i % 2 == 0) for i in range(60)]
    learner = Raters()
    learner.update(votes)
    assert learner.weights()["expert"] == 0
    learner.update(gold={str(i): i % 2 == 0 for i in range(60)})
    assert learner.weights()["expert"] > 1
    assert learner.weights()["a"] == 0


def test_nothing_one_vote_and_endless_praise_are_answered() -> None:
    learner = Raters()
    assert learner.weights() == {}
    learner.update([Vote("a", "1", True)])
    assert learner.weights() == {"a": pytest.approx(1)}
    learner.update(Vote(who, str(i), True) for who in "abc" for i in range(50))
    assert all(np.isfinite(weight) for weight in learner.weights().values())


def test_votes_are_the_latest_clear_words_of_raters(make: Maker) -> None:
    about = make.interaction()
    signals = [
        make.feedback(about, 0.0),
        make.feedback(about, 1.0),
        make.feedback(about, comment="well"),
        make.feedback(about, 0.5, rater="unsure"),
        make.feedback(about, 1.0, rater="clicks", source=Source.IMPLICIT),
        make.feedback(about, rater="ben", source=Source.USER_CORRECTION, correction="There."),
    ]
    assert votes_of([(about, signals)], SETTINGS) == [
        Vote("anna", about.id, True, "support"),
        Vote("ben", about.id, False, "support"),
    ]


def test_a_rater_of_weight_zero_is_not_heard_even_alone(make: Maker) -> None:
    about = make.interaction()
    alone = [make.feedback(about, 0.0, rater="bot")]
    outcome = fold_heard(about, alone, settings=SETTINGS, now=START, weights={"bot": 0.0})
    assert outcome.status == Status.UNKNOWN
    assert outcome.signals == (alone[0].id,)
    assert "not heard: bot" in outcome.reason


def test_with_all_weights_alike_folding_is_as_before(make: Maker) -> None:
    about = make.interaction()
    signals = [make.feedback(about, 1.0), make.feedback(about, 0.0, rater="ben")]
    plain = fold(about, signals, settings=SETTINGS, now=START)
    assert fold_heard(about, signals, settings=SETTINGS, now=START, weights={}) == plain


def test_the_effect_of_weights_on_an_outcome_is_told(make: Maker) -> None:
    about = make.interaction()
    signals = [make.feedback(about, 1.0)] + [make.feedback(about, 0.0, rater=bot) for bot in ("b1", "b2")]
    told = effect(about, signals, settings=SETTINGS, now=START, weights={"b1": 0.0, "b2": 0.0, "anna": 1.2})
    assert (told.plain.status, told.weighed.status) == (Status.FAILURE, Status.SUCCESS)
    assert "turns from failure to success" in told.words
    assert "anna 1.20, b1 0.00, b2 0.00" in told.words


def test_a_hundred_thousand_votes_are_learned_in_seconds() -> None:
    learner = Raters()
    learner.update(_crowd(raters=1650, each=60, items=35_000))
    start = time.process_time()
    learner.weights()
    assert time.process_time() - start < 5
