#!/usr/bin/env python3
"""Reads what compute-sanitizer left and says in one line whether all is clean. It writes one log for a process and all that
this one starts, with one summary at the end, or where it is told so one for each:

    python3 test/gpu/checker_logs.py [--result RESULT.json] LOG...

RESULT: of the run.py that was checked; it knows how many cases were done. Exit status 0: all that has a log was checked to
its end, something has, and nothing was found."""

import argparse
import json
import re
import sys

SUMMARY = re.compile(r"ERROR SUMMARY: (\d+) error|RACECHECK SUMMARY: \d+ hazards? displayed \((\d+) error")
# A process that did nothing on the GPU has nothing that could be checked.
IDLE = "terminated before first instrumented API call"


def errors(log):
    """How many a log counts; None where nothing was checked. Raises ValueError where it stops before its end."""
    found = [int(a or b) for a, b in SUMMARY.findall(log)]
    if "Internal Sanitizer Error" in log:
        raise ValueError("the checker itself failed")
    if found:
        return sum(found)
    if IDLE in log:
        return None
    raise ValueError("no summary: the process did not end")


def judge(logs, result=None):
    """(what is wrong, a line about all) of name -> text."""
    wrong, checked, total = [], 0, 0
    for name, text in sorted(logs.items()):
        try:
            count = errors(text)
        except ValueError as e:
            wrong.append(f"{name}: {e}")
            continue
        if count is not None:
            checked, total = checked + 1, total + count
        if count:
            wrong.append(f"{name}: {count} errors")
    if not checked:
        wrong.append("nothing was checked")
    line = f"{checked} summaries, {total} errors"
    if result:
        line += "".join(f", {name} {part['cases']}/{part['of']}" for name, part in result.items()
                        if isinstance(part, dict) and "of" in part)
    return wrong, line


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("logs", nargs="*")
    p.add_argument("--result")
    o = p.parse_args()
    logs, result = {}, None
    try:
        for path in o.logs:
            with open(path, errors="replace") as f:
                logs[path] = f.read()
        if o.result:
            with open(o.result) as f:
                result = json.load(f)
        wrong, line = judge(logs, result)
    except (OSError, ValueError) as e:
        wrong, line = [f"no result: {e}"], judge(logs)[1]
    print(line)
    for w in wrong:
        print(w)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
