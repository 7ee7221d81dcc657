"""The state machine: every sequence of acts keeps the matter at the state of its lines."""

from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api.matter_lines import states
from miniprogram_api.matter_lines.states import LineAct, MatterAct
from models.matters.matters import ACCEPTED, CONFIRMED, LOST, OPEN, PENDING, REFUSED, WAITING

LINES = 3
Acts = list[tuple[LineAct | MatterAct, int]]
ACTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(LineAct), st.integers(0, LINES - 1)),
        st.tuples(st.sampled_from(MatterAct), st.just(0)),
    ),
    max_size=30,
)


@given(ACTS)
def test_matter_follows_its_lines_until_it_ends(
    acts: Acts,
) -> None:
    matter, lines = WAITING, [PENDING] * LINES
    for act, number in acts:
        before = matter, list(lines)
        if isinstance(act, MatterAct):
            matter = states.MATTERS[act].get(matter, matter)
        elif matter in OPEN:
            lines[number] = states.LINES[act].get(lines[number], lines[number])
            matter = states.followed(matter, lines)
        if before[0] not in OPEN:
            assert (matter, lines) == before
        elif matter in OPEN:
            assert (matter == REFUSED) == (REFUSED in lines)
            assert (matter == CONFIRMED) == (set(lines) == {CONFIRMED})
        elif matter == ACCEPTED:
            assert before[0] != REFUSED
        # Only a confirmation makes a line count.
        assert all(
            now != CONFIRMED or was == CONFIRMED or act is LineAct.CONFIRM
            for was, now in zip(before[1], lines, strict=True)
        )


def test_each_person_has_the_last_word() -> None:
    lines = states.LINES
    assert lines[LineAct.REFUSE][CONFIRMED] == REFUSED
    assert lines[LineAct.CONFIRM][REFUSED] == CONFIRMED
    assert lines[LineAct.CONFIRM][LOST] == CONFIRMED
    assert CONFIRMED not in lines[LineAct.CONFIRM]
    assert set(lines[LineAct.LOSE]) == {CONFIRMED}
