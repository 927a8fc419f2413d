"""The mappings that come with the program: what they make of rows of real-looking tables."""

# ruff: noqa: RUF001 - full-width letters and digits are what Japanese lists have

from ledger.book import Book
from ledger.mapping import SHIPPED, read_mapping
from tests.contents import cells
from tests.importing import imported


def test_every_shipped_mapping_can_be_read() -> None:
    found = sorted(SHIPPED.glob("*.yml"))
    assert len(found) >= 5
    for path in found:
        assert read_mapping(path).events


TRAFFIC = """\
case_id,activity,timestamp,amount,article,dismissal,expense,paymentamount,activity_instance_id
A1,Create Fine,2006-07-24,35.0,157.0,NIL,,,1
A1,Send Fine,2006-12-05,,,,11.0,,2
A1,Insert Fine Notification,2007-01-15,,,,,,3
A1,Payment,2007-02-01,,,,,350.0,4
A1,Add penalty,2007-03-16,71.5,,,,,5
A1,Send for Credit Collection,2009-03-30,,,,,,6
A2,Create Fine,2006-07-24,36.0,157.0,NIL,,,7
A2,Insert Date Appeal to Prefecture,2006-08-24,,,,,,8
A2,Send Appeal to Prefecture,2006-08-24,,,#,,,9
"""


def test_traffic_fines(book: Book) -> None:
    report = imported(book, TRAFFIC, SHIPPED / "traffic_fines.yml")
    assert (report.refused, dict(report.oddities)) == (0, {})
    columns = "amount, charges, paid, balance, payment_status, recovery_status, legal_status"
    assert cells(book, f"select {columns} from fines order by case_id") == [
        ("35.00", "47.50", "35.00", "47.50", "part_paid", "referred", "imposed"),
        ("0.00", "0.00", "0.00", "0.00", "none_recorded", "none", "annulled"),
    ]


VARIANTS = """\
case_id,seq,activity,timestamp,resource
A1,1,Create Fine,2006-07-24T00:00:00,
A1,2,Payment,2006-08-02T00:00:00,
A1,3,Appeal to Judge,2006-09-01T00:00:00,858
"""


def test_traffic_fines_without_amounts_make_up_no_sums(book: Book) -> None:
    report = imported(book, VARIANTS, SHIPPED / "traffic_variants.yml")
    assert (report.refused, dict(report.oddities)) == (0, {})
    assert [(one.type, one.occurred_on) for one in book.store.all()] == [
        ("case_opened", "2006-07-24"),
        ("decision_adopted", "2006-07-24"),
        ("note_added", "2006-08-02"),
        ("appeal_lodged", "2006-09-01"),
    ]
    assert cells(book, "select forum from appeals") == [("Judge",)]
    assert cells(book, "select count(*) from fines") == [(0,)]


JAPAN = "管轄\t最終更新日\t企業・事業場名称\t所在地\t公表日\t違反法条\t事案概要\tその他参考事項\r\n"


def test_japanese_monthly_lists(book: Book) -> None:
    row = "北局\t平成29年５月15日\t（株）山\t北市\tH28.10.4\t安衛法第21条,規則第431条\t概要\t"
    mapping = SHIPPED / "japan_labour_violations.yml"
    imported(book, f"{JAPAN}{row}Ｈ28.10.4送検\r\n", mapping, name="may.tsv")
    later = f"{JAPAN}{row}H28.10.4送検,H29. 2.28不起訴（起訴猶予）\r\n"
    report = imported(book, later, mapping, name="june.tsv")
    assert dict(report.by_type) == {"note_added": 1}
    assert cells(book, "select referred_on, to_body from referrals") == [
        ("2016-10-04", "Public prosecutor (検察庁)")
    ]
    assert cells(book, "select provision from infringements order by 1") == [
        ("安衛法第21条",),
        ("規則第431条",),
    ]
    gone = imported(book, JAPAN, mapping, name="july.tsv")
    assert (gone.events, len(gone.disappeared)) == (0, 1)


GDPR = """\
id,picture,name,price,authority,date,controller,articleViolated,type,source,summary
1,x,Poland,9380,UODO,10/18/2019,Mayor,Art. 28 GDPR,Lawful basis,https://a.pl,"<p>A &amp; B</p>
"
2,x,Norway,0,Datatilsynet,01/01/1970,Unknown,"Art. 5 GDPR, Art. 6 GDPR",Other,https://b.no,<p></p>
"""


def test_gdpr_fines_with_unknown_dates_and_amounts(book: Book) -> None:
    report = imported(book, GDPR, SHIPPED / "gdpr_fines_2020.yml")
    assert (report.refused, report.cases) == (0, 2), report.refusals
    assert cells(book, "select imposed_on, amount from fines") == [("2019-10-18", "9380.00")]
    assert cells(book, "select jurisdiction from cases order by case_id") == [("PL",), ("NO",)]
    assert cells(book, "select found_on from infringements where provision like '%6%'") == [(None,)]
    notes = [entry.data["text"] for entry in book.store.all() if entry.type == "note_added"]
    assert notes == ["A & B"]


MINAS = """\
\ufeffsei;data_publicacao;orgao_instaurador;empresa_processada;cnpj;conuta;data_decisao;\
decisao;fase;valor_multa
1/2019;2015-09-19;CGE;ALFA LTDA;11.753.865/0001-45\u200b;Ajuste;2017-10-11;\
Multa;TRANSITADO\xa0EM\xa0JULGADO;608016,54
1/2019;2015-09-19;CGE;BETA ME;08.973.569/0001-45;Ajuste;2017-10-11;\
Multa e P.Ext.;TRANSITADO EM JULGADO;
"""


def test_minas_gerais_with_several_companies_a_proceeding(book: Book) -> None:
    report = imported(book, MINAS, SHIPPED / "minas_gerais_sanctions.yml")
    assert (report.refused, report.cases) == (0, 1), report.refusals
    assert cells(book, "select fine_ref, currency, amount from fines") == [
        ("11.753.865/0001-45", "BRL", "608016.54")
    ]
    assert cells(book, "select count(*) from parties") == [(2,)]
