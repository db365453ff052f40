"""The sidebar without JavaScript: forms of values and dates, bars of the histogram, chips."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from search.request import DateValue
from tests.web.reader import Element, Page
from tests.web.test_pages import ENGLISH, total, visit
from web.messages import MESSAGES
from web.params import PageQuery
from web.period import first_day, last_day, period_view

Fields = list[tuple[str, str]]


def sent(page: Page, ticked: tuple[str, ...] = (), **typed: str) -> Fields:
    """What the form of filters sends: what is checked or hidden, other values ticked or given up,
    other texts in its fields."""
    rows: Fields = []
    for element in page.all("input", "aside"):
        name, value = element.attributes["name"], element.attributes.get("value", "")
        if element.attributes.get("type") == "checkbox":
            if ("checked" in element.attributes) != (value in ticked):
                rows.append((name, value))
        else:
            rows.append((name, typed.get(name, value)))
    return rows


def submit(client: FlaskClient, page: Page, *ticked: str, **typed: str) -> Page:
    """The page after the form was sent."""
    response = client.get("/", query_string=sent(page, ticked, **typed))
    assert response.status_code == 200
    return Page(response.text)


def checked(page: Page) -> list[str]:
    """The values that are ticked."""
    boxes = page.all("input", "aside")
    return [e.attributes["value"] for e in boxes if "checked" in e.attributes]


def values(page: Page, facet: str) -> list[str]:
    """The values of a facet that can be ticked."""
    boxes = page.all("input", "aside")
    return [e.attributes["value"] for e in boxes if e.attributes["name"] == facet]


def bars(page: Page) -> dict[str, Element]:
    """The bars that can be chosen, by month or year."""
    return {e.attributes["data-value"]: e for e in page.all("a", "histogram")}


# Values


def test_values_are_ticked_and_given_up(client: FlaskClient) -> None:
    page = visit(client, "/?q=소식&page=2&sort=oldest&per_page=20")
    chosen = submit(client, page, "이영희")
    assert (total(page), total(chosen)) == (30, 10)
    assert checked(chosen) == ["이영희"]
    both = submit(client, chosen, "김한수")
    assert total(both) == 30
    assert sorted(checked(both)) == ["김한수", "이영희"]
    assert checked(submit(client, both, "이영희")) == ["김한수"]
    # The query, the order and the size stay, the page number does not.
    hidden = dict(both.fields("aside"))
    assert (hidden["q"], hidden["sort"], hidden["per_page"]) == ("소식", "oldest", "20")
    assert both.all("a", "pages")[0].text == "1"


def test_values_of_several_facets_are_all_asked_for(client: FlaskClient) -> None:
    page = submit(client, visit(client, "/"), "이영희", "태그3")
    assert sorted(checked(page)) == ["이영희", "태그3"]
    assert total(page) == 3


def test_chosen_values_stay_in_sight_with_their_count(client: FlaskClient) -> None:
    page = visit(client, "/?q=배터리&author=없는 사람")
    assert "없는 사람 0" in [e.text for e in page.all("label", "facet")]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("태그3", ["태그3"]),
        ("ㅂㄷㅊ", ["반도체"]),
        ("없음", []),
    ],
)
def test_values_are_searched(typed: str, found: list[str], client: FlaskClient) -> None:
    page = submit(client, visit(client, "/"), find_tag=typed)
    assert values(page, "tag") == found
    assert dict(page.fields("aside"))["find_tag"] == typed
    assert len(values(page, "author")) == 3
    assert "details" in {e.tag for e in page.all("filters") if "open" in e.attributes}
    # It narrows the sidebar only.
    assert total(page) == 32
    assert page.all("link")[0].attributes["href"] == "/"


def test_chosen_values_come_along_when_others_are_searched(client: FlaskClient) -> None:
    page = visit(client, "/?tag=태그1&find_tag=반")
    assert values(page, "tag") == ["태그1", "반도체"]


# Chips


def test_chips_take_away(client: FlaskClient) -> None:
    page = visit(client, "/?q=소식&author=이영희&tag=반도체&date_from=2024-01&date_to=2024-06")
    chips = page.all("a", "chips")
    assert [chip.text for chip in chips] == [
        "기자 이영희 ×",
        "태그 반도체 ×",
        "기간 2024-01 ~ 2024-06 ×",
        "모두 지우기",
    ]
    assert chips[0].attributes["aria-label"] == "이영희 조건 빼기"
    assert total(page) < total(visit(client, chips[0].attributes["href"]))
    cleared = visit(client, chips[-1].attributes["href"])
    assert total(cleared) == 30
    assert not cleared.all("chips")


# Dates


@pytest.mark.parametrize(
    ("first", "last", "chip"),
    [
        ("2024-06-01", "2024-06-30", "2024-06"),
        ("2024-01-01", "2024-12-31", "2024"),
        ("2024-02-01", "2024-02-29", "2024-02"),
        ("2024-02-02", "2024-02-29", "2024-02-02 ~ 2024-02"),
        ("2024-01-01", "2024-06-30", "2024-01 ~ 2024-06"),
        ("2024-06-01", "", "2024-06 ~"),
        ("", "2024-06-30", "~ 2024-06"),
        ("2024-07-01", "2024-06-02", "2024-06-02 ~ 2024-07-01"),
    ],
)
def test_dates_are_sent_as_days_and_said_in_short(
    first: str, last: str, chip: str, client: FlaskClient
) -> None:
    page = visit(client, "/?q=소식&author=이영희&sort=oldest")
    narrowed = submit(client, page, date_from=first, date_to=last)
    assert narrowed.all("a", "chips")[-2].text == f"기간 {chip} ×"
    assert checked(narrowed) == ["이영희"]
    fields = dict(narrowed.fields("dates"))
    assert fields == dict(zip(("date_from", "date_to"), sorted((first, last)), strict=True)) or (
        fields == {"date_from": first, "date_to": last}
    )


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("", "", ""),
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-02", "2023-02-01", "2023-02-28"),
        ("2024-12", "2024-12-01", "2024-12-31"),
        ("2024-12-24", "2024-12-24", "2024-12-24"),
    ],
)
def test_the_days_of_a_date(text: str, first: str, last: str) -> None:
    assert (first_day(text), last_day(text)) == (first, last)


def test_bars_are_links_that_toggle(client: FlaskClient) -> None:
    years = visit(client, "/")
    assert list(bars(years)) == ["2020", "2024"]
    assert bars(years)["2024"].attributes["aria-label"] == "2024년, 30건"
    months = visit(client, bars(years)["2024"].attributes["href"])
    assert total(months) == 30
    assert len(bars(months)) == 12
    march = visit(client, bars(months)["2024-03"].attributes["href"])
    assert total(march) == 3
    chosen = [v for v, bar in bars(march).items() if bar.has("chosen")]
    assert chosen == ["2024-03"]
    assert total(visit(client, bars(march)["2024-03"].attributes["href"])) == 32
    assert total(visit(client, march.link("전체 기간", "presets"))) == 32


def test_years_are_links_too(client: FlaskClient) -> None:
    page = visit(client, "/")
    chosen = visit(client, page.link("2020 1", "years"))
    assert total(chosen) == 1
    assert total(visit(client, chosen.link("2020 1", "years"))) == 32


def test_bars_speak_english_too(client: FlaskClient) -> None:
    page = visit(client, "/?date_from=2024&date_to=2024", **ENGLISH)
    assert bars(page)["2024-03"].attributes["aria-label"] == "2024-03: 3"


def months(first: str, count: int) -> list[DateValue]:
    """Months from the first on, newest first, with 1, 2, 3… articles."""
    start = int(first[:4]) * 12 + int(first[5:]) - 1
    return [
        DateValue(f"{n // 12:04}-{n % 12 + 1:02}", n - start + 1)
        for n in reversed(range(start, start + count))
    ]


def years_of(rows: list[DateValue]) -> list[DateValue]:
    """The years of months, newest first."""
    found: dict[str, int] = {}
    for row in rows:
        found[row.value[:4]] = found.get(row.value[:4], 0) + row.count
    return [DateValue(year, count) for year, count in found.items()]


@pytest.mark.parametrize(
    ("rows", "dates", "first", "last", "shown"),
    [
        (months("2024-01", 36), ("", ""), "2024-01", "2026-12", 36),
        (months("2024-01", 37), ("", ""), "2024", "2027", 4),
        (months("2015-01", 120), ("2020", "2020"), "2020-01", "2020-12", 12),
        (months("2015-01", 120), ("2020-03", "2020-05-04"), "2020-01", "2020-12", 12),
        (months("2015-01", 120), ("2019", "2021"), "2019-01", "2021-12", 36),
        (months("2015-01", 120), ("2018", "2021"), "2015", "2024", 10),
        (months("2015-01", 120), ("2023-05", ""), "2023-01", "2024-12", 24),
        (months("2015-01", 120), ("", "2015-08"), "2015-01", "2015-12", 12),
        (months("2015-01", 120), ("1999", "1999"), "2015", "2024", 10),
        ([DateValue("2024-02", 1), DateValue("1024-01", 1)], ("", ""), "1965", "2024", 60),
    ],
    ids=[
        "all months",
        "too many months",
        "a chosen year",
        "the year around days",
        "three chosen years",
        "four chosen years",
        "open end",
        "open beginning",
        "outside of the archive",
        "a date that is a mistake",
    ],
)
def test_the_axis(
    rows: list[DateValue], dates: tuple[str, str], first: str, last: str, shown: int
) -> None:
    query = PageQuery(date_from=dates[0], date_to=dates[1])
    facets = {"year": years_of(rows), "month": rows}
    chart = period_view(facets, query, MESSAGES["ko"], date(2030, 1, 1)).histogram
    assert chart is not None
    assert (chart.bars[0].value, chart.bars[-1].value, len(chart.bars)) == (first, last, shown)
    assert max(bar.height for bar in chart.bars) == chart.height
    assert all(bar.y + bar.height == chart.height for bar in chart.bars)
    assert all((bar.height == 0) == (bar.count == 0) == (bar.url == "") for bar in chart.bars)


@pytest.mark.parametrize(
    ("newest", "offered"),
    [
        ("2026-11", ["최근 1주", "최근 1개월", "최근 1년"]),
        ("2026-10", ["최근 1개월", "최근 1년"]),
        ("2025-12", ["최근 1년"]),
        ("2025-10", []),
    ],
)
def test_recent_ranges_are_offered_where_something_is_there(
    newest: str, offered: list[str]
) -> None:
    facets = {"year": (), "month": [DateValue(newest, 1)]}
    view = period_view(facets, PageQuery(), MESSAGES["ko"], date(2026, 11, 24))
    assert [choice.text for choice in view.presets] == offered
    if offered:
        assert view.presets[-1].url == "/?date_from=2025-11-24"


def test_a_recent_range_is_given_up_by_a_second_click() -> None:
    facets = {"year": (), "month": [DateValue("2026-11", 1)]}
    query = PageQuery(date_from="2026-11-17")
    view = period_view(facets, query, MESSAGES["ko"], date(2026, 11, 24))
    assert [choice.url for choice in view.presets if choice.current] == ["/"]
