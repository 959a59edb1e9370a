"""`train` and `evaluate` of flow tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from netad_pcap.detection import read_bundle, write_bundle
from netad_pcap.errors import ModelError, UsageError
from netad_pcap.training.assessment import evaluate
from netad_pcap.training.own import Trained, train
from tests.training.tables import BARE, write_table

QUIET = ["Benign"] * 300
MIXED = ["Benign"] * 200 + ["DDoS"] * 40


def _train(
    paths: list[Path], *, detectors: tuple[str, ...] = ("autoencoder",), fpr: float = 0.05,
    said: list[str] | None = None, parameters: dict[str, dict[str, object]] | None = None,
) -> Trained:  # fmt: skip
    say = (lambda line: None) if said is None else said.append
    return train(
        [str(path) for path in paths], "own", tables=True, detectors=detectors, fpr=fpr, say=say,
        parameters=parameters or {},
    )  # fmt: skip


def test_a_quiet_table_gives_a_detector_and_own_baselines(tmp_path: Path) -> None:
    made = _train([write_table(tmp_path / "t.csv", QUIET)])
    assert made.bundle.profile == "cic-fixed"
    assert [d.name for d in made.bundle.detectors] == ["own-autoencoder"]
    calibrated = set(made.bundle.baselines[0].calibration)
    assert calibrated == {"own-autoencoder", "autoencoder", "lstm", "mlp", "behaviour", "names"}
    assert made.bundle.detectors[0].parameters["context"] is True


def test_parameters_are_those_that_were_set(tmp_path: Path) -> None:
    paths = [write_table(tmp_path / "t.csv", QUIET)]
    made = _train(
        paths,
        detectors=("lstm_autoencoder",),
        parameters={"lstm_autoencoder": {"epochs": 1, "length": 4, "hidden": 16}},
    )
    (detector,) = made.bundle.detectors
    assert (detector.parameters["length"], detector.parameters["hidden"]) == (4, 16)
    for wrong, says in (
        ({"gan": {"epochs": 1}}, "gan are set, which is not among"),
        ({"autoencoder": {"layers": 1}}, "no parameter 'layers'"),
        ({"autoencoder": {"scaling": "square"}}, "no scaling 'square'"),
    ):
        with pytest.raises((ModelError, UsageError), match=says):
            _train(paths, parameters=wrong)  # type: ignore[arg-type]


def test_a_detector_that_reads_context_is_trained_and_measured_on_tables(tmp_path: Path) -> None:
    said: list[str] = []
    paths = [write_table(tmp_path / f"{i}.csv", MIXED, seed=i) for i in range(5)]
    made = _train(paths, detectors=("behaviour",), said=said)
    assert sum("context made from the table" in line for line in said) == 1
    assert made.bundle.metrics["held_out"]["fused"]["ddos"]["flagged"]["captures"] == 1
    model, other = tmp_path / "own.netad", write_table(tmp_path / "o.csv", MIXED, seed=9)
    clean = write_table(tmp_path / "clean.csv", QUIET, seed=10)
    write_bundle(made.bundle, model)
    found = evaluate([str(other), str(clean)], None, tables=True, models=[str(model)], fpr=0.05)
    assert found["figures"]["behaviour"]["ddos"]["auc"]["captures"] == 1
    assert any("context made from the table" in remark for remark in found["remarks"])
    bare = write_table(tmp_path / "bare.csv", MIXED, seed=11, without=BARE)
    with pytest.raises(ModelError, match=r"behaviour .*the table has no Src IP and no Dst IP"):
        evaluate([str(bare)], None, tables=True, models=[str(model)], fpr=0.05)


def test_without_addresses_shipped_detectors_get_no_baseline_and_that_is_said(
    tmp_path: Path,
) -> None:
    said: list[str] = []
    made = _train([write_table(tmp_path / "t.csv", QUIET, without=BARE)], said=said)
    assert set(made.bundle.baselines[0].calibration) == {"own-autoencoder"}
    assert made.bundle.detectors[0].parameters["context"] is False
    words = (
        "left out: own baseline for autoencoder, lstm, mlp, behaviour, names (each reads what "
        "hosts did"
    )
    assert sum(line.startswith(words) for line in said) == 1


def test_tables_of_another_profile_are_learned_without_the_shipped_model(tmp_path: Path) -> None:
    said: list[str] = []
    path = write_table(tmp_path / "t.csv", QUIET, profile="cic-2018", without=BARE)
    made = _train([path], said=said)
    assert made.bundle.profile == "cic-2018"
    assert made.bundle.detectors[0].parameters["profile"] == "cic-2018"
    assert made.bundle.uses == ()
    assert any("fitted to flows of cic-fixed; these are of cic-2018" in line for line in said)


def test_what_cannot_be_trained_is_refused_by_name(tmp_path: Path) -> None:
    bare = write_table(tmp_path / "t.csv", QUIET, without=BARE)
    with pytest.raises(ModelError, match=r"cannot train detector lstm \(.* no Src IP"):
        _train([bare], detectors=("autoencoder", "lstm"))
    narrow = write_table(tmp_path / "n.csv", QUIET, without=("Fwd Packet Length Max",))
    with pytest.raises(ModelError, match=r"autoencoder \(reads .* lacks: Fwd Pkt Len Max\)"):
        _train([narrow])


def test_detector_that_learns_nothing_from_benign_flows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"lstm cannot learn these flows: .* all flows are benign"):
        _train([write_table(tmp_path / "t.csv", QUIET)], detectors=("lstm",))


def test_tables_that_name_attacks_are_parted_and_measured(tmp_path: Path) -> None:
    paths = [write_table(tmp_path / f"{i}.csv", MIXED, seed=i) for i in range(5)]
    none = write_table(tmp_path / "none.csv", ["No Label"] * 30)
    made = _train([*paths, none])
    assert made.skipped == (str(none),)
    assert [d.name for d in made.bundle.detectors] == ["autoencoder"]
    assert made.bundle.metrics["held_out"]["fused"]["ddos"]["flagged"]["captures"] == 1
    with pytest.raises(ModelError, match="labelled flows are of 4 sources; 5 are needed"):
        _train(paths[:4])
    with pytest.raises(ModelError, match=r"counts for 20 at most; --fpr 0\.01 needs at least 99"):
        _train(paths, fpr=0.01)


def test_a_model_is_measured_on_tables(tmp_path: Path) -> None:
    model = tmp_path / "own.netad"
    quiet = write_table(tmp_path / "quiet.csv", QUIET, without=BARE)
    write_bundle(_train([quiet]).bundle, model)
    tables = [write_table(tmp_path / "mixed.csv", MIXED, without=BARE, seed=2),
              write_table(tmp_path / "clean.csv", QUIET, without=BARE, seed=1)]  # fmt: skip
    unlabelled = write_table(tmp_path / "none.csv", ["No Label"] * 30, without=BARE)
    found = evaluate(
        [str(path) for path in (*tables, unlabelled)], None, tables=True, models=[str(model)],
        fpr=0.05,
    )  # fmt: skip
    assert found["left_out"] == [str(unlabelled)]
    assert found["figures"]["fused"]["ddos"]["auc"]["mean"] > 0.9
    # Without addresses nothing can be found, which is not "nothing was found".
    assert "found" not in found["figures"]["fused"]["ddos"]
    assert "quiet" not in found["figures"]["fused"]["benign"]
    with pytest.raises(UsageError, match="was fitted to this capture"):
        evaluate([str(quiet)], None, tables=True, models=[str(model)], fpr=0.05)


def test_tables_judged_by_different_detectors_are_not_one_figure(tmp_path: Path) -> None:
    tables = [write_table(tmp_path / "a.csv", MIXED),
              write_table(tmp_path / "b.csv", MIXED, without=BARE)]  # fmt: skip
    made = _train(
        [write_table(tmp_path / "quiet.csv", QUIET, seed=7)],
        detectors=("autoencoder", "behaviour"),
        parameters={"autoencoder": {"context": False}},
    )
    model = tmp_path / "own.netad"
    write_bundle(made.bundle, model)
    with pytest.raises(UsageError, match=r"b\.csv is judged by other detectors than .*behaviour"):
        evaluate([str(path) for path in tables], None, tables=True, models=[str(model)], fpr=0.1)


def test_captures_need_a_truth_file(samples: Path) -> None:
    with pytest.raises(UsageError, match="give --truth FILE"):
        evaluate([str(samples / "port_scan.pcap")], None)


def test_the_model_is_written_again_byte_for_byte(tmp_path: Path) -> None:
    quiet = write_table(tmp_path / "quiet.csv", QUIET, without=BARE)
    for name in ("a", "b"):
        write_bundle(_train([quiet]).bundle, tmp_path / f"{name}.netad")
    assert read_bundle(tmp_path / "a.netad").sha256 == read_bundle(tmp_path / "b.netad").sha256


def test_public_table_of_2018(shared_data: Path) -> None:
    table = shared_data / "tables" / "cic2018" / "web_loicudp.parquet"
    with pytest.raises(ModelError, match="labelled flows are of 1 source;"):
        _train([table])


def test_a_table_that_nobody_can_judge_is_named(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", MIXED, profile="cic-2018", without=BARE)
    with pytest.raises(ModelError, match=r"t\.csv: the model was fitted to flows of cic-fixed"):
        evaluate([str(table)], None, tables=True)
