"""The page of the committed results in a real browser: it loads, sorts, filters and answers the pointer."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from hashbench.reporting.build_tables import comparison_tables
from hashbench.results.store import read_files

from ..cli.process import hashbench

pytest.importorskip("vl_convert", reason="hashbench[report] is not installed")
webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")

RESULTS = Path(__file__).parents[2] / "results" / "reference"
RECORDS, _ = read_files([RESULTS])
GROUPS = comparison_tables(RECORDS, merge_seeds=True)
GROUP = next(n for n, group in enumerate(GROUPS, 1) if group.title.startswith("ml-1m · split ratio"))
PROGRAMS = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
OPTIONS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
READY = "return document.documentElement.dataset.ready"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "report.html"
    done = hashbench("report", RESULTS, "-o", file)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"{file}: {sum(len(group.rows) for group in GROUPS)} rows in {len(GROUPS)} tables\n"
    return file


@pytest.fixture(scope="module")
def chromium():
    for name, program in PROGRAMS.items():
        if program is None:
            pytest.skip(f"{name} is not on the PATH")
    options = webdriver.ChromeOptions()
    options.binary_location = PROGRAMS["chromium"]
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for option in OPTIONS:
        options.add_argument(option)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(PROGRAMS["chromedriver"]))
    driver.set_script_timeout(60)
    yield driver
    driver.quit()


def opened(chromium, page, width=1280, mobile=False):
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": mobile}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    chromium.get(page.as_uri())
    deadline = time.monotonic() + 60
    while chromium.execute_script(READY) != "true":
        assert time.monotonic() < deadline, chromium.get_log("browser")
        time.sleep(0.1)
    return chromium


def table(chromium, group):
    """Return the body of a group's table as texts, row by row."""
    rows = f"#group-{group} table.records tbody tr"
    return chromium.execute_script(
        f"return [...document.querySelectorAll('{rows}')].map(row => [...row.cells].map(cell => cell.textContent))"
    )


def column_index(chromium, group, title):
    """Return the number of a column, by its title; columns that are out of sight have one, too."""
    headers = f"#group-{group} .dt-scroll-head th"
    titles = chromium.execute_script(f"return [...document.querySelectorAll('{headers}')].map(one => one.textContent)")
    return [text.strip() for text in titles].index(title)


def test_it_loads_without_a_word_on_the_console_and_fetches_nothing(chromium, page):
    opened(chromium, page)
    assert chromium.get_log("browser") == []
    fetched = chromium.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert [name for name in fetched if not name.startswith(("blob:", "data:"))] == []
    charts = chromium.execute_script("return document.querySelectorAll('.chart').length")
    drawn = chromium.execute_script("return document.querySelectorAll('.chart svg').length")
    assert charts == drawn == page.read_text("utf-8").count("<figure>") > 0


def test_tables_sort_by_number_and_filter(chromium, page):
    opened(chromium, page)
    before = table(chromium, GROUP)
    headers = chromium.find_elements("css selector", f"#group-{GROUP} .dt-scroll-head th")
    assert len(headers) == len(before[0])
    column = column_index(chromium, GROUP, "q/s")
    chromium.execute_script("arguments[0].scrollIntoView({block: 'center', inline: 'center'})", headers[column])
    headers[column].click()
    rates = [float(row[column]) for row in table(chromium, GROUP)]
    assert rates == sorted(rates)
    assert rates != [float(row[column]) for row in before]
    chromium.find_element("css selector", f"#group-{GROUP} .dt-search input").send_keys("hamming lsh bpr")
    (only,) = table(chromium, GROUP)
    assert {"hamming", "lsh", "bpr"} <= set(only)


def test_a_point_says_what_it_is_under_the_pointer(chromium, page):
    opened(chromium, page)
    point = chromium.find_element("css selector", f"#group-{GROUP} .chart .mark-symbol path[aria-label*='hamming']")
    webdriver.ActionChains(chromium).scroll_to_element(point).move_to_element(point).perform()
    deadline = time.monotonic() + 10
    while not (
        tooltip := chromium.execute_script("return document.querySelector('#vg-tooltip-element.visible')?.innerText")
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    words = tooltip.split()
    assert words[words.index("retriever") + 1] == "hamming"
    assert words[words.index("hr@50") + 1] in {
        row[column_index(chromium, GROUP, "hr@50")].split()[0] for row in table(chromium, GROUP)
    }


def test_a_phone_scrolls_in_one_direction_and_tables_in_their_own(chromium, page):
    opened(chromium, page, width=390, mobile=True)
    assert chromium.execute_script("return document.documentElement.scrollWidth") == 390
    widths = chromium.execute_script("return [...document.querySelectorAll('.chart svg')].map(one => one.clientWidth)")
    assert max(widths) <= 390
    assert (
        chromium.execute_script("return getComputedStyle(document.querySelector('.dt-scroll-body')).overflowX")
        == "auto"
    )


def test_every_row_has_the_command_that_repeats_it(chromium, page):
    opened(chromium, page)
    commands = chromium.execute_script(
        "return [...document.querySelectorAll('.commands code')].map(e => e.textContent)"
    )
    assert len(commands) == len(RECORDS)
    assert all(command.startswith("hashbench run --encoder ") for command in commands)
