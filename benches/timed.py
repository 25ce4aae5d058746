"""Runs commands in turn and prints the medians as JSON: wall clock, processor time, peak memory of the largest process.

Usage: timed.py RUNS COMMAND...  The commands take turns, so that a machine that gets slower does so for all. Their output is read
and thrown away; what they exit with does not matter, but one that cannot be started is an error.
"""

import json
import os
import shlex
import statistics
import subprocess
import sys
import time


def run(command):
    begin = time.monotonic()
    process = subprocess.Popen(shlex.split(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    # `wait4` took its status; the object must not look for it.
    process.returncode = 0
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    runs, commands = int(sys.argv[1]), sys.argv[2:]
    taken = {command: [] for command in commands}
    for number in range(runs + 1):
        for command in commands:
            figures = run(command)
            # The first round warms the cache of files up.
            if number > 0:
                taken[command].append(figures)
    medians = [[command] + [statistics.median(figures) for figures in zip(*taken[command])] for command in commands]
    json.dump([dict(zip(("command", "wall", "processor", "megabytes"), row)) for row in medians], sys.stdout)


main()
