"""Checks attention outputs against golden vectors. Standard library only.

usage: python3 check.py attention.json answers.json [--only TEXT] [--tolerance T]

answers.json maps case ids to {"output": [...], "logSumExp": [...]}, nested or flat; logSumExp is optional.
"""
import argparse, json, math, re, sys

def numbers(x):
    """Nested lists as one flat list of floats: "-Infinity" is a string in the vectors, NaN is null in JavaScript's JSON."""
    return [n for item in x for n in numbers(item)] if isinstance(x, list) else [math.nan if x is None else float(x)]

def faults(case, answer, tolerance=None):
    """Yields a line for each tensor of the answer that is outside tolerance * (1 + max|expected|)."""
    if tolerance is None:
        tolerance = float(re.search(r"float32 abs ([-+.\de]+)", case["compare"])[1])
    for name in ["output", "logSumExp"] if "logSumExp" in answer else ["output"]:
        want, got = numbers(case["expected"][name]["data"]), numbers(answer.get(name, []))
        if len(got) != len(want):
            yield f"{name}: {len(got)} numbers, expected {len(want)}, shape {case['expected'][name]['shape']}"
            continue
        budget = tolerance * (1 + max([abs(w) for w in want if math.isfinite(w)], default=0))
        errors = [0 if g == w else abs(g - w) if math.isfinite(g - w) else math.inf for g, w in zip(got, want)]
        worst = errors.index(max(errors))
        if not errors[worst] <= budget:
            yield f"{name}[{worst}]: got {got[worst]}, expected {want[worst]}, allowed error {budget:.1e}"

def check(cases, answers, tolerance=None):
    """Returns every fault. A case without an answer is one, and so is an answer to no case."""
    found = [f"{name}: no case has this id" for name in answers.keys() - {case["id"] for case in cases}]
    for case in cases:
        lines = faults(case, answers[case["id"]], tolerance) if case["id"] in answers else ["no answer"]
        found += [f"{case['id']}: {line}" for line in lines]
    return found

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Checks attention outputs against golden vectors.")
    parser.add_argument("vectors"); parser.add_argument("answers")
    parser.add_argument("--only", default="", help="judge the cases whose id contains this text")
    parser.add_argument("--tolerance", type=float, help="instead of the cases' float32 tolerance, such as 1e-2 for bfloat16")
    args = parser.parse_args()
    cases = [case for case in json.load(open(args.vectors))["cases"] if args.only in case["id"]]
    answers = {name: answer for name, answer in json.load(open(args.answers)).items() if args.only in name}
    found = check(cases, answers, args.tolerance)
    print(*found, sep="\n", end="\n" if found else "")
    wrong = len({line.split(": ")[0] for line in found})
    print(f"{len(cases)} cases, {wrong} wrong")
    sys.exit(1 if found or not cases else 0)
