"""Links inside the repository lead somewhere, anchors included; files that the tour names are there."""

import re

import pytest

from .structure import ROOT

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") and part != ".github" for part in path.relative_to(ROOT).parts)
)
CODE = re.compile(r"^(```.*?^```$|(?: {4}).*?$)|`[^`\n]*`", re.M | re.S)
LINK = re.compile(r"\]\(<?([^)\s>]+)>?\)")
NAMED_FILE = re.compile(r"`((?:[\w-]+/)+[\w.-]+\.\w+)`")


def links(text: str) -> list[str]:
    """The targets of a page's links inside the repository."""
    targets = LINK.findall(CODE.sub("", text))
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def problem(page: str, target: str) -> str | None:
    """What is wrong with a link of a page."""
    path, _, anchor = target.partition("#")
    file = (ROOT / page).parent / path if path else ROOT / page
    if not file.exists():
        return f"{target}: there is no such file"
    if anchor and anchor not in anchors(file.read_text(encoding="utf-8")):
        return f"{target}: there is no such heading"
    return None


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [wrong for target in links(text) if (wrong := problem(page, target))] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith(("docs/", "CONTRIBUTING"))])
def test_files_that_a_page_names_are_there(page):
    """A path may be given from the root, the package or its components; names to be chosen contain `my_` or `NNN`."""
    names = NAMED_FILE.findall((ROOT / page).read_text(encoding="utf-8"))
    bases = (ROOT, ROOT / "hashbench", ROOT / "hashbench/components")
    missing = [name for name in names if not any((base / name).exists() for base in bases)]
    assert [name for name in missing if "my_" not in name and "NNN" not in name] == []


def test_each_decision_is_listed_and_complete():
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    pages = sorted(folder.glob("[0-9]*.md"))
    assert [path.name[:3] for path in pages] == [f"{number:03d}" for number in range(1, len(pages) + 1)]
    for path in pages:
        text = path.read_text(encoding="utf-8")
        title = text.partition("\n")[0].removeprefix("# ")
        assert f"- [{path.name[:3]}]({path.name}) {title}\n" in index
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequence"))


def test_what_a_link_is():
    text = "[a](docs/a.md) `[b](no.md)` [c](https://example.org) [d](#part)\n\n    [e](no.md)\n"
    assert links(text) == ["docs/a.md", "#part"]
    assert anchors("# The `k` largest, and why?\n") == {"the-k-largest-and-why"}
    assert problem("README.md", "no/such.md") == "no/such.md: there is no such file"
    assert problem("README.md", "CONTRIBUTING.md#no-such") == "CONTRIBUTING.md#no-such: there is no such heading"
    assert problem("README.md", "CONTRIBUTING.md#set-up") is None
