"""Answers the cases without a bias, with ALiBi and with T5 in NumPy: put your own kernel where attention() stands.

usage: python3 example.py attention.json answers.json
"""
import json, sys
import numpy as np

def attention(q, k, v, bias, hidden, scale, bias_scale):
    """q [heads, queries, headDim], k and v [heads, keys, ...], bias [heads, queries, keys], hidden [queries, keys]: output, log-sum-exp."""
    logits = np.where(hidden, -np.inf, scale * (q @ k.swapaxes(1, 2)) + bias_scale * bias)
    largest = np.maximum(logits.max(-1, keepdims=True), np.finfo(np.float32).min)  # finite where a query sees no key
    weights = np.exp(logits - largest)
    total = weights.sum(-1, keepdims=True)
    with np.errstate(divide="ignore"):
        return weights @ v / np.where(total == 0, 1, total), (largest + np.log(total))[..., 0]

def t5_buckets(distance, numBuckets, maxDistance, bidirectional, **_):
    """distance = i - j; a key after its query (distance < 0) takes the upper half of the buckets, or bucket 0 when causal."""
    upper = 0
    if bidirectional:
        numBuckets //= 2
        upper = numBuckets * (distance < 0)
    n = np.abs(distance) if bidirectional else np.maximum(distance, 0)
    exact = numBuckets // 2
    log = np.log(np.maximum(n, 1).astype(np.float32) / exact) / np.log(maxDistance / exact) * (numBuckets - exact)
    return upper + np.where(n < exact, n, np.minimum(exact + log.astype(int), numBuckets - 1))

def bias_of(family, given, distance):
    if family == "alibi":
        return -np.float32(given["slopes"])[:, None, None] * np.abs(distance)
    if family == "t5":
        return tensor(given["table"])[t5_buckets(distance, **given)].transpose(2, 0, 1)
    return np.zeros((1, *distance.shape), np.float32)

def tensor(t):
    return np.float32(t["data"]).reshape(t["shape"])

def answer(case):
    params, given = case["params"], case["input"]
    i = np.arange(params["queryLength"])[:, None] + params["queryOffset"]
    j = np.arange(params["keyLength"])
    hidden = (j > i) & params["causal"] | (np.array(given.get("keyPadding", 1)) == 0)
    root = params["headDim"] ** -0.5
    scale, bias_scale = {"before-scaling": (root, root), "after-scaling": (root, 1), "unscaled": (1, 1)}[params["mode"]]
    bias = bias_of(case["family"], given["biasParameters"], i - j)
    output, log_sum_exp = attention(*(tensor(given[name]) for name in "qkv"), bias, hidden, scale, bias_scale)
    return {"output": output.tolist(), "logSumExp": log_sum_exp.tolist()}

if __name__ == "__main__":
    vectors, answers = sys.argv[1:]
    cases = json.load(open(vectors))["cases"]
    json.dump({c["id"]: answer(c) for c in cases if c["family"] in ("none", "alibi", "t5")}, open(answers, "w"))
