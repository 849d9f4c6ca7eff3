"""Problems, reasons and checklists of CertHelper join those that are here."""

from __future__ import annotations

from lumicert.catalogue.selectors import checklist, checklists, problems, reasons, shipped_problems, shipped_reasons
from lumicert.catalogue.services import define_reason, save_checklist
from lumicert.certification.models import Certification
from lumicert.decisions.selectors import current_seq

HTML = """<p>Look at <strong>all</strong> maps &amp; trends.</p><script>alert(1)</script>
<ul><li>first</li><li>second<br />line <a href="https://x.ch/a(b)" onclick="evil()">here</a></li></ul>"""


def a_checklist(original, identifier: str, *texts: str, **changes: str) -> int:
    row = {"title": identifier.title(), "identifier": identifier, "description": HTML, "additional_description": ""}
    key = original.insert("checklists_checklist", **{**row, **changes})
    group = original.insert("checklists_checklistitemgroup", checklist_id=key, name="", description="")
    for text in texts:
        original.insert("checklists_checklistitem", checklistgroup_id=group, text=text)
    return key


def test_a_problem_and_a_reason_join_the_lists(original, take) -> None:
    original.insert("certifier_stripproblem", name="Strange  ring", description="as\r\nseen")
    original.insert("certifier_badreason", name="Moon phase", description="")
    take()
    (found,) = [each for each in problems(components=["tracker-strip"]) if each.name == "Strange ring"]
    assert (found.description, found.by) == ("as\nseen", "CertHelper")
    assert "Moon phase" in [each.name for each in reasons()]


def test_what_ships_is_not_doubled_and_a_certification_takes_its_name(original, take) -> None:
    shipped = shipped_reasons()[0].name
    problem = next(each.name for each in shipped_problems() if each.component == "tracker-pixel")
    original.run(321123)
    original.certification(321123, pixel="bad", bad_reason=f" {shipped.upper()}", problems={"pixel": [problem.lower()]})
    report = take()
    assert (len(reasons()), len(problems())) == (len(shipped_reasons()), len(shipped_problems()))
    live = Certification.objects.get()
    assert (live.bad_reason, live.parts["pixel"]["problems"]) == (shipped, [problem])
    assert sum(note.what == "kept" for note in report.notes) == 2


def test_a_name_of_fifty_letters_fits_and_a_longer_one_is_cut_in_list_and_certification(original, take) -> None:
    original.run(321123)
    original.certification(321123, tracking="bad", bad_reason="r" * 51, problems={"tracking": ["p" * 50, "q" * 60]})
    report = take()
    live = Certification.objects.get()
    assert live.bad_reason == "r" * 50
    assert live.parts["tracking"]["problems"] == ["p" * 50, "q" * 50]
    assert live.rest["facts"]["CertHelper bad reason"] == "r" * 51
    assert {"p" * 50, "q" * 50} <= {each.name for each in problems()}
    assert sum("cut to 50" in note.why for note in report.notes) == 3


def test_an_entry_that_somebody_here_changed_is_kept(original, take, leader) -> None:
    original.insert("certifier_badreason", name="Moon phase", description="old")
    take()
    define_reason(name="Moon phase", description="ours", was="Moon phase", actor=leader)
    original.execute("UPDATE certifier_badreason SET description = 'new'")
    report = take()
    assert next(each.description for each in reasons() if each.name == "Moon phase") == "ours"
    assert report.counts["certifier_badreason"] == {"kept": 1}


def test_an_entry_without_a_name_and_a_description_that_is_too_long_are_told(original, take) -> None:
    original.insert("certifier_badreason", name="  ", description="")
    original.insert("certifier_badreason", name="Long", description="x" * 1500)
    report = take()
    assert [note.what for note in report.notes] == ["left out", "changed"]
    assert next(len(each.description) for each in reasons() if each.name == "Long") == 1000


def test_a_checklist_that_ships_gets_a_further_version_that_is_for_the_same(original, take) -> None:
    before = checklist("pixel", 1)
    a_checklist(original, "pixel", "<p>Clusters?</p>", "<p></p>")
    take()
    now = checklist("pixel", 2)
    assert (now.applies, now.purpose, now.document.place) == (before.applies, before.purpose, before.document.place)
    assert [item.text for group in now.groups for item in group.items] == ["Clusters?"]
    assert len(checklists()) == len([each for each in checklists() if each.version == 1]) + 1


def test_html_becomes_markdown_that_can_do_no_harm(original, take) -> None:
    a_checklist(original, "general", "<p>a * b and <em>c</em></p>")
    take()
    now = checklist("general", 2)
    assert now.document.description == (
        "Look at **all** maps & trends.\n\n- first\n- second\nline [here](https://x.ch/a%28b%29)"
    )
    assert "alert" not in now.text
    assert "<li>" in now.html
    assert "a * b and <em>c</em>" in now.groups[0].items[0].html


def test_a_checklist_that_nobody_was_shown_arrives_retired(original, take) -> None:
    a_checklist(original, "My_list", "one")
    report = take()
    assert checklist("my-list", 1).retired
    assert "my-list" not in [each.identifier for each in checklists()]
    assert any("arrives retired" in note.why for note in report.notes)


def test_an_item_that_says_the_same_keeps_its_key_in_the_next_import(original, take) -> None:
    a_checklist(original, "pixel", "Clusters?", "Charge?")
    take()
    original.execute("UPDATE checklists_checklistitem SET text = 'Charge, and size?' WHERE text = 'Charge?'")
    take()
    before, now = (checklist("pixel", version).item_keys for version in (2, 3))
    assert (now[0], now[1] in before) == (before[0], False)
    seq = current_seq()
    take()
    assert current_seq() == seq


def test_a_checklist_that_somebody_here_edited_is_kept(original, take, leader) -> None:
    a_checklist(original, "pixel", "Clusters?")
    document = checklist("pixel", 1).document.model_dump(mode="json")
    save_checklist(identifier="pixel", document={**document, "title": "Ours"}, note="", actor=leader, expected=1)
    report = take()
    assert report.counts["checklists_checklist"] == {"kept": 1}
    assert next(each.title for each in checklists() if each.identifier == "pixel") == "Ours"


def test_a_checklist_without_items_is_left_out_and_texts_that_are_too_long_are_cut(original, take) -> None:
    a_checklist(original, "empty")
    a_checklist(original, "pixel", "y" * 2500)
    report = take()
    assert report.counts["checklists_checklist"] == {"left out": 1, "new": 1}
    assert any("2,000 of 2,500" in note.why for note in report.notes)
