def run(n):
    m = {}
    for i in range(n):
        k = i & 255
        m[k] = m.get(k, 0) + i
    return m.get(17, 0)
