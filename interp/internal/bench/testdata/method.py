class Counter:
    def __init__(self, step):
        self.n = 0
        self.step = step

    def add(self, k):
        self.n += k * self.step


def run(n):
    c = Counter(2)
    for i in range(n):
        c.add(i)
    return c.n
