def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def run(n):
    s = 0
    for _ in range(n):
        s += fib(27)
    return s
