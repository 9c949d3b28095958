"""Rules that all records keep."""

from __future__ import annotations

import csv
import re
from importlib import resources

import pytest

from nudipole import bibliography
from nudipole.limits import curve, records
from nudipole.limits.database import sources
from nudipole.limits.words import PROPERTIES
from nudipole.properties.parameters import PARAMETERS


def test_files_are_called_as_their_publications():
    from nudipole.io.yaml import parse

    for name, text in sources().items():
        assert parse(text, name)["id"] == name.removesuffix(".yaml")
        assert "\t" not in text


def test_references_resolve():
    """A texkey in sources.bib, an arXiv number, a DOI or a record in INSPIRE, whose form the schema knows."""
    for item in records().values():
        of = item.publication.reference
        assert of.texkey is None or of.texkey in bibliography.entries(), item.id
        assert item.url.startswith("https://")


def test_named_records_are_there_and_supersession_has_no_cycle():
    every = records()
    for item in every.values():
        for other in (*item.bound.supersedes, *item.bound.same_data_as):
            assert other in every, f"{item.id} names {other}"
            assert other != item.id
        for earlier in item.bound.supersedes:
            assert every[earlier].year <= item.year, f"{item.id} supersedes {earlier}, which is younger"
    for item in every.values():
        seen, ahead = set(), [item.id]
        while ahead:
            name = ahead.pop()
            assert name not in seen or name != item.id, f"{item.id} supersedes itself"
            if name not in seen:
                seen.add(name)
                ahead += every[name].bound.supersedes
        assert item.id not in {earlier for earlier in seen if earlier != item.id}


def test_parameters_are_those_of_the_package():
    """With the unit of the property."""
    for item in records().values():
        if item.bound.parameter is not None:
            assert item.bound.parameter in PARAMETERS, item.id
            assert PARAMETERS[item.bound.parameter].unit == PROPERTIES[item.bound.property], item.id


def test_curves_are_what_their_records_say():
    """Columns, units, positive numbers; lines sorted and unique in x; and every table belongs to a record."""
    named = set()
    for item in records().values():
        if item.bound.result.kind == "curve":
            x, y = curve(item)
            named.add(item.bound.result.table)
            assert len(x) == len(y) >= 2, item.id
    library = resources.files("nudipole") / "limits/library"
    assert named == {entry.name for entry in library.iterdir() if entry.name.endswith(".csv")}


def test_a_value_is_what_is_printed():
    """The digits of a number stand in what was printed, unless it is a power of ten, or computed from a formula."""
    for item in records().values():
        lower, value, upper = item.numbers
        if item.bound.status == "prediction":
            continue
        numbers = re.findall(r"\d+\.?\d*|\.\d+", item.bound.result.as_printed)
        printed_digits = {f"{float(x):.6e}".split("e")[0] for x in numbers}
        for number in filter(None, (lower, value, upper)):
            digits = f"{abs(number):.6e}".split("e")[0]
            assert digits in printed_digits or float(digits) == 1.0, (item.id, number, item.bound.result.as_printed)


def test_a_conversion_leaves_the_stored_number_alone():
    for item in records().values():
        result, convention = item.bound.result, item.bound.convention
        if result.kind == "upper" and convention is not None and convention.factor_to_common is not None:
            assert item.common == ((None, result.value * convention.factor_to_common),)
            assert f"{result.value:g}" in item.written


_N = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_ONE = re.compile(rf"^\(?({_N})(?:\+-({_N})|\+({_N})-({_N}))?\)?E(-?\d+)$")
_TWO = re.compile(rf"^\(?({_N})(?:to|-)({_N})\)?(?:E(-?\d+))?$")


def printed(text, node):
    """Numbers of a row: of a limit, of a range, or a value with its errors; a radius without exponent is in 1e-32."""
    text = re.sub(r"[<=\s]", "", text)
    if match := _ONE.match(text):
        size = 10.0 ** int(match[5])
        errors = (match[2], match[2]) if match[2] else (match[3], match[4])
        return [size * float(number) for number in (match[1], *filter(None, errors))]
    match = _TWO.match(text)
    size = 10.0 ** int(match[3]) if match[3] else {"S066CRD": 1e-32}.get(node, 1.0)
    return [size * float(match[1]), size * float(match[2])]


def stored(result):
    """The same of a record."""
    match result.kind:
        case "upper":
            return [result.value] if result.range is None else list(result.range)
        case "interval":
            return list(result.intervals[0])
        case "measured":
            return [result.value, result.plus, result.minus]
    return [result.value]


def test_numbers_of_the_pdg():
    """As the listing prints them; radii are halved there where the publication has the modern convention."""
    for item in records().values():
        pdg = item.bound.pdg
        if pdg is None or pdg.disagrees:
            continue
        theirs, ours = printed(pdg.value, pdg.node), stored(item.bound.result)
        factors = (1, 2) if pdg.node == "S066CRD" else (1,)
        assert any(ours == pytest.approx([f * x for x in theirs], rel=1e-9, abs=0.0) for f in factors), (
            item.id,
            ours,
            theirs,
        )


def test_rows_of_the_pdg(shared_data):
    """Every row is one bound; value, level and unit are those of the row, or a reason is given."""
    path = shared_data / "reactor_accel/pdg2026_neutrino_em_measurements.csv"
    with path.open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["pdgid"] in ("S066MGM", "S066CRD", "S066CHR")]
    named = {}
    for item in records().values():
        if item.bound.pdg is not None:
            pdg = item.bound.pdg
            named.setdefault((pdg.node, pdg.reference, pdg.value), []).append(item)
    missing = []
    for row in rows:
        key = (row["pdgid"], row["reference"].strip(), row["value_text"].strip() or "see footnote")
        found = named.get(key, [])
        if not found:
            missing.append(key)
            continue
        item = found.pop()
        level = item.bound.statistics.cl
        same = (level is None and not row["CL"]) or (level is not None and row["CL"] == f"{100 * level:.1f}")
        assert same or item.bound.pdg.disagrees, f"{item.id}: CL {level}, PDG {row['CL'] or 'none'}"
    assert missing == []
    assert [item.id for left in named.values() for item in left] == []


#: References of the sheet that have no number of their own there.
NO_BOUND = {"1908.06045", "2307.13050", "2211.11905"}


def test_references_of_the_sheet(shared_data):
    """Every arXiv number that the collected limits name stands in a record."""
    page = shared_data.parent / "facts/published_limits.md"
    if not page.is_file():
        pytest.skip("no collected limits")
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    wanted = {
        number
        for row in rows
        for number in re.findall(r"\b(?:\d{4}\.\d{5}|\d{4}\.\d{4}(?!\d)|hep-(?:ex|ph)/\d{7})\b", row)
    }
    have = {item.publication.reference.arxiv for item in records().values()}
    assert sorted(wanted - have - NO_BOUND) == []


#: The collected limits, row by row, typed from the sheet: section, words that only this row has, and the numbers of
#: each record in mu_B, e, cm^2 or as a probability; None where the row says that no number is at hand.
SHEET = {
    "1.1": {
        "2511.17350": {"lz-2025-mu-solar": None},
        "2207.11330": {"xenonnt-2022-mu-solar": [6.4e-12]},
        "2207.05036": {"atzori-corona-2023-mu-solar": [1.1e-11]},
        "2307.15753": {"lz-2023-mu-solar": [1.36e-11]},
        "2408.07641": {"pandax-4t-2025-mu-solar": [2.3e-11]},
        "2006.09721": {"xenon1t-2020-mu-solar": [1.4e-11, 2.9e-11]},
        "PLB 809, 135782": {"khan-2020-mu-solar": [2e-11, 4e-11]},
        "2510.12449": {"demirci-2025-mu-solar-xenonnt": [7.2e-12], "demirci-2025-mu-solar-pandax-4t": [1.37e-11]},
        "1707.09355": {"borexino-2017-mu-solar": [2.8e-11], "borexino-2017-mu-solar-no-gallium": [4.0e-11]},
        "0805.3843": {"borexino-2008-mu-solar": [5.4e-11]},
        "1709.02930": {"khan-2017-mu-solar": [8.7e-12]},
        "0801.2643": {"montanino-2008-mu-solar": [8.4e-11]},
        "PLB 563, 35": {"borexino-ctf-2003-mu-solar": [5.5e-10]},
        "2008.06485": {"pandax-ii-2020-mu-solar": [4.9e-11]},
        "2005.11891": {"xmass-2020-mu-solar": [1.8e-10]},
        "hep-ex/0402015": {
            "super-kamiokande-2004-mu-solar": [3.6e-10],
            "super-kamiokande-2004-mu-solar-lma": [1.1e-10],
        },
        "hep-ph/9907383": {"beacom-1999-mu-solar": [1.5e-10]},
        "PLB 587, 184": {"grifols-2004-mu-solar": [3.7e-9]},
        "1510.01684": {
            "canas-2015-mu-solar": [3.1e-11],
            "canas-2015-lambda-1": [5.6e-11],
            "canas-2015-lambda-2": [4.0e-11],
            "canas-2015-lambda-3": [3.1e-11],
        },
        "hep-ph/0208132": {"grimus-2002-lambda": [2e-10], "grimus-2002-lambda-solar": [6.3e-10]},
    },
    "1.2": {
        "GEMMA 2013": {"gemma-2012-mu-e": [2.9e-11]},
        "1005.2736": {"gemma-2010-mu-e": [3.2e-11]},
        "0705.4576": {"gemma-2007-mu-e": [5.8e-11]},
        "2605.22815": {"conus-2026-mu-e": [5.18e-11]},
        "2201.12257": {"conus-2022-mu-e": [7.5e-11]},
        "hep-ex/0605006": {"texono-2007-mu-e": [7.4e-11]},
        "hep-ex/0212003": {"texono-2003-mu-e": [1.3e-10]},
        "0911.1597": {"texono-2010-mu-e": [2.2e-10]},
        "hep-ex/0502037": {"munu-2005-mu-e": [9.0e-11]},
        "PLB 564, 190": {"munu-2003-mu-e": [1.0e-10]},
        "Rovno": {"rovno-1993-mu-e": [1.9e-10]},
        "Krasnoyarsk": {"krasnoyarsk-1992-mu-e": [2.4e-10]},
        "PR 107, 528": {"cowan-1957-mu-e": [1.4e-9]},
        "Savannah River": {"vogel-1989-mu-e": [2e-10, 4e-10]},
        "PRD 72, 012006": {"texono-2005-mu-e": [1.3e-8]},
        "2202.10829": {"coloma-2022-mu-e": [2.8e-10], "coloma-2022-mu-e-two-sided": [3.2e-10]},
        "2205.09484": {"atzori-corona-2022-mu-e": [2.13e-10], "atzori-corona-2022-mu-mu": [1.8e-9]},
        "PRD 111, 053001": {"alpizar-venegas-2025-mu-e": [5.6e-10]},
    },
    "1.3": {
        "hep-ex/0101039": {"lsnd-2001-mu-mu": [6.8e-10]},
        "mu_e^2 + 2.4 mu_mu^2": {"lsnd-2001-mu-combination": [1.1e-18]},
        "PLB 252, 177": {
            "lampf-1990-mu-e": [1.08e-9],
            "lampf-1990-mu-mu": [7.4e-10],
            "lampf-mu-e": [1.08e-9],
            "lampf-mu-mu": [7.4e-10],
        },
        "PRD 41, 3297": {"bnl-e734-mu-mu": [8.5e-10]},
        "PLB 345, 115": {"charm-ii-mu-mu": [3.0e-9]},
        "ZPHY C51, 142": {"charm-1989-mu-mu": [1.0e-8]},
        "PRD 9, 3050": {"kim-1974-mu-mu": [8.1e-9]},
        "hep-ex/0102026": {"donut-mu-tau": [3.9e-7]},
        "PLB 280, 153": {"bebc-1992-mu-tau": [5.4e-7]},
        "hep-ph/9901289": {"gninenko-1999-mu-tau": [1.3e-7]},
        "2205.09484": {"atzori-corona-2022-mu-e-coherent": [3.6e-9], "atzori-corona-2022-mu-mu-coherent": [2.4e-9]},
        "2005.01645": {"cadeddu-2020-mu-e": [4.5e-9], "cadeddu-2020-mu-mu": [3.1e-9]},
        "PLB 412, 201": {"l3-1997-mu-tau": [3.3e-6]},
        "ZPHY C74, 577": {"delphi-1997-mu": [4.4e-6]},
        "hep-ph/0002170": {"tanimoto-2000-mu": [8.0e-6], "tanimoto-2000-mu-poisson": [9.1e-6]},
        "PLB 395, 369": {"escribano-1997-mu": [2.7e-6]},
        "PLB 333, 545": {"gould-1994-mu-tau": [5.5e-6], "deshpande-1991-mu": [5.6e-6], "grotch-1988-mu": [4.0e-6]},
    },
    "1.4": {
        "2007.03694": {"capozzi-2020-mu-omega-cen": [1.2e-12], "capozzi-2020-mu-ngc-4258": [1.5e-12]},
        "1308.4627": {"viaux-2013-mu-m5": [4.5e-12], "viaux-2013-mu-m5-68": [2.6e-12]},
        "ASP 70, 1": {"arceo-diaz-2015-mu-omega-cen": [2.2e-12]},
        "1910.10568": {"arceo-diaz-2019-mu-50-clusters": [2.2e-12]},
        "PRPL 320, 319": {
            "raffelt-1999-mu-red-giants": [3e-12],
            "raffelt-1999-mu-sun": [4e-10],
            "raffelt-1999-eps-red-giants": [3e-12],
            "raffelt-1999-eps-sun": [4e-10],
        },
        "PRL 64, 2856": {"raffelt-1990-mu-red-giants": [2e-12], "raffelt-1990-mu-red-giants-majorana": [1.4e-12]},
        "1407.1404": {"miller-bertolami-2014-mu-white-dwarfs": [5e-12]},
        "1406.6034": {"corsico-2014-mu-pg-1351": [1e-11]},
        "0907.2905": {"kuznetsov-2009-mu-sn1987a": [1.1e-12, 2.7e-12]},
        "PRD 59, 111901": {"ayala-1999-mu-sn1987a": [1e-12, 4e-12]},
        "APJ 336, 61": {
            "raffelt-1989-mu-helium": [1e-11],
            "raffelt-1988-mu-helium": [3e-11],
            "fukugita-1987-mu-helium": [1.1e-11],
        },
        "PRD 36, 2278": {
            "nussinov-1987-mu-backgrounds": [6e-14],
            "nussinov-1987-mu-e-mu-16ev": [3e-15],
            "nussinov-1987-mu-e-mu-4ev": [6e-14],
        },
        "2211.10432": {"carenza-2024-mu-neff": [1.6e-11]},
        "2211.04669": {"li-2023-mu-neff": [2.7e-12]},
        "NPB 503, 3": {"elmfors-1997-mu-bbn": [6.2e-11]},
        "PLB 102, 247": {"morgan-1981-mu-helium-4": [1e-11, 2e-11]},
        "PRL 60, 879": {"fukugita-1988-mu-primordial-field": [1e-16]},
        "PRD 17, 1395": {
            "beg-1978-mu-plasmons": [8.5e-11],
            "sutherland-1976-mu-red-giants-dwarfs": [6e-11],
            "bernstein-1963-mu-sun": [1e-10],
        },
    },
    "2": {
        "2207.05036": {"atzori-corona-2023-q-solar": [1.5e-13]},
        "2307.15753": {"lz-2023-q-solar": [2.24e-13]},
        "2510.12449": {
            "demirci-2025-q-solar-xenonnt": [-1.6e-13, 3.7e-13],
            "demirci-2025-q-solar-pandax-4t": [-3.6e-13, 4.7e-13],
        },
        "PLB 809, 135782": {"khan-2020-q-solar": [1.7e-12, 2.3e-12]},
        "2005.11891": {"xmass-2020-q-solar": [5.4e-12]},
        "1405.7168": {"chen-2014-q-e": [1.0e-12]},
        "1302.1168": {"studenikin-2014-q-e": [1.5e-12]},
        "1411.2279": {"brudanin-2014-q-e": [2.7e-12]},
        "2605.22815": {"conus-2026-q-e": [1.76e-12]},
        "2201.12257": {"conus-2022-q-e": [3.3e-12]},
        "PRD 75, 075014": {"gninenko-2007-q-e": [3.7e-12]},
        "2501.18550": {"atzori-corona-2025-conus-plus-q-e": None},
        "2005.01645": {"cadeddu-2020-q-mu": [3e-8], "cadeddu-2020-q-mutau": [2e-8]},
        "Das+ 2020": {"das-2020-q-mu": [3e-9], "das-2020-q-tau": [4e-6]},
        "9.3e-12": {"atzori-corona-2022-q-e": [9.3e-12]},
        "PRD 43, 2314": {"davidson-1991-q-tau": [3e-4], "babu-1994-q-tau": [4e-4]},
        "EPJ C76, 24": {"della-valle-2016-q-dichroism": [3e-8], "della-valle-2016-q-dichroism-100mev": [1e-6]},
        "PRPL 320, 319": {"raffelt-1999-q-red-giants": [2e-14], "raffelt-1999-q-sun": [6e-14]},
        "PR 132, 1227": {"bernstein-1963-q-sun": [1e-13]},
        "NAT 329, 21": {"barbiellini-1987-q-sn1987a": [2e-15]},
        "JCAP 02 (2005) 006": {"caprini-2005-q-universe": [4e-35]},
        "neutrality of matter": {
            "raffelt-1999-q-e-neutrality": [3e-21],
            "studenikin-2014b-q-star-turning": [1.3e-19],
        },
    },
    "3": {
        "2504.05272": {"atzori-corona-2025-r2-e": [2.2e-32, 2.4e-32, 2.3e-32]},
        "XENONnT": {"demirci-2025-r2-solar-xenonnt": [-54.36e-32, 12.90e-32]},
        "PandaX-4T": {"demirci-2025-r2-solar-pandax-4t": [-70.01e-32, 28.52e-32]},
        "(−0.82, 1.27)": {"khan-2017-r2-e": [-0.82e-32, 1.27e-32]},
        "(−9, 31)": {"khan-2017-r2-mu": [-9e-32, 31e-32], "khan-2017-r2-tau": [-9e-32, 31e-32]},
        "0707.4319": {"barranco-2007-r2-e": [-0.13e-32, 3.32e-32]},
        "0911.1597": {"texono-2010-r2-e": [-2.1e-32, 3.3e-32]},
        "hep-ex/0101039": {"lsnd-2001-r2-e": [-2.97e-32, 4.14e-32]},
        "PRD 47, 11": {"lampf-r2-e": [0.9e-32, 2.7e-32, 2.7e-32], "lampf-r2-e-90": [-7.12e-32, 10.88e-32]},
        "JETPL 55, 206": {"krasnoyarsk-1992-r2-e": [7.3e-32]},
        "PLB 345, 115": {"charm-ii-r2-mu": [-0.6e-32, 0.6e-32]},
        "PRD 41, 3297": {"bnl-e734-r2-mu": [-1.1e-32, 1.0e-32, 1.0e-32], "bnl-e734-r2-mu-90": [-5.7e-32, 1.1e-32]},
        "ZPHY C41, 567": {"charm-1989-r2-mu": [-0.3e-32, 1.5e-32, 1.5e-32]},
        "CCFR | Hirsch": {
            "hirsch-2003-r2-mu-ccfr": [-0.53e-32, 0.68e-32],
            "hirsch-2003-r2-mu-nutev": [0.420e-32, 0.164e-32, 0.164e-32],
        },
        "1810.05606": {"cadeddu-2018-r2-mu": [-55e-32, 6e-32]},
        "LEP-2": {"hirsch-2003-r2-a-tau": [-8.2e-32, 9.9e-32]},
        "hep-ph/0002170": {"tanimoto-2000-r2-tau": [31e-32], "tanimoto-2000-r2-tau-unified": [27e-32]},
        "PLB 285, 364": {"mourao-1992-r2-solar": [2.3e-32]},
        "PRD 40, 3819": {"grifols-1989-r2-sn1987a": [0.2e-32]},
        "Allen 1991": {"allen-1991-r2-e": [1.1e-32, 2.3e-32, 2.3e-32]},
    },
    "4": {
        "1105.3516": {"kamland-2011-antinu": [5.3e-5]},
        "2108.08527": {"kamland-2021-antinu": [3.5e-5]},
        "2606.29381": {"kamland-2026-antinu": None},
        "1909.02422": {"borexino-antinu-2019-p": [7.2e-5], "borexino-antinu-2019-flux": [384.0]},
        "2012.03807": {"super-k-2020-antinu": [4.7e-4]},
        "hep-ex/0310047": {"kamland-2003-antinu": [2.8e-4]},
        "hep-ex/0407029": {"sno-2004-antinu": [8.1e-3]},
        "2601.03502": {"ventura-2026-antinu": [2.07e-5]},
    },
}

#: Rows without a record, and why: no publication that can be cited was found for them.
UNCITED = {
    "1.2": {"TEXONO pPCGe 2026": "5.9e-10 mu_B: title and number of the paper unknown"},
    "1.4": {
        "Straniero 2018": "4.0(4)e-12 mu_B, read in the repository NMDinStars: no reference, nor a limit's form",
        "Hansen 2015": "3.4e-12 mu_B: no reference",
    },
    "2": {"few e-8 (CEvNS)": "COHERENT, orders of magnitude: no reference"},
}

#: The same of the other sheets: what they have beyond the rows above.
OTHER_SHEETS = {
    "barbieri-1988-mu-sn1987a": [0.2e-11, 0.8e-11],
    "kuznetsov-2006-mu-sn1987a-luminosity": [0.5e-12],
    "kuznetsov-2006-mu-sn1987a-time": [0.4e-12],
    "mohanty-1995-mu-sn1987a-cherenkov": [0.2e-13],
    "ayala-2000-mu-bbn": [2.9e-10],
    "vassh-2015-mu-bbn": [1e-10],
    "franz-2023-mu-trgb-free": None,
    "franz-2023-mu-trgb-lmc-f20": [2.38e-12],
    "franz-2023-mu-trgb-lmc-y19": [3.75e-12],
    "franz-2023-mu-trgb-ngc-4258": [2.90e-12],
    "franz-2023-mu-trgb-omega-cen": [3.26e-12],
    "krakauer-1991-lifetime": [15.4],
    "raffelt-1985-lifetime": [7e9],
    "borexino-2017-mu-12": [2.8e-11],
    "borexino-2017-mu-13": [3.4e-11],
    "borexino-2017-mu-23": [5.0e-11],
    "borexino-2017-mu-11": [3.4e-11],
    "borexino-2017-mu-22": [5.1e-11],
    "borexino-2017-mu-33": [18.7e-11],
    "borexino-2017-mu-e": [3.9e-11],
    "borexino-2017-mu-mu": [5.8e-11],
    "borexino-2017-mu-tau": [5.8e-11],
    "montanino-2008-mu-mu": [1.5e-10],
    "montanino-2008-mu-tau": [1.9e-10],
    "gemma-ii-mu-e": [1e-11],
    "gemma-iii-mu-e": [9e-12],
    "aristizabal-sierra-2020-mu-solar-40t": [4e-12],
    "aristizabal-sierra-2020-mu-solar-200t": [1e-12],
    "aristizabal-sierra-2020-mu-solar-nuclear": [8e-11],
    "yue-2021-mu-solar": [1.2e-11],
    "yue-2021-mu-e-cr51": [1.1e-11],
    "ventura-2026-flux": [40.1],
    "ventura-2026-mu-50kg": [7.27e-11],
    "ventura-2026-mu-100kg": [3.64e-11],
    "fujikawa-1980-mu": [3.2e-19],
    "pal-1982-mu-majorana": [1e-23],
    "giunti-2014-mu-dirac-transition": [-3.9e-23],
    "giunti-2014-mu-majorana": [-7.8e-23],
    "giunti-2014-mu-estimate": [1e-18],
    "akhmedov-2002-conversion": [1.8e-10],
    "aboubrahim-2014-mu": [1e-10],
    "babu-2020-mu-left-right": [1e-15],
    "babu-2020-mu-left-right-e": [2.18e-13],
    "babu-2020-mu-left-right-mu": [4.51e-11],
    "babu-2020-mu-left-right-tau": [7.59e-10],
    "babu-2020-mu-rpv": [1e-15],
    "babu-2020-mu-spin-symmetry": [1e-12],
    "babu-2020-mu-su2h-100": [1.14e-8],
    "babu-2020-mu-su2h-300": [1.69e-9],
    "babu-2020-mu-su2h-200": [4.59e-9],
    "bell-2005-mu": [1e-14],
    "bell-2005-mu-quadratic": [3e-15],
    "bell-2005-mu-log": [8e-15],
    "bell-2006-mu-1-loop-w": [1e-10],
    "bell-2006-mu-2-loop-w": [1e-9],
    "bell-2006-mu-1-loop-b": [1e-7],
    "bell-2006-mu-2-loop-b": [4e-9],
    "bernabeu-2000-radius-e": [-8.2e-33],
    "bernabeu-2000-radius-mu": [-4.8e-33],
    "bernabeu-2000-radius-tau": [-3.0e-33],
    "chauhan-2024-d": [1e-11],
}


@pytest.fixture
def sheet(shared_data):
    """Rows of the collected limits, by the number of their section, without heads; minus signs as they are."""
    page = shared_data.parent / "facts/published_limits.md"
    if not page.is_file():
        pytest.skip("no collected limits")
    rows, section = {}, None
    for line in page.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"^##+ (\d(?:\.\d)?)\.? ", line):
            section = match[1]
        elif line.startswith("|"):
            rows.setdefault(section, []).append(line)
    return {section: lines[2:] for section, lines in rows.items() if section in SHEET}


def test_every_row_of_the_sheet_is_listed_here(sheet):
    """One entry a row; and the digits typed here are those of the row."""
    assert set(sheet) == set(SHEET)
    for section, lines in sheet.items():
        entries = {**SHEET[section], **UNCITED.get(section, {})}
        for line in lines:
            named = [words for words in entries if words in line]
            assert len(named) == 1, f"section {section}: {line} is named by {named}"
            if isinstance(entries[named[0]], dict):
                digits = {f"{float(x):.6e}".split("e")[0] for x in re.findall(r"\d+\.?\d*", line)}
                typed = [x for numbers in entries[named[0]].values() for x in numbers or ()]
                assert {f"{abs(x):.6e}".split("e")[0] for x in typed} <= digits, line
        assert len(lines) == len(entries)


LISTED = {item: numbers for rows in SHEET.values() for row in rows.values() for item, numbers in row.items()}


@pytest.mark.parametrize(("item", "numbers"), (LISTED | OTHER_SHEETS).items())
def test_records_have_the_numbers_of_the_sheets(item, numbers):
    """Typed from the sheets, not from the records."""
    result = records()[item].bound.result
    if numbers is None:
        assert result.kind == "not-quoted", f"{item} has a number now: type it here"
    else:
        assert stored(result) == pytest.approx(numbers, rel=1e-9, abs=0.0)
