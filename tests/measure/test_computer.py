"""What a computer tells of itself, from texts as several systems write them."""

from __future__ import annotations

import subprocess

import pytest

from costscope.measure import computer as module
from costscope.measure.arm import part_name
from costscope.measure.computer import (
    FLAGS,
    computer,
    from_cpuinfo,
    from_registry,
    from_sysctl,
    governor_of,
)

_X86 = """processor\t: 0
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 143
model name\t: Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz
flags\t\t: fpu sse4_2 avx fma f16c avx2 avx512f avx512_vnni amx_tile amx_int8 hypervisor

processor\t: 1
model name\t: Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz
flags\t\t: fpu
"""
_PI = """processor\t: 0
BogoMIPS\t: 108.00
Features\t: fp asimd evtstrm crc32 cpuid asimdrdm asimdhp fphp asimddp
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x4
CPU part\t: 0xd0b
CPU revision\t: 1

processor\t: 1
CPU implementer\t: 0x41
CPU part\t: 0xd0b

Revision\t: c04170
Model\t\t: Raspberry Pi 5 Model B Rev 1.0
"""


def test_a_processor_that_names_itself():
    name, flags = from_cpuinfo(_X86)

    assert name == "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz"
    assert flags == (
        *("sse4_2", "avx", "avx2", "fma", "f16c", "avx512f", "avx512_vnni"),
        *("amx_tile", "amx_int8"),
    )


@pytest.mark.parametrize("bare", ["AMD EPYC", "Intel(R) Xeon(R) Processor @ 2.80GHz"])
def test_a_name_without_a_model_number_gets_the_family(bare):
    text = f"processor : 0\ncpu family : 25\nmodel : 1\nmodel name : {bare}\nflags : avx2\n"

    assert from_cpuinfo(text) == (f"{bare} (family 25 model 1)", ("avx2",))


def test_an_arm_board_is_named_by_its_core():
    name, flags = from_cpuinfo(_PI)

    assert name == "Arm Cortex-A76"
    assert flags == ("asimd", "fphp", "asimdhp", "asimddp")


def test_several_kinds_of_cores_are_counted():
    text = "\n\n".join(
        f"processor : {n}\nCPU implementer : 0x41\nCPU part : {part}"
        for n, part in enumerate(["0xd05"] * 4 + ["0xd41"] * 3 + ["0xd44"])
    )

    assert from_cpuinfo(text)[0] == "4x Arm Cortex-A55 + 3x Arm Cortex-A78 + 1x Arm Cortex-X1"


@pytest.mark.parametrize(
    ("numbers", "name"),
    [
        (("0x41", "0xd0c"), "Arm Neoverse-N1"),
        (("0x51", "0x804"), "Qualcomm Kryo 4xx Gold"),
        (("0x41", "0xfff"), "Arm core 0xfff"),
        (("0x77", "0x012"), "Arm implementer 0x77 core 0x012"),
        (("", "what"), "Arm core ?:what"),
    ],
)
def test_core_numbers(numbers, name):
    assert part_name(*numbers) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", ""),
        ("\n\n", ""),
        ("no colon at all", ""),
        ("processor : 0\ncpu : POWER9, altivec supported\n", "POWER9, altivec supported"),
        ("processor : 0\nisa : rv64imafdc\nuarch : sifive,u74-mc\n", "sifive,u74-mc"),
    ],
)
def test_other_texts(text, name):
    assert from_cpuinfo(text) == (name, ())


def test_an_apple_computer():
    text = """machdep.cpu.brand_string: Apple M2 Pro
hw.optional.arm.FEAT_BF16: 1
hw.optional.arm.FEAT_I8MM: 1
hw.optional.arm.FEAT_SME: 0
hw.optional.arm.FEAT_DotProd: 1
hw.optional.arm.AdvSIMD: 1
hw.optional.arm.FEAT_FP16: 1
"""

    assert from_sysctl(text) == (
        "Apple M2 Pro",
        ("asimd", "fphp", "asimdhp", "asimddp", "i8mm", "bf16"),
    )


def test_an_apple_computer_with_an_intel_processor():
    text = """machdep.cpu.brand_string: Intel(R) Core(TM) i7-9750H CPU @ 2.60GHz
machdep.cpu.features: FPU SSE4.2 FMA AVX1.0 F16C
machdep.cpu.leaf7_features: AVX2 BMI1
"""

    assert from_sysctl(text) == (
        "Intel(R) Core(TM) i7-9750H CPU @ 2.60GHz",
        ("sse4_2", "avx", "avx2", "fma", "f16c"),
    )


def test_a_windows_registry():
    text = "\r\n    ProcessorNameString    REG_SZ    AMD Ryzen 7 7840U  w/ Radeon   \r\n"

    assert from_registry(text) == "AMD Ryzen 7 7840U w/ Radeon"
    assert from_registry("ERROR: not found") == ""


@pytest.mark.parametrize(
    ("texts", "governor"),
    [
        (["performance\n", "performance\n"], "performance"),
        (["schedutil\n", "performance\n", ""], "performance+schedutil"),
        (["", ""], ""),
    ],
)
def test_governors(texts, governor):
    assert governor_of(texts) == governor


def test_a_whole_computer_from_a_folder(tmp_path, monkeypatch):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(_PI)
    for number, governor in ((0, "ondemand"), (1, "ondemand"), (7, "performance")):
        folder = tmp_path / f"sys/devices/system/cpu/cpu{number}/cpufreq"
        folder.mkdir(parents=True)
        (folder / "scaling_governor").write_text(f"{governor}\n")
    monkeypatch.setattr(module, "_processors", lambda: (0, 1))

    found = computer(tmp_path)

    assert (found.cpu, found.cores, found.governor) == ("Arm Cortex-A76", 2, "ondemand")


def test_this_computer():
    found = computer()

    assert found.cpu
    assert found.cores >= 1
    assert set(found.flags) <= set(FLAGS)
    assert found.memory_bytes is None or found.memory_bytes > 2**20


@pytest.mark.parametrize("system", ["Darwin", "Windows", "Plan9"])
def test_a_computer_that_tells_nothing_is_still_described(tmp_path, monkeypatch, system):
    def fails(*_args, **_kwargs):
        raise subprocess.TimeoutExpired("sysctl", 10)

    monkeypatch.setattr(subprocess, "run", fails)
    monkeypatch.setattr(module.platform, "system", lambda: system)

    found = computer(tmp_path)

    assert found.cpu
    assert found.flags == ()


def test_what_a_command_prints_is_used(tmp_path, monkeypatch):
    printed = "machdep.cpu.brand_string: Apple M1\nhw.optional.arm.FEAT_FP16: 1\n"
    monkeypatch.setattr(
        subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 0, printed, "")
    )
    monkeypatch.setattr(module.platform, "system", lambda: "Darwin")

    found = computer(tmp_path)

    assert (found.cpu, found.flags) == ("Apple M1", ("fphp", "asimdhp"))
