"""The live view in a real browser: it moves, it stops, it comes back after a reload, it does no harm.

With `--python` against a stand-in for the kernel, with `--xtask` against the course's own.
Screenshots of every stage go to the folder `--screenshots`.
"""
import argparse
import contextlib
import json
import pathlib
import sys
import tempfile
import time

from playwright.sync_api import Error, sync_playwright

import server
from notebook_page import VIEW, NotebookPage
from picture import picture

# Changes a second that the eye takes for motion; they are looked for this often, because a
# moment in which the machine is busy with something else says nothing of the view.
ENOUGH, LOOKS = 5, 5
PROGRAMS = ["lab", "notebook"]

# Seconds that TensorBoard gets to start and to read its log.
TENSORBOARD = 60

FAKE_CELLS = ["print something", "train 60", "history"]
SET_UP, TRAIN, HISTORY = range(3)


def notebook_of(sources):
    cells = [{"cell_type": "code", "id": f"cell-{place}", "metadata": {}, "execution_count": None, "outputs": [],
              "source": source} for place, source in enumerate(sources)]
    kernel = {"name": "mnist-tutorial", "display_name": "Rust", "language": "rust"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


class Check:
    def __init__(self, browser, address, folder, options):
        self.browser, self.address, self.folder, self.options = browser, address, folder, options
        self.seconds = 30 if options.python else 180

    @contextlib.contextmanager
    def page(self, program, context=None):
        own = context or self.browser.new_context(viewport={"width": 1200, "height": 900})
        page = NotebookPage(own.new_page(), self.address, program, self.seconds)
        try:
            yield page
        except BaseException:
            with contextlib.suppress(Error):
                self.photograph(page, "failed")
            raise
        finally:
            page.page.close()
            if context is None:
                own.close()

    def photograph(self, page, what):
        page.page.screenshot(path=self.options.screenshots / f"{self.options.name}-{page.name}-{what}.png")

    def file(self, name, notebook):
        self.folder.joinpath("notebooks", name).write_text(json.dumps(notebook))
        return name

    def assert_moves(self, page):
        for _ in range(LOOKS):
            moves = page.moves(2)
            print(f"    a second: {moves['words']} changes of the words, {moves['curve']} of the curve", flush=True)
            assert moves["seconds"] > 1, f"the view was gone at once: {moves}"
            if min(moves["words"], moves["curve"]) >= ENOUGH:
                return
        raise AssertionError(f"the view changes less than {ENOUGH} times a second")

    def begin(self, page, name, cells):
        page.open(self.file(name, notebook_of(cells)))
        page.wait_until_idle(self.seconds)
        page.run_to_end(SET_UP, self.seconds)

    def moves_and_stops(self, program, cells):
        """The view moves while the cell runs; Stop ends the training and keeps the variables."""
        with self.page(program) as page:
            self.begin(page, f"{program}-stop.ipynb", cells)
            page.run(TRAIN)
            page.page.locator(VIEW).wait_for()
            assert "*" in page.prompt(TRAIN), "the cell is not busy"
            self.assert_moves(page)
            self.photograph(page, "training")
            began = time.monotonic()
            page.press_stop()
            page.wait_for_figure(TRAIN, 15)
            print(f"    stopped and drawn {time.monotonic() - began:.1f} s after the press", flush=True)
            history = page.run_to_end(HISTORY, self.seconds)
            assert history.strip()[:1].isdigit(), f"the variables are gone: {history!r}"
            self.photograph(page, "stopped")

    def shows_tensorboard(self, program, cells):
        """TensorBoard comes through Jupyter's own port, into the cell that asks for it."""
        logs = self.folder / f"{program}-runs"
        cells = [cells[SET_UP].splitlines()[0] + "\nuse mnist_tutorial::{prelude::*, tensorboard};\n"
                 f'let mut run = tensorboard::Run::create("{logs}/first")?;\nrun.scalar("loss", 1, 0.5)?;\n'
                 'run.scalar("loss", 2, 0.25)?;\nrun.finish()?;\nprintln!("ready");',
                 f'tensorboard::show("{logs}")?']
        with self.page(program) as page:
            self.begin(page, f"{program}-tensorboard.ipynb", cells)
            page.run(TRAIN)
            frame = page.cell(TRAIN).locator("iframe[title=TensorBoard]")
            frame.wait_for(timeout=1000 * TENSORBOARD)
            source = frame.get_attribute("src")
            assert source.startswith("/proxy/127.0.0.1:"), source
            inside = frame.content_frame.get_by_text("loss", exact=True).first
            inside.wait_for(timeout=1000 * TENSORBOARD)
            frame.scroll_into_view_if_needed()
            self.photograph(page, "tensorboard")
            # A port at which no program of this user listens leads nowhere.
            for place in ("127.0.0.1:1", "localhost:1", "1"):
                status = page.page.evaluate("async address => (await fetch(address)).status", f"/proxy/{place}/")
                assert status == 403, (place, status)

    def survives_a_reload(self, program, cells):
        """After a reload in the middle of a training the view is there again, and stops and ends as ever."""
        with self.page(program) as page:
            self.begin(page, f"{program}-reload.ipynb", cells)
            page.run(TRAIN)
            page.page.locator(VIEW).wait_for()
            page.reload()
            page.page.locator(VIEW).wait_for(timeout=15000)
            self.assert_moves(page)
            assert "*" in page.prompt(TRAIN), "the cell is not shown as running"
            self.photograph(page, "reloaded")
            page.press_stop()
            page.wait_for_figure(TRAIN, 15)
            page.wait_until_done(TRAIN, 15)
            page.wait_until_idle(15)
            assert "epoch" in page.text(TRAIN).lower(), f"no lines: {page.text(TRAIN)!r}"
            assert page.run_to_end(HISTORY, self.seconds).strip()[:1].isdigit(), "no cell runs any more"
            self.photograph(page, "reloaded-end")
            own = [error for error in page.errors if "-live:" in error]
            assert not own, f"the extension complains: {own}"

    def stop_lets_a_queue_run_and_an_interrupt_does_not(self, program, cells):
        """A cell waits behind a training: Stop lets it run, the notebook's ■ does not; both keep the training."""
        with self.page(program) as page:
            self.begin(page, f"{program}-queue.ipynb", cells)
            for press, runs in ((page.press_stop, True), (page.interrupt, False)):
                page.run(TRAIN)
                page.run(HISTORY)
                page.page.locator(VIEW).wait_for()
                assert "*" in page.prompt(HISTORY), "the cell does not wait"
                press()
                page.wait_for_figure(TRAIN, 15)
                page.wait_until_done(TRAIN, 15)
                page.wait_until_done(HISTORY, self.seconds)
                ran = any(letter.isdigit() for letter in page.prompt(HISTORY))
                assert ran == runs, f"{press.__name__}: {page.prompt(HISTORY)}"
            assert page.run_to_end(HISTORY, self.seconds).strip()[:1].isdigit(), "the variables are gone"

    def leaves_a_second_page_alone(self, program, cells):
        """A second page on a notebook that trains is not changed; it takes over when the first goes."""
        context = self.browser.new_context()
        with self.page(program, context) as second:
            with self.page(program, context) as first:
                self.begin(first, f"{program}-second.ipynb", cells)
                first.page.keyboard.press("Control+s")
                second.open(f"{program}-second.ipynb")
                first.page.bring_to_front()
                first.run(TRAIN)
                first.page.locator(VIEW).wait_for()
                second.page.bring_to_front()
                time.sleep(2)
                assert second.page.locator(VIEW).count() == 0, "the second page shows the first one's run"
                assert not second.is_changed(), "the second page was changed"
                self.photograph(second, "second-page")
            second.page.locator(VIEW).wait_for(timeout=10000)
            self.assert_moves(second)
            second.press_stop()
            second.wait_for_figure(TRAIN, 15)
        context.close()

    def stores_a_drawing_beside_the_notebook(self, program, cells):
        """What is drawn on the pad is stored where the kernel of the notebook finds it."""
        drawing = "drawings/my-digit.png"
        cells = [cells[SET_UP].splitlines()[0] + '\nuse mnist_tutorial::prelude::*;\nprintln!("ready");',
                 f'mnist_tutorial::notebook::drawing_pad("{drawing}")?',
                 f'println!("{{}} bytes", std::fs::metadata("{drawing}")?.len());']
        with self.page(program) as page:
            self.begin(page, f"{program}-drawing.ipynb", cells)
            page.run(TRAIN)
            canvas = page.cell(TRAIN).locator(".mnist-drawing-pad canvas")
            canvas.wait_for(timeout=1000 * self.seconds)
            canvas.scroll_into_view_if_needed()
            box = canvas.bounding_box()
            page.page.mouse.move(box["x"] + 140, box["y"] + 40)
            page.page.mouse.down()
            page.page.mouse.move(box["x"] + 140, box["y"] + 240, steps=10)
            page.page.mouse.up()
            page.cell(TRAIN).get_by_role("button", name="Use this digit").click()
            page.cell(TRAIN).get_by_text("Run the next cell").wait_for(timeout=1000 * self.seconds)
            assert self.folder.joinpath("notebooks", drawing).exists(), "the drawing lies elsewhere"
            assert page.run_to_end(HISTORY, self.seconds).strip().endswith("bytes"), page.text(HISTORY)
            self.photograph(page, "drawing")

    def opens_what_lies_beside_the_notebooks(self, program, cells):
        """A notebook's links to its exercises and into the glossary lead there."""
        if program != "lab":
            return  # Notebook 7 opens a window for each.
        notebook = notebook_of(cells)
        links = "[sheet](../exercises/beside.ipynb) and [term](glossary.md#hidden-layer)"
        notebook["cells"].append({"cell_type": "markdown", "id": "links", "metadata": {}, "source": links})
        filler = "".join(f"### term {number}\n\nWords.\n\n" for number in range(60))
        self.folder.joinpath("notebooks/glossary.md").write_text(f"{filler}### hidden layer\n\nThe entry.\n")
        sheet = notebook_of([])
        sheet["cells"] = [{"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# The sheet"}]
        self.folder.joinpath("exercises").mkdir(exist_ok=True)
        self.folder.joinpath("exercises/beside.ipynb").write_text(json.dumps(sheet))
        with self.page(program) as page:
            page.open(self.file(f"{program}-links.ipynb", notebook))
            page.wait_until_idle(self.seconds)
            page.page.get_by_role("link", name="term", exact=True).click()
            entry = page.page.locator(".jp-MarkdownViewer h3", has_text="hidden layer")
            entry.wait_for()
            page.page.wait_for_timeout(1000)
            assert entry.bounding_box()["y"] < 900, "the entry is not scrolled to"
            self.photograph(page, "glossary")
            page.page.locator(".lm-TabBar-tabLabel", has_text=f"{program}-links.ipynb").first.click()
            page.page.get_by_role("link", name="sheet", exact=True).click()
            page.page.get_by_role("heading", name="The sheet").wait_for()
            self.photograph(page, "sheet")

    def shows_an_untrusted_copy(self, program, cells):
        """A copy from elsewhere shows figure and lines, and runs no script."""
        notebook = notebook_of(cells)
        harm = ("<script>window.harmed = true</script><img src='x' onerror='window.harmed = true'>"
                "<p onpointerdown='window.harmed = true'>a view that was stored by mistake</p>")
        shown = {"output_type": "display_data", "metadata": {}}
        notebook["cells"][TRAIN]["outputs"] = [
            {"output_type": "stream", "name": "stdout", "text": "epoch 1: loss 0.5\n"},
            {**shown, "data": {"text/html": harm, "text/plain": "words"}},
            {**shown, "data": {"image/png": picture(), "text/plain": "loss over 1 epoch"}}]
        name = self.file(f"{program}-untrusted.ipynb", notebook)
        with self.page(program) as page:
            page.open(name)
            page.cell(TRAIN).locator(".jp-OutputArea-output img[src^='data:']").wait_for()
            assert "epoch 1: loss 0.5" in page.text(TRAIN), page.text(TRAIN)
            stored = page.cell(TRAIN).get_by_text("a view that was stored by mistake")
            stored.dispatch_event("pointerdown")
            assert stored.get_attribute("onpointerdown") is None, "an event handler is left"
            assert page.page.evaluate("window.harmed === undefined"), "a script of the copy ran"
            self.photograph(page, "untrusted")


def cells_of_the_course(project):
    # Minutes of training, so that it is always Stop that ends it.
    config = "TrainConfig { epochs: 400, threads: Some(1), ..TrainConfig::default() }"
    return [
        f':dep mnist_tutorial = {{ path = "{project}" }}\nuse mnist_tutorial::prelude::*;\n'
        "let data: Mnist = Mnist::load()?;\nlet mut network: Network = Network::new(0)?;\n"
        f"let config: TrainConfig = {config};\n"
        'let mut history: History = History::default();\nprintln!("ready");',
        "history = train(&mut network, &data, &config, &mut live())?;",
        'println!("{} epochs", history.epochs.len());',
    ]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--chromium", required=True)
    arguments.add_argument("--screenshots", required=True, type=pathlib.Path)
    arguments.add_argument("--python", help="the Python of JupyterLab: with the stand-in kernel")
    arguments.add_argument("--xtask", help="the program behind `cargo xtask`: with the course's kernel")
    arguments.add_argument("--project", type=pathlib.Path)
    options = arguments.parse_args()
    options.name = "fake" if options.python else "course"
    options.screenshots.mkdir(parents=True, exist_ok=True)
    cells = FAKE_CELLS if options.python else cells_of_the_course(options.project)
    with tempfile.TemporaryDirectory(prefix="mnist-tutorial-clone-") as folder, sync_playwright() as playwright:
        # A clone's notebooks; its exercises lie beside them.
        pathlib.Path(folder, "notebooks").mkdir()
        serving = (server.with_fake_kernel(options.python, folder) if options.python
                   else server.as_the_course_starts_it(options.xtask, options.project, folder))
        with serving as address:
            # Containers have no other user; it opens nothing but pages of this machine.
            browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
            check = Check(browser, address, pathlib.Path(folder), options)
            for program in PROGRAMS:
                acts = [check.moves_and_stops, check.survives_a_reload]
                if options.xtask:
                    acts += [check.shows_tensorboard, check.stop_lets_a_queue_run_and_an_interrupt_does_not,
                             check.stores_a_drawing_beside_the_notebook]
                else:
                    # The kernel has no part in these.
                    acts += [check.shows_an_untrusted_copy, check.leaves_a_second_page_alone,
                             check.opens_what_lies_beside_the_notebooks]
                for act in acts:
                    print(f"  {options.name} kernel, {program}: {act.__doc__}", flush=True)
                    act(program, cells)
                    server.end_kernels(*address)
            browser.close()


if __name__ == "__main__":
    sys.exit(main())
