"""Access by institution in a build: places of a scheme for those entitled to it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from data.classification import Codebooks, Service
from data.tables import Column
from data.texts import Text
from geo.added_up import summarise_cells
from geo.demand import SERVICE_DEMAND, entitled_demand, scheme_affiliations
from geo.entitled import entitled_column, entitled_mean, mean_by_place
from geo.indicators import Indicator, present, topic_indicators
from geo.levels import CODE_COLUMNS
from geo.network import ENTITLED_CELLS
from geo.pipeline.work import Supply, Work
from geo.publish import Layer, write_asset_table
from geo.reach import measure_reach
from geo.supply import ServiceSupply

METHOD = "por_institucion"
_UNKNOWN_SCHEME = "desconocido"
# By institution only where the scheme of at least this share of a service's centres is known.
MIN_KNOWN_SHARE = 0.5
# Affiliations each scheme admits; see `geo.demand.scheme_affiliations`.
_Admitted = Mapping[str, tuple[str, ...] | None]
_MEASURES = ("reach", "nearest_min", "e2sfca")


def institutions(work: Work) -> None:
    """Add the access of the entitled to every level, for services whose centres ask for it."""
    if work.supply is None or work.cells is None:
        return
    schemes, uncounted = (
        choose_schemes(work.supply, work.codebooks)
        if work.decided is None
        else (list(work.decided.schemes), work.decided.uncounted)
    )
    for service, scheme in uncounted:
        work.cannot(
            f"{service}_{scheme}",
            Text("El censo no cuenta a quienes tienen derecho a este esquema",
                 "The census does not count those entitled to this scheme"),
        )  # fmt: skip
    if not schemes:
        work.cannot(
            METHOD,
            Text("Los centros no dicen con qué derechohabiencia admiten (sus nombres faltan o no lo"
                 " indican): no se mide el acceso por institución",
                 "The centres do not say whom they admit (names are missing or do not tell): access"
                 " by institution is not measured"),
        )  # fmt: skip
        return
    people = {f"{s}_{k}": entitled_column(s, k) for s, k in schemes}
    cells = work.measured(METHOD, lambda: _measure(work, schemes, people))
    indicators = tuple(_indicators(schemes, work.supply, work.codebooks, work))
    work.layers = [
        layer if layer.level is None else _with_columns(layer, cells, people, indicators, work)
        for layer in work.layers
    ]


def _measure(work: Work, schemes: list[tuple[str, str]], people: Mapping[str, str]) -> pd.DataFrame:
    """Return the cells with those entitled to each scheme, and what they reach."""
    if work.supply is None or work.network is None or work.standing is None or work.cells is None:
        raise ValueError(METHOD)
    cells = work.cells[[*CODE_COLUMNS.values()]].copy()
    for service, scheme in schemes:
        cells[entitled_column(service, scheme)] = entitled_demand(
            work.cells, service, scheme, schemes=work.codebooks.schemes, rates=work.age_rates
        )
    access, _ = measure_reach(
        cells, scheme_supply(work.supply, schemes), work.network, work.standing, work.method,
        demand=people,
    )  # fmt: skip
    cells = pd.concat([cells, access], axis=1)
    for service in dict.fromkeys(service for service, _ in schemes):
        own = [scheme for name, scheme in schemes if name == service]
        cells[f"e2sfca_entitled_{service}"] = entitled_mean(
            cells, service, own, work.cells[SERVICE_DEMAND[service]].to_numpy("float64")
        )
        cells[f"_people_{service}"] = work.cells[SERVICE_DEMAND[service]]
    _write_entitled(work, cells, schemes)
    return cells


def choose_schemes(
    supply: Supply, codebooks: Codebooks
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the pairs of service and scheme whose access can be measured, and those it cannot.

    Parameters
    ----------
    supply
        The centres, with their scheme, and the services they offer.
    codebooks
        Whom each scheme admits; what cannot be measured is a scheme whose people nobody counts.
    """
    admitted = scheme_affiliations(codebooks.schemes)
    chosen: list[tuple[str, str]] = []
    uncounted: list[tuple[str, str]] = []
    for service in _services_that_ask(supply, admitted):
        offers = supply.services.offers[:, list(supply.services.services).index(service)]
        held = set(supply.centres["scheme"][offers])
        uncounted += [
            (service, scheme)
            for scheme in sorted(held)
            if admitted[scheme] is None and scheme != _UNKNOWN_SCHEME
        ]
        chosen += [
            (service, scheme)
            for scheme, affiliations in admitted.items()
            if scheme in held and affiliations is not None
        ]
    return chosen, uncounted


def _write_entitled(work: Work, cells: pd.DataFrame, schemes: list[tuple[str, str]]) -> None:
    """Write how many people of each cell every scheme of a service admits."""
    names = [entitled_column(service, scheme) for service, scheme in schemes]
    table = pd.DataFrame({"cell_id": work.demand.cells["cell_id"], **cells[names]})
    columns = [
        Column(name="cell_id", dtype="str", required=True,
               description=Text("Clave de la celda", "Code of the cell")),
        *(Column(name=name, dtype="float64", unit="personas", minimum=0.0, description=Text(
            f"Personas con derecho a {service} del esquema {scheme}",
            f"People entitled to {service} of scheme {scheme}"))
          for name, (service, scheme) in zip(names, schemes, strict=True)),
    ]  # fmt: skip
    work.assets.append(
        write_asset_table(
            table,
            asset_id=ENTITLED_CELLS,
            title=Text("Personas con derecho por celda", "Entitled people by cell"),
            description=Text(
                "Cuántas personas de cada celda admite cada esquema (demanda potencial)",
                "How many people of each cell each scheme admits (potential demand)",
            ),
            indicators=tuple(
                Indicator(
                    column=column,
                    title=column.description,
                    kind="identifier" if column.dtype == "str" else "count",
                    sources=("census_areas", "census_localities", "census_municipalities"),
                    method=METHOD,
                )
                for column in columns
            ),
            version=work.staged,
            licences=work.inputs.licences,
            method=METHOD,
        )
    )


def _services_that_ask(supply: Supply, admitted: _Admitted) -> Iterator[str]:
    """Yield the services some of whose centres admit only the affiliated."""
    schemes = supply.centres["scheme"].to_numpy()
    for index, service in enumerate(supply.services.services):
        own = schemes[supply.services.offers[:, index]]
        known = own != _UNKNOWN_SCHEME
        asks = any(admitted[scheme] for scheme in set(own[known]))
        if asks and known.mean() >= MIN_KNOWN_SHARE:
            yield service


def scheme_supply(supply: Supply, schemes: list[tuple[str, str]]) -> ServiceSupply:
    """Return who offers what, a column for each service and scheme.

    Parameters
    ----------
    supply
        The centres, with their scheme, and the services they offer.
    schemes
        Pairs of service and scheme.
    """
    base = supply.services
    names = list(base.services)
    column = [names.index(service) for service, _ in schemes]
    of_scheme = np.column_stack(
        [(supply.centres["scheme"] == scheme).to_numpy(dtype=bool) for _, scheme in schemes]
    )
    offers: npt.NDArray[np.bool_] = base.offers[:, column] & of_scheme
    low, central, high = (
        np.where(offers, bound[:, column], np.nan) for bound in (base.low, base.central, base.high)
    )
    services = {f"{s}_{k}": base.services[s] for s, k in schemes}
    return ServiceSupply(services, offers, low, central, high, sized=base.sized)


def _with_columns(
    layer: Layer,
    cells: pd.DataFrame,
    people: dict[str, str],
    indicators: tuple[Indicator, ...],
    work: Work,
) -> Layer:
    if layer.level is None:
        return layer
    codes, places = cells[CODE_COLUMNS[layer.level]], layer.frame["cvegeo"]
    thresholds = work.method.walking.thresholds_min
    found = summarise_cells(cells, codes, people, thresholds_min=thresholds, places=places)
    measures = [*_MEASURES, *(f"places_{minutes:g}min" for minutes in thresholds)]
    columns = found[[f"{measure}_{name}" for name in people for measure in measures]]
    for name in [c for c in cells.columns if c.startswith("e2sfca_entitled_")]:
        people = cells[f"_people_{name.removeprefix('e2sfca_entitled_')}"]
        columns = columns.assign(**{name: mean_by_place(cells[name], people, codes)})
    columns = columns.reindex(places).reset_index(drop=True)
    frame = gpd.GeoDataFrame(
        pd.concat([layer.frame.reset_index(drop=True), columns], axis=1), crs=layer.frame.crs
    )
    added = present(indicators, columns.columns)
    return replace(layer, frame=frame, indicators=(*layer.indicators, *added))


def _indicators(
    schemes: list[tuple[str, str]], supply: Supply, codebooks: Codebooks, work: Work
) -> Iterator[Indicator]:
    services = supply.services.services
    titles = {
        f"{service}_{scheme}": _title(services[service], codebooks, scheme)
        for service, scheme in schemes
    }
    sources = tuple(
        role
        for role in (
            "denue", "census_areas", "census_localities", "census_municipalities", "blocks",
            "agebs", "streets",
        )
        if role in work.inputs.licences
    )  # fmt: skip
    for indicator in topic_indicators("service", titles):
        yield replace(indicator, method=METHOD, mapped=False)
    for service in dict.fromkeys(service for service, _ in schemes):
        title = services[service].title
        yield Indicator(
            column=Column(
                name=f"e2sfca_entitled_{service}", dtype="float64", unit="lugares por persona",
                minimum=0.0,
                description=Text(
                    f"Lugares por persona al alcance a pie ({title.es}), contando para cada quien"
                    " solo los esquemas que le admiten; en un área, promedio de las personas",
                    f"Places per person in reach on foot ({title.en}), counting for each person"
                    " only the schemes that admit them; for an area, the mean over people",
                ),
            ),
            title=Text(f"Lugares por persona según derechohabiencia: {title.es}",
                       f"Places per person by entitlement: {title.en}"),
            kind="rate", sources=sources, method=METHOD, service=service, higher_is="better",
        )  # fmt: skip


def _title(service: Service, codebooks: Codebooks, scheme: str) -> Text:
    record = codebooks.schemes[scheme]
    return Text(
        f"{service.title.es}, esquema {record.title.es}, entre quienes tienen derecho",
        f"{service.title.en}, scheme {record.title.en}, among those entitled",
    )
