"""Whatever comes over the network is answered, or refused as a problem; the service goes on."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.service import RAW, SOUND, service_targets
from tests.fuzz.targets import Target


@pytest.fixture(scope="module")
def served(demo_atlas: Path) -> Iterator[Mapping[str, Target]]:
    with service_targets(demo_atlas) as targets:
        yield targets


@st.composite
def spoiled(draw: st.DrawFn, sound: tuple[str, ...]) -> str:
    """A sound request with a piece left out, doubled, or taken from another."""
    text, other = draw(st.sampled_from(sound)), draw(st.sampled_from(sound))
    start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    piece = draw(st.sampled_from([
        "", text[start:end] * 2, other[start:end], "%00", "%F0%9F", "\x00", "\r\n", "999999999999",
        "-1e999", "NaN", "'", '"', "../", "%2e%2e/", "é", "&", "=", ",", "[" * 500, "{", "<b>",
    ]))  # fmt: skip
    return text[:start] + piece + text[end:]


@pytest.mark.parametrize("line", SOUND)
def test_sound_addresses_are_answered(served: Mapping[str, Target], line: str) -> None:
    assert served["address"].refusal(line.encode(), Path()) is None


@settings(max_examples=300, deadline=None)
@given(text=spoiled(SOUND))
def test_spoiled_addresses_are_answered_or_refused(served: Mapping[str, Target], text: str) -> None:
    served["address"].refusal(text.encode(), Path())


@settings(max_examples=60, deadline=None)
@given(text=spoiled(RAW))
def test_spoiled_bytes_do_not_hold_up_the_service(served: Mapping[str, Target], text: str) -> None:
    served["connection"].refusal(text.encode(), Path())
