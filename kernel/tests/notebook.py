"""Runs cells as a notebook and prints what each showed, as JSON.

Arguments: the kernel's name, the notebook's folder, and a file with the cells' sources as JSON.
"""
import json
import pathlib
import sys

import nbformat
from nbclient import NotebookClient

name, folder, cells = sys.argv[1:]
sources = json.loads(pathlib.Path(cells).read_text())
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
NotebookClient(notebook, kernel_name=name, timeout=600, startup_timeout=120,
               resources={"metadata": {"path": folder}}).execute()


def shown(output):
    return output["text"] if output.output_type == "stream" else output["data"]["text/plain"]


print(json.dumps(["".join(map(shown, cell.outputs)).strip() for cell in notebook.cells]))
