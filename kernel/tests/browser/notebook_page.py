"""One notebook in a browser: opening it, running its cells, watching what moves."""
import time

# Counts how often a view's words and its curve change, looking before each frame is drawn, as long
# as the view is there.
SAMPLE = """seconds => new Promise(resolve => {
  const begin = performance.now(), last = {}, changes = {words: 0, curve: 0}, end = begin + 1000 * seconds;
  const see = (what, now) => { if (now !== last[what]) { changes[what] += last[what] ? 1 : 0; last[what] = now; } };
  const look = () => {
    const now = performance.now();
    const output = document.querySelector('.jp-OutputArea-output [role=progressbar]')?.closest('.jp-OutputArea-output');
    if (!output || now > end) { resolve({...changes, seconds: (now - begin) / 1000}); return; }
    see('words', output.textContent);
    see('curve', [...output.querySelectorAll('path, polyline')].map(
      line => line.getAttribute('d') ?? line.getAttribute('points')).join());
    requestAnimationFrame(look);
  };
  look();
})"""
VIEW = ".jp-OutputArea-output [role=progressbar]"
STOP_BUTTON = """() => {
  const button = [...document.querySelectorAll('.jp-OutputArea-output button')].find(
    one => /stop/i.test(one.ariaLabel ?? one.textContent));
  button?.scrollIntoView({block: 'nearest'});
  const box = button?.getBoundingClientRect();
  return box?.width && {x: box.x + box.width / 2, y: box.y + box.height / 2};
}"""


class NotebookPage:
    def __init__(self, page, server, name, seconds):
        """`name` says in which program: JupyterLab or Notebook 7."""
        self.page, (self.address, self.token), self.name, self.seconds = page, server, name, seconds
        page.set_default_timeout(seconds * 1000)
        self.errors = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, file):
        # A workspace for each notebook, or JupyterLab opens the last test's again beside it.
        path = "notebooks/" if self.name == "notebook" else f"lab/workspaces/{file.split('.')[0]}/tree/"
        self.load(lambda: self.page.goto(f"{self.address}{path}notebooks/{file}?token={self.token}"))

    def reload(self):
        # What the running cell printed is not saved yet, which the browser asks about.
        self.page.once("dialog", lambda dialog: dialog.accept())
        self.load(self.page.reload)

    def load(self, act):
        """The page looks idle long before it has heard of its kernel: the kernel's first word is waited for.

        A kernel that runs already may say it before the cells are there, and nothing more after it.
        """
        words = []

        def listen(socket):
            if "/channels" in socket.url:
                socket.on("framereceived", lambda word: words.append(word))

        self.page.on("websocket", listen)
        act()
        self.page.locator(".jp-Notebook .jp-CodeCell .cm-content").first.wait_for()
        end = time.monotonic() + self.seconds
        while not words:
            assert time.monotonic() < end, "the page hears nothing of its kernel"
            self.page.wait_for_timeout(50)
        self.page.remove_listener("websocket", listen)

    def wait_until_idle(self, seconds):
        self.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=seconds * 1000)

    def cell(self, place):
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(place)

    def run(self, place):
        self.cell(place).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")

    def run_to_end(self, place, seconds=120):
        """Runs a cell and gives what it printed."""
        before = self.prompt(place)
        self.run(place)
        self.page.wait_for_function(
            """([place, before]) => {
              const prompt = document.querySelectorAll('.jp-Notebook .jp-CodeCell')[place]
                .querySelector('.jp-InputPrompt').textContent;
              return /\\d/.test(prompt) && prompt !== before;
            }""", arg=[place, before], timeout=seconds * 1000)
        return self.text(place)

    def wait_until_done(self, place, seconds):
        """The cell is no longer shown as running; its end comes a moment after its last output."""
        running = self.cell(place).locator(".jp-InputPrompt", has_text="*")
        running.wait_for(state="detached", timeout=seconds * 1000)

    def prompt(self, place):
        return self.cell(place).locator(".jp-InputPrompt").text_content()

    def text(self, place):
        return "\n".join(self.cell(place).locator(".jp-OutputArea-output").all_inner_texts())

    def moves(self, seconds):
        """How often a second the view's words and its curve change, and for how long the view was there."""
        seen = self.page.evaluate(SAMPLE, seconds)
        return {what: round(seen[what] / seen["seconds"], 1) for what in ["words", "curve"]} | {"seconds": seen["seconds"]}

    def press_stop(self):
        # Drawn anew ten times a second: the place is pressed, not the element.
        where = self.page.wait_for_function(STOP_BUTTON).json_value()
        self.page.mouse.move(where["x"], where["y"])
        self.page.mouse.down()
        self.page.mouse.up()

    def interrupt(self):
        """As the notebook's ■ does."""
        for key in ("Escape", "i", "i"):
            self.page.keyboard.press(key)

    def wait_for_figure(self, place, seconds):
        """The view has given way to a picture."""
        self.cell(place).locator(".jp-OutputArea-output img").wait_for(timeout=seconds * 1000)
        assert self.page.locator(VIEW).count() == 0, "the bar is still there beside the final figure"

    def is_changed(self):
        """Whether the program says that the notebook has unsaved changes."""
        return self.page.evaluate("document.title").startswith("*") or \
            self.page.locator(".jp-mod-dirty, .jp-NotebookCheckpoint:has-text('unsaved')").count() > 0
