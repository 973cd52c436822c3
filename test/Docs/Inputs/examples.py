"""Parses every ```mlir example of the given pages with msa-opt.

    examples.py [--ops] PAGE...

An example is complete unless it leaves something out (`...`). With --ops the
page is the one of all operations: none may leave anything out, and every
operation must stand in one of its own."""

import re
import subprocess
import sys

arguments = sys.argv[1:]
is_ops = arguments[:1] == ["--ops"]
failed, parsed = 0, 0


def complain(where, message):
    global failed
    failed += 1
    print(f"{where}: {message}", file=sys.stderr)


for page in arguments[is_ops:]:
    with open(page, encoding="utf-8") as f:
        text = f.read()
    operation, illustrated, operations = None, set(), []
    for match in re.finditer(r"^### `(msa\.\w+)`|^```mlir\n(.*?)^```", text, re.M | re.S):
        where = f"{page}:{text.count(chr(10), 0, match.start()) + 1}"
        if match[1]:
            operation = match[1]
            operations.append(operation)
            continue
        example = match[2]
        if "..." in example:
            if is_ops:
                complain(where, "an example of an operation must be complete")
            continue
        run = subprocess.run(["msa-opt", "-o", "/dev/null"], input=example, text=True, capture_output=True)
        parsed += 1
        if run.returncode:
            complain(where, "msa-opt refuses the example\n" + run.stderr)
        if operation and re.search(re.escape(operation) + r"\b", example):
            illustrated.add(operation)
    if is_ops:
        if not operations:
            complain(page, "no operation is described here")
        for operation in operations:
            if operation not in illustrated:
                complain(page, f"{operation} has no example")
print(f"{parsed} examples parsed")
sys.exit(failed > 0)
