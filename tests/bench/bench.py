"""All measurements. Contestants of one row take turns within one run, so that a noisy moment meets all of them."""

import argparse
import json
import os
import platform
import sys
import traceback
from pathlib import Path

import sections
from contestants import Place
from table import table


def main():
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser(description="ttls against its peers, in one run")
    parser.add_argument("sections", nargs="*", default=list(sections.SECTIONS), metavar="section")
    parser.add_argument("--runs", type=int, default=5, help="turns of each contestant; where little decides, three or five times as many (5)")
    parser.add_argument("--bytes", type=int, default=1_000_000_000, help="size of the big file (1 GB)")
    parser.add_argument("--out", type=Path, help="all figures, as JSON")
    arguments = parser.parse_args()
    unknown = set(arguments.sections) - set(sections.SECTIONS)
    if unknown:
        parser.error(f"no such section: {', '.join(sorted(unknown))}; there are {', '.join(sections.SECTIONS)}")
    machine = f"{platform.machine()}, {os.cpu_count()} processors, Linux {platform.release()}"
    print(f"{machine}, load {os.getloadavg()[0]:.1f} at the start")
    rows, broken = [], []
    for name in arguments.sections:
        print(f"== {name}", flush=True)
        place = Place()
        try:
            for row in sections.SECTIONS[name](place, arguments):
                print(row.text(), flush=True)
                rows.append(row)
        except Exception:  # noqa: BLE001: whatever breaks one section, the others are measured
            broken.append(name)
            traceback.print_exc()
        finally:
            place.close()
        if arguments.out:
            data = {"machine": machine, "runs": arguments.runs, "bytes": arguments.bytes, "broken": broken}
            arguments.out.write_text(json.dumps(data | {"rows": [row.data() for row in rows]}, indent=1) + "\n")
    print(table(rows))
    missed = [row.work for row in rows if row.verdict() == "MISS"]
    print(f"{len(rows)} rows, {sum(row.verdict() == 'PASS' for row in rows)} targets met, {len(missed)} missed, load {os.getloadavg()[0]:.1f}")
    if broken:
        print(f"not measured to the end: {', '.join(broken)}")
    return 1 if missed or broken else 0


if __name__ == "__main__":
    sys.exit(main())
