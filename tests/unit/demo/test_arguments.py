"""What `make run` may be asked, and how it refuses the rest."""

import pytest

from local.demo.arguments import read_arguments


@pytest.mark.parametrize("scale", ["0", "-5", "nan", "inf", "-inf", "10001", "fast", ""])
def test_a_scale_at_which_no_clock_can_run_is_refused_with_its_rule(
    scale: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_arguments([f"--scale={scale}"])

    assert ended.value.code == 2
    assert f"argument --scale: {scale!r} is not a number above 0 and at most 10000" in capsys.readouterr().err


@pytest.mark.parametrize(("scale", "read"), [("0.5", 0.5), ("60", 60.0), ("10000", 10_000.0)])
def test_any_other_scale_is_read(scale: str, read: float) -> None:
    assert read_arguments(["--scale", scale]).scale == read


@pytest.mark.parametrize("other", ["--attended", "--serve"])
def test_who_rehearses_the_loss_of_the_region_neither_attends_nor_serves(
    other: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_arguments(["--region-loss", other])

    assert ended.value.code == 2
    assert "argument --region-loss: it rehearses by itself" in capsys.readouterr().err
