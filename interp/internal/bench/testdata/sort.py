from functools import cmp_to_key

compared = 0


def compare(x, y):
    global compared
    compared += 1
    return -1 if x < y else int(x > y)


def run(n):
    global compared
    compared = 0
    a = []
    while compared < n:
        x = 12345
        a = []
        for _ in range(1000):
            x = (x * 1103515245 + 12345) & 0x7FFFFFFF
            a.append(x)
        a.sort(key=cmp_to_key(compare))
    return a[500]
