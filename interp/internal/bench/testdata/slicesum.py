def total(a):
    s = 0.0
    for x in a:
        s += x
    return s


def run(n):
    a = [float(i) for i in range(1000)]
    s = 0.0
    k = 0
    while k < n:
        s += total(a)
        k += len(a)
    return int(s)
