"""How much each rater counts, why, and what it changes."""

import json
import time

import numpy as np
import pytest
from tests.conftest import START, Maker

from upspiral.capture.config import CaptureSettings
from upspiral.capture.explain import effect
from upspiral.capture.outcome import fold_outcome
from upspiral.capture.rater_model import RaterModel, Vote, gold_of, votes_of
from upspiral.domain import Feedback, Interaction, Judgement, Source, Status, VoteWeight

SETTINGS = CaptureSettings()
SILENT = VoteWeight(0.0, 0.0)


def _word(about: Interaction, signal: Feedback) -> Judgement:
    return Judgement(
        about.id, about.agent, signal.source, signal.rater, signal.score, signal.label, signal.correction,
        about.answer,
    )  # fmt: skip


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
def crowd() -> RaterModel:
    learner = RaterModel()
    learner.update(_crowd())
    return learner


@pytest.mark.long
def test_bots_and_coin_tossers_lose_their_weight_and_honest_users_keep_it(crowd: RaterModel) -> None:
    weights = crowd.weights()
    assert {name for name, one in weights.items() if one == SILENT} >= {f"bot{n}" for n in range(10)}
    assert max(weights["lazy"].good, weights["lazy"].bad) < 0.4
    assert min(one.good for name, one in weights.items() if name.startswith("user")) > 0.3
    assert min(one.bad for name, one in weights.items() if name.startswith("user")) > 0.5
    assert crowd.blocs() == [tuple(f"bot{n}" for n in range(10))]


def test_the_reason_says_with_whom_a_bloc_agreed_and_how_much(crowd: RaterModel) -> None:
    bot = crowd.reliability("bot3")
    assert "bot0, bot1" in bot.reason
    assert "on 100% of what they share" in bot.reason
    assert bot.agreed is not None
    assert bot.expected is not None
    assert bot.agreed > bot.expected
    assert "could be held against" in crowd.reliability("user01").reason


def test_a_rater_nobody_can_check_keeps_the_default_and_it_says_so(crowd: RaterModel) -> None:
    learner = RaterModel.load(crowd.dump())
    learner.update([Vote("new", f"n{i}", True) for i in range(40)])
    assert learner.reliability("new").weight == pytest.approx(1)
    assert "nobody else judged" in learner.reliability("new").reason
    assert learner.reliability("stranger").weight == 1


def test_few_checked_votes_move_a_weight_little(crowd: RaterModel) -> None:
    learner = RaterModel.load(crowd.dump())
    learner.update(Vote("few", item, True, "a") for item in ("i100", "i101"))
    assert 0.6 < learner.reliability("few").weight < 1.4


def test_what_was_learned_survives_plain_json_and_does_not_depend_on_order(crowd: RaterModel) -> None:
    stored = json.loads(json.dumps(crowd.dump()))
    other = RaterModel()
    for vote in reversed(_crowd()):
        other.update([vote])
    assert RaterModel.load(stored).weights() == crowd.weights() == other.weights()


def test_gold_lifts_the_one_who_was_right_against_all() -> None:
    votes = [Vote(who, str(i), i % 2 > 0) for i in range(60) for who in ("a", "b")]
    votes += [Vote("expert", str(i), i % 2 == 0) for i in range(60)]
    learner = RaterModel()
    learner.update(votes)
    assert learner.weights()["expert"] == SILENT
    learner.update(gold={str(i): i % 2 == 0 for i in range(60)})
    assert learner.reliability("expert").weight > 1
    assert learner.reliability("a").weight < 0
    assert learner.reliability("a").reason.startswith("Counts for the contrary: gold shows")


def test_nothing_one_vote_and_endless_praise_are_answered() -> None:
    learner = RaterModel()
    assert learner.weights() == {}
    learner.update([Vote("a", "1", True)])
    assert learner.weights() == {"a": VoteWeight()}
    learner.update(Vote(who, str(i), True) for who in "abc" for i in range(50))
    assert all(np.isfinite([one.good, one.bad]).all() for one in learner.weights().values())


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
    assert votes_of([_word(about, signal) for signal in signals], SETTINGS) == [
        Vote("user:anna", about.id, True, "support"),
        Vote("user:ben", about.id, False, "support"),
    ]


def test_a_user_called_like_a_judge_does_not_share_its_weight(make: Maker) -> None:
    about = make.interaction()
    signals = [make.feedback(about, 1.0, rater="judge", source=s) for s in (Source.USER_RATING, Source.JUDGE)]
    votes = votes_of([_word(about, signal) for signal in signals], SETTINGS)
    assert [vote.rater for vote in votes] == ["user:judge", "judge:judge"]
    outcome = fold_outcome(about, signals, settings=SETTINGS, now=START, weights={"user:judge": SILENT})
    assert outcome.reason == "judge by 1 rater: 1.00; not counted: judge"


def test_a_human_evaluation_labelled_gold_is_the_truth_and_decides_alone(make: Maker) -> None:
    about = make.interaction()
    human = {"source": Source.HUMAN_EVALUATION}
    signals = [make.feedback(about, 0.0, rater="expert", label="gold", **human)]
    signals += [make.feedback(about, 1.0, rater=name, **human) for name in ("a", "b")]
    words = [_word(about, signal) for signal in signals]
    assert gold_of(words, SETTINGS) == {about.id: False}
    assert [vote.rater for vote in votes_of(words, SETTINGS)] == ["human:a", "human:b"]
    outcome = fold_outcome(about, signals, settings=SETTINGS, now=START, weights={"human:expert": SILENT})
    assert (outcome.status, outcome.reason) == (Status.FAILURE, "gold by expert")


def test_a_comment_takes_no_score_back(make: Maker) -> None:
    about = make.interaction()
    signals = [make.feedback(about, 1.0), make.feedback(about, comment="thanks")]
    assert fold_outcome(about, signals, settings=SETTINGS, now=START).status == Status.SUCCESS


def test_a_rater_of_weight_zero_is_not_heard_even_alone(make: Maker) -> None:
    about = make.interaction()
    alone = [make.feedback(about, 0.0, rater="bot")]
    outcome = fold_outcome(about, alone, settings=SETTINGS, now=START, weights={"user:bot": SILENT})
    assert outcome.status == Status.UNKNOWN
    assert outcome.signals == (alone[0].id,)
    assert "not counted: bot" in outcome.reason


def test_the_effect_of_weights_on_an_outcome_is_told(make: Maker) -> None:
    about = make.interaction()
    signals = [make.feedback(about, 1.0)] + [make.feedback(about, 0.0, rater=bot) for bot in ("b1", "b2")]
    weights = {"user:b1": SILENT, "user:b2": SILENT, "user:anna": VoteWeight(1.2, 0.8)}
    told = effect(about, signals, settings=SETTINGS, now=START, weights=weights)
    assert (told.plain.status, told.weighed.status) == (Status.FAILURE, Status.SUCCESS)
    assert "With every rater counting the same it is a failure" in told.words
    assert "The raters weigh b1 0, b2 0, anna 1.2, which turns it into a success" in told.words
    assert "Nothing is known" in effect(about, signals, settings=SETTINGS, now=START, weights={}).words


@pytest.mark.long
def test_a_hundred_thousand_votes_are_learned_in_seconds() -> None:
    learner = RaterModel()
    learner.update(_crowd(raters=1650, each=60, items=35_000))
    start = time.process_time()
    learner.weights()
    assert time.process_time() - start < 5
