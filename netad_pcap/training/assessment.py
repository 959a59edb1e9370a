"""`evaluate`: what models, or recipes fitted in turns, reach on labelled captures.

Figures per capture stand first, then per source, then means over sources, and what is pooled
last; definitions are those of `evaluation`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from netad_pcap.context.tables import REMARK
from netad_pcap.detection import Scorer, default_bundles, find_bundle, read_bundle
from netad_pcap.engine import METERS
from netad_pcap.errors import UsageError
from netad_pcap.hosts import ALERTS_PER_DAY
from netad_pcap.metering.rules import PROFILES as RULE_BOOKS
from netad_pcap.training.cuts import Cut, Cuts, require_any
from netad_pcap.training.duplicates import Duplicates
from netad_pcap.training.evaluation import Measured, ScoredCapture, means_by_source, measure
from netad_pcap.training.fitting import needs_of_detectors
from netad_pcap.training.grouping import ROWS, SPLITS, TIME, Grouping, row_pieces
from netad_pcap.training.judged import FUSED, JudgedCapture, judge_captures, judge_tables
from netad_pcap.training.labelled import LabelledCapture, label_captures, some_rows
from netad_pcap.training.labelled_tables import (
    first_rows,
    give_context,
    label_tables,
    open_tables,
    profile_of_tables,
)
from netad_pcap.training.measuring import FPR, figures_of
from netad_pcap.training.own import MOST_ROWS
from netad_pcap.training.pooled import alarms_per_hour, confusion, pooled_figures
from netad_pcap.training.starting import with_context
from netad_pcap.training.table_labels import UNLABELLED
from netad_pcap.training.truth import Truth, read_truth
from netad_pcap.training.turns import in_turns

__all__ = ["evaluate"]

#: Of the flows of captures, unless told otherwise.
_PROFILE = "cic-fixed"
#: Said where rows are split at random.
_FLATTERS = (
    "rows split at random: flows of one capture are alike and stand on both sides, so these "
    "figures flatter and say nothing of another network; use --split source"
)


def evaluate(
    captures: Sequence[str],
    truth: str | None,
    *,
    tables: bool = False,
    models: Sequence[str] = (),
    detectors: Sequence[str] = (),
    thresholds: Sequence[str] = (),
    split: str = SPLITS[0],
    fpr: float = FPR,
    alerts_per_day: float = ALERTS_PER_DAY,
    meter: str = METERS[0],
    profile: str | None = None,
    timezone: str = "UTC",
    device: str = "cpu",
    seed: int = 0,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Figures of models, or of detectors fitted in turns, on labelled captures.

    Args:
        captures: files.
        truth: truth file; None: tables say it themselves.
        tables: the files are flow tables.
        models: bundles; none: the shipped one.
        detectors: fit these instead, each group of the split left out once.
        thresholds: further thresholds, `RULE` or `RULE=NUMBER` (`cuts.Cut`).
        split: what thresholds, and the fitted, must not share with what is measured.
        fpr: budget of the verdicts.
        alerts_per_day: budget of the findings; not of detectors fitted in turns.
        meter: `native` or `nfstream`.
        profile: rule book of the flows of captures that detectors are fitted to in turns; None:
            `cic-fixed`. A model has its own, and so has a table.
        timezone: of the local times of tables.
        device: where the networks of models compute.
        seed: of the bootstrap and whatever else is drawn.
        say: told how far it is.

    Returns:
        `figures` (method → family → figure), `per_capture`, `per_source`, `pooled`,
        `thresholds` (method → rule → group → how it was set), `confusion`, `alarms_per_hour`,
        `captures`, `flows`, `left_out`, `duplicates`, `remarks`, and the
        settings.

    Raises:
        ModelError: a table is of another profile, or lacks what all detectors need; the condition
            of a rule for thresholds is met nowhere.
        UsageError: no labelled flow, a capture that a model was fitted to, or tables that
            different detectors judge; models and detectors both; no such split or rule.
    """
    chosen = [Cut.parse(text, fpr) for text in dict.fromkeys(thresholds)]
    if split not in SPLITS:
        raise UsageError(f"no split {split!r}; use one of {', '.join(SPLITS)}")
    if models and detectors:
        raise UsageError("name models to measure, or detectors to fit in turns, not both")
    if not tables and truth is None:
        raise UsageError("captures do not say what is true of them; give --truth FILE")
    if profile is not None and (tables or not detectors):
        what = "flow tables have" if tables else "a model has"
        raise UsageError(f"--profile {profile}: {what} a profile already; leave it out")
    rules = None if truth is None else read_truth(truth)
    run = _Run(
        captures, rules, tables, split, fpr, alerts_per_day, meter, profile or _PROFILE, timezone,
        device, seed, say, chosen,
    )  # fmt: skip
    if split == ROWS:
        run.remarks.append(_FLATTERS)
    measured, by_method = run.of_detectors(detectors) if detectors else run.of_models(models)
    told = {name: cuts.told for name, cuts in run.cuts.items() if cuts.told}
    require_any(told)
    fused = by_method[FUSED]
    return {
        "figures": figures_of(measured, seed),
        "per_capture": {name: [_told(m) for m in mine] for name, mine in measured.items()},
        "per_source": {name: means_by_source(mine) for name, mine in measured.items()},
        # Of detectors fitted in turns too: their scores are on the scale of p-values.
        "pooled": {name: pooled_figures(mine) for name, mine in by_method.items()},
        "thresholds": told,
        "confusion": confusion(fused),
        "alarms_per_hour": alarms_per_hour(fused),
        "captures": len({capture.name for capture in fused}),
        "flows": sum(len(capture.score) for capture in fused),
        "left_out": run.left_out,
        "duplicates": {"captures": run.duplicates.captures, "flows": run.duplicates.flows},
        "remarks": run.remarks,
        "split": split,
        "fitted_in_turns": list(detectors),
        "fpr": fpr,
        "alerts_per_day": alerts_per_day,
        "seed": seed,
    }


@dataclass
class _Run:
    """One evaluation; attributes as the arguments of `evaluate`."""

    captures: Sequence[str]
    truth: Truth | None
    tables: bool
    split: str
    fpr: float
    alerts_per_day: float
    meter: str
    profile: str
    timezone: str
    device: str
    seed: int
    say: Callable[[str], None]
    chosen: Sequence[Cut]
    cuts: dict[str, Cuts] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    duplicates: Duplicates = field(default_factory=Duplicates)

    def __post_init__(self) -> None:
        self.grouping = Grouping(self.split, self.truth)

    def of_models(
        self, models: Sequence[str]
    ) -> tuple[dict[str, list[Measured]], dict[str, list[ScoredCapture]]]:
        """Models as they stand; each capture against clean ones of other groups."""
        found = [find_bundle(name) for name in models] or default_bundles()
        bundles = [read_bundle(item) for item in found]
        fitted = {f.sha256 for b in bundles for source in b.training for f in source.files}
        by_method: dict[str, list[ScoredCapture]] = {}
        for capture in self._judged(Scorer(bundles, self.device, self.fpr)):
            if capture.sha256 in fitted:
                raise UsageError(
                    f"{capture.name}: the model was fitted to this capture; measure on others"
                )
            if by_method and by_method.keys() != capture.by_method.keys():
                raise UsageError(
                    f"{capture.name} is judged by other detectors than {by_method[FUSED][0].name} "
                    f"({'; '.join(self.remarks)}); evaluate them one after the other"
                )
            for method, scored in capture.by_method.items():
                by_method.setdefault(method, []).append(scored)
        if not by_method:
            raise UsageError(self._nothing())
        by_method = {name: self._grouped(mine) for name, mine in by_method.items()}
        in_time = self.split == TIME
        return {
            name: measure(mine, in_time=in_time, cuts=self._cuts_of(name))
            for name, mine in by_method.items()
        }, by_method

    def of_detectors(
        self, detectors: Sequence[str]
    ) -> tuple[dict[str, list[Measured]], dict[str, list[ScoredCapture]]]:
        """Detectors fitted in turns."""
        opened = open_tables(self.captures, self.timezone) if self.tables else {}
        profile = profile_of_tables(opened) if self.tables else self.profile
        able = profile in RULE_BOOKS and give_context(first_rows(opened))
        parameters = with_context(detectors, {}) if able else {}
        needs = needs_of_detectors(detectors, profile, parameters)
        kept: dict[str, Any] = {
            "history": needs.history,
            "columns": needs.columns,
            "context": needs.context,
            "most_rows": MOST_ROWS,
            "seed": self.seed,
            "unlabelled": self.left_out.append,
        }
        labelled: Iterator[LabelledCapture]
        if self.tables:
            labelled = label_tables(opened, self.truth, **kept)
        else:
            labelled = label_captures(
                self.captures, self.truth, profile=profile, meter_name=self.meter,
                **kept,
            )  # fmt: skip
        captures = [c for capture in labelled for c in self._once(capture)]
        if self.tables and any(capture.flows.context for capture in captures):
            self.remarks.append(REMARK)
        if not captures:
            raise UsageError(self._nothing())
        if self.split == TIME:
            starts = [_start_us(capture) for capture in captures]
            slots = self.grouping.slots(starts)
            captures = [replace(c, group=g) for c, g in zip(captures, slots, strict=True)]
        return in_turns(
            captures, detectors, split=self.split, profile=profile, parameters=parameters,
            fpr=self.fpr, seed=self.seed, say=self.say, cuts_of=self._cuts_of,
        )  # fmt: skip

    def _cuts_of(self, method: str) -> Cuts:
        return self.cuts.setdefault(method, Cuts(self.chosen))

    def _judged(self, scorer: Scorer) -> Iterator[JudgedCapture]:
        said: dict[str, Any] = {
            "alerts_per_day": self.alerts_per_day,
            "grouping": self.grouping,
            "duplicates": self.duplicates,
            "left_out": self.left_out.append,
        }
        if self.tables:
            opened = open_tables(self.captures, self.timezone)
            return judge_tables(opened, self.truth, scorer, remark=self.remarks.append, **said)
        assert self.truth is not None
        return judge_captures(self.captures, self.truth, scorer, meter_name=self.meter, **said)

    def _grouped(self, captures: list[ScoredCapture]) -> list[ScoredCapture]:
        """Groups that are known only when all captures are there."""
        if self.split == TIME:
            slots = self.grouping.slots([capture.start_us for capture in captures])
            return [replace(c, group=g) for c, g in zip(captures, slots, strict=True)]
        if self.split == ROWS:
            return [piece for capture in captures for piece in row_pieces(capture, self.seed)]
        return captures

    def _once(self, capture: LabelledCapture) -> Iterator[LabelledCapture]:
        """The capture with its group, without what was seen before."""
        if self.duplicates.is_file_again(capture.name, capture.sha256):
            return
        rows = (~self.duplicates.again(capture.flows)).nonzero()[0]
        self.duplicates.end_of_file()
        labelled = UNLABELLED not in capture.families
        if not labelled:
            self.left_out.append(capture.name)
        elif len(rows):
            own = capture.flows.take(slice(capture.flows.carried, None))
            group = self.grouping.group_of(capture.name, capture.source, own)
            yield replace(some_rows(capture, rows), group=group)

    def _nothing(self) -> str:
        who = "the truth file" if self.truth else "their Label column"
        return f"{who} labels no flow of what was named"


def _start_us(capture: LabelledCapture) -> int | None:
    if "start_us" not in capture.flows.identity:
        return None
    return int(capture.flows.identity["start_us"].min())


def _told(measured: Measured) -> Mapping[str, Any]:
    values = {name: round(value, 3) for name, value in sorted(measured.values.items())}
    return {
        "capture": measured.name,
        "source": measured.source,
        "family": measured.family,
        "flows": measured.flows,
        **values,
    }
