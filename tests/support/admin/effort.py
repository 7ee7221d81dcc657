"""What an act on the staff's pages costs, counted in the browser: clicks, fields and time.

A click is a button, a link, a tick or a radio; a choice from a list is two, a picture one, as with
the desk's camera. A field is one that is typed. The time is that of a keystroke-level model
(Card, Moran and Newell): a person points and clicks, types and reads each page.
"""

import json
from dataclasses import dataclass

from playwright.sync_api import Page

CLICK, KEY, READ, PICTURE = 1.4, 0.3, 2.0, 4.0
"""Seconds: point and click; one key of a practised typist; look at a new page; take a photo."""

EMPTY = '{"clicks":0,"pages":0,"pictures":0,"fields":{}}'
COUNT = """(() => {
  // Each act of a tab adds this script.
  if (window.effortCounted) return;
  window.effortCounted = true;
  const store = (change) => {
    const all = JSON.parse(sessionStorage.effort || 'EMPTY');
    change(all);
    sessionStorage.effort = JSON.stringify(all);
  };
  const unread = ["checkbox", "radio", "file", "hidden", "select-one"];
  let last = -1000;
  addEventListener("click", (event) => {
    // A click on a label is told again of its field.
    if (!event.isTrusted || event.timeStamp - last < 20) return;
    last = event.timeStamp;
    store((all) => { all.clicks += 1; });
  }, true);
  addEventListener("change", (event) => {
    if (event.target.tagName === "SELECT") store((all) => { all.clicks += 2; });
    if (event.target.type === "file") store((all) => { all.clicks += 1; all.pictures += 1; });
  }, true);
  addEventListener("input", (event) => {
    const one = event.target;
    if (unread.includes(one.type)) return;
    store((all) => { all.fields[location.pathname + one.name] = one.value.length; });
  }, true);
  store((all) => { all.pages += 1; });
})()""".replace("EMPTY", EMPTY)


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one act."""

    clicks: int
    fields: int
    pictures: int
    """Of the clicks."""
    seconds: float
    """By the model, without the service's time."""


class Effort:
    """Count from now on what is done on the pages of one browser tab."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.add_init_script(COUNT)

    def begin(self) -> None:
        """Begin a new act, on the page that is shown."""
        self._page.evaluate("sessionStorage.removeItem('effort')")

    def cost(self) -> Cost:
        """Return what was done since ``begin``."""
        counted = json.loads(self._page.evaluate("sessionStorage.effort") or EMPTY)
        typed = sum(counted["fields"].values())
        seconds = counted["clicks"] * CLICK + typed * KEY
        seconds += counted["pages"] * READ + counted["pictures"] * PICTURE
        fields = len(counted["fields"])
        return Cost(counted["clicks"], fields, counted["pictures"], seconds)
