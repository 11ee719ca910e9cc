"""Medians, ratios, and how they are shown."""

import statistics
from dataclasses import dataclass, field


@dataclass
class Row:
    """One kind of work, all contestants in the same run. `figures`: name -> one figure per run."""

    work: str
    unit: str
    figures: dict = field(default_factory=dict)
    #: The contestant that the others are compared with, and what the ratio should be (None: not stated).
    ours: str = "ttls"
    target: float | None = None
    #: Whether small figures are good.
    lower: bool = False
    #: What our own figure must not exceed (None: not stated).
    bound: float | None = None

    def add(self, name, value):
        """Notes one run's figure."""
        self.figures.setdefault(name, []).append(value)

    def median(self, name):
        """The middle of a contestant's runs."""
        return statistics.median(self.figures[name])

    def best(self):
        """The best peer's name."""
        peers = [name for name in self.figures if name != self.ours]
        return (min if self.lower else max)(peers, key=self.median, default=None)

    def ratio(self):
        """Ours to the best peer's."""
        best = self.best()
        return self.median(self.ours) / self.median(best) if best and self.median(best) else None

    def verdict(self):
        """Whether target or bound hold."""
        if self.bound is not None:
            return "PASS" if self.median(self.ours) <= self.bound else "MISS"
        if self.target is None or (ratio := self.ratio()) is None:
            return ""
        return "PASS" if (ratio <= self.target if self.lower else ratio >= self.target) else "MISS"

    def wanted(self):
        """Target or bound in words."""
        if self.bound is not None:
            return f"<= {self.bound:g} {self.unit}"
        return "" if self.target is None else f"{'<=' if self.lower else '>='} {self.target:g} x"

    def text(self):
        """One line."""
        parts = []
        for name, values in self.figures.items():
            spread = f" ({min(values):.3g} to {max(values):.3g})" if len(values) > 1 else ""
            parts.append(f"{name} {self.median(name):.3g}{spread}")
        line = f"{self.work} [{self.unit}]: " + "; ".join(parts)
        if (ratio := self.ratio()) is not None:
            line += f"; ratio {ratio:.2f}"
        if wanted := self.wanted():
            line += f", wanted {wanted}: {self.verdict()}"
        return line

    def data(self):
        """For the machine-readable copy."""
        return {
            "work": self.work,
            "unit": self.unit,
            "figures": self.figures,
            "medians": {name: self.median(name) for name in self.figures},
            "peer": self.best(),
            "ratio": self.ratio(),
            "wanted": self.wanted(),
            "verdict": self.verdict(),
        }


def table(rows):
    """All rows as a Markdown table."""
    lines = ["| work | unit | ttls | best peer | ratio | wanted | verdict |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        best, ratio = row.best(), row.ratio()
        peer = f"{row.median(best):.3g} ({best})" if best else ""
        cells = [row.work, row.unit, f"{row.median(row.ours):.3g}", peer, f"{ratio:.2f}" if ratio is not None else ""]
        lines.append("| " + " | ".join([*cells, row.wanted(), row.verdict()]) + " |")
    return "\n".join(lines)
