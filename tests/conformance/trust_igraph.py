"""The metric of protocol/trust.md once more, by igraph. Reads questions from stdin, writes numbers to stdout, both JSON."""

import json
import sys

import igraph

TENTHS = {1: 4, 2: 2, 3: 1}


def counted(question, without=None):
    context, budget, viewer = question.get("context"), question["budgetMinor"], question["viewer"]
    for one in question["endorsements"]:
        if one["to"] == viewer or without in (one["from"], one["to"]):
            continue
        if context is not None and context not in one["contexts"]:
            continue
        amount = one["amountMinor"]
        if one["from"] == viewer and budget != "uncapped":
            amount = min(amount, budget)
        if amount > 0:
            yield one["from"], one["to"], amount, one["introduce"]


def shares(question, edges, names):
    budget, viewer = question["budgetMinor"], question["viewer"]
    introductions = igraph.Graph(directed=True)
    introductions.add_vertices(names)
    introductions.add_edges([(a, b) for a, b, _, introduce in edges if introduce])
    distances = introductions.distances(viewer)[0]
    unbounded = sum(amount for _, _, amount, _ in edges) + 1
    result = {}
    for name, distance in zip(names, distances):
        if name == viewer or (budget == "uncapped" and distance != float("inf")):
            result[name] = unbounded
        else:
            result[name] = budget * TENTHS.get(distance, 0) // 10 if budget != "uncapped" else 0
    return result


def flow(question, ends, without=None):
    edges = list(counted(question, without))
    names = sorted({question["viewer"], *ends, *(e[0] for e in edges), *(e[1] for e in edges)})
    unbounded = sum(amount for _, _, amount, _ in edges) + 1
    arcs = [(f"out {a}", f"in {b}" if introduce else f"end {b}", amount) for a, b, amount, introduce in edges]
    for name, share in shares(question, edges, names).items():
        arcs.append((f"in {name}", f"out {name}", share))
        arcs.append((f"in {name}", f"end {name}", unbounded))
    arcs += [(f"end {name}", "sink", unbounded if most is None else most) for name, most in ends.items()]
    network = igraph.Graph(directed=True)
    network.add_vertices([f"{kind} {name}" for name in names for kind in ("in", "out", "end")] + ["sink"])
    network.add_edges([(a, b) for a, b, _ in arcs])
    # A network without ways to the sink: igraph takes it as it is.
    return round(network.maxflow_value(f"out {question['viewer']}", "sink", [c for _, _, c in arcs]))


def disputed(question, target):
    claims = {}
    for one in question["disputes"]:
        if one["against"] == target:
            claims[one["by"]] = claims.get(one["by"], 0) + one["amountMinor"]
    own = claims.pop(question["viewer"], 0)
    return own + (flow(question, claims, target) if claims else 0)


def ranks(question):
    """Only of graphs in which everybody is introduced: igraph knows no endorsement at which a walk has to stop."""
    context = question.get("context")
    edges = [
        (one["from"], one["to"])
        for one in question["endorsements"]
        if one["amountMinor"] > 0 and (context is None or context in one["contexts"])
    ]
    names = sorted({question["viewer"], *question["targets"], *(name for edge in edges for name in edge)})
    graph = igraph.Graph(directed=True)
    graph.add_vertices(names)
    graph.add_edges(edges)
    found = graph.personalized_pagerank(damping=0.5, reset_vertices=[question["viewer"]])
    return dict(zip(names, found))


def answer(question):
    everybody = all(one["introduce"] for one in question["endorsements"])
    rank = ranks(question) if everybody else None
    return {
        target: {
            "limitMinor": flow(question, {target: None}),
            "disputeMinor": disputed(question, target),
            **({"rank": rank[target]} if rank else {}),
        }
        for target in question["targets"]
    }


json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
