"""Peers that live in an environment of their own (AGPL): run by ``travel.py``, never imported.

python peers.py ENGINE GRAPH.npz      prints seconds to prepare, seconds to search, pairs
"""

import json
import sys
import time

import numpy as np


def pandana(graph: dict[str, np.ndarray]) -> tuple[float, float, float, int]:
    import pandana as pdna  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    begin = time.perf_counter()
    network = pdna.Network(
        pd.Series(graph["x"]), pd.Series(graph["y"]), pd.Series(graph["start"]),
        pd.Series(graph["stop"]), pd.DataFrame({"m": graph["length_m"]}), twoway=True,
    )  # fmt: skip
    prepared, used = time.perf_counter(), time.process_time()
    facilities = np.unique(graph["facilities"]).tolist()
    pairs = network.nodes_in_range(facilities, float(graph["limit_m"]))
    searched, worked = time.perf_counter(), time.process_time()
    is_origin = np.zeros(len(graph["x"]), dtype=bool)
    is_origin[graph["origins"]] = True
    times = np.bincount(graph["facilities"], minlength=len(graph["x"]))
    met = pairs[is_origin[pairs["destination"].to_numpy()]]
    return (
        prepared - begin,
        searched - prepared,
        worked - used,
        int(times[met["source"].to_numpy()].sum()),
    )


def cityseer(graph: dict[str, np.ndarray]) -> tuple[float, float, float, int]:
    from cityseer.rustalgos import graph as rust  # noqa: PLC0415

    begin = time.perf_counter()
    network = rust.NetworkStructure()
    live = np.zeros(len(graph["x"]), dtype=bool)
    live[graph["facilities"]] = True
    x, y = graph["x"].tolist(), graph["y"].tolist()
    for node, is_live in enumerate(live.tolist()):
        network.add_street_node(node, x[node], y[node], is_live, 1.0)
    for edge, (a, b, length) in enumerate(
        zip(graph["start"].tolist(), graph["stop"].tolist(), graph["length_m"].tolist(),
            strict=True)
    ):  # fmt: skip
        straight = float(np.hypot(x[a] - x[b], y[a] - y[b]))
        if a == b or straight == 0:
            continue
        for tail, head in ((a, b), (b, a)):
            line = f"LINESTRING({x[tail]} {y[tail]}, {x[head]} {y[head]})"
            network.add_street_edge(tail, head, edge, tail, head, line, length / straight)
    prepared, used = time.perf_counter(), time.process_time()
    network.centrality_shortest(
        distances=[int(graph["limit_m"])], closeness_exprs=[("count", "1")], pbar_disabled=True
    )
    searched, worked = time.perf_counter(), time.process_time()
    return prepared - begin, searched - prepared, worked - used, -1


if __name__ == "__main__":
    engine, file = sys.argv[1:]
    with np.load(file) as arrays:
        loaded = {name: arrays[name] for name in arrays.files}
    prepare_s, search_s, processor_s, found = {"pandana": pandana, "cityseer": cityseer}[engine](
        loaded
    )
    print(
        json.dumps(
            {
                "prepare_s": prepare_s,
                "search_s": search_s,
                "processor_s": processor_s,
                "pairs": found,
            }
        )
    )
