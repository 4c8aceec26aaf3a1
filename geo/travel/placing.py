"""Points on the graph: what it costs to walk between them and the junctions around them."""

from typing import NamedTuple

import numpy as np

from geo.network import Attachment, Integers
from geo.travel.graph import IMPASSABLE, WalkGraph


class Points(NamedTuple):
    """Attached points along chains, in the order of chains and of their place on them.

    Parameters
    ----------
    row
        Shape (points,): the point's index among all, attached or not.
    chain, place_dm, access_dm
        Shape (points,): its chain, decimetres from the chain's start, and off the street.
    ahead, back
        Shape (points,): cost of walking from the chain's start to the point, and back.
    """

    row: Integers
    chain: Integers
    place_dm: Integers
    access_dm: Integers
    ahead: Integers
    back: Integers


class Cells(NamedTuple):
    """Cells as a search meets them: at the junctions they walk to, and on the facility's own chain.

    Parameters
    ----------
    first
        Shape (junctions + 1,): where each junction's walks start.
    walks
        Shape (walks,): cost << 32 | cell, off the street included. Cells are numbered as in
        ``Points``.
    chain_first
        Shape (chains + 1,): where each chain's cells start.
    points
        The cells.
    """

    first: Integers
    walks: np.ndarray
    chain_first: Integers
    points: Points


class Sources(NamedTuple):
    """Facilities, with the cost of walking to them from the ends of their chain.

    Parameters
    ----------
    points
        The facilities.
    start, end
        Shape (points,): junctions at the ends of the chain, −1 where there is none.
    from_start, from_end
        Shape (points,): cost of the walk from them, off the street not included; −1 where there is
        no way.
    is_open_ahead, is_open_back
        Shape (points,): whether the chain is walked ahead and back.
    """

    points: Points
    start: Integers
    end: Integers
    from_start: Integers
    from_end: Integers
    is_open_ahead: np.ndarray
    is_open_back: np.ndarray


def on_chains(graph: WalkGraph, attached: Attachment) -> Points:
    """Place attached points along chains."""
    index = np.flatnonzero(attached.attached)
    edge, offset = attached.edge[index], attached.offset_dm[index]
    length = graph.edge_length_dm[edge]
    forward, backward = graph.forward_dm[edge], graph.backward_dm[edge]
    part = offset / length
    up_to = np.rint(np.maximum(forward, 0) * part), np.rint(np.maximum(backward, 0) * part)
    turned = graph.chains.edge_turned[edge]
    place = graph.chains.before_dm[edge] + np.where(turned, length - offset, offset)
    ahead = graph.chains.before_ahead[edge] + np.where(turned, backward - up_to[1], up_to[0])
    back = graph.chains.before_back[edge] + np.where(turned, forward - up_to[0], up_to[1])
    chain = graph.chains.edge_chain[edge]
    order = np.lexsort((index, place, chain))
    fields = (index, chain, place, attached.access_dm[index], ahead, back)
    return Points(*(field[order].astype(np.int32) for field in fields))


def place_cells(graph: WalkGraph, attached: Attachment) -> Cells:
    """List cells by the junctions they walk to, and by chain."""
    points = on_chains(graph, attached)
    chains, junctions = graph.chains, len(graph.first) - 1
    total_ahead, total_back = chains.ahead[points.chain], chains.back[points.chain]
    to_start = _barred(points.back, total_back, points.place_dm == 0)
    to_end = _barred(
        total_ahead - points.ahead, total_ahead, points.place_dm == chains.length_dm[points.chain]
    )
    junction = np.concatenate([graph.chain_start[points.chain], graph.chain_end[points.chain]])
    cost = np.concatenate([to_start, to_end]).astype(np.int64)
    cell = np.tile(np.arange(len(points.row), dtype=np.int64), 2)
    met = np.flatnonzero((junction >= 0) & (cost >= 0))
    met = met[np.argsort(junction[met], kind="stable")]
    access = points.access_dm.astype(np.int64)
    return Cells(
        first=_starts(junction[met], junctions),
        walks=((cost[met] + access[cell[met]]) << 32) | cell[met],
        chain_first=_starts(points.chain, len(chains.ahead)),
        points=points,
    )


def place_sources(graph: WalkGraph, attached: Attachment) -> Sources:
    """Place facilities, with their walks from the ends of their chains."""
    points = on_chains(graph, attached)
    chains = graph.chains
    total_ahead, total_back = chains.ahead[points.chain], chains.back[points.chain]
    at_end = points.place_dm == chains.length_dm[points.chain]
    return Sources(
        points=points,
        start=graph.chain_start[points.chain],
        end=graph.chain_end[points.chain],
        from_start=_barred(points.ahead, total_ahead, points.place_dm == 0),
        from_end=_barred(total_back - points.back, total_back, at_end),
        is_open_ahead=total_ahead != IMPASSABLE,
        is_open_back=total_back != IMPASSABLE,
    )


def _barred(cost: Integers, total: Integers, here: np.ndarray) -> Integers:
    """Bar what cannot be walked; a point that stands on the end is there at no cost."""
    walked = np.where(total == IMPASSABLE, -1, cost)
    return np.where(here, 0, walked).astype(np.int32)


def _starts(group: Integers, groups: int) -> Integers:
    return np.r_[0, np.cumsum(np.bincount(group, minlength=groups))].astype(np.int32)
