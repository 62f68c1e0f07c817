"""A moment as it is written, held against how Python tells it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dayhand.store.moments import moment_text

NOW = datetime(2026, 11, 1, 5, 59, 59, 999_999, tzinfo=UTC)
ZONES = [UTC, *map(ZoneInfo, ("America/New_York", "Asia/Kathmandu", "Africa/Monrovia"))]
MOMENTS = st.lists(
    st.builds(
        lambda moment, zone, fold: moment.replace(tzinfo=zone, fold=fold),
        st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1))
        | st.datetimes(datetime(2026, 11, 1, 5, 59, 58), datetime(2026, 11, 1, 6, 0, 2)),
        st.sampled_from(ZONES),
        st.sampled_from([0, 1]),
    ),
    min_size=1,
)


@settings(deadline=None)
@given(MOMENTS)
def test_a_moment_is_told_as_python_tells_it_whatever_was_told_before(moments):
    for moment in moments:
        assert moment_text(moment) == moment.astimezone(UTC).isoformat("T", "microseconds")


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(TypeError):
        moment_text(NOW.replace(tzinfo=None))
