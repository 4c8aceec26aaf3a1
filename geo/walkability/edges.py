"""From blocks to the streets they face: which blocks lie along each edge, on either side."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.network import Floats, Integers, WalkNetwork

# Points looked up at a time: bounds memory, changes nothing.
_CHUNK = 200_000


@dataclass(frozen=True, slots=True)
class Pieces:
    """Edges cut in k pieces of equal length, none longer than a step.

    Parameters
    ----------
    edge
        Shape (k,), index of the edge; pieces run along it from ``edge_from``.
    length_m
        Shape (k,), along the street.
    middle, direction
        Shape (k, 2), EPSG:6372 metres: the middle of the piece's chord, and its unit vector.
    """

    edge: Integers
    length_m: Floats
    middle: Floats
    direction: Floats


def cut_edges(network: WalkNetwork, step_m: float) -> Pieces:
    """Cut every edge in equal pieces no longer than ``step_m``."""
    lines = network.edge_line
    length_m = shapely.length(lines)
    counts = np.maximum(1, np.ceil(length_m / step_m)).astype(np.int64)
    edge = np.repeat(np.arange(len(lines)), counts)
    at = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    share = counts[edge]
    ends = [
        shapely.get_coordinates(
            shapely.line_interpolate_point(lines[edge], fraction, normalized=True)
        )
        for fraction in (at / share, (at + 1) / share)
    ]
    vector = ends[1] - ends[0]
    chord = np.hypot(vector[:, 0], vector[:, 1])[:, None]
    return Pieces(
        edge=edge.astype(np.int32),
        length_m=length_m[edge] / share,
        middle=(ends[0] + ends[1]) / 2,
        direction=np.divide(vector, chord, out=np.zeros_like(vector), where=chord > 0),
    )


@dataclass(frozen=True, slots=True)
class Facing:
    """Metres of each edge that face each block, both sides counted on their own.

    Parameters
    ----------
    edge, block
        Shape (pairs,), positions; a pair stands once.
    length_m
        Shape (pairs,).
    faced_share
        Shape (edges,), share of each edge's length along which any block lies.
    """

    edge: Integers
    block: Integers
    length_m: Floats
    faced_share: Floats


def face_blocks(
    pieces: Pieces, blocks: npt.NDArray[np.object_], *, edges: int, distance_m: float
) -> Facing:
    """Find the block each piece of street faces on its left and on its right.

    Of the blocks within ``distance_m`` of the middle of a piece, the nearest on each side is the
    one it faces; a piece inside a block faces that one.

    Parameters
    ----------
    pieces
        Edges cut in pieces.
    blocks
        Shape (n,), polygons in EPSG:6372.
    edges
        Number of edges.
    distance_m
        How far a block may lie from the middle of its street.
    """
    tree = shapely.STRtree(blocks)
    found: list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]] = []
    for start in range(0, len(pieces.edge), _CHUNK):
        rows = slice(start, start + _CHUNK)
        piece, block = _nearest_by_side(
            tree, blocks, pieces.middle[rows], pieces.direction[rows], distance_m
        )
        found.append((piece + start, block))
    piece = np.concatenate([item for item, _ in found])
    block = np.concatenate([item for _, item in found])
    key = pieces.edge[piece].astype(np.int64) * max(len(blocks), 1) + block
    pairs, inverse = np.unique(key, return_inverse=True)
    faced = np.zeros(len(pieces.edge))
    faced[piece] = pieces.length_m[piece]
    faced_m = np.bincount(pieces.edge, weights=faced, minlength=edges)
    whole_m = np.bincount(pieces.edge, weights=pieces.length_m, minlength=edges)
    return Facing(
        edge=(pairs // max(len(blocks), 1)).astype(np.int32),
        block=(pairs % max(len(blocks), 1)).astype(np.int32),
        length_m=np.bincount(inverse, weights=pieces.length_m[piece], minlength=len(pairs)).astype(
            np.float64
        ),
        faced_share=faced_m / whole_m,
    )


def _nearest_by_side(
    tree: shapely.STRtree,
    blocks: npt.NDArray[np.object_],
    middle: Floats,
    direction: Floats,
    distance_m: float,
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    points = shapely.points(middle)
    piece, block = tree.query(points, predicate="dwithin", distance=distance_m)
    links = shapely.shortest_line(points[piece], blocks[block])
    offset = shapely.get_coordinates(shapely.get_point(links, -1)) - middle[piece]
    way = direction[piece]
    side = np.sign(way[:, 0] * offset[:, 1] - way[:, 1] * offset[:, 0]).astype(np.int64)
    distance = np.hypot(offset[:, 0], offset[:, 1])
    order = np.lexsort((block, distance, side, piece))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(piece[order]) != 0) | (np.diff(side[order]) != 0)
    chosen = order[first]
    return piece[chosen], block[chosen]


def edge_means(facing: Facing, values: Floats) -> Floats:
    """Return the mean of the blocks each edge faces, weighted by the metres that face them.

    Parameters
    ----------
    facing
        Which blocks each edge faces.
    values
        Shape (blocks, p); NaN is unknown and weighs nothing.

    Returns
    -------
    ndarray
        Shape (edges, p); NaN where no block with a value is faced.
    """
    edges = len(facing.faced_share)
    means = np.full((edges, values.shape[1]), np.nan)
    for column in range(values.shape[1]):
        value = values[facing.block, column]
        weight = np.where(np.isnan(value), 0.0, facing.length_m)
        total = np.bincount(facing.edge, weights=weight, minlength=edges)
        amount = np.bincount(facing.edge, weights=np.nan_to_num(value) * weight, minlength=edges)
        np.divide(amount, total, out=means[:, column], where=total > 0)
    return means
