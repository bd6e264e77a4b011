"""Trust that grows by verdicts is that of all verdicts together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upspiral.route import incremental_trust
from upspiral.route.incremental_trust import IncrementalTrust, TrustEvent
from upspiral.route.trust_score import TrustFact, fold


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_account_is_its_verdicts_whatever_their_order(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 30))
    scores = data.draw(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=n, max_size=n))
    facts = [TrustFact(id=f"i{i}", at=i // 3, approved=s, delivered=None) for i, s in enumerate(scores)]
    made: IncrementalTrust | None = IncrementalTrust()
    for fact in data.draw(st.permutations(facts)):
        assert made is not None
        made = made.add([TrustEvent(fact, settled=True)])
    assert made is not None
    assert made.trust == fold(facts)
    assert made.settled == n


def test_a_verdict_that_is_taken_back_counts_no_more() -> None:
    said = TrustEvent(TrustFact(id="1", at=1, approved=1.0), settled=True)
    back = TrustEvent(TrustFact(id="1", at=1), settled=False)
    made = IncrementalTrust().add([said])
    assert made is not None
    assert made.add([back]) == IncrementalTrust()


def test_what_reaches_behind_the_tail_asks_for_all_facts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incremental_trust, "TAIL", 2)
    made = IncrementalTrust().add(
        TrustEvent(TrustFact(id=str(i), at=i, approved=1.0), True) for i in range(1, 6)
    )
    assert made is not None
    assert len(made.recent) == 2
    assert made.add([TrustEvent(TrustFact(id="0", at=0, approved=1.0), True)]) is None
    assert made.add([TrustEvent(TrustFact(id="6", at=6, approved=0.0), True)]) is not None
