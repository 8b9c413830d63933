"""Prints what TensorBoard answers, a line a question.

    ask_tensorboard.py ADDRESS QUESTION...

A question is a path, or a path and JSON to post behind a space. JSON answers are printed with
sorted keys and no spaces, others as their type and their bytes in hexadecimal. TensorBoard
reads its folder again and again, so an answer that has not all of its data yet is asked for
again: QUESTION may start with `WORD=>`, a text the answer must hold.
"""

import json
import sys
import time
import urllib.error
import urllib.request


def ask(address, question):
    path, _, body = question.partition(" ")
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(address + path, body.encode() or None, headers)
    # No proxy: it is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        kind, content = answer.headers["Content-Type"].split(";")[0], answer.read()
    if kind == "application/json":
        return json.dumps(json.loads(content), sort_keys=True, separators=(",", ":"))
    return f"{kind} {content.hex()}"


def patiently(address, question):
    needed, arrow, rest = question.partition("=>")
    needed, question = (needed, rest) if arrow else ("", question)
    end = time.monotonic() + 60
    while True:
        try:
            answer = ask(address, question)
        except urllib.error.HTTPError as error:
            answer = f"{error.code} {error.read().decode()}"
        if needed in answer and not answer[:4] in ("400 ", "404 ", "500 "):
            return answer
        if time.monotonic() > end:
            sys.exit(f"{question}: no {needed!r} in {answer}")
        time.sleep(0.2)


for question in sys.argv[2:]:
    print(patiently(sys.argv[1], question))
