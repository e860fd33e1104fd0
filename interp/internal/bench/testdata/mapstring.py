def run(n):
    keys = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]
    m = {}
    for i in range(n):
        k = keys[i & 7]
        m[k] = m.get(k, 0) + i
    return m.get("gamma", 0)
