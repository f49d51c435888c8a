"""Masking a stream gives what masking the whole gives, and never shows a secret."""

from __future__ import annotations

import base64
import json
import os
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_agent.masking import MASK, Masker, SecretForms, masked
from remote_agent.secret_forms import LONGEST_FORM, forms_of

TOKEN = "hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345"
KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n  nWfT3/uQ+x==\n-----END KEY-----\n"

# Few letters, so that values overlap and begin like each other; no asterisk, which is the mask's.
values_of_secrets = st.lists(
    st.text("ab\n \"/'é%", min_size=1, max_size=12).filter(lambda text: bool(text.strip())),
    min_size=1,
    max_size=3,
)


@st.composite
def texts(draw: st.DrawFn) -> tuple[list[str], bytes]:
    """Secrets, and a text in which they, their forms, and beginnings of these stand often."""
    values = draw(values_of_secrets)
    forms = st.sampled_from(forms_of(values))
    beginnings = forms.flatmap(lambda form: st.sampled_from([form[:n] for n in range(len(form))]))
    noise = st.binary(max_size=6).filter(lambda data: b"*" not in data)
    return values, b"".join(draw(st.lists(st.one_of(forms, beginnings, noise), max_size=10)))


def cut(draw: st.DataObject, text: bytes) -> list[bytes]:
    places = sorted(draw.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    return [text[begin:end] for begin, end in zip([0, *places], [*places, len(text)], strict=True)]


def masked_slowly(values: list[str], text: bytes) -> bytes:
    """The meaning of masking, without any cleverness."""
    covered = bytearray(len(text))
    for form in forms_of(values):
        for begin in range(len(text)):
            if text.startswith(form, begin):
                covered[begin : begin + len(form)] = b"\1" * len(form)
    for begin in range(len(text)):
        rest = text[begin:]
        if any(form.startswith(rest) and 4 * len(rest) > len(form) for form in forms_of(values)):
            covered[begin:] = b"\1" * len(rest)
            break
    shown = bytearray()
    for place, byte in enumerate(text):
        if not covered[place]:
            shown.append(byte)
        elif place == 0 or not covered[place - 1]:
            shown += MASK
    return bytes(shown)


@given(texts(), st.data())
def test_however_it_is_cut_it_is_masked_as_a_whole(
    text: tuple[list[str], bytes], draw: st.DataObject
) -> None:
    values, data = text
    stream = Masker(SecretForms(values))
    shown = b"".join(map(stream.feed, cut(draw, data))) + stream.finish()
    assert shown == masked_slowly(values, data)


@given(texts(), st.data())
def test_no_pause_makes_it_show_a_secret(
    text: tuple[list[str], bytes], draw: st.DataObject
) -> None:
    values, data = text
    stream = Masker(SecretForms(values))
    shown = b""
    for piece in cut(draw, data):
        shown += stream.feed(piece)
        if draw.draw(st.booleans()):
            shown += stream.release()
    shown += stream.finish()
    for form in forms_of(values):
        assert form not in shown


@given(texts(), st.data())
def test_what_is_held_back_is_bounded(text: tuple[list[str], bytes], draw: st.DataObject) -> None:
    values, data = text
    forms = SecretForms(values)
    longest = max(map(len, forms_of(values)))
    stream = Masker(forms)
    for piece in cut(draw, data):
        stream.feed(piece)
        assert len(stream.finish()) < max(longest, len(MASK) + 1)


@pytest.mark.parametrize(
    "written",
    [
        TOKEN,
        quote("a b/" + TOKEN + "é"),
        json.dumps({"token": TOKEN}),
        base64.b64encode(TOKEN.encode()).decode(),
        base64.b64encode(b"alice:" + TOKEN.encode()).decode(),
        base64.b64encode(b"bobby:" + TOKEN.encode() + b"@host").decode(),
        f"https://user:{TOKEN}@registry/simple",
    ],
)
def test_forms_of_a_token(written: str) -> None:
    shown = masked(SecretForms([TOKEN, "a b/" + TOKEN + "é"]), f"see {written}.")
    assert "***" in shown
    assert shown.startswith("see ")
    for n in range(len(TOKEN) - 8):
        assert TOKEN[n : n + 8] not in shown
        middle = base64.b64encode(TOKEN.encode())[n : n + 8].decode()
        assert middle not in shown


@pytest.mark.parametrize(
    "written",
    [
        KEY,
        KEY.strip(),
        KEY.replace("\n", "\r\n"),
        json.dumps(KEY),
        repr({"K": KEY}),
        quote(KEY),
        base64.b64encode(KEY.encode()).decode(),
        base64.encodebytes(KEY.encode()).decode(),
        "line 2: nWfT3/uQ+x==",
    ],
)
def test_forms_of_a_text_of_several_lines(written: str) -> None:
    shown = masked(SecretForms([KEY]), f"[{written}]")
    for secret in ("MIIEvQIB", "nWfT3", "TUlJRXZRSUJB", "bldmVDMv"):
        assert secret not in shown


def test_a_long_value_is_one_mask() -> None:
    value = os.urandom(3 * LONGEST_FORM).hex()
    assert masked(SecretForms([value]), f"<{value}>") == "<***>"


def test_what_is_like_a_secret_is_shown() -> None:
    forms = SecretForms([TOKEN])
    innocent = f"hf_ {TOKEN[:-1]} {TOKEN[1:]} {TOKEN.lower()}"
    assert masked(forms, innocent) == innocent


def test_a_prompt_that_ends_like_a_secret_begins_is_seen_after_a_moment() -> None:
    stream = Masker(SecretForms([TOKEN]))
    assert stream.feed(b"which model? hf_") == b"which model? "
    assert stream.release() == b"hf_"
    assert stream.release() == b""
    assert stream.feed(b"tiny\n") == b"tiny\n"


def test_most_of_a_secret_at_the_very_end_is_masked() -> None:
    assert masked(SecretForms([TOKEN]), TOKEN + " and " + TOKEN[:20]) == "*** and ***"
    assert masked(SecretForms([TOKEN]), "this ends with hf_") == "this ends with hf_"


def test_half_a_secret_is_kept_back_however_long_the_other_half_takes() -> None:
    stream = Masker(SecretForms([TOKEN]))
    assert stream.feed(b"token " + TOKEN[:20].encode()) == b"token "
    assert stream.release() == b""
    assert stream.feed(TOKEN[20:].encode() + b"\n") == b"***\n"


def test_a_beginning_that_was_shown_hides_the_rest_all_the_same() -> None:
    stream = Masker(SecretForms([TOKEN]))
    shown = stream.feed(b"hf_") + stream.release()
    assert shown == b"hf_"
    assert stream.feed(TOKEN[3:].encode() + b"!") == b"***!"


def test_without_secrets_nothing_changes() -> None:
    assert masked(SecretForms([]), "*** as it is") == "*** as it is"


def test_values_without_letters_do_no_harm() -> None:
    assert masked(SecretForms(["", "\n", "  "]), "a  b\n") == "a  b\n"


def test_the_newline_after_a_value_stays() -> None:
    assert masked(SecretForms([TOKEN + "\n"]), f"{TOKEN}\nnext") == "***\nnext"
