"""The people of the demo city: every census variable of every block and rural locality.

Counts are drawn place by place so that all sums the census keeps hold exactly: ages add up to
the population but for a few people whose age is not stated, women and men to the total, parts of
a classification to at most their whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from data.demo.geometry import Floats, Ints
from data.demo.zones import RURAL, ZONES, Zone

Counts: TypeAlias = dict[str, Ints]

_AGES = np.arange(101)
_SEXES = ("F", "M")
_NO_AGE = 0.0012
_WOMEN = 0.513
_GROWN, _RETIRED = 15, 58
_FEW_DWELLINGS = 0.022  # share of blocks with one or two dwellings
_BANDS = {
    "P_0A2": (0, 2), "P_3YMAS": (3, 100), "P_5YMAS": (5, 100), "P_12YMAS": (12, 100),
    "P_15YMAS": (15, 100), "P_18YMAS": (18, 100), "P_3A5": (3, 5), "P_6A11": (6, 11),
    "P_8A14": (8, 14), "P_12A14": (12, 14), "P_15A17": (15, 17), "P_18A24": (18, 24),
    "P_60YMAS": (60, 100), "P_85YMAS": (85, 100), "P_0A4": (0, 4),
    **{f"P_{low}A{low + 4}": (low, low + 4) for low in range(5, 85, 5)},
}  # fmt: skip
# Share with a disability by age band, and how each difficulty goes with having one.
_DISABLED = ((0, 14, 0.018), (15, 39, 0.021), (40, 59, 0.052), (60, 74, 0.14), (75, 100, 0.37))
_DIFFICULTIES = {
    "PCDISC_MOT": (0.44, 0.06), "PCDISC_VIS": (0.28, 0.16), "PCDISC_LENG": (0.05, 0.09),
    "PCDISC_AUD": (0.10, 0.11), "PCDISC_MOT2": (0.03, 0.16), "PCDISC_MEN": (0.10, 0.09),
}  # fmt: skip
_LIMITATIONS = {
    "PCLIM_CSB": (0.22, 0.10), "PCLIM_VIS": (0.53, 0.10), "PCLIM_HACO": (0.03, 0.03),
    "PCLIM_OAUD": (0.09, 0.09), "PCLIM_MOT2": (0.01, 0.03), "PCLIM_RE_CO": (0.12, 0.09),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class People:
    """The true counts of the smallest places.

    Parameters
    ----------
    counts
        One row a place (``cvegeo``), one column a census count, integers.
    sums
        Numerators of the census averages, which add up as counts do: years of schooling, children
        born, rooms.
    """

    counts: pd.DataFrame
    sums: pd.DataFrame

    def total(self, group: pd.Series) -> "People":
        """Return the counts added up by group (a label for each place)."""
        return People(
            self.counts.groupby(group.to_numpy()).sum(), self.sums.groupby(group.to_numpy()).sum()
        )


@dataclass(frozen=True, slots=True)
class Setting:
    """What decides who lives in each place; arrays of shape (n,)."""

    dwellings: Ints
    size: Floats
    youth: Floats
    means: Floats
    insured: Floats


def block_setting(
    zone: list[str], hectares: Floats, lived_in: Floats, rng: np.random.Generator
) -> Setting:
    """Return the setting of urban blocks.

    Parameters
    ----------
    zone
        Kind of neighbourhood of each block.
    hectares
        Area of each block.
    lived_in
        Whether the block has dwellings, 0 or 1.
    rng
        Source of chance.
    """
    kinds = [ZONES[name] for name in zone]
    density = np.array([kind.density for kind in kinds])
    dwellings = rng.poisson(density * hectares * lived_in * rng.gamma(9.0, 1 / 9.0, len(kinds)))
    # A few blocks with one or two dwellings, among workshops and in new developments.
    few = (lived_in > 0) & (rng.random(len(kinds)) < _FEW_DWELLINGS)
    dwellings[few] = rng.integers(1, 3, int(few.sum()))
    return Setting(
        dwellings, np.array([kind.size for kind in kinds]), _near(kinds_of(kinds, "youth"), rng),
        _near(kinds_of(kinds, "means"), rng), _near(kinds_of(kinds, "insured"), rng),
    )  # fmt: skip


def rural_setting(dwellings: Ints, rng: np.random.Generator) -> Setting:
    """Return the setting of rural localities."""
    n = len(dwellings)
    return Setting(
        dwellings, np.full(n, RURAL.size), _near(np.full(n, RURAL.youth), rng),
        _near(np.full(n, RURAL.means), rng), _near(np.full(n, RURAL.insured), rng),
    )  # fmt: skip


def kinds_of(kinds: Sequence[Zone], attribute: str) -> Floats:
    """Return one attribute of each kind of neighbourhood."""
    return np.array([getattr(kind, attribute) for kind in kinds], dtype=np.float64)


def _near(share: Floats, rng: np.random.Generator) -> Floats:
    return np.clip(share + rng.normal(0, 0.06, len(share)), 0.02, 0.98)


def draw_people(cvegeo: list[str], setting: Setting, rng: np.random.Generator) -> People:
    """Draw everyone who lives in some places.

    Parameters
    ----------
    cvegeo
        Codes of the places, shape (n,).
    setting
        What decides who lives there.
    rng
        Source of chance.
    """
    counts: Counts = {}
    sums: dict[str, Floats] = {}
    ages = _draw_ages(counts, setting, rng)
    _draw_origin(counts, setting, rng)
    _draw_disability(counts, ages, rng)
    _draw_school(counts, sums, setting, rng)
    _draw_work(counts, setting, rng)
    _draw_insurance(counts, setting, rng)
    _draw_family(counts, sums, setting, rng)
    _draw_dwellings(counts, sums, setting, rng)
    return People(pd.DataFrame(counts, index=cvegeo), pd.DataFrame(sums, index=cvegeo))


def _pick(n: Ints, share: Floats | float, rng: np.random.Generator) -> Ints:
    return np.asarray(rng.binomial(n, np.clip(share, 0.0, 1.0)), dtype=np.intp)


def _parts(n: Ints, shares: list[Floats | float], rng: np.random.Generator) -> list[Ints]:
    """Draw the parts of a classification; what the shares leave of 1 stays unspecified."""
    table = np.stack([np.broadcast_to(np.asarray(share, dtype=float), n.shape) for share in shares])
    rest = np.clip(1.0 - table.sum(axis=0), 0.0, 1.0)
    full = np.clip(np.vstack([table, rest[None]]), 0.0, 1.0)
    drawn = rng.multinomial(n, (full / full.sum(axis=0)).T)
    return [np.asarray(drawn[:, position], dtype=np.intp) for position in range(len(shares))]


def _both(counts: Counts, name: str, women: str = "_F", men: str = "_M") -> None:
    counts[name] = counts[f"{name}{women}"] + counts[f"{name}{men}"]


def _pyramid(youth: Floats) -> Floats:
    """Return the share of each age, shape (n, 101), for young and old neighbourhoods."""
    young = np.exp(-_AGES / 34.0) * (1 + 0.55 * np.exp(-(((_AGES - 30) / 9.0) ** 2)))
    young *= np.where(_AGES > _RETIRED, np.exp(-(_AGES - _RETIRED) / 15.0), 1.0)
    old = np.exp(-(((_AGES - 38) / 33.0) ** 2)) * np.where(_AGES < _GROWN, 0.86, 1.0)
    young, old = young / young.sum(), old / old.sum()
    return youth[:, None] * young + (1 - youth[:, None]) * old


def _draw_ages(counts: Counts, setting: Setting, rng: np.random.Generator) -> Ints:
    """Draw sex and single age of everyone; return them, shape (n, 2, 101), women first."""
    extra = rng.poisson(setting.dwellings * (setting.size - 1.0))
    population = np.asarray(setting.dwellings + extra, dtype=np.intp)
    share = _pyramid(setting.youth)
    women = share * (_WOMEN + 0.0011 * (_AGES - 35))
    shares = np.concatenate([women, share - women], axis=1) * (1 - _NO_AGE)
    unstated = np.full((len(population), 2), _NO_AGE / 2)
    table = np.concatenate([shares, unstated], axis=1)
    drawn = rng.multinomial(population, table / table.sum(axis=1, keepdims=True))
    ages = drawn[:, :202].reshape(-1, 2, 101)
    counts["POBTOT"] = population
    for position, sex in enumerate(("POBFEM", "POBMAS")):
        counts[sex] = ages[:, position].sum(axis=1) + drawn[:, 202 + position]
    for name, (low, high) in _BANDS.items():
        for position, sex in enumerate(_SEXES):
            counts[f"{name}_{sex}"] = ages[:, position, low : high + 1].sum(axis=1)
        _both(counts, name)
    counts["P_15A49_F"] = ages[:, 0, 15:50].sum(axis=1)
    both = ages.sum(axis=1)
    counts["POB0_14"] = both[:, :15].sum(axis=1)
    counts["POB15_64"] = both[:, 15:65].sum(axis=1)
    counts["POB65_MAS"] = both[:, 65:].sum(axis=1)
    return np.asarray(ages, dtype=np.intp)


def _draw_origin(counts: Counts, setting: Setting, rng: np.random.Generator) -> None:
    away = 0.12 + 0.14 * setting.means
    native = 0.006 + 0.02 * (1 - setting.means)
    for sex, total in (("F", "POBFEM"), ("M", "POBMAS")):
        people = counts[total]
        counts[f"PNACENT_{sex}"], counts[f"PNACOE_{sex}"] = _parts(
            people, [0.985 - away, away], rng
        )
        counts[f"PRES2015_{sex}"], counts[f"PRESOE15_{sex}"] = _parts(
            counts[f"P_5YMAS_{sex}"], [0.945, 0.2 * away], rng
        )
        speakers = _pick(counts[f"P_3YMAS_{sex}"], native, rng)
        counts[f"P3YM_HLI_{sex}"] = speakers
        counts[f"P3HLINHE_{sex}"], counts[f"P3HLI_HE_{sex}"] = _parts(speakers, [0.01, 0.97], rng)
        counts[f"POB_AFRO_{sex}"] = _pick(people, 0.012, rng)
    for name in ("PNACENT", "PNACOE", "PRES2015", "PRESOE15", "P3YM_HLI", "P3HLINHE", "P3HLI_HE",
                 "POB_AFRO"):  # fmt: skip
        _both(counts, name)
    counts["P5_HLI"] = _pick(counts["P3YM_HLI"], 0.985, rng)
    counts["P5_HLI_NHE"], counts["P5_HLI_HE"] = _parts(counts["P5_HLI"], [0.008, 0.97], rng)
    counts["PHOG_IND"] = _pick(counts["POBTOT"], 2.1 * native, rng)
    catholic, christian, other, none = _parts(
        counts["POBTOT"], [0.86 - 0.05 * (1 - setting.means), 0.06, 0.003, 0.06], rng
    )
    counts.update(PCATOLICA=catholic, PRO_CRIEVA=christian, POTRAS_REL=other, PSIN_RELIG=none)


def _draw_disability(counts: Counts, ages: Ints, rng: np.random.Generator) -> None:
    both = ages.sum(axis=1)
    disabled = sum(
        (_pick(both[:, low : high + 1].sum(axis=1), share, rng) for low, high, share in _DISABLED),
        start=np.zeros(len(both), dtype=np.intp),
    )
    counts["PCON_DISC"] = disabled
    _draw_kinds(counts, disabled, _DIFFICULTIES, rng)
    rest = counts["POBTOT"] - disabled
    limited, mental, unstated = _parts(rest, [0.116, 0.006, 0.011], rng)
    counts["PCON_LIMI"] = limited
    _draw_kinds(counts, limited, _LIMITATIONS, rng)
    counts["PCLIM_PMEN"] = mental + _pick(disabled, 0.09, rng) + _pick(limited, 0.015, rng)
    counts["PSIND_LIM"] = rest - limited - mental - unstated


def _draw_kinds(
    counts: Counts, people: Ints, kinds: dict[str, tuple[float, float]], rng: np.random.Generator
) -> None:
    """Draw each person's main difficulty, and further ones on top."""
    total = sum(share for share, _ in kinds.values())
    drawn = _parts(people, [share / total for share, _ in kinds.values()], rng)
    # Rounding of the shares may leave someone without one: the first kind takes them.
    drawn[0] = people - sum(drawn[1:], start=np.zeros_like(people))
    for (name, (_, further)), main in zip(kinds.items(), drawn, strict=True):
        counts[name] = main + _pick(people - main, further, rng)


def _draw_school(
    counts: Counts, sums: dict[str, Floats], setting: Setting, rng: np.random.Generator
) -> None:
    poor = 1 - setting.means
    years = np.array([0.0, 3.4, 6.0, 7.6, 9.0, 13.2])
    for sex in _SEXES:
        counts[f"P3A5_NOA_{sex}"] = _pick(counts[f"P_3A5_{sex}"], 0.25 + 0.22 * poor, rng)
        counts[f"P6A11_NOA{sex}"] = _pick(counts[f"P_6A11_{sex}"], 0.015 + 0.04 * poor, rng)
        counts[f"P12A14NOA{sex}"] = _pick(counts[f"P_12A14_{sex}"], 0.03 + 0.11 * poor, rng)
        counts[f"P15A17A_{sex}"] = _pick(counts[f"P_15A17_{sex}"], 0.92 - 0.38 * poor, rng)
        counts[f"P18A24A_{sex}"] = _pick(counts[f"P_18A24_{sex}"], 0.60 - 0.45 * poor, rng)
        counts[f"P8A14AN_{sex}"] = _pick(counts[f"P_8A14_{sex}"], 0.008 + 0.02 * poor, rng)
        adults = counts[f"P_18YMAS_{sex}"]
        shares = [
            0.008 + 0.05 * poor**2, 0.02 + 0.11 * poor, 0.04 + 0.14 * poor, 0.015 + 0.03 * poor,
            0.12 + 0.25 * poor, 0.795 - 0.58 * poor - 0.05 * poor**2,
        ]  # fmt: skip
        levels = _parts(adults, list(shares), rng)
        teens = _parts(counts[f"P_15A17_{sex}"], [0.004, 0.01, 0.03, 0.12, 0.42, 0.41], rng)
        counts[f"P18YM_PB_{sex}"] = levels[5]
        every = [a + b for a, b in zip(levels, teens, strict=True)]
        for name, people in zip(
            (f"P15YM_SE_{sex}", f"P15PRI_IN{sex}", f"P15PRI_CO{sex}", f"P15SEC_IN{sex}",
             f"P15SEC_CO{sex}"), every, strict=False,
        ):  # fmt: skip
            counts[name] = people
        counts[f"P15YM_AN_{sex}"] = _pick(counts[f"P15YM_SE_{sex}"], 0.8, rng)
        sums[f"years_{sex}"] = np.stack(every, axis=1) @ years + levels[5] * 1.6 * setting.means
        sums[f"stated_{sex}"] = np.sum(every, axis=0).astype(np.float64)
    for name in ("P3A5_NOA", "P15A17A", "P18A24A", "P8A14AN", "P18YM_PB", "P15YM_SE", "P15YM_AN"):
        _both(counts, name)
    for name in ("P6A11_NOA", "P12A14NOA", "P15PRI_IN", "P15PRI_CO", "P15SEC_IN", "P15SEC_CO"):
        _both(counts, name, "F", "M")


def _draw_work(counts: Counts, setting: Setting, rng: np.random.Generator) -> None:
    # Women's participation rises with means and falls with small children at home.
    children = counts["P_0A2"] + counts["P_3A5"]
    burden = children / np.maximum(counts["P_12YMAS_F"], 1)
    for sex, share in (("F", 0.35 + 0.24 * setting.means - 0.16 * burden), ("M", 0.745)):
        active, inactive = _parts(counts[f"P_12YMAS_{sex}"], [share, 0.994 - share], rng)
        counts[f"PEA_{sex}"], counts[f"PE_INAC_{sex}"] = active, inactive
        counts[f"PDESOCUP_{sex}"] = _pick(active, 0.019, rng)
        counts[f"POCUPADA_{sex}"] = active - counts[f"PDESOCUP_{sex}"]
    for name in ("PEA", "PE_INAC", "POCUPADA", "PDESOCUP"):
        _both(counts, name)


def _draw_insurance(counts: Counts, setting: Setting, rng: np.random.Generator) -> None:
    poor = 1 - setting.means
    covered = np.clip(setting.insured + 0.30 * poor + 0.12, 0.0, 0.93)
    counts["PSINDER"], insured = _parts(counts["POBTOT"], [0.996 - covered, covered], rng)
    counts["PDER_SS"] = insured
    social = setting.insured / covered
    other = 1 - social
    # The scheme of each insured person, and the second one a few have.
    schemes = {
        "PDER_IMSS": 0.80 * social, "PDER_ISTE": 0.13 * social, "PDER_ISTEE": 0.02 * social,
        "PAFIL_PDOM": 0.012 * social, "PDER_SEGP": 0.86 * other, "PDER_IMSSB": 0.06 * other,
        "PAFIL_IPRIV": 0.038 * social + 0.05 * other,
    }  # fmt: skip
    drawn = _parts(insured, list(schemes.values()), rng)
    second = 0.012 + 0.03 * setting.means**2
    for name, main in zip(schemes, drawn, strict=True):
        share = second if name == "PAFIL_IPRIV" else 0.002
        counts[name] = main + _pick(insured - main, share, rng)
    counts["PAFIL_OTRAI"] = insured - sum(drawn, start=np.zeros_like(insured))


def _draw_family(
    counts: Counts, sums: dict[str, Floats], setting: Setting, rng: np.random.Generator
) -> None:
    single = 0.30 + 0.10 * setting.youth
    solt, casa, sepa = _parts(counts["P_12YMAS"], [single, 0.865 - single, 0.132], rng)
    counts.update(P12YM_SOLT=solt, P12YM_CASA=casa, P12YM_SEPA=sepa)
    sums["born"] = rng.poisson(counts["P_12YMAS_F"] * (1.75 + 0.9 * (1 - setting.means))).astype(
        np.float64
    )
    homes = setting.dwellings
    counts["TOTHOG"] = homes
    counts["HOGJEF_F"] = _pick(homes, 0.37 - 0.08 * setting.youth, rng)
    counts["HOGJEF_M"] = homes - counts["HOGJEF_F"]
    counts["POBHOG"] = counts["POBTOT"]
    share = 0.93 * counts["HOGJEF_F"] / np.maximum(homes, 1)
    # Each household has at least the person it is named after.
    extra = _pick(counts["POBHOG"] - homes, share, rng)
    alone = counts["HOGJEF_M"] == 0
    extra = np.where(alone, counts["POBHOG"] - homes, extra)
    extra = np.where(counts["HOGJEF_F"] == 0, 0, extra)
    counts["PHOGJEF_F"] = counts["HOGJEF_F"] + extra
    counts["PHOGJEF_M"] = counts["POBHOG"] - counts["PHOGJEF_F"]


def _draw_dwellings(
    counts: Counts, sums: dict[str, Floats], setting: Setting, rng: np.random.Generator
) -> None:
    lived, means = setting.dwellings, setting.means
    counts["TVIVHAB"] = lived
    counts["VIVPAR_DES"] = np.asarray(
        rng.poisson(lived * (0.09 + 0.06 * setting.youth)), dtype=np.intp
    )
    counts["VIVPAR_UT"] = np.asarray(rng.poisson(lived * 0.035), dtype=np.intp)
    counts["VIVTOT"] = lived + counts["VIVPAR_DES"] + counts["VIVPAR_UT"]
    counts["TVIVPAR"] = counts["VIVTOT"]
    counts["TVIVPARHAB"] = lived
    counts["VIVPAR_HAB"] = lived
    counts["OCUPVIVPAR"] = counts["POBTOT"]
    known = _pick(lived, 0.997, rng)
    counts["VIVPARH_CV"] = known
    sums["rooms"] = rng.poisson(lived * (2.4 + 2.2 * means)).astype(np.float64) + lived
    pairs: tuple[tuple[tuple[str, ...], list[Floats | float]], ...] = (
        (("VPH_PISODT", "VPH_PISOTI"), [0.94 + 0.058 * means, 0.055 * (1 - means)]),
        (("VPH_1DOR", "VPH_2YMASD"), [0.50 - 0.40 * means, 0.50 + 0.395 * means]),
        (("VPH_1CUART", "VPH_2CUART", "VPH_3YMASC"),
         [0.08 * (1 - means), 0.25 * (1 - means), 0.67 + 0.325 * means]),
        (("VPH_C_ELEC", "VPH_S_ELEC"), [0.985 + 0.013 * means, 0.012 * (1 - means)]),
        (("VPH_AGUADV", "VPH_AGUAFV"), [0.91 + 0.088 * means, 0.085 * (1 - means)]),
        (("VPH_DRENAJ", "VPH_NODREN"), [0.92 + 0.078 * means, 0.075 * (1 - means)]),
        (("VPH_EXCSA", "VPH_LETR"), [0.93 + 0.068 * means, 0.05 * (1 - means)]),
    )  # fmt: skip
    for names, shares in pairs:
        counts.update(zip(names, _parts(known, shares, rng), strict=True))
    counts["VPH_AEASP"] = _pick(counts["VPH_AGUADV"], 0.90 + 0.09 * means, rng)
    least = np.minimum(np.minimum(counts["VPH_AGUADV"], counts["VPH_DRENAJ"]), counts["VPH_C_ELEC"])
    counts["VPH_C_SERV"] = _pick(least, 0.985, rng)
    counts["VPH_DSADMA"] = _pick(np.minimum(counts["VPH_DRENAJ"], counts["VPH_EXCSA"]), 0.97, rng)
    fewest = np.minimum(
        np.minimum(counts["VPH_AGUAFV"], counts["VPH_NODREN"]), counts["VPH_S_ELEC"]
    )
    counts["VPH_NDEAED"] = _pick(fewest, 0.2, rng)
    _draw_goods(counts, known, means, rng)


def _draw_goods(counts: Counts, known: Ints, means: Floats, rng: np.random.Generator) -> None:
    low_high = {
        "VPH_TINACO": (0.55, 0.93), "VPH_CISTER": (0.08, 0.72), "VPH_REFRI": (0.80, 0.99),
        "VPH_LAVAD": (0.62, 0.97), "VPH_HMICRO": (0.28, 0.92), "VPH_AUTOM": (0.28, 0.95),
        "VPH_MOTO": (0.17, 0.08), "VPH_BICI": (0.22, 0.38), "VPH_RADIO": (0.66, 0.90),
        "VPH_TV": (0.88, 0.98), "VPH_PC": (0.10, 0.88), "VPH_TELEF": (0.14, 0.74),
        "VPH_CEL": (0.84, 0.98), "VPH_INTER": (0.24, 0.96), "VPH_STVP": (0.26, 0.66),
        "VPH_SPMVPI": (0.06, 0.66), "VPH_CVJ": (0.05, 0.36),
    }  # fmt: skip
    for name, (poor, rich) in low_high.items():
        counts[name] = _pick(known, poor + (rich - poor) * means, rng)
    lacking = {
        "VPH_NDACMM": ("VPH_AUTOM", 0.82), "VPH_SNBIEN": ("VPH_REFRI", 0.03),
        "VPH_SINRTV": ("VPH_TV", 0.40), "VPH_SINLTC": ("VPH_CEL", 0.60),
        "VPH_SINCINT": ("VPH_INTER", 0.80), "VPH_SINTIC": ("VPH_CEL", 0.10),
    }  # fmt: skip
    for name, (good, share) in lacking.items():
        counts[name] = _pick(known - counts[good], share, rng)
