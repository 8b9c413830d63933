"""What evcxr's commands at a cell's head undo of the kernel's preload, and what is to be run for it."""
import re

COMMAND = re.compile(r" *(:[^ ]*)( +.*)?")
# Evcxr's own way to run the preload again.
PRELOAD = ":load_config --quiet"
# Takes the preload's trait for values away: it knows one format, and no types.
WITHOUT_DISPLAY = "trait EvcxrDisplayByDebug {}"


class Commands:
    """Finds the commands. `afresh` names the file of what each new process is to run."""

    def __init__(self, afresh):
        self.afresh, self.own_format = afresh, False

    def parted(self, code):
        """Cells to be run before, as (code, whether the reader sees its result), and the cell without what they do.

        evcxr runs all commands of a cell before its code, which would run in a process that knows nothing of errors.
        """
        lines, first, had_format = code.split("\n"), [], self.own_format
        for number, command in commands_at_head(lines):
            if command in (":fmt", ":types"):
                self.own_format = True
            elif command == ":clear":
                first = [(f"{command}\n{PRELOAD}", False)]
                had_format = False
            elif command == ":restart":
                # Where there were variables, evcxr still counts on them: the next cell ends the process, and
                # only that has them forgotten.
                first += [(command, True), *[(self.code_afresh(), False)] * 2]
            if command in (":clear", ":restart"):
                # The lines below keep their numbers.
                lines[number] = ""
        if self.own_format and not had_format:
            first.append((WITHOUT_DISPLAY, False))
        return first, "\n".join(lines)

    def code_afresh(self):
        return self.afresh.read_text(encoding="utf-8") if self.afresh.exists() else ""


def commands_at_head(lines):
    """Places and names of commands, as evcxr finds them: below the first line of Rust there are none."""
    for number, line in enumerate(lines):
        if found := COMMAND.fullmatch(line.removesuffix("\r")):
            yield number, found[1]
        elif line.strip() and not line.startswith(("!", "//")):
            return
