"""Runs the commands of a page (lines `    $ command`) and compares what they
print with the lines that follow. Measured errors may differ between CPUs.

    tour.py PAGE EXAMPLES FOLDER"""

import os
import re
import shutil
import subprocess
import sys

page, examples, folder = sys.argv[1:]
shutil.rmtree(folder, ignore_errors=True)
os.makedirs(os.path.join(folder, "build"))
shutil.copytree(examples, os.path.join(folder, "examples"))

steps, within = [], False
with open(page, encoding="utf-8") as f:
    for line in f.read().splitlines():
        if line.startswith("    $ "):
            steps.append([line[6:], []])
            within = True
        elif line.startswith("    ") and steps and within:
            steps[-1][1].append(line[4:])
        else:
            within = False


def comparable(text):
    return re.sub(r"\d(\.\d+)?e-\d+", "TINY", text).strip()


failed = 0
for command, expected in steps:
    run = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True)
    if comparable(run.stdout) != comparable("\n".join(expected)):
        failed += 1
        print(f"$ {command}\nexpected:\n" + "\n".join(expected) + f"\ngot:\n{run.stdout}{run.stderr}", file=sys.stderr)
print(f"{len(steps)} commands run")
sys.exit(failed > 0 or not steps)
