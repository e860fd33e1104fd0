import math


def new_matrix(n):
    return [[0.0] * n for _ in range(n)]


def times(a, b):
    n = len(a)
    c = new_matrix(n)
    for i in range(n):
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += a[i][k] * b[k][j]
            c[i][j] = s
    return c


def trace(a):
    s = 0.0
    for i, row in enumerate(a):
        s += row[i]
    return s


def power(n):
    m = new_matrix(n)
    for i in range(n):
        for j in range(n):
            m[i][j] = 1 / (i + j + 1)
    m = times(m, m)
    return trace(times(m, m))


def primes(limit):
    composite = [False] * limit
    count = 0
    for i in range(2, limit):
        if composite[i]:
            continue
        count += 1
        for j in range(i * i, limit, i):
            composite[j] = True
    return count


def element(i, j):
    return 1 / ((i + j) * (i + j + 1) // 2 + i + 1)


def multiply(v, out):
    for i in range(len(out)):
        s = 0.0
        for j in range(len(v)):
            s += element(i, j) * v[j]
        out[i] = s


def multiply_transposed(v, out):
    for i in range(len(out)):
        s = 0.0
        for j in range(len(v)):
            s += element(j, i) * v[j]
        out[i] = s


def spectral_norm(n):
    u, v, t = [1.0] * n, [0.0] * n, [0.0] * n
    for _ in range(3):
        multiply(u, t)
        multiply_transposed(t, v)
        multiply(v, t)
        multiply_transposed(t, u)
    vbv = vv = 0.0
    for i, x in enumerate(v):
        vbv += u[i] * x
        vv += x * x
    return math.sqrt(vbv / vv)


def run(n):
    s = 0.0
    for _ in range(n):
        s += primes(5000) + power(24) + spectral_norm(40)
    return int(s * 1000)
