"""Quantities: every prefix and unit, what is refused and why, and how numbers are shown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costscope import units
from costscope.errors import UsageError

PARSERS = [units.parse_bytes, units.parse_bandwidth, units.parse_compute, units.parse_time]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 B", 7),
        ("1 kB", 1_000),
        ("1 MB", 1_000_000),
        ("8 GB", 8_000_000_000),
        ("1 TB", 1_000_000_000_000),
        ("1 PB", 1_000_000_000_000_000),
        ("1 EB", 1_000_000_000_000_000_000),
        ("1 KiB", 1_024),
        ("2 MiB", 2 * 1_024 * 1_024),
        ("1 GiB", 1_073_741_824),
        ("1 TiB", 1_099_511_627_776),
        ("512KiB", 524_288),
        ("1.5 KiB", 1_536),
        ("1.19 MB", 1_190_000),  # exact: not 1189999 by way of binary fractions
        ("1e3 B", 1_000),
    ],
)
def test_bytes(text: str, expected: int) -> None:
    assert units.parse_bytes(text) == expected
    assert isinstance(units.parse_bytes(text), int)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 B/s", 3.0),
        ("3 kB/s", 3e3),
        ("864 MB/s", 864e6),
        ("25.6 GB/s", 25.6e9),
        ("2 TB/s", 2e12),
        ("1 MiB/s", 1_048_576.0),
    ],
)
def test_bandwidth(text: str, expected: float) -> None:
    assert units.parse_bandwidth(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 FLOP/s", 5.0),
        ("5 kFLOP/s", 5e3),
        ("960 MFLOP/s", 960e6),
        ("48 GFLOP/s", 48e9),
        ("4 TOP/s", 4e12),  # tera is 1e12
        ("1 POP/s", 1e15),
        ("1 EOP/s", 1e18),
        ("96 GOP/s", 96e9),
        ("512 GMAC/s", 1024e9),  # a MAC is two operations
        ("2 TMAC/s", 4e12),
    ],
)
def test_compute(text: str, expected: float) -> None:
    assert units.parse_compute(text) == expected


@pytest.mark.parametrize("text", ["6 us", "6 \u00b5s", "6 \u03bcs", "0.006 ms", "6000 ns"])
def test_microseconds_in_every_spelling(text: str) -> None:
    assert units.parse_time(text) == 6e-6


def test_seconds() -> None:
    assert units.parse_time("1.5 s") == 1.5
    assert units.parse_time("12 ms") == 0.012


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize("given", ["1e9", "5", 5, 1e9, "  7  "])
def test_a_number_without_a_unit_is_refused(parse, given) -> None:
    with pytest.raises(UsageError, match=r"a number without a unit, expected .* like '"):
        parse(given)


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (units.parse_bytes, "3 GB/s"),
        (units.parse_bytes, "3 s"),
        (units.parse_bandwidth, "3 GB"),
        (units.parse_bandwidth, "3 GFLOP/s"),
        (units.parse_compute, "3 GB/s"),
        (units.parse_compute, "3 GFLOP"),
        (units.parse_compute, "3 gflop/s"),
        (units.parse_time, "3 Hz"),
        (units.parse_time, "3 Ms"),
        (units.parse_bandwidth, "25.6 Gb/s"),  # bits
    ],
)
def test_another_dimension_or_unit_is_refused(parse, text: str) -> None:
    with pytest.raises(UsageError, match=r"not a unit here: .* expected"):
        parse(text)


def test_kilobyte_with_a_capital_is_ambiguous() -> None:
    with pytest.raises(UsageError, match=r"kB \(1000 bytes\) or KiB \(1024 bytes\)"):
        units.parse_bytes("512 KB")


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("0", "not above zero"),
        ("0.0", "not above zero"),
        ("1e-999", "not above zero"),
        ("-3", "not above zero"),
        ("nan", "not a finite number"),
        ("inf", "not a finite number"),
        ("-inf", "not a finite number"),
        (".inf", "not a finite number"),
        ("1e999", "not a finite number"),
        ("", "not a number with a unit"),
        ("1,5", "not a number with a unit"),
        ("1_000", "not a number with a unit"),
        ("\u0663", "not a number with a unit"),  # a digit, but not one of ours
        ("1e99999", "not a number with a unit"),
        ("1" * 99, "not a number with a unit"),
        ("about 5", "not a number with a unit"),
    ],
)
def test_what_is_no_number_above_zero_is_refused(number: str, why: str) -> None:
    for parse, unit in zip(PARSERS, ["GB", "GB/s", "GFLOP/s", "s"], strict=True):
        with pytest.raises(UsageError, match=why):
            parse(f"{number} {unit}")


def test_less_than_a_byte_is_refused() -> None:
    with pytest.raises(UsageError, match="less than one byte"):
        units.parse_bytes("0.3 B")


def test_a_message_is_one_short_line_without_control_signs() -> None:
    with pytest.raises(UsageError) as caught:
        units.parse_bytes("\x1b[31m\n" + "x" * 10_000)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0123, "12.3 ms"),
        (0.012345, "12.3 ms"),
        (2.5e-6, "2.50 us"),
        (999e-9, "999 ns"),
        (5e-10, "0.500 ns"),
        (0.5, "500 ms"),
        (0.99996, "1.00 s"),
        (1.0, "1 s"),
        (61.24, "61.2 s"),
        (0.0, "0 s"),
    ],
)
def test_latency(seconds: float, expected: str) -> None:
    assert units.format_latency(seconds) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1_404_928, "1.34 MiB"),  # 1404928 / 1048576 = 1.3398
        (1_048_570, "1.00 MiB"),  # not 1024 KiB
        (2**31, "2 GiB"),
    ],
)
def test_sizes(size: int, expected: str) -> None:
    assert units.format_bytes(size) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0"),
        (999, "999"),
        (1234, "1.234 k"),
        (300_774_272, "300.8 M"),
        (3_504_872, "3.505 M"),
        (999_960_000, "1.000 G"),
        (6_376_220_672, "6.376 G"),
    ],
)
def test_counts(number: int, expected: str) -> None:
    assert units.format_count(number) == expected


def test_rates_keep_what_a_data_sheet_says() -> None:
    assert units.format_bandwidth(51.2e9) == "51.2 GB/s"
    assert units.format_bandwidth(13.23e9) == "13.23 GB/s"
    assert units.format_bandwidth(500e6) == "500 MB/s"
    assert units.format_compute(89.6e9) == "89.6 GFLOP/s"
    assert units.format_compute(1797.1e9) == "1.797 TFLOP/s"
    assert units.format_compute(4e12, "OP/s") == "4 TOP/s"


def test_shares_and_intensities() -> None:
    assert units.format_percent(0.1234) == "12.3 %"
    assert units.format_percent(1) == "100 %"
    assert units.format_percent(-0.0321) == "-3.21 %"
    assert units.format_percent(0.00012) == "0.0120 %"
    assert units.format_percent(0) == "0 %"
    assert units.format_intensity(12.345) == "12.3 FLOP/byte"
    assert units.format_intensity(31.2, "MAC/byte") == "31.2 MAC/byte"
    assert units.format_intensity(float("inf")) == "inf FLOP/byte"


FORMATS = [
    units.format_latency,
    units.format_bytes,
    units.format_count,
    units.format_bandwidth,
    units.format_compute,
    units.format_percent,
    units.format_intensity,
]


@settings(deadline=None)
@given(st.floats(min_value=1e-30, max_value=1e30), st.sampled_from(FORMATS))
def test_what_is_not_zero_is_never_shown_as_zero(value: float, show) -> None:
    number = re.match(r"[0-9.e+-]+", show(value))

    assert number is not None
    assert float(number.group()) > 0


READ_BACK = [
    (units.format_bytes, units.parse_bytes, 2**50),
    (units.format_bandwidth, units.parse_bandwidth, 1e20),
    (units.format_compute, units.parse_compute, 1e20),
    (units.format_latency, units.parse_time, 1e5),
]


@settings(deadline=None)
@given(st.floats(min_value=0.001, max_value=1), st.sampled_from(READ_BACK))
def test_what_is_shown_reads_back_to_half_a_percent(share: float, pair) -> None:
    show, parse, largest = pair
    value = share * largest

    assert parse(show(value)) == pytest.approx(value, rel=0.0051)


def test_a_time_may_be_zero_where_that_is_asked_for() -> None:
    assert units.parse_time_from_zero("0 s") == 0.0
    assert units.parse_time_from_zero("6 us") == 6e-6
    for text in ("0", 0, "0 MB", "-0 s", "0 ms"):
        with pytest.raises(UsageError):
            units.parse_time_from_zero(text)


def test_picoseconds_are_read_but_never_shown() -> None:
    assert units.parse_time("9.7 ps") == 9.7e-12
    assert units.format_latency(9.7e-12) == "0.00970 ns"


@pytest.mark.parametrize(
    ("seconds", "low_s", "high_s", "shown"),
    [
        (0.0123, 0.0109, 0.014, "12.3 ms (10.9-14.0)"),
        (0.002, 0.001, 0.0025, "2 ms (1.00-2.50)"),
        (123e-6, 99.4e-6, 1.2e-3, "123 us (99-1200)"),
        (1.5, 0.0004, 2.0, "1.50 s (0.00-2.00)"),
    ],
)
def test_an_interval_has_the_unit_and_digits_of_its_time(seconds, low_s, high_s, shown) -> None:
    assert units.format_interval(seconds, low_s, high_s) == shown


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (units.write_time, 9.7e-12, "9.7 ps"),
        (units.write_time, 2.1e-6, "2.1 us"),
        (units.write_time, 0.0, "0 s"),
        (units.write_time, 1e-20, "1E-8 ps"),
        (units.write_bandwidth, 25.6e9, "25.6 GB/s"),
        (units.write_compute, 89.6e9, "89.6 GFLOP/s"),
        (units.write_bytes, 4_000_000_000, "4 GB"),
        (units.write_bytes, 524_288, "512 KiB"),
        (units.write_bytes, 1_001, "1001 B"),
    ],
)
def test_numbers_are_written_as_people_write_them(write, value, text) -> None:
    assert write(value) == text


@pytest.mark.parametrize(
    ("write", "parse"),
    [
        (units.write_time, units.parse_time),
        (units.write_bandwidth, units.parse_bandwidth),
        (units.write_compute, units.parse_compute),
    ],
)
@given(value=st.floats(1e-30, 1e30))
def test_what_is_written_is_read_back_exactly(write, parse, value: float) -> None:
    assert parse(write(value)) == value


@given(size=st.integers(1, 10**18))
def test_sizes_are_read_back_exactly(size: int) -> None:
    assert units.parse_bytes(units.write_bytes(size)) == size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("300 M", 300_000_000),
        ("65", 65),
        (65, 65),
        (0, 0),
        ("0", 0),
        ("1.5 k", 1_500),
        ("3.4G", 3_400_000_000),
        (2.0, 2),
    ],
)
def test_counts_that_are_written(text, expected: int) -> None:
    assert units.parse_count(text) == expected
    assert isinstance(units.parse_count(text), int)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0.5", "not a whole number"),
        ("1.2345 k", "not a whole number"),
        ("-1", "below zero"),
        ("-0", "below zero"),
        (-3, "below zero"),
        ("3 ms", "not a unit here"),
        ("3 K", "write k for a thousand"),
        ("nan", "not a finite number"),
        (float("inf"), "not a finite number"),
        ("", "not a number"),
        ("many", "not a number"),
    ],
)
def test_what_is_no_count_is_refused(text, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        units.parse_count(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("5 %", 0.05), ("+5 %", 0.05), ("0 %", 0.0), ("12.5%", 0.125)]
)
def test_percentages(text: str, expected: float) -> None:
    assert units.parse_percent(text) == expected


@pytest.mark.parametrize("text", ["-5 %", "5", "5 ms", "% 5", "nan %", "1e999 %"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        units.parse_percent(text)


def test_bytes_from_zero() -> None:
    assert units.parse_bytes_from_zero("0 B") == 0
    assert units.parse_bytes_from_zero("+1 KiB") == 1024
    for text in ("0", "-1 B", "-0 KiB"):
        with pytest.raises(UsageError):
            units.parse_bytes_from_zero(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.12345678949, 0.123456789),
        (1.0, 1.0),
        (0.0, 0.0),
        (123456789012, 123456789012),  # whole numbers keep all digits
        (None, None),
        (float("inf"), float("inf")),
    ],
)
def test_rounding_to_the_digits_that_every_computer_agrees_on(value, expected) -> None:
    assert units.rounded(value) == expected
