"""The highest fine the law allows: by the law, the day of the decision, and what was found."""

import pytest

from events.ceilings import RULES, articles, law_of, rule_for, tier_of
from events.provisions import known_as
from events.rows import Infringement
from tests.histories import case_of, odd, then


def fined(amount: str, *provisions: str, on: str = "2022-10-17", **more: str) -> str:
    words = " ".join(f'provision="{provision}"' for provision in provisions)
    fields = " ".join(f'{name}="{value}"' for name, value in more.items())
    return f'{on} fine_imposed fine=F1 amount="{amount}" {words} {fields}\n'


def under(regime: str, text: str, jurisdiction: str = "GB") -> str:
    opened = f'2018-01-01 case_opened title=T authority=A regime="{regime}"'
    return f"{opened} jurisdiction={jurisdiction}\n2018-01-01 party_joined name=X\n{text}"


def test_the_fine_of_the_cnil_on_clearview_is_exactly_at_the_ceiling() -> None:
    provisions = [f"GDPR Art. {number}" for number in (6, 12, 15, 17, 31)]
    case = case_of(fined("20000000 EUR", *provisions, turnover="3560000 EUR"))
    assert (
        then(
            case,
            """
            fines.F1.ceiling = 20000000 EUR
            fines.F1.ceiling_basis = GDPR-83(5): the higher of 20,000,000.00 EUR and 4 % of \
3,560,000.00 EUR, 142,400.00 EUR
            fines.F1.at_ceiling = true
            none: anomalies
            """,
        )
        == []
    )


def test_article_31_alone_has_the_lower_ceiling() -> None:
    case = case_of(fined("5 EUR", "GDPR Art. 31", turnover="3560000 EUR"))
    assert then(case, "fines.F1.ceiling = 10000000 EUR\nfines.F1.at_ceiling = false") == []


def test_the_share_of_the_turnover_counts_where_it_is_higher() -> None:
    case = case_of(fined("290000000 EUR", "GDPR Art. 44", turnover="34500000000 EUR"))
    assert then(case, "fines.F1.ceiling = 1380000000 EUR\nfines.F1.at_ceiling = false") == []


def test_without_a_turnover_the_ceiling_is_at_least_the_fixed_amount() -> None:
    case = case_of(fined("746000000 EUR", "GDPR Art. 6"))
    assert (
        then(
            case,
            """
            fines.F1.ceiling = 20000000 EUR
            fines.F1.ceiling_basis = GDPR-83(5): at least 20,000,000.00 EUR; 4 % of a turnover \
that is not recorded
            fines.F1.at_ceiling = null
            none: anomalies
            """,
        )
        == []
    )


def test_a_turnover_in_another_currency_is_not_converted() -> None:
    case = case_of(fined("5 EUR", "GDPR Art. 6", turnover="3500000 USD"))
    assert (
        then(
            case,
            """
            fines.F1.turnover = 3500000 USD
            fines.F1.at_ceiling = null
            fines.F1.ceiling_basis = GDPR-83(5): at least 20,000,000.00 EUR; 4 % of a turnover \
that is in USD, and nothing is converted
            """,
        )
        == []
    )


def test_a_fine_in_another_currency_than_the_rule_has_no_ceiling_here() -> None:
    case = case_of(fined("5 PLN", "GDPR Art. 6", turnover="100 PLN"))
    assert (
        then(
            case,
            """
            fines.F1.ceiling = null
            fines.F1.ceiling_basis = GDPR-83(5) is in EUR, the fine in PLN; nothing is converted
            """,
        )
        == []
    )


def test_a_fine_above_its_ceiling_is_on_show_where_the_turnover_is_recorded() -> None:
    text = fined("20000001 EUR", "GDPR Art. 6", turnover="3560000 EUR").replace(
        "2022-", "f: 2022-", 1
    )
    case = case_of(text)
    assert odd(case) == ["fine_over_ceiling"]
    assert then(case, "anomalies.1.position = 3\nfines.F1.at_ceiling = true") == []
    larger = '- event_corrected target=f changes.turnover="900000000 EUR"'
    assert odd(case_of(text + larger)) == []


def test_a_fine_is_held_against_the_ceiling_again_when_a_provision_is_found_later() -> None:
    text = fined("15000000 EUR", "GDPR Art. 31", turnover="3560000 EUR")
    assert odd(case_of(text)) == ["fine_over_ceiling"]
    text += '2022-10-17 infringement_found provision="GDPR Art. 6"\n'
    case = case_of(text)
    assert odd(case) == []
    assert then(case, "fines.F1.ceiling = 20000000 EUR") == []
    text += '2023-10-17 infringement_set_aside provision="GDPR Art. 6"'
    assert odd(case_of(text)) == ["fine_over_ceiling"]


def test_a_fine_that_was_brought_down_is_no_longer_above_its_ceiling() -> None:
    text = fined("15000000 EUR", "GDPR Art. 31", turnover="3560000 EUR")
    case = case_of(text + '2023-01-01 fine_varied fine=F1 amount="9000000 EUR"')
    assert odd(case) == []
    assert then(case, "fines.F1.at_ceiling = false") == []


def test_where_no_provision_decides_it_nothing_is_said() -> None:
    for case in (case_of(fined("5 EUR")), case_of(fined("5 EUR", "GDPR Art. 24"))):
        assert then(case, "fines.F1.ceiling = null\nfines.F1.ceiling_basis = null") == []


def test_only_what_was_found_against_its_own_debtor_counts() -> None:
    text = """
    2022-01-01 infringement_found respondent=Y provision="GDPR Art. 6"
    2022-01-01 fine_imposed fine=F1 respondent=X amount="5 EUR" provision="GDPR Art. 31"
    2022-01-01 fine_imposed fine=F2 respondent=X respondent=Y liability=joint amount="5 EUR"
    """
    case = case_of(text)
    assert then(case, "fines.F1.ceiling = 10000000 EUR\nfines.F2.ceiling = 20000000 EUR") == []


@pytest.mark.parametrize(
    ("regime", "day", "provision", "rule"),
    [
        ("GDPR", "2018-05-25", "GDPR Art. 6", "GDPR-83(5)"),
        ("GDPR", "2018-05-24", "GDPR Art. 6", None),
        ("RGPD", "2022-10", "Art. 32 RGPD", "GDPR-83(4)"),
        ("GDPR", "2022", "GDPR Art. 58(2)", "GDPR-83(6)"),
        ("GDPR", "2022", "GDPR Art. 58(1)", "GDPR-83(5)"),
        ("UK GDPR", "2022-05-18", "UK GDPR Art. 6", "UK-83(5)"),
        ("GDPR and UK GDPR", "2022-05-18", "GDPR Art. 27", "UK-83(4)"),
        ("DPA 2018", "2020-10-16", "GDPR Art. 32", "GDPR-83(4)"),
        ("UK GDPR", "2023-01-01", "UK GDPR Art. 58(2)", "UK-83(6)"),
        ("DPA 1998", "2018-10-24", "DPA 1998, seventh principle", "UK-DPA1998"),
        ("Data Protection Act 1998", "2010-04-05", "", None),
        ("Loi 78-17 (LIL)", "2020-12-07", "LIL Art. 82", "FR-LIL-20/83(4)"),
        ("Loi Informatique et Libertés", "2020-12-07", "GDPR Art. 6", "FR-LIL-20/83(5)"),
        ("LIL, article 22-1 (simplified procedure)", "2023-01-01", "GDPR Art. 6", "FR-LIL-22-1"),
        ("LIL, article 22-1", "2022-04-11", "GDPR Art. 6", "FR-LIL-22-1"),
        ("LIL, article 22-1", "2022-04-10", "GDPR Art. 6", None),
        ("DPA 1998", "2010-04-06", "", "UK-DPA1998"),
        ("Brottsdatalagen", "2021-02-10", "Brottsdatalagen 2:12", None),
        (None, "2021-02-10", "GDPR Art. 6", None),
        ("GDPR", None, "GDPR Art. 6", None),
    ],
)
def test_the_law_the_day_and_the_provision_choose_the_rule(
    regime: str | None, day: str | None, provision: str, rule: str | None
) -> None:
    found = rule_for(regime, day, (provision,) if provision else ())
    assert (found.rule_id if found else None) == rule


@pytest.mark.parametrize(
    ("regime", "order", "is_over"),
    [
        ("GDPR", '2022-10-17 order_issued item=a penalty="100000 EUR"', False),
        ("GDPR", '2022-10-17 order_issued item=a penalty="100000.01 EUR"', True),
        ("LIL", '2022-10-17 order_issued item=a penalty="100001 EUR"', True),
        ("GDPR", '2022-10-17 order_issued item=a penalty="100001 EUR" penalty_unit=week', False),
        ("GDPR", '2019-05-31 order_issued item=a penalty="100001 EUR"', False),
        ("GDPR", '- order_issued item=a penalty="100001 EUR"', False),
        ("LIL, article 22-1", '2022-10-17 order_issued item=a penalty="101 EUR"', True),
        ("LIL, article 22-1", '2022-10-17 order_issued item=a penalty="100 EUR"', False),
        ("Code de commerce", '2022-10-17 order_issued item=a penalty="100001 EUR"', False),
    ],
)
def test_a_penalty_for_each_day_above_what_french_law_allows_is_doubted(
    regime: str, order: str, is_over: bool
) -> None:
    case = case_of(under(regime, order, "FR"), opened=False)
    assert odd(case) == (["penalty_over_limit"] if is_over else [])
    elsewhere = case_of(under(regime, order, "LU"), opened=False)
    assert odd(elsewhere) == []


def test_a_penalty_that_is_raised_above_the_limit_is_doubted() -> None:
    raised = "2022-10-17 order_issued order=O1 item=a {}\n2022-11-17 order_varied order=O1 {}"
    over = 'penalty="100001 EUR"'
    assert odd(case_of(raised.format("", over))) == ["penalty_over_limit"]
    weekly = raised.format('penalty="5 EUR" penalty_unit=week', over)
    assert odd(case_of(weekly)) == []


def test_a_flat_ceiling_needs_no_turnover() -> None:
    text = under("DPA 1998", fined("500000 GBP", on="2018-10-24"))
    case = case_of(text, opened=False)
    assert then(case, "fines.F1.ceiling = 500000 GBP\nfines.F1.at_ceiling = true") == []
    simplified = under("LIL, article 22-1", fined("20001 EUR", on="2023-01-01"), "FR")
    assert odd(case_of(simplified, opened=False)) == ["fine_over_ceiling"]


@pytest.mark.parametrize(
    ("provision", "named"),
    [
        ("GDPR Art. 6(1)(f)", {6}),
        ("Article 83(5) GDPR", {83}),
        ("GDPR Arts 12-15", {12, 13, 14, 15}),
        ("Arts 5, 6 and 9 RGPD", {5, 6, 9}),
        ("Regulation (EU) 2016/679 Art. 17", {17}),
        ("GDPR", set()),
    ],
)
def test_articles_are_read_however_they_are_written(provision: str, named: set[int]) -> None:
    assert articles(provision) == named


@pytest.mark.parametrize(
    ("provisions", "tier"),
    [
        (["GDPR Art. 27"], "lower"),
        (["GDPR Art. 31"], "lower"),
        (["GDPR Art. 41(4)"], "lower"),
        (["GDPR Art. 31", "GDPR Art. 5(1)(a)"], "higher"),
        (["GDPR Art. 58(2)", "GDPR Art. 31"], "order"),
        (["GDPR Art. 88"], "higher"),
        (["GDPR Art. 10"], None),
        (["ePrivacy Art. 5(3)"], None),
        ([], None),
    ],
)
def test_the_gravest_provision_decides_the_tier(provisions: list[str], tier: str | None) -> None:
    assert tier_of(provisions, "gdpr") == tier


@pytest.mark.parametrize(
    "written",
    [
        "GDPR Art. 5(1)(a)",
        "Art. 5(1)(a) GDPR",
        "GDPR 5(1)(a)",
        "Article 5 (1) a",
        "article 5(1)(A) of the GDPR",
        "Art 5(1)(a) RGPD",
        "Regulation (EU) 2016/679 Art. 5(1)(a)",
    ],
)
def test_an_article_of_the_gdpr_is_known_by_one_form_however_it_is_written(written: str) -> None:
    assert known_as(written, "GDPR") == "GDPR Art. 5(1)(a)"


@pytest.mark.parametrize(
    ("written", "regime"),
    [
        ("Article 5(1)(a)", None),
        ("Article 5(1)(a)", "GDPR and Loi 78-17"),
        ("GDPR and UK GDPR Art. 6", "GDPR"),
        ("Arts 12-14 RGPD", "GDPR"),
        ("GDPR Arts 5, 6", "GDPR"),
        ("5(1)(a)", "GDPR"),
        ("Brottsdatalagen 2:12", "GDPR"),
        ("LIL Art. 82", "GDPR"),
    ],
)
def test_what_is_not_one_article_beyond_doubt_stays_as_it_was_written(
    written: str, regime: str | None
) -> None:
    assert known_as(written, regime) == written


def test_other_spellings_of_a_provision_make_no_further_row() -> None:
    case = case_of(
        """
        2022-01-01 infringement_alleged provision="Article 5 (1) a"
        2022-02-01 infringement_found provision="GDPR 5(1)(a)"
        2022-03-01 infringement_set_aside provision="Art. 5(1)(a) GDPR"
        """
    )
    assert odd(case) == []
    assert list(case.of(Infringement)) == ["GDPR Art. 5(1)(a)/X"]
    assert (
        then(
            case,
            """
            infringements.1.status = set_aside
            infringements.1.found_on = 2022-02-01
            infringements.1.as_stated = Article 5 (1) a
            """.replace("infringements.1", "infringements.GDPR Art. 5(1)(a)/X"),
        )
        == []
    )


def test_a_regime_that_no_rule_is_under_is_none() -> None:
    assert law_of("Brottsdatalagen") is None
    assert law_of(None) is None


def test_every_rule_has_an_id_of_its_own_a_source_and_a_first_day() -> None:
    assert len({rule.rule_id for rule in RULES}) == len(RULES)
    assert all(rule.source and len(rule.in_force_from) == 10 for rule in RULES)
    assert not any(
        one.in_force_on(other.in_force_from)
        for one in RULES
        for other in RULES
        if one is not other and (one.law, one.tier) == (other.law, other.tier)
    )
