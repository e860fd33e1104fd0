def dot(a, b):
    s = 0.0
    for i in range(len(a)):
        s += a[i] * b[i]
    return s


def run(n):
    a = [float(i) for i in range(1000)]
    b = [float(2 * i) for i in range(1000)]
    s = 0.0
    k = 0
    while k < n:
        s += dot(a, b)
        k += len(a)
    return int(s)
