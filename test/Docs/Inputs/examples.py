"""Parses every ```mlir example of the given pages with msa-opt.

    examples.py [--ops | --programs] PAGE...

An example is complete unless it leaves something out (`...`). With --ops the
page is the one of all operations: none may leave anything out, and every
operation must stand in one of its own. With --programs, for operations that mean
something within a kernel only, in any of the page's."""

import re
import subprocess
import sys

arguments = sys.argv[1:]
option = arguments.pop(0) if arguments[0].startswith("--") else ""
is_ops = option in ("--ops", "--programs")
failed, parsed = 0, 0


def complain(where, message):
    global failed
    failed += 1
    print(f"{where}: {message}", file=sys.stderr)


for page in arguments:
    with open(page, encoding="utf-8") as f:
        text = f.read()
    operation, illustrated, operations = None, set(), []
    for match in re.finditer(r"^### `(msa\w*\.\w+)`|^```mlir\n(.*?)^```", text, re.M | re.S):
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
        if option == "--programs":
            illustrated.update(re.findall(r"\bmsa\w*\.\w+", example))
        elif operation and re.search(re.escape(operation) + r"\b", example):
            illustrated.add(operation)
    if is_ops:
        if not operations:
            complain(page, "no operation is described here")
        for operation in operations:
            if operation not in illustrated:
                complain(page, f"{operation} has no example")
print(f"{parsed} examples parsed")
sys.exit(failed > 0)
