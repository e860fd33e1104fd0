class Square:
    def __init__(self, side):
        self.side = side

    def area(self, k):
        return self.side * self.side + k


class Box:
    def __init__(self, w, h):
        self.w = w
        self.h = h

    def area(self, k):
        return self.w * self.h + k


def run(n):
    s = 0
    shapes = [Square(3), Box(2, 5)]
    for i in range(n):
        s += shapes[i & 1].area(i)
    return s
