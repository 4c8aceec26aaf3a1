"""The network as arrays a search reads fast: junctions only, near ones near in memory."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError, Where
from data.texts import Text
from geo.network import DM_PER_M, Integers, WalkNetwork
from geo.travel.chains import (
    Chains,
    chain_edges,
    hilbert_keys,
    incident_edges,
    is_passed_through,
    pack_links,
)

# What an edge costs that cannot be walked.
IMPASSABLE = -1
# No edge costs more than a thousand kilometres.
_MAX_COST_DM = 10_000_000
# A network is taken to be in degrees when its nodes lie within these and its streets are this many
# times longer than the distance between their ends (a degree is some 111 km).
_MAX_LON, _MAX_LAT, _DEGREE_RATIO = 180.0, 90.0, 1000.0


@dataclass(frozen=True, slots=True)
class WalkGraph:
    """Junctions in Hilbert order and the streets between them, turned around.

    A search starts where people walk to, so the links of a junction lead to those from which it is
    walked to, and each costs the walk from there. Links that cannot be walked are left out.

    Parameters
    ----------
    first
        Shape (junctions + 1,): where each junction's links start.
    links
        Shape (links,): cost in decimetre equivalents << 32 | junction at the other end.
    chains
        The streets between junctions, and the edges they are made of.
    chain_start, chain_end
        Shape (chains,): junctions at the ends, −1 for a dead end, which a search need not enter.
    edge_length_dm, forward_dm, backward_dm
        Shape (edges,): length, cost of walking an edge from ``edge_from`` to ``edge_to``, and back;
        −1 where it cannot be walked.
    """

    first: Integers
    links: npt.NDArray[np.int64]
    chains: Chains
    chain_start: Integers
    chain_end: Integers
    edge_length_dm: Integers
    forward_dm: Integers
    backward_dm: Integers


def build_graph(
    network: WalkNetwork,
    forward_dm: Integers | None = None,
    backward_dm: Integers | None = None,
) -> WalkGraph:
    """Return the graph of a network.

    Nodes where nothing meets are merged into the street they lie on. Junctions are numbered along a
    Hilbert curve, so that a search, which spreads over neighbours, finds them in neighbouring
    memory.

    Parameters
    ----------
    network
        The walking network.
    forward_dm, backward_dm
        Shape (edges,), int32: cost of walking each edge from ``edge_from`` to ``edge_to`` and back,
        in decimetres of level, unhindered street; at least 1, or −1 where it cannot be walked. None
        stands for the edge's length. Part of an edge costs its share, rounded where it is cut.

    Raises
    ------
    ParameterError
        If costs do not fit the edges, are not whole numbers, or are neither −1 nor between 1 dm
        and 1,000 km; if an edge has no such length; or if coordinates are degrees.
    """
    length = _checked(network, network.edge_length_dm, "edge_length_dm", least=1)
    _refuse_degrees(network)
    forward = length if forward_dm is None else _checked(network, forward_dm, "forward_dm")
    backward = length if backward_dm is None else _checked(network, backward_dm, "backward_dm")
    nodes = len(network.node_x_m)
    start, stop = network.edge_from, network.edge_to
    order = np.argsort(hilbert_keys(network.node_x_m, network.node_y_m), kind="stable")
    first, incident = incident_edges(nodes, start, stop)
    passed = is_passed_through(first, incident, forward, backward)
    edge_chain, turned, before, ends, totals = chain_edges(
        order, first, incident, passed, start, stop, length, forward, backward
    )
    junction = np.full(nodes, -1, dtype=np.int32)
    kept = order[(np.diff(first)[order] > 1) & ~passed[order]]
    junction[kept] = np.arange(len(kept), dtype=np.int32)
    chain_start, chain_end = junction[ends[0]], junction[ends[1]]
    link_first, links = pack_links(len(kept), chain_start, chain_end, totals[1], totals[2])
    return WalkGraph(
        first=link_first,
        links=links,
        chains=Chains(
            edge_chain=edge_chain, edge_turned=turned,
            before_dm=before[0], before_ahead=before[1], before_back=before[2],
            ahead=totals[1], back=totals[2], length_dm=totals[0],
        ),
        chain_start=chain_start,
        chain_end=chain_end,
        edge_length_dm=length,
        forward_dm=forward,
        backward_dm=backward,
    )  # fmt: skip


def _checked(
    network: WalkNetwork, costs: Integers, name: str, *, least: int = IMPASSABLE
) -> Integers:
    costs = np.asarray(costs)
    edges = len(network.edge_from)
    if costs.shape != (edges,):
        raise ParameterError(
            Text(f"Hay {costs.shape} costos para {edges} tramos",
                 f"There are {costs.shape} costs for {edges} edges"),
            where=Where(column=name),
            remedy=Text("Dé un costo por tramo", "Give one cost for each edge"),
        )  # fmt: skip
    if not np.issubdtype(costs.dtype, np.integer):
        raise ParameterError(
            Text("Los costos no son números enteros", "The costs are not whole numbers"),
            where=Where(column=name, value=str(costs.dtype)),
            remedy=Text(
                "Redondéelos a decímetros (int32); un valor desconocido no es un costo",
                "Round them to decimetres (int32); an unknown value is not a cost",
            ),
        )
    bad = np.flatnonzero((costs < least) | (costs == 0) | (costs > _MAX_COST_DM))
    if len(bad):
        raise ParameterError(
            Text("Un costo no es válido", "A cost is not valid"),
            where=Where(row=int(bad[0]) + 1, column=name, value=int(costs[bad[0]])),
            remedy=Text(
                "Los costos van de 1 dm a 1000 km; −1 dice que no se puede pasar",
                "Costs lie between 1 dm and 1000 km; −1 says that there is no passing",
            ),
        )
    return costs.astype(np.int32, copy=False)


def _refuse_degrees(network: WalkNetwork) -> None:
    x, y = network.node_x_m, network.node_y_m
    if (
        len(x) == 0
        or len(network.edge_from) == 0
        or np.abs(x).max() > _MAX_LON
        or np.abs(y).max() > _MAX_LAT
    ):
        return
    apart = np.hypot(
        x[network.edge_from] - x[network.edge_to], y[network.edge_from] - y[network.edge_to]
    )
    length_m = network.edge_length_dm / DM_PER_M
    clamped = float(np.median(network.edge_length_dm)) <= 1
    stretched = float(np.median(length_m)) > _DEGREE_RATIO * float(np.median(apart))
    if clamped or stretched:
        raise ParameterError(
            Text("Las coordenadas de la red parecen grados, no metros",
                 "The network's coordinates seem to be degrees, not metres"),
            where=Where(column="node_x_m", value=float(x[0])),
            remedy=Text("Proyecte la red a EPSG:6372", "Project the network to EPSG:6372"),
        )  # fmt: skip
