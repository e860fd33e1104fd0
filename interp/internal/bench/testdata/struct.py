class Point:
    __slots__ = ("x", "y", "z")

    def __init__(self):
        self.x = self.y = self.z = 0.0


def run(n):
    ps = [Point() for _ in range(64)]
    for i in range(n):
        p = ps[i & 63]
        p.x += p.y * 0.5 + p.z + 1
    return int(ps[5].x)
