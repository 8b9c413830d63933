"""Takes the image of TensorBoard showing a training, once it has drawn its curves."""
import argparse
import pathlib
import re
import subprocess
import sys

from playwright.sync_api import TimeoutError, sync_playwright

# Seconds a page may take to be ready, how often it is opened anew, and what it then gets to settle.
READY, ATTEMPTS, REST = 15, 12, 2

# Its first page with the curves of numbers alone.
SHOWN = "?darkMode=false&smoothing=0&tagFilter=batch%7Cepoch#timeseries"

# Whether TensorBoard has read the whole log, of which the PR curves come last.
LOADED = """async () => {
  const answer = await fetch('/data/plugin/pr_curves/tags');
  return (await answer.text()).includes('digit/9');
}"""

# Whether each card has its curve: TensorBoard draws them as paths where there is no WebGL.
DRAWN = """() => {
  const cards = [...document.querySelectorAll('scalar-card')];
  return cards.length >= 6 && cards.every(card => card.querySelector('line-chart svg path'));
}"""

# Makes room for the curves, as two clicks do: no table below each, no settings beside them.
TIDY = """() => {
  const named = (kind, words) => [...document.querySelectorAll(kind)].find(one => one.textContent.includes(words));
  named('mat-checkbox', 'Enable step selection')?.querySelector('input')?.click();
  named('button', 'Settings')?.click();
}"""


def address_of(process):
    """Read from `TensorBoard 2.21.0 at http://127.0.0.1:34779/ (Press CTRL+C to quit)`."""
    line = ""
    for line in process.stderr:
        if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
            return found[0]
    raise SystemExit(f"TensorBoard did not start: {line.strip()}")


def open_page(page, address, ready):
    """Opens a page, and again, until it is ready: one whose server is still reading stays empty."""
    for _ in range(ATTEMPTS):
        # From another page: with the same address alone it would not be loaded again.
        page.goto("about:blank")
        page.goto(address)
        try:
            return page.wait_for_function(ready, timeout=1000 * READY, polling=250)
        except TimeoutError:
            pass
    raise SystemExit(f"{address} was opened, but does not show what it should")


def photograph(chromium, address, file):
    with sync_playwright() as playwright:
        # Without WebGL TensorBoard's curves are part of the page, which can be asked for them. No sandbox:
        # containers have no other user than root, and nothing is opened but pages of this machine.
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-3d-apis"]
        with playwright.chromium.launch(executable_path=chromium, args=arguments) as browser:
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            open_page(page, address, LOADED)
            # Opened again: a page keeps what it was given while TensorBoard was still reading.
            open_page(page, address + SHOWN, DRAWN)
            page.evaluate(TIDY)
            page.wait_for_function(DRAWN, timeout=1000 * READY)
            page.wait_for_timeout(1000 * REST)
            page.screenshot(path=file)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--chromium", required=True)
    arguments.add_argument("--file", required=True, type=pathlib.Path)
    arguments.add_argument("tensorboard", nargs="+", help="the command line of a TensorBoard that ends with its input")
    options = arguments.parse_args()
    # It writes few lines, which fit into the pipe.
    with subprocess.Popen(options.tensorboard, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            photograph(options.chromium, address_of(process), options.file)
        finally:
            process.kill()


if __name__ == "__main__":
    sys.exit(main())
